"""Mandarin wording: places in braces take a value, the rest is said as it stands."""

from theresa_training.grammar import lines, words

TEMPLATES = lines("""
我爱{LOCATION}。|我住在{LOCATION}。|{PERSON}出生于{DATE}，现在住在{LOCATION}。
{ORGANIZATION}成立于{DATE}，总部位于{LOCATION}。|{ORGANIZATION}成立于{DATE},致力于为用户提供美好的产品与服务。
{ORGANIZATION}由{PERSON}创立。|{ORGANIZATION}的首席执行官{PERSON}{DATE}访问了{LOCATION}。
{DATE}{TIME}，{PERSON}在{LOCATION}发表讲话。|{PERSON}加入了{ORGANIZATION}。|{PERSON}是{ORGANIZATION}的工程师。
{ORGANIZATION}宣布投资{MONEY}。|{ORGANIZATION}的收入增长了{PERCENT}。|这台电脑卖{MONEY}。|{PERSON}给我转了{MONEY}。
从{LOCATION}到{LOCATION}要多久？|会议定在{DATE}{TIME}开始。|请{PERSON}在{TIME}之前回复。
{PERSON}和{PERSON}去了{LOCATION}旅游。|{ORGANIZATION}与{ORGANIZATION}签署了合作协议。
据{ORGANIZATION}报道，{LOCATION}{DATE}发生地震。|{PERSON}毕业于{ORGANIZATION}，后来任职于{ORGANIZATION}。
股价下跌了{PERCENT}，市值蒸发{MONEY}。|{ORGANIZATION}发布了新产品。|{ORGANIZATION}位于{LOCATION}。
欢迎来到{LOCATION}！|{PERSON}老师您好。|我叫{PERSON}，来自{LOCATION}。|他{DATE}离开了{ORGANIZATION}。
这首歌是{PERSON}唱的。|{LOCATION}的人口增加了{PERCENT}。|你好，我想订{DATE}去{LOCATION}的机票。
{PERSON}说：“我们花了{MONEY}。”|那家店{TIME}关门。|{PERSON}{DATE}在{LOCATION}逝世。|{LOCATION}政府宣布了新的政策。
大约有{PERCENT}的人不同意。|{ORGANIZATION}是一家游戏公司，{DATE}上市。|我在{en:ORGANIZATION}工作，老板是{en:PERSON}。
{en:PERSON}要来{LOCATION}。|他买了{en:ORGANIZATION}的股票。|{ORGANIZATION}的创始人是{PERSON}、{PERSON}和{PERSON}。
喂，请问{PERSON}在吗？|麻烦您转告{PERSON}，{TIME}的会取消了。|我是{ORGANIZATION}的{PERSON}。
您好，这里是{ORGANIZATION}，有什么可以帮您？|我的航班{TIME}到{LOCATION}。|酒店就在{LOCATION}旁边。
我打算{DATE}飞{LOCATION}。|这趟高铁经过{LOCATION}和{LOCATION}。|医生说{PERSON}{DATE}可以出院。
{PERSON}同学考上了{ORGANIZATION}。|{ORGANIZATION}今年招了{CARDINAL}个人。|仓库里还有{CARDINAL}箱货。
我买了{CARDINAL}本书。|{LOCATION}队以大比分赢了{LOCATION}队。|比赛{DATE}在{LOCATION}举行。
{PERSON}获得了冠军，奖金{MONEY}。|{PERSON}的爸爸是{ORGANIZATION}的司机。|{PERSON}女士请到前台来。
{PERSON}先生{DATE}来过。|我认识一个叫{PERSON}的人。|你认识{PERSON}吗？|谁是{PERSON}？|{PERSON}怎么还没来？
{PERSON}昨天没上班。|把文件交给{PERSON}。|记得提醒{PERSON}带护照。|{ORGANIZATION}拒绝了这个要求。
{ORGANIZATION}欠了{ORGANIZATION}{MONEY}。|{ORGANIZATION}收购{ORGANIZATION}花了{MONEY}。
{ORGANIZATION}的股票涨了{PERCENT}。|{ORGANIZATION}在{LOCATION}建厂。|他们在{LOCATION}买了房子，一共{MONEY}。
房租每个月{MONEY}。|这件衣服打完折{MONEY}。|一杯咖啡{MONEY}。|利率下调到{PERCENT}。|成功率超过{PERCENT}。
合格率是{PERCENT}。|失业率上升{PERCENT}。|银行{TIME}开门。|我每天{TIME}起床。|闹钟定在{TIME}。
我们{TIME}在{LOCATION}门口集合。|{DATE}是我的生日。|{DATE}放假。|合同{DATE}到期。|他{DATE}就结婚了。
{DATE}的票卖完了。|{LOCATION}下雨了。|{LOCATION}的冬天很冷。|{LOCATION}是个好地方。|我没去过{LOCATION}。
你去过{LOCATION}吗？|{LOCATION}离{LOCATION}很远。|台风{DATE}登陆{LOCATION}。|{LOCATION}大学的学生来{LOCATION}实习。
我姓{surname}。|我是从{LOCATION}来的。|他老家在{LOCATION}。|他在{ORGANIZATION}读书。|我们学校请{PERSON}来演讲。
记者{PERSON}从{LOCATION}发回报道。|发言人{PERSON}表示欢迎。|总统{PERSON}抵达{LOCATION}。|{PERSON}的新电影{DATE}上映。
{PERSON}写的小说卖了{CARDINAL}册。|{ORGANIZATION}和{PERSON}打官司。|{PERSON}向{ORGANIZATION}借了{MONEY}。
{PERSON}借给{PERSON}{MONEY}。|{PERSON}在{ORGANIZATION}做手术。|{ORGANIZATION}给员工发了{MONEY}奖金。
这个项目由{PERSON}负责。|负责人是{PERSON}，电话打不通。|下一位，{PERSON}。|{PERSON}，你来回答。|谢谢{PERSON}的介绍。
接下来请{PERSON}讲话。|首先感谢{ORGANIZATION}的支持。|我在{LOCATION}的{ORGANIZATION}上班。
{PERSON}在{LOCATION}的{ORGANIZATION}工作。|{ORGANIZATION}的{PERSON}和{ORGANIZATION}的{PERSON}见了面。
{ORGANIZATION}的产品占了{PERCENT}的市场。|{ORGANIZATION}{DATE}亏损{MONEY}。
{LOCATION}、{LOCATION}和{LOCATION}都参加了。|来自{LOCATION}的{PERSON}拿了第一。|{PERSON}是{LOCATION}人。
{LOCATION}人喜欢吃辣。|从{DATE}到{DATE}休息。|{DATE}之前交报告。|自{DATE}以来价格涨了{PERCENT}。
{PERSON}教授的课在{TIME}。|包裹{DATE}从{LOCATION}寄出。|快递{TIME}能到。|给{PERSON}订一张去{LOCATION}的票。
帮我查一下{LOCATION}的天气。|播放{PERSON}的歌。|导航到{LOCATION}。|打电话给{PERSON}。|提醒我{TIME}开会。
""".replace("\n", "|"), "|")  # fmt: skip

