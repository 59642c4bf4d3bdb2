"""Whether words tell of an emergency that is happening now, and whom to call.

A missed emergency may cost a life, a wrong one costs a short call to a person: what is plainly happening counts
whatever the understanding makes of it. What is told of the past, asked about, or wished to be treated by
appointment does not."""

from __future__ import annotations

import re
from collections.abc import Collection

from flows import dangers, distance, mishaps, scams
from nlu.understand import Understanding

BELIEVED = 0.4
"""From this confidence on the understanding's own idea of an emergency is believed when symptoms are named."""
BELIEVED_ALONE = 0.55
"""The same when nothing in the words says what is wrong."""
COMPLAINT = 0.9
"""From this confidence on, words of violence are a complaint about somebody: “天天砸门一样吵”."""
SERVICE = 0.6
"""From this confidence on, a wish for a service stands against symptoms that are not severe."""
SURE = 0.75
"""From this confidence on, the understanding stands against an answer that is due, or against words that take back."""
SURELY = 0.9
"""From this confidence on, what is no answer to a question may be an emergency of which no words are known."""
SHORT = 3
"""Characters of which nothing is told."""
CERTAIN = 0.97
"""From this confidence on, it is believed without any word of danger also where a question stands."""
BOOKED = 3
"""Facts of an appointment in one sentence: whoever says so many orders one, whatever it sounds like."""
ILLNESS = 6
"""Characters of an illness that is named and no more, as 感冒了 and 我发烧了 are."""

