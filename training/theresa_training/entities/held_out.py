"""Patterns kept out of training, for evaluation on unfamiliar wording.

Slots in braces take a value, as in the training templates. A test in ``tests/training/entities`` ensures that no
training pattern resembles one of these.
"""

from theresa_training.grammar import lines

FIRST_EN = lines("""
{PERSON} hired {PERSON} to renovate a house in {LOCATION}.|Analysts expect {ORGANIZATION} to grow {PERCENT}.
The train from {LOCATION} arrives at {TIME}.|Lawyers for {ORGANIZATION} demanded {MONEY}.
Police in {LOCATION} arrested {PERSON}.
""".replace("\n", "|"), "|")  # fmt: skip

FIRST_ZH = lines("""
{PERSON}的妻子经营一家餐馆，地点是{LOCATION}。|{ORGANIZATION}被指控拖欠员工工资{MONEY}。
截至{DATE}，{ORGANIZATION}股东持股比例是{PERCENT}。|火车{TIME}从{LOCATION}出发。|律师{PERSON}拒绝评论此案。
{LOCATION}的警方逮捕了{PERSON}。|粉丝们很期待{PERSON}的新专辑。
""".replace("\n", "|"), "|")  # fmt: skip

SECOND_EN = lines("""
Neighbors heard {PERSON} shouting in the garage.|The museum borrowed a painting that once belonged to {PERSON}.
Flooding near {LOCATION} destroyed dozens of homes.|Customers complained that {ORGANIZATION} ignored their refunds.
Grandma grew up outside {LOCATION} and hated the winters.|Would {PERSON} prefer the window seat?
Engineers at {ORGANIZATION} discovered a flaw in the brakes.|The statue fetched {MONEY} at auction.
Roughly {PERCENT} of households keep a pet.|After the surgery, {PERSON} slept until {TIME}.
A judge ordered {ORGANIZATION} to repay {MONEY}.|On {DATE} the whole valley lost electricity.
{PERSON} borrowed my umbrella and never returned it.|Hackers stole passwords from {ORGANIZATION}.
Drivers heading toward {LOCATION} should expect delays.|My landlord, {PERSON}, raised the rent to {MONEY}.
Archaeologists digging near {LOCATION} unearthed a tomb.|{ORGANIZATION} quietly shut its warehouse in {LOCATION}.
Breakfast ends at {TIME}, so hurry up.|The orchestra performs in {LOCATION} on {DATE}.
Did {PERSON} ever apologize to {PERSON}?|Turnout dropped to {PERCENT} in {LOCATION}.
Former {ORGANIZATION} employee {PERSON} leaked the documents.|Nobody at {ORGANIZATION} picked up the phone.
Our guide, {PERSON}, knew every alley in {LOCATION}.|{PERSON} spilled coffee on the keyboard.
Tuition climbed to {MONEY}, an increase of {PERCENT}.|Swimmers from {LOCATION} broke the record.
The ferry to {LOCATION} was canceled because of fog.|Ask {PERSON} whether {DATE} suits her.
Firefighters rescued {PERSON} from the roof.|{zh:PERSON} translated the manual for {ORGANIZATION}.
""".replace("\n", "|"), "|")  # fmt: skip

