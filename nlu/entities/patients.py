"""For whom the caller calls: for themselves, or for a relative.

A relative who is spoken of is seldom the patient: they drive, hold the telephone, are asked, or are what the caller
calls the voice at the other end (谢谢姑娘)."""

from __future__ import annotations

import re
from dataclasses import replace

from nlu.entities.readings import EXACT, Reading, overlaps
from nlu.text import bare
from nlu.understand import ParseContext

_YOUNG = "小姑娘|姑娘|丫头|闺女|尕娃|娃娃|娃儿|娃|孩子|兄弟|妹子|大哥|大姐|妹妹|阿姐|阿哥|尕妹"
"""What an elder calls a younger person on the telephone, and their own children too."""
_RELATION = re.compile(
    "老伴儿|老伴|老头子|老头儿|老头|老汉|老婆子|老婆|老奶奶|老太太|老阿奶|老阿爷|阿奶|阿爷|阿妈|阿大|婆娘|男人|媳妇子|媳妇儿|媳妇|儿媳妇|儿媳|"
    "孙子娃|孙子|孙女儿|孙女|外孙女|外孙子|外孙|重孙|女儿|儿子|女婿|我妈妈|我妈|我爸爸|我爸|我爹|我娘|妈妈|爸爸|"
    "母亲|父亲|老妈|老爸|老母亲|老父亲|公公|婆婆|丈人|丈母娘|岳父|岳母|爷爷|奶奶|姥姥|外奶奶|外爷|外奶|爱人|丈夫|妻子|掌柜的|当家的|"
    f"{_YOUNG}|弟弟|哥哥|姐姐|姐夫|嫂子|弟媳|亲戚|邻居|隔壁|朋友|侄子|侄女|尕孙子|尕孙女|家里人|[家屋]里的(?=$|[看要挂，,。])|屋里人|家人|老人家|老人|他人"
)
_SOMEBODYS = (
    r"(?:我们家|我们|我家|我那|我的|我|俺家|俺|咱们家|咱们|咱家|咱|他|她|家里|家)?的?"
    r"(?:那个|这个|那|个|大|小|二|三|尕|老)?"
)
"""我们家那个, before a relative."""

_FOR = re.compile(rf"(?:给|帮|替|为|领|带|陪){_SOMEBODYS}$")
_IS = re.compile(rf"(?<!不)(?:是|就|换成|改成|换|改){_SOMEBODYS}$")
_ABOUT = r"(?:们|他|她|自己|也|都|今年|[\d一二两三四五六七八九十]|岁|了)*"
_SEEN = re.compile(
    rf"{_ABOUT}(?:(?:要|想|得|需要|该|来|去|上|用)*"
    r"(?:看(?![到见着了不过家管护]|一下|看(?!.*科)|孩子|娃|手机)|瞧|挂|就诊|做检查|检查|住院|拔牙|复查|复诊|配药|开药)|的?号(?!码)|的(?:病|养老金|退休金|名字|医保|社保|低保|补贴))"
)
_ILL = re.compile(
    rf"{_ABOUT}(?:的?(?:腿|腰|眼|牙|头|心|肚|胃|耳|手(?!机)|脚|膝|嗓|胸|血)|.{{0,3}}[疼痛病]|不舒服|难受|发烧|咳)"
)
"""老伴要看, 老汉腿疼, 娃娃的号."""