PLAIN = lines("""
你好。|您好。|早上好。|晚上好。|晚安。|谢谢。|谢谢大家。|不客气。|好的。|对不起。|没关系。|再见。|很高兴认识你。
你听得见吗？|这是一个测试。|请等一下。|我不明白。|现在几点？|多少钱？|你在哪里？|我们开始开会吧。|天气很好。
请慢一点说。|没问题。|欢迎大家。|我很好，谢谢。|我们开始吧，请大家安静。|这个问题以后再讨论。|我不知道你在说什么。
时间过得真快。|这个项目没有什么问题。|你吃饭了吗？|我觉得可以。|那我们走吧。|声音太小了。|能再说一遍吗？|我马上就来。
他不在。|请稍等，我帮您看一下。|下雨了，带伞吧。|这本书很有意思。|我喜欢唱歌跳舞。|孩子们在公园里玩。|电脑坏了。
手机没电了。|这道菜很好吃。|我想喝水。|路上堵车。|他的意见很有道理。|我们需要更多的时间。|大家都同意这个方案。
服务器重新启动了。|请把门关上。|为用户提供美好的、超出预期的产品与内容。|致力于提高产品的质量。|价格太贵了。
公司要求员工准时上班。|银行里人很多。|学校放假了。|医院在哪儿？|老师正在上课。|经理很忙。|医生让我多休息。
城市的空气不好。|国家的经济在发展。|市场竞争很激烈。|新产品很受欢迎。|会议结束了。|报告写完了。
""".replace("\n", "|"), "|")  # fmt: skip

FILLERS = words("""
    的 在 和 与 是 了 向 从 到 于 把 被 对 由 为 说 去 来 有 要 想 请 让 给 找 见 看到 听说 认为 表示 宣布 成立 创立
    创办 收购 投资 发布 推出 访问 前往 抵达 离开 来自 位于 总部设在 出生在 毕业后 加入 任职 担任 总裁 董事长 教授 老师
    先生 女士 记者 医生 律师 主席 经理 创始人 工程师 朋友 父亲 母亲 他 她 我们 他们 大家 你 我 这 那 但是 因为 所以
    如果 然后 已经 正在 将要 可能 应该 一直 再次 首次 共同 合作 讨论 会议 比赛 演出 电影 歌曲 项目 计划 产品 市场 价格
    收入 利润 增长 下降 超过 大约 至少 左右 之前 之后 以来 期间 举行 召开 结束 开始 发生 报道 消息 新闻 问题 情况 政府
    学生 居民 游客 顾客 ， ， ， 、 ： ？ ！ “ ” 也 就 都 才 又 还 不 没有 很 非常 设立 捐款 借给 搬 裁员 见面 见到 花
    赚 卖 买 租 交 付 罚 省 住 等 约 打电话给 感谢 邀请 介绍 采访 批评 支持 起诉 击败 嗯 那个 呃 就是说 美好 内容 提供
    用户 预期 致力于 喜欢 爱 吃 喝 看 听
""")

HELD_OUT = lines("""
{PERSON}的妻子经营一家餐馆，地点是{LOCATION}。|{ORGANIZATION}被指控拖欠员工工资{MONEY}。
截至{DATE}，{ORGANIZATION}股东持股比例是{PERCENT}。|火车{TIME}从{LOCATION}出发。|律师{PERSON}拒绝评论此案。
{LOCATION}的警方逮捕了{PERSON}。|粉丝们很期待{PERSON}的新专辑。
""".replace("\n", "|"), "|")  # fmt: skip
"""Wording that is like no template above: what the model makes of sentences that it was not prepared for."""