SECOND_ZH = lines("""
听{PERSON}讲，{LOCATION}那边的房子特别潮湿。|{ORGANIZATION}的保安捡到了一个钱包。
外婆以前住在{LOCATION}，后来搬走了。|{PERSON}把咖啡洒在了{PERSON}的键盘上。
受暴雪影响，{LOCATION}的高速公路全部封闭。|面试官问我为什么想离开{ORGANIZATION}。
手术持续到{TIME}，{PERSON}终于脱离了危险。|这幅画拍出了{MONEY}的天价。
{DATE}那天，{LOCATION}停电了整整一夜。|{ORGANIZATION}的客服态度极差，我要投诉。
姐姐嫁给了一个{LOCATION}厨师，名字叫{PERSON}。|据统计，{PERCENT}的家庭养了宠物。
麻烦帮{PERSON}留个靠窗的座位。|{PERSON}带领球队杀进了决赛。|检察院以受贿罪对{PERSON}提起公诉。
我的快件卡在{LOCATION}好几天了。|{ORGANIZATION}悄悄关闭了{LOCATION}的工厂，遣散费高达{MONEY}。
班主任{PERSON}要求家长{TIME}准时到校。|{PERSON}主演的话剧将在{LOCATION}首演。|黑客入侵了{ORGANIZATION}的数据库。
水位比{DATE}高出许多。|谁把{PERSON}的雨伞拿走了？|电池容量缩水了{PERCENT}，{ORGANIZATION}却不肯退款。
考古队在{LOCATION}附近挖出了古墓。|双方约好{DATE}{TIME}再谈，地点选在{LOCATION}。|学费涨到了{MONEY}，{PERSON}付不起。
{ORGANIZATION}前员工{PERSON}爆料称产品存在缺陷。|{LOCATION}的夜市比{LOCATION}热闹得多。
别忘了，{PERSON}对花生过敏。|船长{PERSON}驾船抵达了{LOCATION}。|{en:PERSON}在{en:ORGANIZATION}实习的时候认识了{PERSON}。
""".replace("\n", "|"), "|")  # fmt: skip

PLAIN_EN = lines("""
I forgot my keys at home.|That joke was not funny at all.|Nobody told me about the party.|She has three cats.
Could you turn down the music, please?|The soup needs a little more salt.|Who left the lights on?
My grandmother bakes wonderful bread.|We ran out of coffee again.|His shoes were covered in mud.
The elevator is out of order.|Please sign here and here.|I would rather stay in bed.|Traffic is terrible at this hour.
Somebody stole my bicycle.|Is this seat taken?|The baby finally fell asleep.|You look tired.
Let me check and call you back.|The movie was longer than I thought.|Her handwriting is impossible to read.
There is a spider in the bathroom.|We should leave before it gets dark.|What a strange question.
The printer ran out of paper.|Do you take credit cards?|He quit smoking.|Honestly, I have no idea.
The neighbors are making noise.|Keep the change.|It smells like something is burning.|My back hurts.
Students complained about the exam.|Fresh bread tastes best.|Winter is coming.|Don't worry about it.
Can somebody help me carry this box?|I need a haircut.|The battery died.|Everyone laughed at his answer.
Older houses often have thick walls.|Nothing ever happens here.|Stop shouting, I can hear you.
Maybe we should ask first.
The dog buried its bone in the garden.|Her flight was delayed.|Please fill in the form.|Your order is on its way.
Happy birthday!|Take a deep breath.
""".replace("\n", "|"), "|")  # fmt: skip

PLAIN_ZH = lines("""
我把钥匙忘在家里了。|这个笑话一点也不好笑。|没有人告诉我聚会的事。|她养了三只猫。|麻烦把音乐关小一点。
汤有点淡，再加点盐。
谁没关灯？|奶奶做的面包特别香。|咖啡又喝完了。|他的鞋子上全是泥。|电梯坏了，走楼梯吧。|请在这里签字。|我宁愿待在床上。
这个时候堵得厉害。|有人偷了我的自行车。|这个座位有人吗？|宝宝终于睡着了。|你看起来很累。|我查一下再给你回电话。
电影比我想象的长。|他的字根本看不懂。|卫生间里有一只蜘蛛。|天黑之前我们该走了。|这个问题真奇怪。|打印机没纸了。
可以刷卡吗？|他戒烟了。|说实话，我没有主意。|邻居太吵了。|不用找了。|好像有什么东西烧焦了。|我腰疼。
学生们抱怨考试太难。|刚出炉的最好吃。|冬天快到了。|别担心。|谁来帮我搬一下箱子？|我该理发了。|电池没电了。
大家都被他的回答逗笑了。|老房子的墙很厚。|这里从来没有发生过什么。|别喊了，我听得见。|也许我们应该先问问。
小狗把骨头埋在花园里。|她的航班晚点了。|请填写这张表格。|您的订单正在配送。|生日快乐！|深呼吸，放松一点。
""".replace("\n", "|"), "|")  # fmt: skip

FIRST = (*FIRST_EN, *FIRST_ZH)
SECOND = (*SECOND_EN, *SECOND_ZH)
"""``FIRST`` predates this recipe. ``SECOND`` was written before its generated patterns and evaluated last."""