_STRANGER = r"(?:有人|有个|几个人|那人|那个人|陌生|生人|不认[识得]|推销|[卖收查送要].{0,6}的|自称|男的|女的|小伙)"
_STAYS = r"(?:一直|赖着|死活|就是|还|硬是)(?:也|都|还|是)?不(?:肯|愿)?走(?![路人动道])"
_BETTER_DEAD = (
    r"(?:我|俺).{0,6}死了[^，。！？,.!?]{0,4}(?:(?:就|才|倒|也|还)(?:好|干净|清净|省心|解脱)|算了|拉倒)|不如死"
)
_SWALLOWED = (
    r"(?:电池|扣子|纽扣|硬币|钢镚|磁铁|玻璃|[钉别]?针|钉子|螺丝|弹珠|珠子|"
    r"干燥剂|樟脑|假牙|戒指|耳环|钥匙|鱼刺|骨头|温度计|水银)"
)
_NOW = re.compile(
    r"救命|救救我|快救|快来人|快来个人|救护车|(?:摔|跌|绊|滑|栽|倒|躺|趴).{0,12}(?:起不来|爬不起|抬不起|举不起|挪不动|动不了|动弹不|站不起|动不成|起不下)|起不来(?:床)?了|"
    r"爬不起来|(?:没|莫|冇|不)(?:有)?(?:了)?(?:气|呼吸|心跳)了|不喘气|不出气|断气|没气儿|上不来气|上不来器|[喘传]不[上过]来?[气器]|喘不过来|憋得不行|昏迷|"
    r"昏过去|晕过去|晕倒|厥过去|昏倒|不省人事|[叫喊摇推].{0,4}不醒|叫不答应|没知觉|不醒人事|抽搐|口吐白沫|抽风|抽过去|嘴歪|半边身子|半个身子|(?<!哑了)说不出话[来了]|[吐呕咯]血|大出血|"
    r"止不住血|血止不住|血流不止|流血.{0,4}止不住|流了(?:好多|很多|一地|一摊)血|血流了(?:好多|一地)|噎住|"
    r"卡(?:住|在|着|到)(?:了)?.{0,3}(?:嗓子|喉咙|气管)|(?:煤气|燃气|天然气).{0,4}(?:关不[上住])|触了电|误吞|误喝|误食|呛住了|心梗|心肌梗|脑梗犯|中风了|心脏病犯|犯(?:了|上)?心脏病|"
    r"喝(?:了|上)?(?:一瓶|半瓶)?(?:农药|敌敌畏|百草枯|洗衣液|洁厕)|吃错(?:了)?药|药吃多了|[喝吃](?:了)?老鼠药|蘑菇[^。！？]{0,10}(?:吐|拉|抽|昏|小人)|触电|电着了|"
    r"掉(?:到|进|下).{0,3}(?:河|井|沟|水|窖|楼)|(?<!地)(?<!地都)淹(?:着|了)|被车撞|叫车撞|车撞了|出车祸|不(?:会|能)说话(?!算)|突然.{0,6}(?:说不[出了清]话|看不见|听不懂)|脸.{0,3}歪|没(?:有)?(?:了)?反应|叫不应|喊不应|"
    r"[气器](?:都)?上不来|[拉便尿屙]血|安眠药.{0,8}(?:[瓶把板]|全|多|光|不醒)|[瓶把板]安眠药|翻白眼?|眼睛.{0,3}翻|抖得(?:厉害|不行|停不下)|"
    r"从.{0,8}(?:楼|房|梯子|树|炕|床|车|架子).{0,4}(?:掉|摔|滚|栽|跌)|像.{0,4}(?:石头压|刀子?[剜割扎])|不想活(?!动)|[我俺][就也]不活|想死|活够了|活不下去|跳楼|上吊|"
    r"割腕|寻短见|着火|着或了|失火|起火|冒(?:黑|浓|大)?烟|(?:全|都|满屋|满屋子|一屋子)(?:是|的)?烟|烟.{0,4}睁不开|"
    r"(?:房|灶|柴|屋|棚|炕|山|草|车|床|被子|窗帘).{0,3}着(?:了|起来)|(?:要|会|快)(?:爆)?炸|烧起来|(?:电瓶|充电|插板|插座|电动车|电线).{0,4}烧|火大得|[煤媒没]气(?:味|泄|漏|中毒|大得)|"
    r"煤气.{0,6}(?:漏|闻|味)|闻(?:着|到|见).{0,4}(?:煤气|天然气|瓦斯)|天然气.{0,4}(?:漏|味)|煤烟|一氧化碳|"
    r"打(?:着)?炉子.{0,6}头[晕疼昏]|(?:一股|满屋|满楼|一屋).{0,4}臭鸡蛋|抢(?:劫|我|东西|钱)|杀人|拿着刀|砍人|砍我|撬(?:我)?(?:家)?(?:的)?门|砸.{0,5}[门窗]|"
    r"(?:进|来|有).{0,2}(?:贼|小偷|强盗|歹徒)|闯进|翻墙|(?:让|被|叫|给)人.{0,2}(?:打|砍|捅)|打我(?!.{0,6}(?:电话|手机))|要打死|"
    # strokes
    r"(?:脚|手|腿|舌头|身子).{0,6}(?:不听使唤|没知觉)|舌头.{0,4}(?:硬|大)了|[嘴脸].{0,3}斜|(?:口水|涎水).{0,4}(?:收不|止不|往下[流淌])|"
    # wounds
    r"血.{0,4}(?:往外|直往|直)?(?:喷|冒|淌|涌)|血(?:糊|染|泡|浸)|(?:撕|咬|剁|锯|轧|绞).{0,5}(?:烂|断|掉|血|进去)|"
    # what is no drink
    r"(?:当|当成|当作).{0,6}(?:喝|吞)(?:了|下|进)|(?:喝|吞|咽)(?:了|下|进).{0,6}(?:药水|碱|消毒|汽油|酒精|除草|洁厕|毒)|"
    # buried and trapped; throttled and threatened
    r"(?:人|我(?!的|把)|他|她|娃|孙|老.|腿|手|脚).{0,8}(?:压|埋|夹|困)(?:住|在|到|着).{0,8}(?:出不|动不|底下|里头|里面|下面)|(?:掐|勒|卡).{0,3}脖|(?:弄|整|捅|掐|勒|砍)死|"
    # whom somebody finds, and who does not answer
    r"[叫喊](?:他|她|老伴|老汉|我妈|我爸).{0,3}(?:瞪|不吭|没应)|(?:路边|路上|马路|门口|楼道|楼下|街上|院子里?|河边|地上).{0,4}(?:躺|倒|趴)(?:着|了|在).{0,4}(?:人|老|男|女|娃)|"
    # intruders who stay, blades, robberies just now
    r"(?:赖|坐|站|堵|待)[着在].{0,10}(?:不走|不肯走|不出去)|(?:撵|赶|轰)不(?:走|出)|硬(?:闯|往.{0,2}里)|[拿举提抡持].{0,2}(?:刀|斧|棍|铁锹|枪).{0,3}(?:追|砍|打|顶|指|撬|砸|别|吓)|"
    rf"{_STRANGER}(?:(?!车|钟|队).){{0,14}}(?:{_STAYS}|(?:我家|家里|屋里|院子?里|门口|门外|客厅).{{0,6}}不(?:肯|愿)?走(?![路人动道]))|"
    r"(?<![号票位意活额])(?:让|被|叫|给)(?:个)?人(?:家)?(?:给)?抢(?=了|走|跑|$)(?!了?[完光先庄个一])|(?:锁|关)[在到].{0,6}(?:出不|不让出|不给饭)|(?:不给|(?:儿|媳妇|女|孙|保姆|护工)不让).{0,4}饭.{0,8}(?:[天顿]没|饿)|"
    # swallowed, by current, in the water; the wish to be dead
    rf"(?<!机)(?:吞|咽)(?:了|下|进|到).{{0,6}}{_SWALLOWED}|[把将].{{0,2}}{_SWALLOWED}.{{0,3}}(?:吞|咽|吃)(?:了|下|进|到|肚)|吃(?:了|下|进).{{0,6}}(?:电池|扣子|纽扣|硬币|磁铁|干燥剂|樟脑|玻璃|水银)|(?:让|被|叫|给)电(?:给)?(?:打|击|着|麻|电)|"
    r"(?:河|井|沟|渠|塘|湖|水库|水|池子)(?:里|面上?|中|上)(?:头|面)?(?:有|漂|飘|泡|躺|趴)(?:着)?(?:一?个)?(?:人|娃|孩子|小孩|老人)(?!.{0,4}(?:游|钓|洗|划|耍|玩|捞|抓|放|卖|走))|"
    rf"{_BETTER_DEAD}|"
    r"(?:刚才|刚刚|正在).{0,16}(?:抢|夺|偷|扯|拽|捋).{0,3}(?:走|跑|去|我)|"
    r"(?:打|拨)(?:个)?(?:一二零|幺二零|一一九|幺幺九|一一零|幺幺零|120|119|110)"
)
_BAD = re.compile(
    r"(?:胸口|心口|胸|心脏|心窝|肚子|头|脑袋|浑身|腿|腰).{0,5}(?:疼|痛|闷|憋|压)|(?:疼|痛)(?:死|得|的)|摔|跌|绊倒|栽倒|滑倒|头晕|天旋地转|站不住|"
    r"不行了|难受|(?<![椅凳桌]子)(?:骨|腿|手|胳膊|腰|胯|肋|脚|脖子|筋).{0,6}断了|烫|烧伤|流血|喘|心慌"
)
_SEVERE = re.compile(
    r"(?:疼|痛|闷|憋|晕|难受|烫|烧|流血|喘|慌|跳).{0,3}(?:得|的|地)(?:厉害|不行|很哪|受不了|要命|不得了|不成|要死|没法|死|慌|满头|冒汗|直)|"
    r"(?:疼|痛|难受|憋)(?:死|坏)(?:我|了)|受不了|要命|不行了|快不行|要死了|动不了|站不住|站不起来|皮.{0,6}掉|起泡|断了|救|快来|满头大汗|冒冷汗|直冒汗"
)
_ACHES = re.compile(r"(?:腿|膝盖?|腰|胳膊|肩膀?|脚|手|牙|背|关节|脖子|颈椎|耳朵?|眼睛?).{0,4}(?:疼|痛|酸|麻)")
_SUDDEN = re.compile(
    r"摔|跌|撞|砸|压|断|突然|一下子?|刚才|刚刚|肿|黑|血|汗|[起走动站爬]不|动弹|[站起]不|昏|晕|喘|救|直不起"
)
"""膝盖疼得厉害 is what elders see a doctor for; not where it came of a fall, or all at once."""
_VITAL = re.compile(r"胸|心|头|脑|肚|浑身|全身|喘|血|晕|动不了|站不|(?<![疼痛][得的])不行|断|救")
_CHEST = re.compile(r"(?:胸口|心口|心窝|胸).{0,3}(?:疼|痛|闷|憋|压)")
_ONE = r"(?:我|俺|咱|他|她|老伴|老汉|老头子?|老婆子?|[我俺]?[爸妈爹娘]|[爷奶]{1,2})"
_SERIOUS = re.compile(
    r"^(?:喂|你好|您好|我|俺|要|想|得|赶紧|快|看|去|送|叫|给我|挂|个|，)*急[诊救][科啊呀吧了]*$|"
    r"(?:拉|屙|大便|屎|便).{0,4}(?:黑的|黑得|发黑|[像跟]柏油)|黑[便屎]|"
    rf"(?:^|[，。！？,.!?\s])(?:哎[呀哟]?|啊|妈呀|天[哪呐啊])*(?:{_ONE}(?:感觉|觉得|怕是|可能|看来|就|都|真的?|马上|这)*(?:快要?|就?要)|快要?)死了?[呀啊哩呢了]*(?=$|[，。！？,.!?\s]|[你快来救])|"
    rf"(?:^|[，。！？,.!?\s]){_ONE}(?:刚才|刚刚|刚|又|不小心|一下|在.{{1,5}}|从.{{1,6}}){{0,3}}"
    r"(?:摔|跌|绊|滑|栽)倒?了(?:一跤|一下|一跟头|个跟头|跤)?[啊呀哩]?(?=$|[，。！？,.!?\s])"
)
"""Said as it is, it is danger; beside the wish for an appointment it is the reason of it."""
_FELL = re.compile(
    r"(?:我|阿奶|阿爷|老伴|老汉|老头|妈|爸|娘|爹|奶奶|爷爷|老婆|老人|他|她)?.{0,3}(?:摔|跌|栽|滑)(?:倒|道|到|下来|下去)了?$"
)
_TREATED = re.compile(
    r"挂.{0,8}号|挂.{0,6}科|挂个|想挂|预约|想约|约个|再开|开药|开点药|开个药|看.{0,4}(?:科|门诊|大夫|医生)|瞧病|看看病|查查|查一下|取号|退号"
)
_WEARY = re.compile(r"(?:笑|累|忙|走|逛|吵)(?:得|死|了一|了半)")
"""“笑得肚子疼”: pains that are a manner of speaking."""
_CRY = re.compile(
    r"救命|救救我|快来人|快救|快(?:叫|打).{0,6}(?:救护车|一二零|120)|不想活(?!动)|想死|活不下去|起不来了|"
    r"我就(?:跳|上吊|喝药|寻死|死给)|[我俺][就也]不活|" + _BETTER_DEAD
)
_ALARMING = re.compile(
    r"血(?!糖|压|脂|型|站|管|常规|检)|喘|气短|憋|窒|噎|呛|吸进|嗓子眼|喉咙口|晕|昏|发黑|眼黑|糊涂|胡话|说话.{0,3}(?:含|不)|不会[说动转]|歪|斜|抽|抖|瘫|软得|软了|冷汗|虚汗|冒汗|[出一]汗|"
    r"冰凉|发?[紫青灰]了|发[紫青灰]|蜡黄|煞白|打滚|绞|咬|蜇|刺|烫|(?<!发)烧(?:伤|红|着(?!水|饭|菜|茶)|了|开|起)|皮.{0,4}[掉翻]|骨头|摔|跌|倒(?:下|栽|在|地)|栽|翻(?:了|下)|砸|碾|压[着在住底]|撞|踩|甩|顶|卷进|埋|"
    r"(?:动|抬|起|站|撑|挪|直|转|坐)不|不敢[挪动]|没(?:有)?(?:感|知)觉|没声|不应|不吭|不睁|叫不|喊不|打不开门|推不开|吃了?.{0,8}(?:吐|蘑菇|半瓶|[七八九十]片)|喝(?:了|多|下|进|上|得)|药.{0,6}(?:瓶子|摆|[多倍])|"
    r"吞|咽|毒|绳子|拖累|活|死|心(?:里头)?乱?跳|心慌|心绞|胸|心窝|掉(?:进|到).{0,3}(?:河|水|沟|井|坑|窖|崖)|漂着|淹|跳(?:进|到|河|楼)|救|撑不住|不行了|触了?电|电[打着]|耷拉|迷迷?糊|口子|羊水|当.{0,6}吃了|吐得|风箱|呼吸机|一步|"
    r"困[在住着]|滚|(?:切|锯|劈|戳|铲|砍|剁|刨|搅|轧|割|捅)(?:到|了|着|进|在|掉)|手上割|手锯|踢了|烤焦|电(?:线|锯|把|吸)|雷|吃进去|喝药|肿得|闷(?:坏|住|着)|一口气|眼皮|不答应|不对劲|不听(?:话|使)|傻了|揪着|睁不开|躺(?:着|在|地)|趴|锁在|没动静|哼|没人应|敲不开|洪水|水在涨|冲走|"
    r"雪崩|盖住|碰了|断着|出不[来去]|不在这世上|跟着去|遗书|再不醒|挂在|按(?:在)?地|人命|人(?:快)?(?:没了|不中)|过去了|赶紧来|消防|就护车|一[二三]零|旧命|又疼开|停呢|垂下|木头|裂开|要裂|快来|来人"
)
"""Words of danger, as they are seldom said in an answer to a question; what the understanding alone takes for danger
must have one of them there."""
_ASKS_BACK = re.compile(r"哪|什么|啥|几|多少|够(?:一下|不着)|找一?找|等一?[下等会]")
_LIGHT = re.compile(r"落枕.{0,6}[动转]不[动了]?|落枕.{0,6}不动|痔疮.{0,4}血|牙龈.{0,4}血|[查抽验献]血|抽筋")
"""Blood and cramps for which nobody calls an ambulance."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LIKENED = re.compile(r"像.{0,4}[火炸]|火烧(?:一样|似的|火燎)|(?:得|头|脑袋).{0,3}要炸|火炉|暖水袋炸|烧得冒烟")
"""Fire that is none, in words for pain and for places."""
_GAS_FEE = re.compile(
    r"(?:煤气|燃气|天然气|液化气)的?(?:公司|表|卡|本|费|安检|安全检查|检查|检修|账单)"
    r"(?!.{0,6}(?:漏|味|嘶|呲|冒|爆|炸|着|呛|忘|没关|关不))"
)
"""Gas that is paid for or looked after."""
_FIRE = re.compile(
    r"火|起伙|着[货或]|[煤媒]气|冒.{0,1}烟|[浓黑]烟|引着|跑气|漏气|烟从|烧起来|天然气|煤烟|一氧化碳|瓦斯|屋里有烟|是烟|烟.{0,4}睁|着起来|炸|一一九|幺幺九|119|"
    r"点着|烧(?:着了|开了|红|掉|光|到[床房被])|呼呼.{0,3}烧|烧得.{0,3}(?:响|噼|旺|红)|焦味|糊味|锅炉|臭鸡蛋|"
    r"(?:房|棚|圈|垛|车|店|铺|楼|毯|桌|床|沙发|窗帘|柴|草|林子|麦).{0,4}(?:着了|烧)|"
    r"(?:灶|管子|管道|罐|气瓶|液化气|燃气|阀门|厨房|的气).{0,10}(?:漏|嘶|哧|呲|嗞|冒|喷|忘关|没关|忘了关|味|呛)|一股子?气味"
)
_CRIME = re.compile(
    rf"{_STRANGER}.{{0,20}}不(?:肯|愿)?走(?![路人动道])|不[给让].{{0,4}}饭|(?:锁|关)[在到].{{0,6}}(?:出不|不让出|不给饭)|"
    r"抢|贼|小偷|歹徒|强盗|报警(?!器)|抱警|警察|派出所|公安|一一零|幺幺零|110|"
    r"撬|别锁|捅.{0,3}锁|锁.{0,6}(?:捅|别)|砸.{0,5}[门窗锁]|砸.{0,3}玻璃|闯|翻墙|爬进|掀瓦|翻(?:箱|柜|抽屉|东西)|生人|不认[识得]的|[男女]的.{0,4}(?:往里|进来|爬|翻)|往里(?:爬|闯|钻)|往死里|放我的?血|占着.{0,8}不|在我家.{0,6}(?:翻|转|走动)|"
    r"(?:赖|坐|站|堵|待).{0,10}不(?:肯)?(?:走|出去)|[的们人]不走了|(?:撵|赶|轰)不(?:走|出)|跟踪|跟了我|堵(?:住|着)?(?:我|门)|围住.{0,2}(?:我|家)|不让.{0,3}出[门去]|"
    r"(?:让|被|叫|给|有|个|的)人.{0,2}(?:打|捅)(?!针|电话|吊)|打(?:我|人|他|她|老婆|媳妇|娃|孩子|老人)(?!.{0,6}电话)|打(?:他|我|她)(?:妈|媳妇|老婆|爸)|打架|打群架|打起来|往我.{0,4}[打砸]|蒙.{0,2}脸|跳进.{0,2}(?:院|屋|家)|硬(?:拽|抢|夺|拉)|(?<!不)动手|推我|踢我|踹|"
    r"杀|开枪|(?:掐|勒).{0,3}脖|(?:弄|整|打|砍|捅)死|要我的命|威胁|砍(?:我|人|他|她)|捅(?:我|人|他|她)|[按摁](?:在|到)地|惨叫|女人.{0,3}(?:喊|叫|哭)|"
    r"[拿举提抡拎持].{0,4}(?:刀|斧|棍|铁锹|铁锨|锄|镢|镐|锤|枪)|(?:要|来|敢).{0,2}(?:劈|砍|捅|揍)|(?:偷|夺|捋|拽|扯|翔).{0,4}(?:走|跑|掉|我)|偷我|拉上车|抱走|领走|绑|找不[着见]人|走丢"
)
_INJURED = re.compile(
    r"割腕|割手|[往把]手上?割|寻死|自杀|不想活(?!动)|想死|(?:切|剁|砍|锯|割|劈)(?:到|在|了)?.{0,2}(?:手|脚|腿|胳膊|指)"
)
"""A wound from a tool or one's own hand: the blade is no crime."""
_POISONED = re.compile(r"中毒|打着了|没劲|晕|昏|头疼|不醒|难受|嗓子|皮肉|掉皮|皮.{0,2}掉")


