"""Who fell into water or a pit, and who is lost: there it is the subject that decides, because phones and money fall
into wells, too, and sheep go astray."""

from __future__ import annotations

import re
from collections.abc import Callable

_PERSON = (
    r"孩子|娃娃?|小孩|小朋友|老人家?|老伴儿?|老汉|老婆子?|老头子?|老太太|老婆婆|老奶奶|老爷爷|老两口|父亲|母亲|爸爸?|妈妈?|[阿老]?爹|[阿老]?娘|[爷奶]{1,2}|阿[爷奶]|"
    r"儿子|女儿|姑娘|丫头|孙[子女儿]?|外孙女?|媳妇|女婿|老公|丈夫|爱人|老爷子|[哥姐弟妹叔姨婶舅伯]{1,2}|公公|婆婆|亲家|邻居|街坊|学生|司机|羊倌|亲戚|师傅|男的|女的|男人|女人"
)
_ANYONE = re.compile(rf"(?:{_PERSON}|有人|人|[我他她咱俺])(?:们|家)?(?:一个|两个|几个)?$")
_SOMEONE = re.compile(
    rf"{_PERSON}|有人|[我他她咱俺]|(?:骑|开|坐).{{0,4}}车|(?:轿|汽|货|大|小|面包|三轮|班|校|公交|客)车|摩托|拖拉机|^车"
)
_THING = (
    "手机|电话|钱|卡|钥匙|包(?!车)|证|存折|镜|帽|鞋|袜|东西|药|伞|表|桶|碗|盆|瓶|杯|牙|戒指|耳环|项链|镯|助听器|拐棍?|拐杖|衣服?|裤|书(?!记)|本子?|"
    "遥控器|收音机|玩具|球|勺|刀|壶|狗|猫|羊|牛|鸡|鸭|鹅|猪|驴|马(?!路)|骡"
)
_ENDS_IN_A_THING = re.compile(rf"(?:{_THING})(?:子|儿|本)?$")
_AT_WORK = re.compile(rf"(?:着|[赶放骑提背挑牵抱捞捡喂追抓打]).{{0,3}}(?:{_THING})(?:子|儿)?$")
"""提着桶, 赶羊: what somebody does who then falls."""
_OWNED = re.compile(r"[把将]|的.{1,5}$")
_THINGS = re.compile(_THING)
PARTS = re.compile(r"[\s，。！？；、,.!?;]+|(?<=了)(?=以前|从前|上次|上回|上个?月|去年|前年|跟上次)")
"""Those who recognise speech set no comma before 以前, and it is another sentence."""
_BESIDE = re.compile(
    r"(?:刚才|刚|一?不小心|不留神|没注意|没站稳|脚一滑|一下子?|一家伙|突然|这会儿?|现在|好像|可能|怕是|肯定|自己|全|都|也|又|给|就|"
    r"喂|哎呀?|啊|不好了|出事了|快来人?|你好|您好|走着走着|往)+$"
)
"""Words between who falls and the falling; or nothing else before it."""
_INTO = re.compile(
    r"(?:[掉跌栽滑摔落滚翻](?:到|进|下)?(?:了|在|去)?(?:那|这|人家)?(?:个|口|条|门口)?[大深枯机冰黄臭]?"
    r"(?:水(?=[里中下底渠沟坑池库塘缸窖井])|[河湖](?![南北])|井|沟|窖|渠(?!道)|江(?!倒)|[鱼池水]塘|池子|粪池|化粪池|崖|悬崖|冰窟|[粪茅水深土大]坑|茅厕))|落水(?=了|啦|$)"
)
_HURT = re.compile("砸|扎|人|头|手|血|娃|老|疼|孩子|他|她|我[也都掉摔下]")
"""As in what is told after a thing that fell: somebody went in after it."""

