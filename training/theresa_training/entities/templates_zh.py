"""Mandarin templates: slots in braces take a value."""

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
你去过{LOCATION}吗？|{LOCATION}离{LOCATION}很远。|台风{DATE}登陆{LOCATION}。
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
{ORGANIZATION}的发票金额是{MONEY}。|我们订了{CARDINAL}箱水果，{DATE}到货。|能帮我订{TIME}的位子吗？
我和{PERSON}约了{TIME}见面。
牙医{DATE}{TIME}有空。|{DATE}您方便吗？|{PERSON}想知道什么时候开始。|我收到了{PERSON}的邮件。
{PERSON}{DATE}给我发了消息。
请转发给{PERSON}。|我去问问{PERSON}。|我觉得{PERSON}说得对。|{PERSON}在哪儿？|{PERSON}最近怎么样？|{PERSON}说了什么？
{PERSON}什么时候离开{ORGANIZATION}的？|{ORGANIZATION}为什么卖掉{ORGANIZATION}？|哪个办公室在{LOCATION}？
{ORGANIZATION}回复了吗？
{PERSON}住在{LOCATION}吗？|{PERSON}能{TIME}来吗？|要不要邀请{PERSON}和{PERSON}？|有{CARDINAL}名学生来自{LOCATION}。
{LOCATION}的首都是{LOCATION}。|{LOCATION}在{LOCATION}和{LOCATION}之间。|{LOCATION}的物价很便宜。
她在{LOCATION}长大，在{LOCATION}上大学。
我想念{LOCATION}。|来自{LOCATION}的问候！|感谢致电{ORGANIZATION}。|我是{ORGANIZATION}的客服，想跟您核对订单。
我在{ORGANIZATION}的经理是{PERSON}。|我{DATE}从{ORGANIZATION}辞职了。|他以前在{ORGANIZATION}上班。
{PERSON}管理着{ORGANIZATION}。
{ORGANIZATION}董事会{DATE}开会。|{ORGANIZATION}的投资者损失了{MONEY}。|{ORGANIZATION}降价{PERCENT}。
{ORGANIZATION}决定{DATE}涨工资{PERCENT}。
{ORGANIZATION}营收增长{PERCENT}，达到{MONEY}。|{ORGANIZATION}持有{ORGANIZATION}{PERCENT}的股份。
{ORGANIZATION}在{LOCATION}推出了新手机。
{ORGANIZATION}把发布会推迟到{DATE}。|{ORGANIZATION}否认了这个消息。|{ORGANIZATION}正在招人。
{ORGANIZATION}和{ORGANIZATION}同意合并。
{ORGANIZATION}发言人没有回应。|{ORGANIZATION}{DATE}公布了业绩。|{ORGANIZATION}的研究人员发现了一颗行星。
{ORGANIZATION}队拿了第一名。
这部电影在{LOCATION}拍摄。|乐队{DATE}要去{LOCATION}演出。|{PERSON}弹钢琴。|{PERSON}唱得真好。|{PERSON}导演了这部戏。
{PERSON}在决赛中赢了{PERSON}。|{PERSON}{DATE}退休。|{PERSON}{DATE}摔断了腿。|{PERSON}当选{LOCATION}总统。
{PERSON}被任命为{ORGANIZATION}总经理。
总理{PERSON}会见了{PERSON}。|法官{PERSON}{DATE}宣判。|{PERSON}阿姨住在楼上。|我哥哥{PERSON}在{LOCATION}打工。
我老板{PERSON}休假了。
她丈夫{PERSON}是厨师。|他女儿{PERSON}在{ORGANIZATION}上学。|邻居{PERSON}买了新车。|获胜者是来自{LOCATION}的{PERSON}。
遇难者是{PERSON}和{PERSON}。|作者：{PERSON}。|摄影：{PERSON}。|亲爱的{PERSON}，谢谢你的来信。|{PERSON}你好。
{PERSON}，我是{PERSON}。
再见{PERSON}，{DATE}见。|恭喜{PERSON}！|早上好，{PERSON}。|不好意思{PERSON}，我迟到了。|嗯，{PERSON}告诉过我。
那个，我{DATE}碰到{PERSON}了。
你知道{PERSON}吧？|后来我和{PERSON}去了{LOCATION}。|是{PERSON}打来的电话。|正如{PERSON}所说，我们得等。|总共{MONEY}。
只要{MONEY}。
一共是{MONEY}，请扫码。|我还剩{MONEY}。|罚款{MONEY}。|他们出价{MONEY}买这套房子。|他中了{MONEY}。|修车花了{MONEY}。
{DATE}的预算是{MONEY}。
我们省了{PERCENT}。|打折后便宜{PERCENT}。|电量还有{PERCENT}。|降雨概率{PERCENT}。|{PERCENT}的客户很满意。
{LOCATION}有{PERCENT}的面积是森林。
已经{TIME}了。|商店营业到{TIME}。|午饭在{TIME}。|我们{TIME}在车站门口见。|课从{TIME}上到{TIME}。
去{LOCATION}的公交车在这里停。|去{LOCATION}的路堵了。|{LOCATION}附近有两人受伤。|{LOCATION}{DATE}发生火灾。
{LOCATION}的学校{DATE}停课。
{LOCATION}{DATE}举行选举。|新规定{DATE}生效。|战争在{DATE}爆发。|事情发生在{DATE}。|{DATE}见！|我是{DATE}出生的。
考试在{DATE}。
我们{DATE}在{LOCATION}认识的。|{DATE}很冷。|{LOCATION}寄来的包裹{DATE}到了。|请在{DATE}前寄到{LOCATION}。
从{ORGANIZATION}订{CARDINAL}个。
转{MONEY}给{ORGANIZATION}。|打电话给{ORGANIZATION}取消订单。|打开{PERSON}的文件。|读一下{PERSON}的消息。
往{LOCATION}方向左转。
在{LOCATION}找一家{MONEY}以下的酒店。|查一下{LOCATION}飞{LOCATION}的航班。|删除和{PERSON}的会议。|给我讲讲{LOCATION}。
{ORGANIZATION}是做什么的？
{PERSON}多大了？|{PERSON}因为什么出名？|{ORGANIZATION}欠我工资。|{ORGANIZATION}的老总{PERSON}失踪了。
{PERSON}跟{PERSON}是同学。
{PERSON}嫌{LOCATION}太冷。|{PERSON}把钱还给了{PERSON}。|{PERSON}请客，花了{MONEY}。|{PERSON}骑车去{LOCATION}。
{PERSON}被{ORGANIZATION}录取了。
{PERSON}被送进了{ORGANIZATION}。|{PERSON}想去{en:LOCATION}留学。|{en:PERSON}和{PERSON}是同事。
公司派我去{en:LOCATION}出差。|我用的是{en:ORGANIZATION}的软件。
{ORGANIZATION}致力于让生活更美好。|{ORGANIZATION}专注于产品和服务。|{ORGANIZATION}创立于{DATE}，是一家软件企业。
{ORGANIZATION}{DATE}在{LOCATION}成立，主要生产手机。
""".replace("\n", "|"), "|")  # fmt: skip

PLAIN = lines("""
你好。|您好。|早上好。|晚上好。|晚安。|谢谢。|谢谢大家。|不客气。|好的。|对不起。|没关系。|再见。|很高兴认识你。
你听得见吗？|这是一个测试。|请等一下。|我不明白。|现在几点？|多少钱？|你在哪里？|我们开始开会吧。|天气很好。
请慢一点说。|没问题。|欢迎大家。|我很好，谢谢。|我们开始吧，请大家安静。|这个问题以后再讨论。|我不知道你在说什么。
时间过得真快。|这个项目没有什么问题。|你吃饭了吗？|我觉得可以。|那我们走吧。|声音太小了。|能再说一遍吗？|我马上就来。
他不在。|请稍等，我帮您看一下。|下雨了，带伞吧。|这本书很有意思。|我喜欢唱歌跳舞。|孩子们在公园里玩。|电脑坏了。
手机丢了。|这道菜很好吃。|我想喝水。|路上堵车。|他的意见很有道理。|我们需要更多的时间。|大家都同意这个方案。
服务器重新启动了。|请把门关上。|为用户提供美好的、超出预期的产品与内容。|致力于提高产品的质量。|价格太贵了。
公司要求员工准时上班。|银行里人很多。|学校放假了。|医院在哪儿？|老师正在上课。|经理很忙。|医生让我多休息。
城市的空气不好。|国家的经济在发展。|市场竞争很激烈。|新产品很受欢迎。|会议结束了。|报告写完了。
我饿了。|我们回家吧。|太贵了，便宜一点。|请把详细情况发给我。|这个主意不错。|我同意你的看法。|要迟到了。|会议改时间了。
请坐。|咖啡凉了。
能帮我一下吗？|火车晚点了。|我的车打不着火。|他人很好。|他们还在等答复。|结果很快就会公布。|很多人失去了工作。
政府承诺提供帮助。
专家对原因有不同看法。|警方正在寻找目击者。|公司没有回应。|法院驳回了上诉。|球队踢得不错。|演唱会的票卖光了。
学生需要更多的支持。|医院住满了人。
物价一直在涨。|这条路封了。|请不要挂电话。|我稍后给您回电话。|您打错了。|要留言吗？|请按绿色的按钮。|把灯关了。
放点音乐。|有什么新闻？
睡得好吗？|你在干什么？|为什么不呢？|当然。|算了。|看情况。|希望如此。|还没有。|听起来很棒。|保重。|祝你好运。
请问出口在哪里？|两位，谢谢。
买单。|有蓝色的吗？|不合适。|在哪里付款？|我想退货。|含早餐吗？|房间还没准备好。|我的行李不见了。|登机口在哪里？
请系好安全带。|飞机已经降落。
球迷大声欢呼。|工人罢工了。|医生提醒注意高温。|农民盼着下雨。|孩子学得很快。|新规定即将实施。|便宜的机票很难买。
没有人知道为什么。|一切都好。
双方签署了协议。|大多数商店都关门了。|有些人永远学不会。|科学家发现了水。|顾客在外面排队。|嗯，我想想。|那个，怎么说呢。
就是说，我们得快一点。
对，没错。|真的吗？|不会吧。|随便。|你说呢？|我也这么想。|他说他不知道。|因为太忙，所以没来。|虽然很累，但是很开心。
如果可以的话，请告诉我。
为客户提供优质的服务。|努力做出超出期望的成绩。|我们的产品深受用户喜爱。|内容很丰富。|这家公司专注于质量。
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