def number_for(understanding: Understanding, expect: Collection[str] | None = None) -> str | None:
    """120, 119 or 110 when the words tell of an emergency that is happening; None otherwise.

    `expect`: names of the slots that were just asked for, none for a question without any; None where the caller was
    asked what they want. To a question one answers in few words, which the understanding has not learnt."""
    text = understanding.text[:200]
    fallen, lost = mishaps.fallen(text), mishaps.lost(text, distance.doubtful)
    if lost is not None and not (fallen or _NOW.search(text) or _BAD.search(text)):
        # Whoever has dementia has not much time in the cold: a person at once, who knows what the police ask.
        return "110" if lost else None
    if not _happening(text, understanding, fallen, expect):
        return "110" if lost else None  # 我妈走丢了，她去年中风了: what they suffered from before takes nothing back
    return "120" if fallen and lost else _number(text)


def perhaps(understanding: Understanding) -> bool:
    """Whether the understanding surely takes for an emergency what the words seem to take back or to ask about: nobody
    should hear “say it again” to that."""
    text = understanding.text[:200]
    named = _NOW.search(text) or _BAD.search(text)
    return bool(named) and _meant(understanding, SURE) and distance.doubtful(text) and not _wished(understanding)


def meant(understanding: Understanding) -> bool:
    """Whether the understanding alone takes it for an emergency, and there is enough of it that it may be one: a person
    is to be offered where it is no answer. 莫了 and 快点 are answers that it does not know."""
    return len(understanding.text.strip()) > SHORT and _meant(understanding, SURELY)


