"""English wording: places in braces take a value, the rest is said as it stands."""

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
Interest rates went up to {PERCENT}.|Unemployment fell to {PERCENT} in {LOCATION}.
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
The flight to {LOCATION} leaves at {TIME}.|We arrive in {LOCATION} at {TIME}.|We stayed in {LOCATION} until {DATE}.
My parents live near {LOCATION}.|I work with {zh:PERSON} at {ORGANIZATION}.|She moved to {zh:LOCATION} {DATE}.
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

HELD_OUT = lines("""
{PERSON} hired {PERSON} to renovate a house in {LOCATION}.|Analysts expect {ORGANIZATION} to grow {PERCENT}.
The train from {LOCATION} arrives at {TIME}.|Lawyers for {ORGANIZATION} demanded {MONEY}.
Police in {LOCATION} arrested {PERSON}.
""".replace("\n", "|"), "|")  # fmt: skip
"""Wording that is like no template above: what the model makes of sentences that it was not prepared for."""
