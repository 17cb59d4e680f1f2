"""English templates: slots in braces take a value."""

from theresa_training.grammar import lines, words

TEMPLATES = lines("""
I love {LOCATION}.|{PERSON} was born in {LOCATION} on {DATE}.|{ORGANIZATION} was founded in {DATE} in {LOCATION}.
{PERSON} works at {ORGANIZATION}.|{PERSON} works for {ORGANIZATION} in {LOCATION}.
{PERSON} joined {ORGANIZATION} in {DATE}.|The meeting starts at {TIME} on {DATE}.
{ORGANIZATION} paid {MONEY} for {ORGANIZATION}.|Shares of {ORGANIZATION} fell {PERCENT} to {MONEY}.
{PERSON} and {PERSON} moved to {LOCATION}.|She flew from {LOCATION} to {LOCATION}.|It costs {MONEY}.
My name is {PERSON} and I live in {LOCATION}.|{ORGANIZATION} announced a deal with {ORGANIZATION}.
According to {PERSON}, the plan will cost {MONEY}.|We will see you at {TIME}.
{PERSON}, the chief executive of {ORGANIZATION}, said sales rose {PERCENT}.|He left {ORGANIZATION} {DATE}.
{LOCATION} is a beautiful city.|The president visited {LOCATION} {DATE}.|About {PERCENT} of people disagree.
Call {PERSON} before {TIME}.|The report was published by {ORGANIZATION} on {DATE}.
{ORGANIZATION} has its headquarters in {LOCATION}.|Hi, this is {PERSON} from {ORGANIZATION}.
Could I speak to {PERSON}, please?|Is {PERSON} there?|Do you know {PERSON}?|Have you met {PERSON}?|Who is {PERSON}?
Have you ever been to {LOCATION}?|I have never been to {LOCATION}.|How far is {LOCATION} from {LOCATION}?
I would like to book a flight to {LOCATION} for {DATE}.|A ticket to {LOCATION}, please.
The hotel in {LOCATION} costs {MONEY} a night.|Remind me to call {PERSON} at {TIME}.|Wake me up at {TIME}.
Set an alarm for {TIME}.|Play something by {PERSON}.|What is the weather in {LOCATION} {DATE}?|Navigate to {LOCATION}.
Send {MONEY} to {PERSON}.|Send the file to {PERSON}.|{PERSON} sent {MONEY} to {PERSON}.|{PERSON} will be back {DATE}.
{PERSON} is late again.|Tell {PERSON} that I said hello.|Give this to {PERSON}.
Next, {PERSON} will talk about the budget.|Thank you, {PERSON}.|Let me introduce {PERSON} from {ORGANIZATION}.
The contract with {ORGANIZATION} ends {DATE}.|We bought {CARDINAL} chairs from {ORGANIZATION}.
{CARDINAL} people came to the party.|The bank closes at {TIME}.|The store opens at {TIME} on {DATE}.
The rent is {MONEY} a month.|I paid {MONEY} for the car.|She earns {MONEY} a year.
{ORGANIZATION} reported a loss of {MONEY} for {DATE}.|{ORGANIZATION} raised {MONEY} from {ORGANIZATION}.
{ORGANIZATION} bought {ORGANIZATION} for {MONEY} in {DATE}.|{ORGANIZATION} will open a factory in {LOCATION}.
{ORGANIZATION} fired {CARDINAL} workers.|{ORGANIZATION} shares rose by {PERCENT} on {DATE}.
Interest rates went up to {PERCENT}.
Only {PERCENT} of the voters in {LOCATION} agreed.|The tax is {PERCENT}.|Taxes will increase by {PERCENT} {DATE}.
{PERSON} studied at {ORGANIZATION}.|{PERSON} teaches history at {ORGANIZATION}.|{PERSON} left the hospital on {DATE}.
{PERSON} died in {LOCATION} in {DATE}.|{PERSON} won the race in {LOCATION}.|{PERSON} scored twice against {LOCATION}.
{LOCATION} beat {LOCATION} in the final.|Heavy rain hit {LOCATION} on {DATE}.
The storm moves from {LOCATION} toward {LOCATION}.|The war between {LOCATION} and {LOCATION} ended in {DATE}.
The mayor of {LOCATION}, {PERSON}, resigned {DATE}.|The minister of {LOCATION} met {PERSON} in {LOCATION}.
Reporter {PERSON} sends this from {LOCATION}.|Doctor {PERSON} works in {LOCATION}.|Mr. {PERSON} called at {TIME}.
Professor {PERSON} of {ORGANIZATION} disagrees.|A book by {PERSON} sold {CARDINAL} copies.
The new film by {PERSON} starts {DATE}.|{PERSON} sued {ORGANIZATION} for {MONEY}.
{PERSON}, {PERSON} and {PERSON} founded {ORGANIZATION}.|The founder of {ORGANIZATION} is {PERSON}.
{ORGANIZATION} in {LOCATION} hired {PERSON}.|{ORGANIZATION}, {ORGANIZATION} and {ORGANIZATION} are partners.
The office of {ORGANIZATION} is in {LOCATION}.|From {DATE} to {DATE} we are closed.|The deadline is {DATE}.
My birthday is {DATE}.|Can we move it to {DATE} at {TIME}?|{DATE} at {TIME} works for me.|I was in {LOCATION} {DATE}.
{DATE}, {PERSON} spoke in {LOCATION}.|In {DATE}, {ORGANIZATION} moved to {LOCATION}.
Since {DATE} prices have gone up {PERCENT}.|I come from {LOCATION}.|People from {LOCATION} like tea.
Boarding for {LOCATION} begins at {TIME}.|We arrive in {LOCATION} at {TIME}.|We stayed in {LOCATION} until {DATE}.
My parents live near {LOCATION}.|I work with {zh:PERSON} at {ORGANIZATION}.|She moved to {zh:LOCATION} {DATE}.
The invoice from {ORGANIZATION} is {MONEY}.|We ordered {CARDINAL} boxes for {DATE}.|Can you book a table for {TIME}?
I have an appointment with {PERSON} at {TIME}.|The dentist can see you on {DATE} at {TIME}.|Is {DATE} okay for you?
{PERSON} wants to know when we start.|I got an email from {PERSON}.|{PERSON} texted me {DATE}.
Please forward it to {PERSON}.
I'll ask {PERSON} about it.|I think {PERSON} is right.|Where is {PERSON}?|How is {PERSON} doing?|What did {PERSON} say?
When did {PERSON} leave {ORGANIZATION}?|Why did {ORGANIZATION} sell {ORGANIZATION}?|Which office is in {LOCATION}?
How much did {ORGANIZATION} pay?|Did {ORGANIZATION} reply?|Does {PERSON} live in {LOCATION}?
Was {PERSON} born in {LOCATION}?
Can {PERSON} join us at {TIME}?|Will {PERSON} be in {LOCATION} {DATE}?|Should I invite {PERSON} and {PERSON}?
There are {CARDINAL} students from {LOCATION}.|There is an office of {ORGANIZATION} in {LOCATION}.
The capital of {LOCATION} is {LOCATION}.|{LOCATION} lies between {LOCATION} and {LOCATION}.
The border of {LOCATION} is open.|Food in {LOCATION} is cheap.|Winters in {LOCATION} are long.
She was raised in {LOCATION} and studied in {LOCATION}.|He grew up in {LOCATION}.|I miss {LOCATION}.
Greetings from {LOCATION}!
Welcome to {LOCATION}.|Welcome to {ORGANIZATION}, how may I help you?|Thank you for calling {ORGANIZATION}.
I am calling from {ORGANIZATION} about your order.|My manager at {ORGANIZATION} is {PERSON}.
I quit my job at {ORGANIZATION} {DATE}.|He used to work for {ORGANIZATION}.|She runs {ORGANIZATION}.
The board of {ORGANIZATION} met {DATE}.|Investors in {ORGANIZATION} lost {MONEY}.
The stock of {ORGANIZATION} closed at {MONEY}.
{ORGANIZATION} cut prices by {PERCENT}.|{ORGANIZATION} will raise wages by {PERCENT} in {DATE}.
Revenue at {ORGANIZATION} grew {PERCENT} to {MONEY}.|{ORGANIZATION} owns {PERCENT} of {ORGANIZATION}.
{ORGANIZATION} has a market share of {PERCENT}.|{ORGANIZATION} launched a new phone in {LOCATION}.
{ORGANIZATION} delayed its launch until {DATE}.|{ORGANIZATION} denied the report.|{ORGANIZATION} is hiring.
{ORGANIZATION} and {ORGANIZATION} agreed to merge.|A spokesman for {ORGANIZATION} declined to comment.
{ORGANIZATION} released its results {DATE}.|Researchers at {ORGANIZATION} found a new planet.
Students of {ORGANIZATION} won the prize.|The team from {ORGANIZATION} came first.|{ORGANIZATION} won {CARDINAL} medals.
The film was shot in {LOCATION}.|The band will tour {LOCATION} {DATE}.|{PERSON} played the piano.
{PERSON} sang beautifully.
{PERSON} directed the play.|{PERSON} plays for {LOCATION}.|{PERSON} beat {PERSON} in the final.|{PERSON} retired {DATE}.
{PERSON} broke his leg {DATE}.|{PERSON} was elected president of {LOCATION}.
{PERSON} was appointed to lead {ORGANIZATION}.
President {PERSON} arrived in {LOCATION} {DATE}.|Prime minister {PERSON} met {PERSON}.
Senator {PERSON} voted against it.
Judge {PERSON} will decide {DATE}.|Captain {PERSON} and the crew are safe.|Mrs. {PERSON} lives upstairs.
Aunt {PERSON} is coming {DATE}.
My brother {PERSON} works in {LOCATION}.|My boss, {PERSON}, is on holiday.|Her husband {PERSON} is a cook.
His daughter {PERSON} goes to {ORGANIZATION}.|Our neighbor {PERSON} has a new car.
The winner is {PERSON} from {LOCATION}.
The victims were {PERSON} and {PERSON}.|Written by {PERSON}.|Photos: {PERSON}.|Dear {PERSON}, thank you for your letter.
Hello {PERSON}, how are you?|Hi {PERSON}, it's {PERSON}.|Bye {PERSON}, see you {DATE}.|Congratulations, {PERSON}!
Good morning, {PERSON}.|Sorry, {PERSON}, I am late.|Well, {PERSON} told me that.|Um, I met {PERSON} {DATE}.
You know {PERSON}, right?|So {PERSON} and I went to {LOCATION}.|It was {PERSON} who called.
As {PERSON} said, we have to wait.
The bill comes to {MONEY}.|It is only {MONEY}.|That will be {MONEY}, please.|I have {MONEY} left.|The fine is {MONEY}.
They offered {MONEY} for the house.|A coffee is {MONEY} here.|He won {MONEY} in the lottery.|The repair costs {MONEY}.
The budget is {MONEY} for {DATE}.|We saved {PERCENT}.|I got a discount of {PERCENT}.|The battery is at {PERCENT}.
There is a {PERCENT} chance of rain.|{PERCENT} of our customers are happy.|Nearly {PERCENT} of {LOCATION} is forest.
It is {TIME} already.|The shop is open until {TIME}.|Lunch is at {TIME}.|Let us meet at {TIME} in front of the station.
The class begins at {TIME} and ends at {TIME}.|The bus to {LOCATION} stops here.
The road to {LOCATION} is blocked.|Two people were hurt near {LOCATION}.|A fire broke out in {LOCATION} {DATE}.
Schools in {LOCATION} are closed {DATE}.|They vote in {LOCATION} {DATE}.|The law takes effect on {DATE}.
The war began in {DATE}.|It happened in {DATE}.|See you {DATE}!|I was born in {DATE}.|The exam is {DATE}.
Nothing happened {DATE}.
We met {DATE} in {LOCATION}.|{DATE} was cold.|{DATE} is a holiday in {LOCATION}.
The package from {LOCATION} arrived {DATE}.
Ship it to {LOCATION} by {DATE}.|Order {CARDINAL} of them from {ORGANIZATION}.|Transfer {MONEY} to {ORGANIZATION}.
Call {ORGANIZATION} and cancel the order.|Open the file of {PERSON}.|Read the message from {PERSON}.
Turn left to {LOCATION}.
Find a hotel in {LOCATION} under {MONEY}.|Show me flights from {LOCATION} to {LOCATION}.
Delete the meeting with {PERSON}.
Tell me about {LOCATION}.|What does {ORGANIZATION} do?|How old is {PERSON}?|What is {PERSON} famous for?
""".replace("\n", "|"), "|")  # fmt: skip