_SO_LONG = (
    r"一(?:天|晚|宿|夜|早|上午|下午|个(?:小时|钟头|多|晚|上午|下午|星期|礼拜))|好[久长半]|"
    r"好?[几两三四五六七八九十半\d]+个?(?:天|晚|小时|钟头|多|上午|下午|星期|礼拜)"
)
_NOTHING_MORE = rf"(?=$|[\s，。！？,.!?]|怎|咋|快|都|从|找不|啊|呀|呢|啦|{_SO_LONG})"
"""我爸丢了社保卡 is no lost father."""
_LOST = re.compile(
    rf"走丢|走失|失踪|迷了?路了|迷了路|走迷(?:路)?了|(?:找不[到着见]|认不得|不认[得识])(?:回家(?=$|了|[，。！？,.!?]|怎|咋|的?路)|回去的?路|"
    rf"家(?=$|了|啊|呀|[，。！？,.!?]|怎|咋|在))|"
    rf"(?:{_PERSON})(?:又|也|给|自己)?(?:(?:不见了|没影儿?了)(?![我他她]的(?!手机|电话)|(?:钱|药|卡|证|存折|东西)(?![也都]?没))|(?:跑?丢了?|找不[到着见]了?){_NOTHING_MORE})"
)
_NOT_BACK = re.compile(
    r"(?:出去|出门|放学|上山|遛弯|散步|买菜|放羊|赶集)(?!.{0,4}(?:打工|上班|做工|务工|念书|上学|几年))[^年月]{0,10}没(?:有)?回(?:来|家)(?!过)"
)
_STILL_OUT = re.compile(r"没(?:有)?回(?:来|家)(?!过)")
_NO_WAY_HOME = re.compile(r"找不[到着见]路.{0,4}回(?:不了|不去)家")
_AGAIN = re.compile(r"又(?:给|自己)*(?:走丢|走失|失踪|跑丢|迷路|不见|丢了)")
_STRAY = re.compile(
    r"(?<![放赶遛牵找骑喂])(?:[狗猫羊牛驴马猪鸡骡]|牦牛|鸽子)(?:又|也|给|自己)*(?:走丢|走失|失踪|跑丢|迷路|不见|丢)"
)
_FEARED = re.compile(
    r"(?:防|避免|以免|免得|怕(?!得|死|是)|担心(?!死|得|坏)|容易)[^，。！？,.!?]{0,8}(?:走丢|走失|失踪|丢了|迷路)|"
    r"(?<!不)(?:会|别|总|常|老是|不要)(?:走丢|走失|迷路)|走[丢失]的?(?:证明|登记|启事|补)"
)
_TALKED_OF = re.compile(
    r"(?:办|领|买|申请|配).{0,6}(?:手环|定位|胸牌)|(?:手环|胸牌|定位(?:手环|器|仪)).{0,6}(?:哪里?(?:办|领|买)|办|领|买|申请|多少)|"
    r"怎.{0,3}防|预防|讲座|培训|演练|知识|户口(?!本)|宣告|新闻|(?<!看)电视|(?<!看)(?<!看完)电影|梦见|做梦|就是问"
)
"""Whatever else is said: nobody is missing."""
_COMING = re.compile(
    r"(?:司机|师傅|送.{0,3}[的餐]|快递|外卖|护工|保姆|护士|大夫|医生)[^说讲]{0,3}(?:迷路|找不[到着](?:路|家)|出去|出门|买菜)"
)
"""Whoever was to come here and does not find the way; not who tells of a parent that is gone."""
_LONG_AGO = re.compile(r"(?:丢|失|路|踪)过|去年|前年|以前|从前|上次|上个?月|有一?次|曾经|当年|那年|小时候")
_FOUND = re.compile(r"(?<![没不])找[到着回](?:来)?了|(?<!没)(?<!没有)回来了|送回来")
_NOT_FOUND = re.compile(r"没(?:有)?(?:找|见|回)|人没|找不|又(?:不见|走|丢|跑)|不是[他她]")
_ASIDE = re.compile(
    r"(?:能不能|可不可以|能|可以)[^，。！？,.!?]{0,6}(?:帮|来|找|派|叫|喊|救)[^，。！？,.!?]{0,6}吗?|没有?(?:一点|点|啥)?消息|(?:一点|啥)?消息[也都]?没有?|"
    r"(?:万一|要是|如果)[^，。！？,.!?]{0,6}(?:冻|饿|摔|渴|出|找不[到着见])|听人?说(?:往|在|去)|(?:能不能|可不可以|能|可以)报警吗?|"
    r"(?:手机|电话|耳朵|眼睛|听力|视力|腿脚|记性).{0,3}(?:没电|没气|不行|坏)|看(?:着|完|了)?(?:电视|电影)"
)
"""What whoever looks for somebody says besides."""


def fallen(text: str) -> bool | None:
    """Whether somebody fell into water, a well, a pit or a ditch; False where it was a thing; None without a fall.

    Without a subject it is a person: nobody calls “掉河里了” about a hat."""
    found = [_who(text[: one.start()], text[one.end() :]) for one in _INTO.finditer(text)]
    falls = [one for one in found if one is not None]
    return any(falls) if falls else None


def _who(before: str, after: str) -> bool | None:
    clause = _BESIDE.sub("", PARTS.split(before)[-1])
    if not clause:
        return _THINGS.search(before) is None or None
    if _ANYONE.search(clause):
        return True
    if _AT_WORK.search(clause) and "把" not in clause:
        return True
    if _ENDS_IN_A_THING.search(clause):
        return None if _HURT.search(after) else False
    return True if _SOMEONE.search(clause) and not (_OWNED.search(clause) or _THINGS.search(clause)) else None


def rest(text: str) -> str:
    """What is told besides the falls: “药掉水沟里了，我喘不上气”."""
    return _INTO.sub("，", text)


def lost(text: str, doubts: Callable[[str], bool] = lambda _: False) -> bool | None:
    """Whether somebody who may not find the way back is missing now: yesterday is not over until they are found. False
    where they were found, where it is feared or told of the past, and for animals; None without such words.

    Each part of the sentence speaks for itself: 以前也走丢过 beside 我妈走丢了 does not take it back. `doubts`: whether
    a part asks or tells of something that is not so."""
    if _NO_WAY_HOME.search(text) is not None:
        return True
    parts = [part for part in PARTS.split(text) if _LOST.search(part) or _NOT_BACK.search(part)]
    if not parts:
        return None
    if _TALKED_OF.search(text) or not any(_missing(part, text, doubts) for part in parts):
        return False
    found = any(_FOUND.search(part) and not _THINGS.search(part) for part in PARTS.split(text))
    return not found or _NOT_FOUND.search(text) is not None


def _missing(part: str, text: str, doubts: Callable[[str], bool]) -> bool:
    if any(one.search(part) for one in (_STRAY, _COMING)) or doubts(_ASIDE.sub("", part)):
        return False
    if _FEARED.search(part) and not _STILL_OUT.search(text):
        return False
    return _AGAIN.search(part) is not None or _LONG_AGO.search(part) is None
