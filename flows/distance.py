"""How far away danger is that words name: past, asked about, denied, feared or only talked of; and what somebody in
danger says besides, which takes nothing back: that the telephone is running out, that it was never so bad."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flows import mishaps

PAST = re.compile(
    r"以前|从前|(?<![晕昏混厥抽背要碾轧压])过去|去年|前年|上次|上个月|上个星期|上周|前些|前几[天年月]|前阵|那年|那时|那一?次|当年|早年|年轻时|老毛病|曾经|好了以后|"
    r"[疼痛摔晕跌烧骨折梗死犯]过(?!去)|昨天|前天|好多年|多年前|报过|恢复|术后|(?:复查|出院)(?!.{0,4}(?:回来|回家|路上))"
)
_ASKED = re.compile(
    r"能不能(?!.{0,8}(?:来|叫|喊|救|派|[打拨]))|可以(?!.{0,8}(?:来|叫|喊|救|派)).{0,8}吗|能(?!.{0,8}(?:来|叫|喊|救|派)).{0,8}吗|会不会|[怎咋].{0,3}(?:防|救的)|咋样?才[能不]|哪里?(?:换|买|修|领|办|配|学|开)|"
    r"就是问|钱谁出|掏钱|医保|消息|远不远|报灾|问问进展|想学|梦见|做梦|预防|怎么办理|什么科|哪个科|啥科|挂什么|看什么|属于|多少钱|收费(?!的)|要不要钱|要钱[吗不]|报销|保险(?!丝|柜)|赔|讲座|培训|演练|"
    r"知识|新闻|听(?:人)?说|电视(?!.{0,5}(?:烟|火|烧|着了))|电影|如果|要是|万一|假如|证明|补贴|补助|怎么申请|办.{0,3}证"
)
_BROKEN = (
    r"(?:手机|电话|车|胎|打火机|气罐|球|机器|电视|灯|耳朵|眼睛|牙|听力|视力|腿脚|记性)[^，。！？,.!?]{0,3}"
    r"(?:没气|没有气|不行|坏(?:了|掉|啦)|没有?电|没费|没话费|没信号)了?"
)
"""Also of ears and eyes: whoever does not hear well says so first."""
_UNCALLED = r"(?<!要)不[用要]?(?:叫|打)?救护车|没(?:有)?(?:摔|着火|晕)(?:倒|着|过去)?|不是(?:急|着火|我摔)"
_AT_EASE = r"没(?:有)?(?:啥|什么)?(?:大)?事儿?|不着急|不急(?!诊|救)|(?<!要)不要紧"
_SCAM = (
    r"(?:(?:电话|短信|微信).{0,4}(?:说|讲|吓)|^说我.{0,2}[儿孙女]).{0,20}(?:[要打转汇交].{0,4}(?:钱|款|费|保证金)|骗)"
)
_NOT = re.compile(
    rf"{_UNCALLED}|{_AT_EASE}|{_BROKEN}|好多了|缓过来|假的|开玩笑|"
    r"[灶炉器].{0,4}(?:打|点)不着(?!.*(?:味|呛|漏))|好着[呢哩](?!.*(?:突然|一下|这会|现在|咋))|配.{0,3}助听器|下水道.{0,4}[返堵臭味]|耳.{0,6}[叫喊].{0,3}不[应答]|叫不应我|捞上来(?!.*(?:没|不醒|不动|叫不|昏))|"
    r"(?<![看拿接玩捡])(?:手机|电话机|存折|银行卡|身份证|户口本|钱包|钥匙|眼镜|帽子|碗|花盆|杯子|暖壶|手表|仪|收音机|猫|鸡)(?!.{0,2}[端拿]不).{0,4}(?:掉|摔|碎|停|压|夹|不准)(?!.*(?:砸|扎|人|头|手|血|娃|老|疼))|"
    rf"{_SCAM}"
)
_BESIDE = re.compile(
    rf"{_BROKEN}|{_UNCALLED}|"
    rf"^(?:喂|[你您]好|哎呀?|那个|姑娘|同志|我|俺|倒|也|[，,、。 ])*(?:(?:{_AT_EASE})[，,、。\s]*)+"
    r"(?=(?:我|俺)?(?:就是|只是|但是?|可是?|不过|突然))|"
    r"(?:以前|从前|从来|从)?(?:都|也|就|还)?(?:没有?|莫有?)(?:这么|这样|那么|这)[^，。！？,.!?]{0,4}过(?:去)?|"
    r"看(?:着|完|了)?(?:电视|电影|新闻)(?![里上说讲报])|"
    r"(?:跟|和|像|同)(?:上次|上回|以前|从前|去年|前年|那次|那年|昨天|前天)(?:都|也)?一样|"
    r"(?:如果|要是|你们?)*(?:再|还)(?:不|没)(?:来|派|叫|管|人来)(?:个|些)?(?:人|车|救护车|医生|大夫)?(?=[，,]?(?:我|俺|就|他|她))|"
    r"(?:如果|要是|你们?|救护车|医生|大夫)+(?<![起上下过出回])(?:不|没)(?:来|派|叫|管|人来)(?:个|些)?(?:人|车|救护车|医生|大夫)?(?=[，,]?(?:我|俺|就|他|她))"
)
"""Takes nothing back, wherever it stands."""
_GOING_ON = re.compile(
    r"昏迷|[晕昏]倒|昏过去|晕过去|[叫喊摇推].{0,4}不醒|叫不应|(?:没|莫)(?:有)?(?:了)?(?:气|呼吸|心跳)了|没有?呼吸|断气|抽搐|抽风|口吐白沫|翻白眼|[吐呕咯]血|大出血|流血|血流|"
    r"喘不[上过]|气(?:都)?上不来|(?:摔|跌|绊|滑|栽|倒|躺|趴).{0,12}(?:起不来|爬不起|动不了|动弹不|站不起|动不成)|爬不[起上]来|不省人事|没知觉|没反应|"
    r"半边身子|半个身子|嘴歪|说不出话|喝(?:了|上)?(?:一瓶|半瓶)?(?:农药|敌敌畏|百草枯|洁厕|老鼠药)|心脏病犯|犯(?:了|上)?心脏病|(?:胸口|心口|心窝|胸).{0,3}(?:疼|痛|闷|憋|压)[得的]|噎住|皮.{0,3}掉|晕得[^，。！？,.!?]{0,3}(?:站不|起不来)"
)
"""States of which nobody speaks in passing."""
_ONE = re.compile(r"我|俺|咱|他|她|老伴|老[汉头婆]|[爸妈爹娘爷奶]|儿|女|[孙娃]|媳妇|邻居|孩子|老人")
_TAIL = re.compile(
    r"(?<=.{4})(?=(?:能不能|可不可以|能|可以|这个)?(?:报销|用.{0,3}医保|走医保|挂号|挂(?:什么|哪|啥|急诊))|(?:去医院)?医保|看(?:什么|哪|啥)科|"
    r"怎么(?:办|挂|走|弄)|听人?说|(?:今天|现在|这会儿?)又)"
)
"""Where those who recognise speech set no comma: 我老伴叫不醒|挂什么科."""
_COURTESY = re.compile(
    rf"^(?:喂|[你您]好|我|俺|都|也)*(?:不用了?)?(?:{_AT_EASE})(?![了吧吗])|(?:能不能|可不可以|能|可以)(?:先|再)?(?:快一?点儿?|别问)[了吗]?(?![来挂给办查帮])"
)
"""What somebody polite says before it, without a comma: 我没事家里着火了."""
_FRAME = re.compile(r"如果|要是|万一|假如|听(?:人)?说|就是问|想学")
"""What stands before it makes the rest a case that is put; what follows it is a fear or an opinion."""
_TOLD = re.compile(r"梦见|做梦|预防|讲座|培训|演练|知识|新闻|电影|(?<!看)(?<!看着)电视(?:里|上)|不能扶")
_OVER = re.compile(
    r"好多了|缓过来|假的|开玩笑|捞上来(?!.*(?:没|不醒|不动|叫不|昏))|现在(?:没事|好)|没事了|(?:后来|现在|又|已经|自己)醒|已经(?:好|送|出院|去世|走了|不在)|去世"
)
_CALMED = re.compile(_AT_EASE)
_WELL = re.compile(rf"(?:但|不过|现在)?[我俺](?:自己|人|倒|们|都|是|也)*(?:{_AT_EASE})$")
_ONESELF = re.compile(r"[我俺](?!家|们家|屋|院|邻|[这那]|的?(?:老|[爸妈爹娘爷奶孙儿女姑婆媳]|外孙|小孙))")
"""家里着火了，我没事: whoever says so is well, and the house burns; not so in 我让车撞了，我没事."""
_RECORDED = re.compile(
    rf"{_SCAM}|报灾|问问进展|远不远|补贴|补助|救助|申请|低保|报销|能报(?!警|案)|赔|退[票款钱]|残疾|办.{{0,3}}证|上门|改(?:日|天|时|期|签)|"
    r"坐(?:飞机|火车|车)|能(?:不能)?换(?!个?人)|哪里?(?:换|买|领|办|配|学)"
)
"""Told by a swindler, reported once it is over, or why a service is asked for: 我老伴中风了，能不能办残疾证."""
_NO_DANGER = re.compile(
    r"[得患犯]过[^，。！？,.!?]{0,6}|(?:心梗|脑梗|中风)[^，。！？,.!?]{0,2}(?:支架|搭桥|手术|后遗症)|"
    r"(?:路|地|家|房子?|田|庄稼|外面|楼下?|院子?)[^人，。！？,.!?]{0,3}淹[着了]|淹[着了]我?[家房地路田庄]|不想活动"
)
"""An illness that one has had, water in a house: neither is told politely while it kills somebody."""
_LASTING = re.compile(
    r"到现在[^，。！？,.!?]{0,3}没(?:有)?醒|"
    r"(?:昨天|昨晚|昨夜|前天)[^，。！？,.!?]{0,6}[喝吃][^，。！？,.!?]{0,6}(?:农药|安眠药|老鼠药|蘑菇)|"
    r"(?:昨天|昨晚|昨夜|前天)[^，。！？,.!?]{0,3}就(?:不会说话|不能说话|不能动|半边|昏|[动起下站喘说叫喊]不)"
)
"""Whom it befell yesterday is in danger today: poison, a stroke, who has not come to."""
_STILL = re.compile(
    rf"{_LASTING.pattern}|这会儿?|这阵|这次|这回|现在(?!好|没|不)|刚才|刚刚|又(?:疼|犯|晕|喘|憋|闷|吐)|(?:昨天|前天)(?:都)?还|"
    r"(?:今天|现在|这会儿?|刚才?)又来?(?:砸|打|骂|闹|撬|踹|堵|抢)|(?:胸口|心口|心窝|胸|心脏|头)[^。！？]{0,16}(?:越来越|一阵比一阵)|"
    r"(?:现在|今天|今早|今儿|今晚|早上|早起|一直|到现在|越来越)[^，。！？,.!?]{0,6}"
    r"(?:动不|起不|醒不|醒了没|下不来|站不|不能动|不会动|抬不|喘|晕|昏|吐|血|说不|不会说|没知觉|迷糊|糊涂)"
)
"""What began in the past is happening now: “放过支架，这会儿又疼开了”, “昨天摔了，今天腰动不了”."""


def doubtful(text: str) -> bool:
    """Whether it asks, or says that it is not so."""
    return _ASKED.search(text) is not None or _NOT.search(text) is not None


def past(text: str, wished: bool) -> bool:
    """Whether it is told of the past. `wished`: it is to be treated by appointment, so that a history is no danger."""
    return PAST.search(text) is not None and (wished or _STILL.search(text) is None)


def without_asides(text: str) -> str:
    """The words without what somebody in danger says besides; and what did not happen is not named any more."""
    return _BESIDE.sub("，", text)


def plainly(text: str, tells: Callable[[str], bool] = lambda _: False) -> bool:
    """老伴昏迷了，他以前有心脏病: a part of its own tells what is happening, another what the ambulance will ask, what
    it costs or where to go. Whether it is so, unless the whole is a dream, a lesson, a case that is put, or over.

    `tells`: whether words name a danger besides the states that are known here. 没事，家里着火了: it is somebody polite
    who says so."""
    if _TOLD.search(text) is not None or _OVER.search(text) is not None:
        return False
    recorded = _RECORDED.search(text) is not None

    def going_on(parts: list[str]) -> bool:
        joined = "，".join(parts)
        return _GOING_ON.search(joined) is not None or (not recorded and tells(_NO_DANGER.sub("，", joined)))

    clear: list[str] = []
    for part in _parts(text):
        told = going_on(clear)
        calmed = _CALMED.search(part) and not (_WELL.match(part) and not _ONESELF.search("，".join(clear)))
        if _FRAME.search(part) or (told and calmed):
            return told and not calmed
        if not (doubtful(part) or (PAST.search(part) and not _LASTING.search(part))):
            clear.append(part)
    return going_on(clear)


def _parts(text: str) -> Iterator[str]:
    """Sentence by sentence; what is told of somebody apart from what is asked in the same breath."""
    for part in mishaps.PARTS.split(_COURTESY.sub(r"\g<0>，", text)):
        tail = _TAIL.search(part)
        if tail is None or not _ONE.search(part[: tail.start()]):
            yield part
        else:
            yield part[: tail.start()]
            yield part[tail.start() :]
