"""The few spoken words that the dialogue must catch by itself, whatever the understanding makes of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKS = re.compile(r"[\s，。、！？：；,.!?:;…]+")
_COMMA = re.compile("[，,、]")
_POINTING = re.compile("^(?:就|要|选|退|退掉|是|挂)+|(?:那个|这个|那一个|这一个|那家|的|号|个)+$")
_NOISE = re.compile(r"[\s，。、！？,.!?嗯呃啊哦唉呀吧呢嘛吗了的]+")

_AFTER = re.compile(r"(?:[\s，。、！,.!།་…啊呀哦呃唉哎]|姑娘|丫头|同志|谢谢)+$")
"""What may follow a question without changing that it is one."""
_DOUBTS = "是不是|对不对|行不行|好不好|成不成|中不中|要不要|可不可以|能不能|对不|行不|中不|好不|可以不"
_ASKS = re.compile(
    rf"(?:[?？؟]|吗|(?<![什怎这那多])么|(?<!不)(?:{_DOUBTS})|"
    r"(?:(?<!그러니)까|[가-힣]나|[은는인건한]가)요?|\s[мбп][ае]|\s[юу]у|\s[үю]ү|مۇ|[اىە]مدۇ|"
    r"་(?:པས|བས|གས|ངས|ནམ|དམ|རམ|འམ))$|^\s*(?:is|are|can|could|may|should|does)\s(?:it|that|this|i|you|we)\b",
    re.IGNORECASE,
)
"""Endings of questions in Mandarin, Korean, Kazakh, Mongolian, Uyghur and Tibetan, and beginnings in English."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES = _set("""
对 对对 是 是是 好 好好 行 可以 没错 对着 嗯 中 要 要要 成 就这样
是这样 对就这样 好就这样 没问题 愿意 确定 确认 得行 要得 就是
""")
_NO = _set("不 不是 不对 错 不行 不要 不用 没有 没 不好 不可以 没了 不用了 算 不办 不愿意 不是不是 错着 别")
_ANY = ("都行", "随便", "都可以", "哪个都", "无所谓", "哪儿都", "你看着办", "您看着办", "不挑", "任意")
_AGAIN = ("重新来", "从头来", "从头再来", "重头来", "重来一遍", "重新开始", "从头开始", "重新办")
_HELP = (
    "能办什么",
    "能办啥",
    "可以办什么",
    "有什么业务",
    "我该怎么说",
    "我能说什么",
    "可以说什么",
    "都能干啥",
    "能干什么",
    "怎么用",
)
_MORE = (
    "别的",
    "还有",
    "下一页",
    "其他",
    "其它",
    "再说几个",
    "没有我要的",
    "都不是",
    "都不要",
    "有哪些",
    "有哪几",
    "有啥",
    "有什么",
)
_SOMEBODY_ELSE = re.compile(
    "我(?:就)?(?:是|给|替|帮|代)[他她](?!本人)|(?:不是|没|没有)本人|本人(?:不|没|走|去)|[他她](?:不在|没在|走|过世|去世)"
)
_UNHEARD = re.compile(
    r"(?:不行|不对|不是|不|喂|我|你|您|这|那|还|也|都|刚才|声音|说|话|太|小|远|快|有点|根本|啥|什么)*"
    r"(?:听不[见清到懂]|听不明白|没有?听[见清到懂明]|没有?听明白|没有?明白)[楚白]?"
    r"(?:你|您|请|麻烦|再|重|说|讲|大|慢|些|点|一|声|音|遍|次|回|下)*"
)
"""Nothing else is said: 耳朵听不清，挂哪个科 is a complaint."""
_POLITE = (
    r"没错|对|(?<!不)是|谢谢|多谢|感谢|麻烦|辛苦|再见|再会|回见|拜|挂|电话|姑娘|丫头|闺女|小伙子|同志|尕娃|师傅|大夫|"
    r"你|您|我|那|先|就|这样|这会|一?下|忙|慢走|好"
)
_NOTHING_MORE = re.compile(
    rf"(?:(?:没有|没得|没|莫有|莫|冇|不用|不办|不要|不必|不需要|不麻烦|不问|不|行|可以|算|罢|办完|完|就这些|就这|"
    rf"(?:以后|等会儿?|回头|改天)?再(?:说|办|问)|啥|什么|别|其他|其它|事情|事|要|办|问|查|需要|都|也|再|暂时|现在|今天|今儿|{_POLITE}|no|nothing)"
    r"(?:啦|喽|噻|儿|咧|着|个)*)+"
)
"""All of a sentence that says that nothing is left to be done."""
_WRONG = re.compile(
    r"不对|不行|(?:说|弄|搞|挂|听|记|办|选|写|报|算)(?:错|岔)|(?<![没不])(?<!没有)错(?:了|啦|着|误)|不是(?:给|这|那|[我他她]|说|要)|"
    r"没有?(?:收到|到账|拿到|领到|钱|发|给)|少(?:了|发|给|一)|多(?:扣|收)|扣多|去不(?:了|成)|(?:改|换)(?:成|到|一下|一天|个)"
)
"""Something that was done or told is not right."""
_CALLED_OFF = (
    r"(?:不(?:想|要|用|打算|愿意)?|别|甭|莫)(?:再|给我)?(?:预约|挂|看|退|查|办|约|问|去|弄)"
    r"(?:了?(?:这|那)?个?号|病|它|这个|那个)?(?:算?了|啦|喽|咧)"
)
_DAY = "(?:等|到)?(?:大?后天|明[天儿]|(?:下个?|这)?(?:星期|周|礼拜)[一二三四五六日天]?|下个?月|年后|晚上)"
_LATER = (
    rf"{_DAY}再(?:说|打(?:电话|过?来)?|办|问|联系)|(?:算了|罢了|不[挂看]了)吧?(?:我|那|还是|咱们?|等)*{_DAY}再(?:看看?|来|挂)|"
    r"(?:改天|改日|下次|下回|回头)(?:吧|再(?:说|办|打|来|挂|看|去|问|弄|联系))|"
    r"(?:以后|往后|过(?:几|两|些)天|等(?:几|两|些)天|等一?会儿?|赶明儿?|明后天)再(?:说|办|打|挂|问|弄|联系)|"
    r"先不(?:挂|办|退|查|看|约|弄)了?"
)
_CALLS_OFF = re.compile(rf"(?<!不是){_CALLED_OFF}")
_UNCHANGED = re.compile(
    "(?<![改换要能])(?:不(?:想|要|用|打算|愿意)?|别|甭|莫)(?:再|给我)?(?:改|换)(?:约|时间|日子|号|它)?(?:算?了|啦|喽|咧|吧|$)(?!.*[改换])"
)
_DONT = re.compile(
    "(?:那|我|先|还是|就|你|您|呀|啊|哦)*(?:不|别|甭|莫|先不|先别)(?:挂|办|退|预约|约)(?:号)?(?:吧|呢|啊|哦|嘛)*"
)
_NO_FIRST = re.compile(
    "(?:那|嗯|哎|唉|啊|哦|先|呀|我|还是)*(?:不(?!知|晓|错|客气|管|光|仅|过|好意|但|急|着急|懂|明|清|记|太|得|退[不咋怎])"
    "|别(?!的|人|处|退错)|甭|莫|错了)"
)
_NOT_GOING = re.compile("不(?:想|要|能|打算|愿意|用|再)?(?:去|来|看)(?:了|啦|喽|咧)|[去来看]不[了成]|没法[去来]")
_KEPT = re.compile(
    "(?<![退要是能])(?:不(?:想|要|用|打算|愿意)?|别|甭|莫)(?:再|给我|忙着?|急着?|着急)?退(?![不咋怎错钱费款])(?!.*(?:退|取消))"
)
_IF = re.compile("要是|如果|万一|假如|咋办|怎么办|咋样|怎么样|会不会|能不能|行不行|啥时候|什么时候")
"""It is talked about: 要是不去了咋办."""
_ENOUGH = re.compile(
    rf"(?:那|嗯|哎|哦|噢|啊|姑娘)*(?:(?:好|行|可以|够|成|中)(?:了|啦|咧|喽)|就这样|就这些|就这么多|就这事)(?:吧|了|啊|哦|{_POLITE})*"
)
_READY = re.compile("[好行中成得以](?:了|啦|咧|喽)")
_PUTS_OFF = re.compile(rf"(?:{_LATER})(?:吧|啊|呀|哦|了|嘛)*$")
_LETS_BE = re.compile(
    rf"(?:{_CALLED_OFF}|{_LATER}|(?:就|还是)?算了|罢了|(?:这个)?号?(?:我|也|都|就|又)?不要了|不了|"
    r"[我那就还都也嗯哎唉哦啊呀吧嘛了]|还是|这回|今天|今儿|暂时|先|谢谢|你|您|姑娘)+"
)
_LET_BE = re.compile("算了|罢了|不要了|不了|再(?:说|办|打|来|挂|看|去|问|弄|联系)|(?:改天|改日|下次|下回|回头)吧|先不")
_NOT_NOTED = re.compile(
    r"(?:没有?|还没有?|未)(?:记|写|抄)(?:下|住|上|清|完|好|全|到|着|$)|(?:记|写|抄)不(?:下|住|及|完|过来)|"
    r"(?:取?号码?|码)是(?:多少|啥|什么|几)|(?:多少|啥|几)来着|(?:我|让我|容我)(?:先|来|就|给)?(?:记|写|抄)一?下|"
    r"(?:取?号码?|码)(?:再|重)(?:说|念|讲|报)"
)
_ORDINALS = (
    ("第一", "头一个", "前一个", "前面那个", "前头那个", "前头的", "前边那个", "上面那个"),
    ("第二", "后一个", "中间那个", "后面那个", "后头那个", "后头的", "后边那个", "下面那个"),
    ("第三", "最后一个", "末一个"),
)
_POINTS = re.compile(
    rf"(?:就|要|选|按|是|退掉?|挂|改)*(?:{'|'.join(name for names in _ORDINALS for name in names)})(?:个|那个|的|号)*"
)
_CHANGES = re.compile(
    r"(?:不是|不|我|想|要|能|可以|给我|得|再)*(?:换|改)(?:一?个|一下)?(?:医院|时间|日子|时候|天|科|人)(?:行不行|可以|成不|行)?"
)
WHOLE_MAX = 30
"""Characters of what may be nothing but a goodbye, or words of giving up."""
_DIGIT_WORDS = {"一": 0, "幺": 0, "1": 0, "二": 1, "两": 1, "2": 1, "三": 2, "3": 2}


def plain(text: str) -> str:
    """The text without punctuation and blanks."""
    return _MARKS.sub("", text)


def bare(text: str) -> str:
    """The text without punctuation and filler particles."""
    return _NOISE.sub("", text[:200])


def asks(text: str) -> bool:
    """The words are a question, by their ending or by a mark. A recogniser may write 吗 for 嘛, which is assent: to ask
    once more costs a turn, to take 可以吗 for a yes cancels what nobody wanted to cancel."""
    return _ASKS.search(_AFTER.sub("", text[:200])) is not None


def asks_back(text: str) -> bool:
    """可以吗, 不对吗, 是不是, 啊？: a yes or a no as a question, or a sound, and nothing else."""
    core = bare(_AFTER.sub("", text[:200])).removesuffix("么")
    echo = not core or re.fullmatch(_DOUBTS, core) or core in _YES | _NO
    return bool(echo) and asks(text)


def is_yes(text: str) -> bool:
    """A whole answer that means yes."""
    return not asks(text) and (bare(text) in _YES or text.strip("，。！ ") in _YES)


def says_yes_not_ready(text: str) -> bool:
    """“好”, “好啊”, and not “好了”, “行了”: that is said by whoever has found what they looked for."""
    return is_yes(text) and not _READY.search(plain(text[:200]))


def is_no(text: str) -> bool:
    """A whole answer that means no."""
    return not asks(text) and bare(text) in _NO


def is_somebody_else(text: str) -> bool:
    """“我是他儿子”, “他本人不在”: whoever speaks is not the person who was named."""
    return not asks(text) and _SOMEBODY_ELSE.search(bare(text)) is not None


def has_not_heard(text: str) -> bool:
    """“不行，听不见”: the caller could not hear or follow what was said."""
    return _UNHEARD.fullmatch(bare(text)) is not None


def nothing_more(text: str) -> bool:
    """“没了，谢谢”: an answer to “anything else?” of which nothing but a no and a goodbye can be made."""
    whole = _whole(_NOTHING_MORE, bare(text.casefold()))
    return whole and not asks(text) and not finds_wrong(text)


def is_enough(text: str) -> bool:
    """“好了”, “就这样”: to “anything else?” no yes, though they are one elsewhere."""
    return not asks(text) and _ENOUGH.fullmatch(plain(text[:200])) is not None


def finds_wrong(text: str) -> bool:
    """“不对，少了二百”, “我刚才说错了”: something that was done or told is not right."""
    return _WRONG.search(plain(text[:200])) is not None


def calls_off(text: str) -> bool:
    """“不挂了”, “号不退了”: in so many words, what is being done is not to be done."""
    return not _talks_of(text) and _CALLS_OFF.search(plain(text[:200])) is not None


def says_dont(text: str) -> bool:
    """“别挂”, “先不挂”: to a read-back, that it is not to be done."""
    return _DONT.fullmatch(plain(text[:200])) is not None


def leaves_it(text: str) -> bool:
    """“算了，不改了”: what is booked is to stay as it is."""
    return not _talks_of(text) and _UNCHANGED.search(plain(text[:200])) is not None


def keeps_it(text: str) -> bool:
    """“别退，后天我再看看”: what is booked is not to be given back, and nothing else instead of it."""
    return not _talks_of(text) and _KEPT.search(plain(text[:200])) is not None


def will_not_go(text: str) -> bool:
    """“不去了，后天有事”: no “no” to “shall it be cancelled?”, but rather why."""
    return _NOT_GOING.search(plain(text[:200])) is not None


def begins_with_no(text: str) -> bool:
    """“不，我要挂眼科”: whatever comes then, it is no yes."""
    return not asks(text) and _NO_FIRST.match(plain(text[:200])) is not None


def lets_be(text: str) -> bool:
    """“算了吧”, “改天再说”: the caller has no mind to go on. As an answer it may also be a mere no."""
    short = plain(text[:200])
    whole = _whole(_LETS_BE, short) and _LET_BE.search(short) is not None
    return not _talks_of(text) and (whole or _PUTS_OFF.search(short) is not None)


def _talks_of(text: str) -> bool:
    return asks(text) or _IF.search(text) is not None


def says_only_that(text: str) -> bool:
    """Nothing but words of giving up: whatever value seems to be in them is none."""
    return _whole(_LETS_BE, plain(text[:200]))


def _whole(pattern: re.Pattern[str], short: str) -> bool:
    """All of a short text. Of a longer one (哎呀哎呀…, as who is in pain says) too many ways would be tried: the search
    would stop all calls."""
    return len(short) <= WHOLE_MAX and pattern.fullmatch(short) is not None


def stays(text: str) -> bool:
    """“不挂” to “are you ringing off?”: the caller stays on the line, unless they name a booking."""
    short = plain(text[:200])
    return "号" not in short and re.search("(?:不|别|甭|没有?(?:说|要|说要)?)挂", short) is not None


def has_not_noted(text: str) -> bool:
    """“我没记下来”, “号是多少”: what is to be written down went by too fast."""
    return _NOT_NOTED.search(bare(text)) is not None


def _any(text: str, words: Sequence[str]) -> bool:
    return any(word in text[:200] for word in words)


def wants_any(text: str) -> bool:
    """“Whichever”."""
    return _any(text, _ANY)


def wants_start_again(text: str) -> bool:
    return _any(text, _AGAIN)


def wants_help(text: str) -> bool:
    return _any(text, _HELP)


def wants_more(text: str) -> bool:
    """Other choices than those offered."""
    return _any(text, _MORE)


def ordinal(text: str) -> int | None:
    """Position that the words name ("第二个", "按二", "二"), from 0; None when they name none."""
    short = bare(text)
    for position, names in enumerate(_ORDINALS):
        if any(name in short for name in names):
            return position
    core = re.sub(r"^(选|按|要|就|是)+|(个|号键|键|那)+$", "", short)
    return _DIGIT_WORDS.get(core)


def wants_change(text: str) -> bool:
    """“换个医院”, said to what is read back: a no that tells of what."""
    return _CHANGES.fullmatch(bare(text)) is not None


def points(text: str) -> bool:
    """The words point to one of several and say nothing else: 前头那个 is no wish to go back."""
    return _POINTS.fullmatch(bare(text)) is not None


def match_label(text: str, labels: Sequence[str]) -> int | None:
    """The one label that the words name: contained in them, or the words in it. None when none or several fit."""
    short = bare(text)
    if len(short) < 2:
        return None
    plain_labels = [bare(label) for label in labels]
    inside = [n for n, label in enumerate(plain_labels) if label and label in short]
    if not inside:
        inside = [n for n, label in enumerate(plain_labels) if short in label]
    if len(inside) > 1:  # 口腔科 and 口腔外科: the longest that is said as a whole
        longest = max(len(plain_labels[n]) for n in inside)
        inside = [n for n in inside if len(plain_labels[n]) == longest and plain_labels[n] in short]
    return inside[0] if len(inside) == 1 else _by_part(short, labels)


def _by_part(short: str, labels: Sequence[str]) -> int | None:
    """“眼科那个”: the one label that has the part which the words name."""
    core = _POINTING.sub("", short)
    if len(core) < 2:
        return None
    fits = [
        n
        for n, label in enumerate(labels)
        if len(parts := [bare(part) for part in _COMMA.split(label)]) > 1
        and any(len(part) > 1 and (part in core or core in part) for part in parts)
    ]
    return fits[0] if len(fits) == 1 else None