def _meant(understanding: Understanding, least: float) -> bool:
    return understanding.intent == "emergency" and understanding.confidence >= least


def _wished(understanding: Understanding) -> bool:
    """A service is wished for."""
    surely = understanding.accepted and understanding.confidence >= SERVICE
    return _TREATED.search(understanding.text[:200]) is not None or (
        surely and understanding.intent.endswith("_appointment")
    )


def _happening(text: str, understanding: Understanding, fallen: bool | None, expect: Collection[str] | None) -> bool:
    if dangers.happening(text):
        return True
    if fallen is False:  # a thing fell; what else is told?
        text = mishaps.rest(text)
        if not (_NOW.search(text) or _BAD.search(text) or _CHEST.search(text)):
            return False
    whole, text = text, distance.without_asides(text)
    wished, plain = _wished(understanding), distance.plainly(text)
    distant = not plain and (distance.past(text, wished) or distance.doubtful(text))
    complains = understanding.intent == "complaint" and understanding.confidence >= COMPLAINT
    if fallen or _NOW.search(text):
        told = plain or (not complains and (not distant or distance.plainly(text, _tells)))
        return told or _cries_out(text)
    distant = distant or (_WEARY.search(text) is not None and _CHEST.search(text) is None)
    if _named(text, wished or complains, _tells_department(understanding, expect)):
        return not distant
    history = not plain and (distance.past(whole, wished) or distance.doubtful(whole))
    return not (distant or wished or history) and _believed(text, understanding, expect)