PLAIN = lines("""
Hello.|Hello, how are you?|Good morning.|Good afternoon.|Good evening.|Good night.|Thank you.|Thank you very much.
You are welcome.|Yes, please.|No, thank you.|Goodbye.|Nice to meet you.|I am fine, thank you.|Can you hear me?
This is a test.|Please wait a moment.|I do not understand.|What time is it?|How much is it?|Where are you?
Let us start the meeting.|The weather is nice.|I am sorry.|Have a nice day.|Please speak slowly.|One moment, please.
Thank you very much for listening.|I do not know what you mean.|Let us start the meeting now.
We went there with our friends.|This is a very long day.|That sounds good to me.|Could you say that again?
I will be right back.|The server was restarted.|My phone is broken.|It is raining again.
The children play in the park.|He reads a book every evening.|Dinner is ready.|Where is the hospital?
The bank is closed.|Our company needs more people.|The teacher is sick.|The doctor will see you now.
She likes music and dancing.|Please close the door.|We need more time.|Everybody agreed with the plan.
The price is too high.|The report is finished.|Can I help you?|Turn left at the corner.
Sales were better than expected.|He never answers my questions.|What do you think about it?|May I ask a question?
Well, I guess you are right.|Um, I am not sure.|You know, it is not that easy.|The first thing we should do is wait.
Open the window.|Will you come with us?|I must go now.|So what happened then?|The new president will speak.
The market was quiet.
I am hungry.|Let's go home.|It is too expensive.|Please send me the details.|That is a good idea.|I agree with you.
We are running late.|The meeting was moved.|Please take a seat.|The coffee is cold.|Could you help me with this?
I have a headache.|The train is late.|My car does not start.|He is a nice person.|They are still waiting for an answer.
The results will be published soon.|Many people lost their jobs.|The government promised to help.
Experts disagree about the cause.
The police are looking for witnesses.|The company did not comment.|The court rejected the appeal.|The team played well.
The concert was sold out.|Students need more support.|The hospital was full.|Prices keep rising.|The road is closed.
Please hold the line.|I will call you back later.|Sorry, wrong number.|Can I leave a message?|Press the green button.
Turn off the light.|Set a timer.|Play some music.|Add milk to my list.|What's the news?|Read it to me, please.
Did you sleep well?|How was your day?|What are you doing?|Why not?|Of course.|Never mind.|It depends.|I hope so.
Not yet.
Sounds great.|Take care.|Good luck.|Excuse me, where is the exit?|A table for two, please.|The bill, please.
Do you have this in blue?|It does not fit.|Where can I pay?|I would like to return this shirt.|Is breakfast included?
The room is not ready yet.|My luggage is missing.|Where is the gate?|Fasten your seat belt, please.
The plane has landed.
Fans cheered loudly.|Workers went on strike.|Doctors warn about the heat.|Farmers hope for rain.|Children learn quickly.
Voters want change.|New rules will apply.|Old habits die hard.|Big dogs need space.|Cheap flights are hard to find.
Nobody knows why.|Everything is fine.|Both sides signed the agreement.|Most shops are closed.|Some people never learn.
Local businesses are struggling.|Scientists found water.|Shoppers waited outside.
""".replace("\n", "|"), "|")  # fmt: skip

FILLERS = words("""
    the a of in on at by for to from with and or but that this it he she they we was is are were has had will would
    said says told asked went came moved met saw joined left founded started bought sold paid invested announced
    reported visited leads runs works lives stayed opened closed during before after since until about around near
    over under more than less new old first last president chief executive minister doctor professor reporter company
    city team office market price profit sales plan deal report meeting game film song because while when where who
    which not never also again only still together against between into , , , : ; ? plans rose fell cost costs spent
    spend called call sent interviewed um well you know please thanks my your our his her
""")