_ASKED = re.compile(
    rf"(?:问问|问一下|问一问|问下|问|商量|跟|和|同|与|让|叫|等着|等一下|等等|等|听|喊|找|告诉|对|靠|有|麻烦|求|拿|怕|看看|陪着|接){_SOMEBODYS}$"
)
"""我问问我儿子, 跟老伴商量, 让姑娘接我."""
_TELLS = re.compile(r"(?:他|她|们|不)?(?:说|给我|帮我|让我|叫我|教我|告诉|替|打的|打来|的电话|不在|上班|在外)")
_HELPS = re.compile(
    r"(?:们|他|她|自己|也|都|就|不|没|会|能|要|想|可以|得|正|刚才|刚|到时候|那天|今天|明天|后天|早上|上午|下午|天天|回来|过来|回头|开着?车|坐车|骑车|有车|一起|一块儿?|在这儿?|来|出去|回家)*"
    r"(?:说|讲|问|让我|叫我|让|催|教|告诉|劝|嘱咐|同意|给我|帮我|替我|帮着|替|跟我|和我|陪|送|接|带着?我|领着?我|拉我|搀|扶|背|推我|跟着|跟前|开车|"
    r"一起|一块|在|打(?:的|来|电话|给|过|工)|上班|出门|不管|管我|照顾|伺候|记|写|查的|给的|知道|请假|有空|没空|有时间|没时间|忙|回来|过来|来接|去取|代|懂|听|商量|"
    r"的(?:电话|手机|车|地址|意思|话|微信))"
)
"""儿子开车送我去, 老伴在旁边, 孙子给我打的电话."""
_TOLD = re.compile(r"(?:说|讲|打(?!针)|发|回个?|商量|做饭|买|听|留|看看|看一下|问|取|拿)")
"""给儿子打个电话: what is done for them is not to see a doctor."""
_OF_ONESELF = re.compile(r"(?:我一个|我是个?|我这个?|我们这些|^是个|^一个)$")
_OLD = frozenset(
    {"老太太", "老头子", "老头儿", "老头", "老汉", "老婆子", "老奶奶", "老阿奶", "老阿爷", "老人家", "老人"}
)
"""我一个老太太: the caller, of themselves."""
_OWNED = re.compile(
    r"(?:我|我们|家|俺|咱|咱们|他|她|的|给|帮|替|为|带|领|陪|是|大|小|二|三|尕|老|和|跟|问|让|叫|挂|有|个|那|这|等|换|改)$"
)
"""我姑娘: one's own, whoever has no such word before them is spoken to."""
_COURTESY = re.compile(
    r"(?:^|\W|谢谢?|感谢|麻烦|辛苦|拜托|[你您啊了的好对行吧呀呢嘛嗯喂哎着成中见挂样]|自己|可以|没错)$"
)
"""What the words for whoever is spoken to come after."""
_NEXT = re.compile(
    r"[啊呀哎诶吧嘞哦]*(?:[^\w]|我|给|帮|那|这|把|今|快|你|您|请|就|谢|对|好|行|能|可|麻烦|辛苦|是|没[错事]|不[对是用要行]|嗯|再见|慢|"
    r"想(?![看挂得你])|$)"
)

_SELF = re.compile(
    r"我自己(?!(?:一个人)?(?:能|会|可以|也)?(?:去|来|走|坐|开|取|拿|记|到|过来|办|打|骑|回|写)(?!.{0,12}(?:看(?!看|一)|瞧)))|我本人|我个人|自个儿?|本人|自己看|自己用"
    r"|我看(?!看|一下|见|到|过|不|你|他|着|电|行|可以|就|成)|给我看|我要看(?!看)|给我自家|我自家|自家看|自己瞧|我瞧|我个家"
)
_FOR_ME = re.compile(
    r"给我(?!们|家|的|说|讲|发|打|回|念|看看|老|妈|爸|儿|孙|媳|男|丫|姑|娃|阿|爷|奶|哥|姐|弟|妹|亲|女|公|婆|丈|岳|外|侄|邻|朋|爱|一下|闺|孩|小|大|那|记|查)"
)
_TAKES_ME = re.compile(r"(?:陪|送|带|领|接|拉|搀|扶|跟|和)(?:着|上)?我(?:一起|一块儿?)?(?=去|来|看|到|过|上|$|[^\w])")
_OTHER = re.compile(
    r"(?:给|帮|替)别人|别人(?!家?都?[说讲告介推让叫教帮送陪带给])|(?:给|帮)[他她](?!们?[说讲打回发])|[他她]看|旁人|人家看|给人家|不是我(?=[,，。看]|$)"
)
_PUTS_RIGHT = re.compile("不是|不对|(?<!没)(?<!没有)错(?!不了)|换成|改成")
_ANSWER_SELF = re.compile(
    r"^(?:就)?(?:是)?(?:我|自己|我的|我的号|给我|我哩|自家|我呗|我啊|我嘛|我来看|我一个人去?|"
    r"我(?:这个?|一个|个)?(?:老太太|老太婆|老婆子|老头子|老头儿?|老汉|老人家?))"
    r"(?:的|看|呀|啊|呗|么|挂|用|的呗)?$"
)
_TOO = re.compile(r"也[要想得给]?(?:挂|看)|也给|还有|还要给|再给|另外")
_ASIDE = re.compile("对不对|是不是|行不行|好不好|成不成|吗")
_SOFT = re.compile(
    r"[嗯啊呃哦哎诶唉额那就呀吧呗嘛呢的了]|不是|不对|错了|说错|对|是|好|行|给|我家?|看病|看|挂|那个|这个"
)


