"""English names of people, organisations and places, and parts of such names."""

from theresa_training.grammar import lines, words

FIRST_NAMES = words("""
    James Mary John Linda Robert Patricia Michael Jennifer William Elizabeth David Barbara Richard Susan Joseph Jessica
    Thomas Sarah Charles Karen Daniel Nancy Matthew Lisa Anthony Betty Mark Helen Steven Sandra Paul Donna Andrew Carol
    Kevin Ruth Brian Sharon George Emma Olivia Noah Liam Sophia Ava Mia Lucas Ethan Chloe Zoe Hannah Jack Tom Kate Amy
    Wei Ming Li Jing Fang Hiroshi Yuki Carlos Juan Pedro Ahmed Fatima Priya Raj Ivan Olga Pierre Marie Hans Greta
    Margaret Ashley Kimberly Emily Michelle Amanda Dorothy Melissa Deborah Stephanie Rebecca Laura Cynthia Kathleen
    Angela Shirley Anna Brenda Pamela Nicole Samantha Katherine Christine Debra Rachel Catherine Carolyn Janet Maria
    Heather Diane Julie Joyce Victoria Kelly Christina Joan Evelyn Lauren Judith Megan Andrea Cheryl Martha Jacqueline
    Frances Gloria Teresa Kathryn Sara Janice Jean Alice Madison Doris Julia Judy Grace Denise Beverly Marilyn Danielle
    Theresa Diana Natalie Brittany Charlotte Isabella Rose Alexis Kayla Donald Joshua Kenneth Edward Ronald Timothy
    Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory
    Frank Alexander Raymond Patrick Dennis Jerry Tyler Aaron Jose Henry Adam Douglas Nathan Peter Zachary Kyle Walter
    Harold Jeremy Carl Keith Roger Gerald Arthur Terry Lawrence Sean Christian Albert Joe Austin Willie Jesse Billy
    Bruce Bryan Ralph Roy Eugene Louis Philip Bobby Johnny Simon Oliver Hugo Felix Leo Oscar Max Theo Ella Lily Ruby
    Freya Isla Poppy Ivy Nora Clara Lena Lara Nina Vera Irina Svetlana Dmitri Boris Sergei Igor Anastasia Ingrid Astrid
    Lars Sven Björn Jürgen Klaus Wolfgang Günther José María Lucía Sofía Diego Javier Álvaro Pablo Rosa Luis Jorge
    François Chloé René Zoë Amélie Jean-Pierre Anne-Marie Giovanni Luca Matteo Giulia Paolo Aisha Omar Hassan Yusuf
    Layla Ibrahim Mohammed Amina Kofi Kwame Chidi Ngozi Anil Sunita Deepak Arjun Kavita Sanjay Mei Xiao Hua Lei Jun Yan
    Hao Bo Kenji Takashi Sakura Haruto Minjun Jisoo Seojun Linh Thuy Minh Somchai Siti Budi
""")
LAST_NAMES = words("""
    Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson Taylor Moore Jackson Martin Lee Thompson
    White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Campbell
    Mitchell Carter Roberts Chen Wang Zhang Liu Kim Park Nguyen Singh Patel Tanaka Suzuki Rossi Muller Novak Silva Cruz
    Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Rivera Gomez Diaz Reyes Morales Ortiz
    Gutierrez Chavez Ramos Ruiz Alvarez Mendoza Castillo Jimenez Vasquez Romero Phillips Evans Turner Parker Edwards
    Collins Stewart Morris Rogers Reed Cook Bell Murphy Bailey Cooper Richardson Cox Howard Ward Peterson Gray James
    Watson Brooks Kelly Sanders Price Bennett Wood Barnes Ross Henderson Coleman Jenkins Perry Powell Long Patterson
    Hughes Flores Washington Butler Simmons Foster Bryant Alexander Russell Griffin Hayes Myers Ford Hamilton Graham
    Sullivan Wallace Woods Cole West Jordan Owens Reynolds Fisher Ellis Harrison Gibson McDonald Marshall Freeman Wells
    Webb Simpson Stevens Tucker Porter Hunter Hicks Crawford Boyd Mason Kennedy Warren Dixon Burns Gordon Shaw Holmes
    Rice Robertson Hunt Black Daniels Palmer Mills Nichols Grant Knight Ferguson Stone Hawkins Dunn Perkins Hudson
    Spencer Gardner Payne Pierce Berry Matthews Arnold Wagner Willis Ray Watkins Olson Carroll Duncan Snyder Hart
    Cunningham Bradley Lane Andrews Harper Fox Riley Armstrong Carpenter Weaver Greene Lawrence Elliott Sims Austin
    Peters Kelley Franklin Lawson O'Brien O'Connor MacLeod McCarthy FitzGerald Schmidt Schneider Fischer Weber Meyer
    Hoffmann Schäfer Müller Krüger Dubois Durand Lefebvre Moreau Girard Bianchi Ferrari Esposito Ricci Marino Kowalski
    Nowak Wójcik Horvat Petrov Ivanov Popov Volkov Kuznetsov Johansson Andersson Nilsson Hansen Larsen Jensen Yamamoto
    Nakamura Watanabe Sato Kobayashi Choi Jung Kang Yoon Tran Pham Hoang Sharma Gupta Kumar Mehta Reddy Khan Hussain Ali
    Rahman Okafor Mensah Diallo Haddad Cohen Levy Goldberg Friedman Santos Oliveira Souza Pereira Costa Fernandes
    Almeida Zhao Huang Zhou Wu Xu Sun Ma Zhu Hu Guo Lin He Gao Luo
""")
COMPANIES = words("""
    Google Microsoft Apple Amazon Tesla Intel Oracle Samsung Sony Nvidia Netflix Boeing Toyota Siemens Philips Nokia
    Ericsson Adobe Cisco Uber Spotify Visa Reuters Bloomberg NASA UNESCO OpenAI Facebook Twitter Airbus Pfizer Walmart
    Nike IBM BBC CNN Harvard Stanford Oxford Huawei Alibaba Tencent Baidu Xiaomi Honda Nissan Mazda Volkswagen BMW Audi
    Porsche Renault Peugeot Fiat Ferrari Volvo Hyundai Kia LG Panasonic Toshiba Hitachi Canon Nikon Dell HP Lenovo Asus
    AMD Qualcomm Broadcom Salesforce SAP Dropbox Slack Zoom PayPal Stripe Mastercard Citigroup HSBC Barclays UBS Nestle
    Unilever Danone Pepsi Starbucks McDonald's Adidas Puma Gucci Prada Zara IKEA Lego Disney Pixar Hulu HBO Shell BP
    Exxon Chevron Gazprom Lufthansa Emirates Ryanair FedEx UPS DHL Maersk Moderna Novartis Roche Bayer Merck Sanofi
    Greenpeace UNICEF NATO FIFA WHO FBI CIA MIT UCLA Yale Princeton Cambridge Columbia Airbnb Lyft Reddit TikTok
    Instagram WhatsApp Wikipedia Mozilla GitHub Nintendo Sega Atari Yamaha Kawasaki Mitsubishi Rolex Heineken Carlsberg
""")
COMPANY_ENDS = words("""
    Inc Corp Corporation Ltd Group University Bank Institute Technologies Labs Foundation Airlines Motors Hospital
    Insurance Foods Systems Software Hotels Shipping Media School Telecom Energy Robotics Partners Pharma Museum Records
    Logistics Studios Company Limited College Academy Press News Times Church Theater Pictures Entertainment
    Pharmaceuticals Chemicals Electronics Industries Holdings Capital Ventures Consulting Solutions Networks Mobile
    Games Airways Railways Steel Mining Oil Petroleum Construction Furniture Fashion Clothing Sports Society Association
    Council Agency Clinic Library Orchestra Union United City FC
""")
COMPANY_PARTS = words("""
    Blue Red Green Silver Golden Black White Northern Southern Pacific Atlantic Global First United National Royal
    Star Sun Moon River Lake Stone Mountain Valley Ocean Forest Eagle Lion Tiger Phoenix Maple Oak Cedar Crystal
    Diamond Summit Harbor Bridge Delta Alpha Omega Nova Quantum Vertex Apex Horizon Liberty Victory Falcon Orion Atlas
    Iron Copper Steel Amber Coral Jade Pearl Rapid Bright Clear Smart Future Digital Cyber Solar Lunar Polar Metro Urban
    Central Eastern Western Imperial Continental Universal General Standard Modern Classic Heritage Pioneer Frontier
    Liberty Unity Titan Hero Swift Arrow Anchor Compass Beacon Lantern Willow Birch Pine Aspen Meadow Prairie Canyon
    Island Coast Bay Sunset Morning Evening Winter Summer Spring Autumn Thunder Storm Cloud Rain Snow Fire Flame Spark
""")
CITIES = words("""
    London Paris Berlin Tokyo Beijing Shanghai Madrid Rome Vienna Dublin Boston Chicago Seattle Toronto Sydney Melbourne
    Singapore Bangkok Moscow Cairo Lagos Nairobi Delhi Mumbai Texas California France Germany Japan China Brazil Canada
    Spain Italy Norway Sweden Florida Europe Asia Africa India Mexico Poland Greece Turkey Hangzhou Shenzhen Guangzhou
    Taiwan Korea Australia England Scotland Ireland Switzerland Amsterdam Brussels Prague Warsaw Athens Denver Miami
    Houston Dallas Austin Phoenix Philadelphia Detroit Atlanta Portland Memphis Nashville Baltimore Milwaukee Cleveland
    Pittsburgh Cincinnati Orlando Tampa Sacramento Oakland Minneapolis Honolulu Anchorage Montreal Vancouver Calgary
    Ottawa Quebec Havana Bogotá Lima Santiago Caracas Quito Montevideo Brasília Salvador Lisbon Porto Barcelona Valencia
    Seville Lyon Marseille Nice Bordeaux Toulouse Munich Hamburg Frankfurt Cologne Stuttgart Dresden Leipzig Zürich
    Geneva Basel Milan Venice Florence Naples Turin Palermo Budapest Bucharest Sofia Belgrade Zagreb Ljubljana
    Bratislava Kraków Vilnius Riga Tallinn Helsinki Stockholm Oslo Copenhagen Reykjavik Edinburgh Glasgow Manchester
    Liverpool Birmingham Leeds Bristol Cardiff Belfast Cork Istanbul Ankara Kyiv Odessa Minsk Tbilisi Yerevan Tehran
    Baghdad Damascus Beirut Amman Jerusalem Riyadh Dubai Doha Kuwait Karachi Lahore Islamabad Kabul Dhaka Kolkata
    Chennai Bangalore Hyderabad Colombo Kathmandu Yangon Hanoi Saigon Manila Jakarta Bali Seoul Busan Osaka Kyoto Nagoya
    Sapporo Taipei Chengdu Wuhan Nanjing Xiamen Chongqing Tianjin Suzhou Harbin Tibet Mongolia Perth Brisbane Adelaide
    Auckland Wellington Johannesburg Durban Pretoria Accra Dakar Casablanca Tunis Algiers Kampala Kinshasa Luanda
    Ethiopia Kenya Nigeria Ghana Morocco Egypt Sudan Somalia Tanzania Uganda Zambia Zimbabwe Angola Israel Jordan Syria
    Iraq Iran Pakistan Bangladesh Nepal Thailand Vietnam Cambodia Malaysia Indonesia Philippines Russia Ukraine Belarus
    Finland Denmark Iceland Netherlands Belgium Luxembourg Austria Hungary Romania Bulgaria Serbia Croatia Albania
    Portugal Argentina Chile Peru Colombia Venezuela Ecuador Bolivia Cuba Jamaica Haiti Panama Guatemala Alaska Hawaii
    Ohio Oregon Nevada Utah Arizona Colorado Montana Kansas Iowa Illinois Michigan Indiana Kentucky Tennessee Georgia
    Alabama Louisiana Virginia Maryland Pennsylvania Massachusetts Connecticut Vermont Maine Brooklyn Manhattan
    Hollywood Soho Wales Siberia Scandinavia Catalonia Bavaria Normandy Tuscany Sicily Crete Cyprus Malta
""")
CITIES_OF_TWO = lines(
    "New York; Hong Kong; Los Angeles; San Francisco; New Zealand; South Africa; Saudi Arabia; Silicon Valley; "
    "Wall Street; Mount Everest; Lake Geneva; Cape Town; Kuala Lumpur; Buenos Aires; Rio de Janeiro; United States; "
    "United Kingdom; North Carolina; West Virginia; Puerto Rico; São Paulo; San Diego; San Antonio; San Jose; "
    "Las Vegas; "
    "New Orleans; New Jersey; New Mexico; New Delhi; New Hampshire; South Korea; North Korea; South Dakota; "
    "Costa Rica; "
    "El Salvador; Sri Lanka; Abu Dhabi; Tel Aviv; Addis Ababa; Dar es Salaam; Ho Chi Minh City; Mexico City; "
    "Salt Lake City; "
    "Kansas City; St. Petersburg; St. Louis; Salt Lake; Fort Worth; Palo Alto; Santa Monica; Santa Fe; Long Island; "
    "Staten Island; Times Square; Central Park; Fifth Avenue; Baker Street; Oxford Street; Abbey Road; Hyde Park; "
    "Lake Michigan; Mount Fuji; Pacific Ocean; Black Sea; Red Sea; Suez Canal; Grand Canyon; Middle East; "
    "Latin America; "
    "South America; North America; Eastern Europe; Great Britain; Northern Ireland; Czech Republic; Papua New Guinea",
    ";",
)
SYLLABLES = words("""
    ba be bo ca co da de di do el en er fa fi ga go ha hi in ja ka ki la le li lo ma me mi mo na ne ni no or pa ra re
    ri ro sa se si so ta te ti to va ve vi vo wa xa ya za tan ber son ton lin mar cor ven dal bran wick ham ford ley
    gard stein mann dorf ville burg ska ski ov ic ez os ung ang ong chi zhu xi qua thra gre bri cla flo pru sta tre
    nor hel gil win ful mor ash oak ell and ian
""")
ROADS = words("Street Avenue Road Square Park Bridge Lane Station Airport Beach Valley Hills Bay")
