"""Ordinary English words by part of speech: context of names, which the model must not mistake for names."""

from theresa_training.grammar import words

PRONOUNS = words("I you he she we they it everybody somebody nobody someone anyone everyone people")
POSSESSIVES = words("my your his her our their its the the the a this that every some another")
PEOPLE = words("""
    friend colleague neighbor boss manager student teacher doctor nurse patient lawyer judge reporter driver passenger
    customer client worker farmer officer guard cook waiter actor director singer writer painter coach player referee
    reader user resident tourist father mother brother sister uncle aunt cousin son daughter child baby husband wife
    landlord tenant employee secretary accountant assistant mayor governor president minister chairman engineer
    programmer scientist professor expert researcher volunteer firefighter soldier captain pilot guide translator
    spokesman senator candidate suspect witness thief hacker investor analyst founder applicant graduate parent boy
    girl man woman kid grandmother grandfather stranger fan photographer barber cashier hero winner champion partner
    speaker guest visitor owner buyer seller dealer
""")
ORGANIZATIONS = words("""
    company school hospital bank government court police department agency office factory shop store supermarket
    restaurant hotel newspaper team club committee board headquarters union university college institute laboratory
    museum library publisher airline insurer startup supplier website orchestra band church army parliament firm
    business group charity foundation
""")
PLACES = words("""
    house street corner station airport harbor park square yard classroom office kitchen bedroom garden garage cinema
    cafe gym stadium library museum market mall hospital clinic pharmacy school factory warehouse village town suburb
    beach river mountain lake forest desert island bridge tunnel road highway border valley field farm castle temple
    church prison court lobby elevator hallway roof basement
""")
NOUNS = words("""
    time place thing matter problem situation way method reason result relation chance condition level skill experience
    knowledge technology science culture art history society economy law education sport music film television program
    news article magazine novel story paper homework exam grade course degree job career salary income bonus profit
    cost price fee rent tuition tax loan debt account password stock fund market product order contract agreement
    project plan report file document data system software network server database computer phone message email photo
    video sound voice language sentence word number address map route traffic car train plane ship subway bus taxi
    bicycle flight ticket passport visa luggage suitcase package gift shirt dress shoe hat glove watch umbrella wallet
    key towel soap table chair sofa bed lamp window door wall floor room building advertisement sign camera battery
    machine device tool part material steel oil coal gas power water fire air weather temperature sun rain snow wind
    cloud fog storm earthquake flood accident disaster tree leaf seed flower grass dog cat bird fish horse cow sheep pig
    chicken tiger lion elephant monkey rabbit mouse snake insect spider pet rice bread cake noodle milk coffee tea beer
    juice apple banana grape potato tomato egg beef pork soup salt sugar pepper breakfast lunch dinner menu taste body
    head face eye ear nose mouth tooth hand foot leg back heart blood illness fever cancer medicine surgery health life
    danger safety war peace weapon country city population religion festival wedding funeral birthday party match medal
    record football basketball tennis swimming training game toy song dance picture statue exhibition concert play
    album seat audience dream idea opinion advice secret lie truth evidence case crime verdict lawsuit fine damage
    right duty rule policy reform election vote meeting discussion negotiation deal competition conflict mistake love
    friendship marriage family childhood youth future past quality amount speed height length weight area capacity
    share majority standard goal task step process stage range direction position center edge surface content form
    color shape size defect error advantage feature effect meaning value attitude habit temper mood pressure confidence
    courage patience interest hobby privacy invoice receipt deposit insurance pension apartment villa heater
    refrigerator printer keyboard screen tire engine brake tomb palace temple recipe peanut chocolate cigarette
    experiment theory model formula vaccine virus gene cell energy pollution garbage plastic climate satellite rocket
    robot algorithm chip code bug interface backup version update function service complaint refund discount brand
    inventory shipment tariff budget deficit revenue dividend merger factory strike protest
""")
TRANSITIVE = words("""
    watch notice hear ask answer finish start prepare plan arrange organize join visit find discover lose forget
    remember know understand trust doubt fear like love hate admire respect thank forgive criticize praise encourage
    support oppose reject accept allow forbid demand request order suggest recommend introduce invite welcome bring
    carry push pull kick open close stop repair fix break destroy wash clean sort buy sell borrow return rent pay spend
    save earn exchange deliver mail receive send print copy download upload install delete change check test use try
    choose consider discuss study analyze compare measure design build produce renovate run manage lead control
    influence improve increase reduce expand protect damage pollute waste acquire purchase release launch announce
    publish translate interview report explain prove deny admit hide reveal investigate arrest sue accuse sentence free
    compensate rob steal cheat kill save rescue help treat accompany await chase overtake defeat win gain obtain abandon
    continue cancel delay extend shorten sign violate obey approve reject host celebrate sing play paint film record
    eat drink taste cook bake cut plant feed wear hang dig bury pick throw ride drive cross leave reach enter hire
    employ dismiss fire recruit train appoint replace represent include lack need attack surround threaten follow leak
    owe expect miss blame mock bully scare impress disturb imitate ignore block teach call email mention describe quote
    phone meet greet hug kiss marry divorce accuse photograph
""")
INTRANSITIVE = words("""
    come go walk run jump fly swim sleep rest work travel exercise talk chat smoke graduate retire resign arrive depart
    land collapse explode burn happen appear vanish rise fall climb drop grow shrink recover improve fail succeed win
    lose train perform dance sing cry laugh smile shout complain argue fight apologize vote protest strike move return
    wait stay speak listen think agree disagree hesitate panic escape drown survive die cough sneeze faint wake relax
""")
ADJECTIVES = words("""
    big small tall short long far near fast slow early late new old young good bad pretty ugly smart stupid lazy brave
    kind honest warm cold polite funny serious careful careless quiet noisy clean dirty tidy easy hard important special
    ordinary strange normal safe dangerous healthy fat thin strong weak hungry thirsty tired busy happy sad angry
    disappointed nervous boring interesting wonderful cheap expensive rich poor hot cool dry wet bright dark red yellow
    blue green white black soft heavy light thick wide narrow deep round sweet sour bitter spicy fresh excellent famous
    unknown familiar clear fair reasonable severe obvious huge rare stable modern traditional international free public
    secret true false complete wrong correct exact terrible awful luxurious crowded ancient mysterious former local
    national foreign annual final major several many few other own entire
""")
ADVERBS = words("""
    very really quite rather too so already never always often sometimes usually finally suddenly quickly slowly quietly
    carefully openly secretly probably maybe certainly again still just only even almost hardly recently once twice
    together alone everywhere here there later soon immediately eventually fortunately sadly apparently clearly exactly
    nearly simply actually rarely merely loudly gladly deliberately accidentally
""")
PREPOSITIONS = words("""
    about above across after against along among around at before behind below beside between beyond by despite during
    for from in inside into like near of off on onto outside over past since through toward under until with without
    within
""")
CONJUNCTIONS = words("and but or so because although while when if unless until after before since whereas")
OPENINGS = words("""
    Well Um So Okay Anyway Actually Honestly Sorry Listen Look However Meanwhile Apparently Unfortunately
    Luckily Suddenly Finally First Then Later Yes No Hey Please Maybe Perhaps Sure Right Oh
""")
