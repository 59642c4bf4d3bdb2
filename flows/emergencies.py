"""Whether words tell of an emergency that is happening now, and whom to call.

A missed emergency may cost a life, a wrong one costs a short call to a person: what is plainly happening counts
whatever the understanding makes of it. What is told of the past, asked about, or wished to be treated by
appointment does not."""

from __future__ import annotations

import re

from flows import mishaps
from nlu.understand import Understanding

BELIEVED = 0.4
"""From this confidence on the understanding's own idea of an emergency is believed when symptoms are named."""
BELIEVED_ALONE = 0.55
"""The same when nothing in the words says what is wrong."""
COMPLAINT = 0.9
"""From this confidence on, words of violence are a complaint about somebody: “天天砸门一样吵”."""
SERVICE = 0.6
"""From this confidence on, a wish for a service stands against symptoms that are not severe."""

_NOW = re.compile(
    r"救命|救救我|快救|快来人|快来个人|救护车|(?:摔|跌|绊|滑|栽|倒|躺|趴).{0,12}(?:起不来|爬不起|动不了|动弹不|站不起|动不成|起不下)|起不来(?:床)?了|"
    r"爬不起来|(?:没|莫|冇|不)(?:有)?(?:了)?(?:气|呼吸|心跳)了|不喘气|不出气|断气|没气儿|上不来气|上不来器|[喘传]不[上过]来?[气器]|喘不过来|憋得不行|昏迷|"
    r"昏过去|晕过去|晕倒|厥过去|昏倒|不省人事|[叫喊摇推].{0,4}不醒|叫不答应|没知觉|不醒人事|抽搐|口吐白沫|抽风|抽过去|嘴歪|半边身子|半个身子|说不出话来|吐血|咯血|大出血|"
    r"止不住血|血止不住|血流不止|流血.{0,4}止不住|流了(?:好多|很多|一地|一摊)血|血流了(?:好多|一地)|噎住|"
    r"卡(?:住|在|着|到)(?:了)?.{0,3}(?:嗓子|喉咙|气管)|误吞|误喝|误食|呛住了|心梗|心肌梗|脑梗犯|中风了|心脏病犯|"
    r"喝(?:了|上)?(?:一瓶)?(?:农药|敌敌畏|百草枯|洗衣液|洁厕)|吃错(?:了)?药|药吃多了|喝(?:了)?老鼠药|触电|电着了|"
    r"掉(?:到|进|下).{0,3}(?:河|井|沟|水|窖|楼)|(?<!地)(?<!地都)淹(?:着|了)|被车撞|叫车撞|车撞了|出车祸|不会说话|脸.{0,3}歪|没(?:有)?(?:了)?反应|叫不应|喊不应|"
    r"[气器](?:都)?上不来|[拉便尿]血|安眠药.{0,8}(?:[瓶把板]|全|多|光|不醒)|[瓶把板]安眠药|翻白眼?|眼睛.{0,3}翻|抖得(?:厉害|不行|停不下)|"
    r"从.{0,8}(?:楼|房|梯子|树|炕|床|车|架子).{0,4}(?:掉|摔|滚|栽|跌)|像.{0,4}(?:石头压|刀子?[剜割扎])|不想活|想死|活够了|活不下去|跳楼|上吊|"
    r"割腕|寻短见|着火|着或了|失火|起火|冒(?:黑|浓|大)?烟|(?:全|都|满屋|满屋子|一屋子)(?:是|的)?烟|烟.{0,4}睁不开|"
    r"(?:房|灶|柴|屋|棚|炕|山|草|车|床|被子|窗帘).{0,3}着(?:了|起来)|(?:要|会|快)(?:爆)?炸|烧起来|(?:电瓶|充电|插板|插座|电动车|电线).{0,4}烧|火大得|[煤媒没]气(?:味|泄|漏|中毒|大得)|"
    r"煤气.{0,6}(?:漏|闻|味)|闻(?:着|到|见).{0,4}(?:煤气|天然气|瓦斯)|天然气.{0,4}(?:漏|味)|煤烟|一氧化碳|"
    r"打(?:着)?炉子.{0,6}头[晕疼昏]|(?:一股|满屋|满楼|一屋).{0,4}臭鸡蛋|抢(?:劫|我|东西|钱)|杀人|拿着刀|砍人|砍我|撬(?:我)?(?:家)?(?:的)?门|砸.{0,5}[门窗]|"
    r"(?:进|来|有).{0,2}(?:贼|小偷|强盗|歹徒)|闯进|翻墙|(?:让|被|叫|给)人.{0,2}(?:打|砍|捅)|打我(?!.{0,6}电话)|要打死|"
    # strokes
    r"(?:脚|手|腿|舌头|身子).{0,6}(?:不听使唤|没知觉)|舌头.{0,4}(?:硬|大)了|[嘴脸].{0,3}斜|(?:口水|涎水).{0,4}(?:收不|止不|往下[流淌])|"
    # wounds
    r"血.{0,4}(?:往外|直往|直)?(?:喷|冒|淌|涌)|血(?:糊|染|泡|浸)|(?:撕|咬|剁|锯|轧|绞).{0,5}(?:烂|断|掉|血|进去)|"
    # what is no drink
    r"(?:当|当成|当作).{0,6}(?:喝|吞)(?:了|下|进)|(?:喝|吞|咽)(?:了|下|进).{0,6}(?:药水|碱|消毒|汽油|酒精|除草|洁厕|毒)|"
    # buried and trapped; throttled and threatened
    r"(?:人|我(?!的|把)|他|她|娃|孙|老.|腿|手|脚).{0,8}(?:压|埋|夹|困)(?:住|在|到|着).{0,8}(?:出不|动不|底下|里头|里面|下面)|(?:掐|勒|卡).{0,3}脖|(?:弄|整|捅|掐|勒|砍)死|"
    # intruders who stay, blades, robberies just now
    r"(?:赖|坐|站|堵|待)[着在].{0,10}(?:不走|不肯走|不出去)|(?:撵|赶|轰)不(?:走|出)|硬(?:闯|往.{0,2}里)|[拿举提抡持].{0,2}(?:刀|斧|棍|铁锹|枪).{0,3}(?:追|砍|打|顶|指|撬|砸|别|吓)|"
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
_VITAL = re.compile(r"胸|心|头|脑|肚|浑身|全身|喘|血|晕|动不了|站不|不行|断|救")
_CHEST = re.compile(r"(?:胸口|心口|心窝|胸).{0,3}(?:疼|痛|闷|憋|压)")
_FELL = re.compile(
    r"(?:我|阿奶|阿爷|老伴|老汉|老头|妈|爸|娘|爹|奶奶|爷爷|老婆|老人|他|她)?.{0,3}(?:摔|跌|栽|滑)(?:倒|道|到|下来|下去)了?$"
)
_PAST = re.compile(
    r"以前|从前|(?<![晕昏混厥抽背要碾轧压])过去|去年|前年|上次|上个月|上个星期|上周|前些|前几[天年月]|前阵|那年|那时|那一?次|当年|早年|年轻时|老毛病|曾经|好了以后|"
    r"[疼痛摔晕跌烧骨折梗死]过(?!去)|昨天|前天|好多年|多年前|报过|恢复|复查|术后|出院"
)
_ASKED = re.compile(
    r"能不能(?!.{0,8}(?:来|叫|喊|救|派))|可以(?!.{0,8}(?:来|叫|喊|救|派)).{0,8}吗|能(?!.{0,8}(?:来|叫|喊|救|派)).{0,8}吗|会不会|[怎咋].{0,3}(?:防|救的)|咋样?才[能不]|哪里?(?:换|买|修|领|办|配|学|开)|"
    r"就是问|钱谁出|掏钱|医保|消息|远不远|报灾|问问进展|想学|梦见|做梦|预防|怎么办理|什么科|哪个科|啥科|挂什么|看什么|属于|多少钱|收费|要不要钱|报销|保险(?!丝|柜)|赔|讲座|培训|演练|"
    r"知识|新闻|听(?:人)?说|电视(?!.{0,5}(?:烟|火|烧|着了))|电影|如果|要是|万一|假如|证明|补贴|补助|怎么申请|办.{0,3}证"
)
_TREATED = re.compile(
    r"挂.{0,8}号|挂.{0,6}科|挂个|想挂|预约|想约|约个|再开|开药|开点药|开个药|看.{0,4}(?:科|门诊|大夫|医生)|瞧病|看看病|查查|查一下|取号|退号"
)
_NOT = re.compile(
    r"没(?:有)?(?:摔|着火|晕|事)|不是(?:急|着火|我摔)|没(?:有)?什么大事|不着急|(?<!要)不要紧|(?<!要)不[用要]?(?:叫|打)?救护车|"
    r"(?:手机|电话|车|胎|打火机|气罐|球|机器|电视|灯|耳朵|眼睛|牙|听力|视力|腿脚|记性).{0,3}(?:没气|没有气|不行|坏|没电)|好多了|缓过来|假的|开玩笑|"
    r"[灶炉器].{0,4}(?:打|点)不着(?!.*(?:味|呛|漏))|好着[呢哩](?!.*(?:突然|一下|这会|现在|咋))|配.{0,3}助听器|下水道.{0,4}[返堵臭味]|耳.{0,6}[叫喊].{0,3}不[应答]|叫不应我|捞上来了|"
    r"(?<![看拿接玩捡])(?:手机|电话机|存折|银行卡|身份证|户口本|钱包|钥匙|眼镜|帽子|碗|花盆|杯子|暖壶|手表|仪|收音机|猫|鸡)(?!.{0,2}[端拿]不).{0,4}(?:掉|摔|碎|停|压|夹|不准)(?!.*(?:砸|扎|人|头|手|血|娃|老|疼))|"
    r"(?:(?:电话|短信|微信).{0,4}(?:说|讲|吓)|^说我.{0,2}[儿孙女]).{0,20}(?:[要打转汇交].{0,4}(?:钱|款|费|保证金)|骗)"
)
_STILL = re.compile(r"这会儿?|这阵|现在(?!好|没|不)|刚才|刚刚|又(?:疼|犯|晕|喘|憋|闷|吐)|(?:昨天|前天)(?:都)?还")
"""What began in the past is happening now: “放过支架，这会儿又疼开了”."""
_PARTS = re.compile(r"[，。！？；,.!?;]+")
_GOING_ON = re.compile(r"昏迷|[晕昏]倒|昏过去|叫不醒|没气了|抽搐|抽风|吐血|喘不上|没有?呼吸")
"""States of which nobody speaks in passing."""
_WEARY = re.compile(r"(?:笑|累|忙|走|逛)(?:得|死|了一|了半)")
"""“笑得肚子疼”: pains that are a manner of speaking."""
_LIKENED = re.compile(r"像.{0,4}[火炸]|火烧(?:一样|似的|火燎)|得.{0,3}要炸|火炉|暖水袋炸|烧得冒烟")
"""Fire that is none, in words for pain and for places."""
_FIRE = re.compile(
    r"火|起伙|着[货或]|[煤媒]气|冒.{0,1}烟|[浓黑]烟|引着|跑气|漏气|烟从|烧起来|天然气|煤烟|一氧化碳|瓦斯|屋里有烟|是烟|烟.{0,4}睁|着起来|炸|一一九|幺幺九|119|"
    r"点着|烧(?:着了|开了|红|掉|光|到[床房被])|呼呼.{0,3}烧|烧得.{0,3}(?:响|噼|旺|红)|焦味|糊味|锅炉|臭鸡蛋|"
    r"(?:房|棚|圈|垛|车|店|铺|楼|毯|桌|床|沙发|窗帘|柴|草|林子|麦).{0,4}(?:着了|烧)|"
    r"(?:灶|管子|管道|罐|气瓶|液化气|燃气|阀门|厨房|的气).{0,10}(?:漏|嘶|哧|呲|嗞|冒|喷|忘关|没关|忘了关|味|呛)|一股子?气味"
)
_CRIME = re.compile(
    r"抢|贼|小偷|歹徒|强盗|报警(?!器)|抱警|警察|派出所|公安|一一零|幺幺零|110|"
    r"撬|别锁|捅.{0,3}锁|锁.{0,6}(?:捅|别)|砸.{0,5}[门窗锁]|砸.{0,3}玻璃|闯|翻墙|爬进|掀瓦|翻(?:箱|柜|抽屉|东西)|生人|不认[识得]的|[男女]的.{0,4}(?:往里|进来|爬|翻)|往里(?:爬|闯|钻)|往死里|放我的?血|占着.{0,8}不|在我家.{0,6}(?:翻|转|走动)|"
    r"(?:赖|坐|站|堵|待).{0,10}不(?:肯)?(?:走|出去)|[的们人]不走了|(?:撵|赶|轰)不(?:走|出)|跟踪|跟了我|堵(?:住|着)?(?:我|门)|围住.{0,2}(?:我|家)|不让.{0,3}出[门去]|"
    r"(?:让|被|叫|给|有|个|的)人.{0,2}(?:打|捅)(?!针|电话|吊)|打(?:我|人|他|她|老婆|媳妇|娃|孩子|老人)(?!.{0,6}电话)|打(?:他|我|她)(?:妈|媳妇|老婆|爸)|打架|打群架|打起来|往我.{0,4}[打砸]|蒙.{0,2}脸|跳进.{0,2}(?:院|屋|家)|硬(?:拽|抢|夺|拉)|(?<!不)动手|推我|踢我|踹|"
    r"杀|开枪|(?:掐|勒).{0,3}脖|(?:弄|整|打|砍|捅)死|要我的命|威胁|砍(?:我|人|他|她)|捅(?:我|人|他|她)|[按摁](?:在|到)地|惨叫|女人.{0,3}(?:喊|叫|哭)|"
    r"[拿举提抡拎持].{0,4}(?:刀|斧|棍|铁锹|铁锨|锄|镢|镐|锤|枪)|(?:要|来|敢).{0,2}(?:劈|砍|捅|揍)|(?:偷|夺|捋|拽|扯|翔).{0,4}(?:走|跑|掉|我)|偷我|拉上车|抱走|领走|绑|找不[着见]人|走丢"
)
_INJURED = re.compile(
    r"割腕|割手|[往把]手上?割|寻死|自杀|不想活|想死|(?:切|剁|砍|锯|割|劈)(?:到|在|了)?.{0,2}(?:手|脚|腿|胳膊|指)"
)
"""A wound from a tool or one's own hand: the blade is no crime."""
_POISONED = re.compile(r"中毒|打着了|没劲|晕|昏|头疼|不醒|难受|嗓子|皮肉|掉皮|皮.{0,2}掉")


def number_for(understanding: Understanding) -> str | None:
    """120, 119 or 110 when the words tell of an emergency that is happening; None otherwise."""
    text = understanding.text[:200]
    fallen, lost = mishaps.fallen(text), mishaps.lost(text, _doubtful)
    if lost is not None and not (fallen or _NOW.search(text) or _BAD.search(text)):
        # Whoever has dementia has not much time in the cold: a person at once, who knows what the police ask.
        return "110" if lost else None
    if not _happening(text, understanding, fallen):
        return "110" if lost else None  # 我妈走丢了，她去年中风了: what they suffered from before takes nothing back
    return "120" if fallen and lost else _number(text)


def _doubtful(text: str) -> bool:
    """Whether it asks, or says that it is not so."""
    return _ASKED.search(text) is not None or _NOT.search(text) is not None


def _happening(text: str, understanding: Understanding, fallen: bool | None) -> bool:
    if fallen is False:  # a thing fell; what else is told?
        text = mishaps.rest(text)
        if not (_NOW.search(text) or _BAD.search(text) or _CHEST.search(text)):
            return False
    wished = _TREATED.search(text) is not None or (
        understanding.accepted and understanding.confidence >= SERVICE and understanding.intent.endswith("_appointment")
    )
    past = _PAST.search(text) is not None and (wished or _STILL.search(text) is None) and not _now_with_history(text)
    distant = past or _doubtful(text)
    if fallen or _NOW.search(text):
        complains = understanding.intent == "complaint" and understanding.confidence >= COMPLAINT
        return (not distant and not complains) or _cries_out(text)
    distant = distant or (_WEARY.search(text) is not None and _CHEST.search(text) is None)
    if _CHEST.search(text) or _BAD.search(text):
        if _SEVERE.search(text) and not (wished and not _VITAL.search(text)):
            return not distant
        if (_CHEST.search(text) or _FELL.search(text)) and not wished:
            return not distant
    least = BELIEVED if _BAD.search(text) else BELIEVED_ALONE
    meant = understanding.intent == "emergency" and understanding.confidence >= least
    return meant and not distant and not wished


def _now_with_history(text: str) -> bool:
    """老伴昏迷了，他以前有心脏病: a part of its own tells what is happening, another what the ambulance will ask."""
    return any(
        _GOING_ON.search(part) and not (_PAST.search(part) or _ASKED.search(part) or _NOT.search(part))
        for part in _PARTS.split(text)
    )


def _cries_out(text: str) -> bool:
    """Cries that nobody utters about the past."""
    return (
        re.search(r"救命|救救我|快来人|快救|快(?:叫|打).{0,6}(?:救护车|一二零|120)|不想活|想死|活不下去|起不来了", text)
        is not None
    )


def _number(text: str) -> str:
    """119 for fire and gas, 110 for crime, 120 for everything else; a poisoned person needs a doctor first."""
    if _FIRE.search(_LIKENED.sub("", text)):
        return "120" if _POISONED.search(text) and not re.search(r"着火|起火|失火|烧起来", text) else "119"
    return "110" if _CRIME.search(text) and not _INJURED.search(text) else "120"