def _tells(text: str) -> bool:
    """Whether words that nothing takes back name a danger of any kind."""
    return _NOW.search(text) is not None or mishaps.fallen(text) is True


def _named(text: str, wished: bool, department: bool) -> bool:
    """Whether the words name what is danger by itself. `department`: they answer which department is wanted."""
    hurts = (_CHEST.search(text) or _BAD.search(text)) is not None and not _aches(text)
    if hurts and _SEVERE.search(text) and not ((wished or department) and not _VITAL.search(text)):
        return True
    return not wished and any(one.search(text) for one in (_CHEST, _FELL, _SERIOUS))


def _aches(text: str) -> bool:
    """Old age, and no danger: a limb, the back or a tooth hurts, however much."""
    return all(one.search(text) is None for one in (_VITAL, _SUDDEN, _CHEST)) and _ACHES.search(text) is not None


def _tells_department(understanding: Understanding, expect: Collection[str] | None) -> bool:
    return expect is not None and "department" in expect and "department" in understanding.slots


def _believed(text: str, understanding: Understanding, expect: Collection[str] | None) -> bool:
    """Whether the understanding alone is believed, which takes 感冒了 and 快点 for an emergency, too.

    Not without any word of danger where a question was put or a department is named; not against signs of a fraud,
    for which there is better advice."""
    least = BELIEVED if _BAD.search(text) else BELIEVED_ALONE
    told_of = {"department", "date", "time", "part_of_day", "person_name"} & understanding.slots.keys()
    if len(told_of) >= BOOKED and _BAD.search(text) is None:
        return False  # 心血管，后天早上八点，给我老头
    if not _meant(understanding, least) or _aches(text) or (scams.signs(text) and not _CRIME.search(text)):
        return False
    if _HAN.search(text) is None:
        return True  # no words of another language are known here
    told = _LIGHT.sub("", _GAS_FEE.sub("", text))
    if expect is not None and "person_name" in expect and (name := understanding.slots.get("person_name")) is not None:
        told = told.replace(name.text, "")
    if "department" in understanding.slots:  # 头疼 is the answer to a question, or the reason of a wish
        if expect is None and len(text) > ILLNESS:
            return True
        return understanding.confidence >= SURE and any(sign.search(told) for sign in (_ALARMING, _FIRE, _CRIME))
    certain = understanding.confidence >= CERTAIN and len(text) > ILLNESS and not _ASKS_BACK.search(text)
    return expect is None or certain or any(sign.search(told) for sign in (_ALARMING, _BAD, _FIRE, _CRIME))


def _cries_out(text: str) -> bool:
    """Cries that nobody utters about the past."""
    return _CRY.search(text) is not None


def _number(text: str) -> str:
    """119 for fire and gas, 110 for crime, 120 for everything else; a poisoned person needs a doctor first."""
    if _HAN.search(text) is None:
        return dangers.number(text)
    if _FIRE.search(_GAS_FEE.sub("", _LIKENED.sub("", text))):
        return "120" if _POISONED.search(text) and not re.search(r"着火|起火|失火|烧起来", text) else "119"
    return "110" if _CRIME.search(text) and not _INJURED.search(text) else "120"