def _spoken_to(text: str, match: re.Match[str]) -> bool:
    """尕娃，给我挂个号; 谢谢姑娘: whom the caller speaks to, no patient."""
    before = text[: match.start()]
    if re.fullmatch(_YOUNG, match[0]) is None or _OWNED.search(before) or not _COURTESY.search(before):
        return False
    alone = bare(text[: match.start()] + text[match.end() :]).strip("喂嗯哎唉啊呃那个吧呀呗的了") == ""
    return not alone and _NEXT.match(text, match.end()) is not None


def _sure(text: str, match: re.Match[str], *, read_back: bool) -> bool:
    """The words say that this one is seen by the doctor."""
    before, after = text[max(0, match.start() - 10) : match.start()], text[match.end() :].lstrip(" ，,、")
    if _SEEN.match(after) or (not read_back and _ILL.match(after)):
        return _HELPS.match(after) is None
    if _FOR.search(before):
        return _TOLD.match(after) is None
    return _IS.search(before) is not None and _HELPS.match(after) is None


def _beside(text: str, match: re.Match[str]) -> bool:
    """Somebody who is with the caller, drives them, or is asked."""
    before, after = text[max(0, match.start() - 10) : match.start()], text[match.end() :]
    return _HELPS.match(after) is not None or _ASKED.search(before) is not None


def _relations(text: str, context: ParseContext, taken: list[Reading]) -> tuple[list[Reading], list[Reading]]:
    """Relatives who are named, and those of them who are the patient."""
    asked = "patient" in context.expect
    read_back = "affirm" in context.expect and not asked
    named: list[Reading] = []
    patients: list[Reading] = []
    for match in _RELATION.finditer(text):
        oneself = match[0] in _OLD and _OF_ONESELF.search(text[: match.start()]) is not None
        if oneself or overlaps(match.start(), match.end(), taken) or _spoken_to(text, match):
            continue
        if match[0].startswith("老人") and not asked and not _FOR.search(text[: match.start()]):
            continue  # anybody
        sure = _sure(text, match, read_back=read_back)
        if not sure and _TELLS.match(text, match.end()):
            continue
        only = _SOFT.sub("", bare(text)) == _SOFT.sub("", match[0]) and not _ASIDE.search(text)  # 不对，老伴的
        certain = sure or asked or only
        named.append(Reading("relation", match[0], match.start(), match.end(), EXACT if certain else 0.8))
        if not sure and _beside(text, match):
            continue
        if read_back and (_TOO.search(text) or not (sure or only)):
            continue  # whoever wants it for another says so; 给老伴也挂一个 comes afterwards
        patients.append(replace(named[-1], slot="patient", value="other"))
    return named, patients


def _mine(text: str, context: ParseContext) -> list[Reading]:
    mine = [Reading("patient", "self", one.start(), one.end()) for one in _SELF.finditer(text)]
    if mine or "patient" not in context.expect:
        return mine
    spoken_to = [one[0] for one in _RELATION.finditer(text) if _spoken_to(text, one)]
    if _ANSWER_SELF.match(bare(text).removesuffix("".join(spoken_to[-1:]))):
        start = next(i for i, char in enumerate(text) if char in bare(text))
        return [Reading("patient", "self", start, len(text.rstrip("。，,. ")))]
    return [Reading("patient", "self", one.start(), one.end(), 0.7) for one in _TAKES_ME.finditer(text)]


def find(text: str, context: ParseContext, taken: list[Reading]) -> list[Reading]:
    """Patient and relation in a normalised text."""
    relations, people = _relations(text, context, taken)
    people += [Reading("patient", "other", one.start(), one.end(), 0.9) for one in _OTHER.finditer(text)]
    mine = _mine(text, context)
    corrects = "affirm" not in context.expect or _PUTS_RIGHT.search(text)  # 对，给我挂上 changes nothing
    if not mine and not people and corrects:
        mine = [Reading("patient", "self", one.start(), one.end(), 0.7) for one in _FOR_ME.finditer(text)]
    mine = [one for one in mine if not overlaps(one.start, one.end, people)]
    return [*relations, *sorted([*people, *mine], key=lambda one: (-one.confidence, one.start))]
