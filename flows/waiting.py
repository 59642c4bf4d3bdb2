"""“等一下，我找找那个条子”: the caller is given time. The line is quiet for long, and no failure is counted."""

from __future__ import annotations

import re

from flows import closing, fill, oneself, repair, words
from flows.state import Question
from flows.turn import YES_NO, Turn
from nlu.understand import SlotValue, Understanding

PATIENCE_S = 30.0
"""Silence that is granted to whoever asked for time."""
MOST = 6
"""Times that a call waits so: noise that is taken for a wish to wait must not keep anybody here for ever."""
_NO_WISH = frozenset({"inform", "deny", "affirm", "out_of_scope", "emergency"})
"""Danger has been acted on before; what is left of it is 我起来拿."""
_VALUES = frozenset({"date", "part_of_day", "time", "department", "hospital", "doctor", "topic"})
_THING = r"(?:老花|眼)镜|条子|条儿|单子|小票|票|本子|本本|证件|身份证|社保卡|医保卡|卡|手机|笔|纸|日历|号码"
_WAIT = re.compile(
    r"等一?(?:下|等|会儿?|哈|着)(?!再)|等等|等我|稍等|候一?下|(?:别|不要|莫|甭)(?:再)?(?:催|急|慌)|先别(?:说|急|挂)|别挂(?:啊|电话|断)?$|"
    r"(?:我|让我|容我)(?:先|再|来|就|得)?(?:想(?:想|一想|一下)|琢磨|考虑|找(?:找|一找|一?下)|翻(?:翻|一翻|一?下)|"
    r"看(?:看|一看|一下)(?=啊|哈|呢|$|这|那|上)|(?:问|商量)(?:问|一?下)?(?:我)?(?:老伴|老头|儿子|女儿|娃|家里|他|她))|"
    rf"(?:我|让我)(?:得|先|再|起来|就|这就)?(?:去|来)?(?:找|拿|取|翻|戴|寻)(?:找|一找|一?下|个|上|出来|那个|一?支|我的)*(?:{_THING})|"
    r"(?:起来|过去|出去|进去|回去)(?:拿|取|找|寻)(?:一?下|来|上)?(?:啊|哈|哦)?$|"
    rf"(?:{_THING})[^，。！？,.!?]{{0,4}}(?:找不|寻不|没找|不知道放|在哪(?!办|查|领|补|取|交|买)|放哪|搁哪)"
)
_PEN = re.compile(r"(?:拿|找|取|寻)[^，。！？,.!?]{0,5}(?:笔|纸|本)")
_FINDS = re.compile(rf"找|寻|翻|拿|取|戴|{_THING}")
_RELATIVE = "老伴|老头子?|老婆子?|儿子|女儿|闺女|姑娘|孙子|娃|家里人?|孩子|他|她"
_SPOKEN_OF = re.compile(
    rf"(?:问|商量)[^，。！？,.!?]{{0,4}}?(?:{_RELATIVE})|(?:{_RELATIVE})(?:刚才?|在)?(?:说|讲|问|喊)(?=.{{0,8}}(?:[他她](?!一个)|[有去能行]没有?|有没有|去不去|行不行))"
)
"""A day that comes after it is not the caller's: 我问下儿子后天有没有空, 老伴说星期五他也去. 老伴说星期五去 is."""
_READY = re.compile(
    r"(?:嗯|啊|哎|好了?|行了?|可以了?|我|你|您|笔|条子|眼镜|就|吧|呢|啦|，|。|"
    r"(?:找|拿|取|翻|戴)(?:到|着|来|出来|好|上)了?|有了|来了|齐了|说|念|讲|开始|记|现在)+"
)


def wanted(turn: Turn, understanding: Understanding) -> bool:
    """The caller asks for time, or has what they were looking for. True when it was acted on."""
    text, question = understanding.text, turn.state.question
    if question is None:
        return False
    if turn.waited and _is_ready(turn, question, text):
        _ready(turn)
        return True
    asks = _WAIT.search(words.plain(text[:200])) is not None and not words.asks(text)
    pen = _PEN.search(text) is not None
    wish = understanding.accepted and understanding.intent not in _NO_WISH and not (pen and _slower(understanding))
    told = any(
        one.value is not None and one.confidence >= fill.SURE and not _is_theirs(text, one)
        for name, one in understanding.slots.items()
        if name in question.expect and name != "affirm"
    )
    if not asks or wish or told or (question.kind == "confirm" and _puts_right(understanding)):
        return False
    return _wait(turn, "main.wait", "pen" if pen else "find" if _FINDS.search(text) else "full", pen=pen)


def _is_ready(turn: Turn, question: Question, text: str) -> bool:
    """The caller is back, and has not answered: 好了 says no more than that, and nor does 好 to “are you …?”."""
    if not _READY.fullmatch(words.plain(text)):
        return False
    if question.kind not in YES_NO or turn.waited == "pen" or oneself.is_asked(question):
        return not (oneself.is_asked(question) and words.bare(text) == "我")
    return not words.says_yes_not_ready(text)


def _puts_right(understanding: Understanding) -> bool:
    """“等等，不是骨科，是内科”: waiting for more would book what was just put right."""
    said = understanding.slots.items()
    named = {name for name, one in said if one.value is not None and not _is_theirs(understanding.text, one)}
    return bool(understanding.denied or named & _VALUES)


def _is_theirs(text: str, value: SlotValue) -> bool:
    """It was said of what somebody else in the room is to be asked, or does."""
    spoken_of = _SPOKEN_OF.search(text)
    return spoken_of is not None and value.start >= spoken_of.end()


def _slower(understanding: Understanding) -> bool:
    """“慢点，我拿个笔”: the code is said digit by digit when they are back."""
    return understanding.intent == "slower"


def patiently(turn: Turn) -> bool:
    """Something was heard, or nothing was for long, while the caller looks for what they need. True where that is no
    failure: words to somebody in the room are none for us."""
    return bool(turn.waited) and _wait(turn, "repair.still_here", "full", pen=turn.waited == "pen")


def over(turn: Turn) -> bool:
    """Nobody has spoken for as long as was granted. True where that was a wait: it ends with the question."""
    if not turn.waited:
        return False
    if not (turn.waited == "pen" and closing.slowly(turn)):
        turn.say("repair.still_here")
        repair.ask_again(turn)
    return True


def _ready(turn: Turn) -> None:
    turn.understood(by_key=turn.state.by_key)
    if not (turn.waited == "pen" and closing.slowly(turn)):
        repair.ask_again(turn)


def _wait(turn: Turn, prompt: str, variant: str, *, pen: bool) -> bool:
    times = turn.state.heard.get("main.wait", 0)
    if times >= MOST or not turn.prompts.has(prompt):
        return False
    turn.state.heard["main.wait"] = times + 1
    turn.say(prompt, variant=variant)
    turn.spoken = list(turn.state.said)  # “say it again” means what was said before
    turn.state.waits = "pen" if pen else "wait"
    turn.listen(PATIENCE_S)
    return True
