"""What callers ask about the hotline itself and the day: who speaks, where this is, what day and what time it is.

Short and honest: a machine says that it is one, and how to get a person. Then what was asked is asked again."""

from __future__ import annotations

import re

from flows import hub, repair, words
from flows.render import words as spoken
from flows.state import Question
from flows.turn import Turn
from nlu.understand import Understanding

MOST = 30
"""Characters: whoever tells more wants more."""
_BEFORE = r"^(?:喂|哎|诶|欸|哦|姑娘|丫头|同志|大夫|请问|我?想?问一?下|我问你|那|到底|究竟|就是|你好|您好|不是|你说|先)*"
_AFTER = r"(?:姑娘|丫头|同志|来着|啦|喽|哟|咧|嘞|呗|人|个|我|给我|说说?|告诉我|一下)*$"
_MACHINE = "机器人|机器|电脑|人工智能|真人|活人|假人|录音|人"
_WHO = re.compile(
    rf"{_BEFORE}(?:谁|哪位|(?:[你您]们?|这|那边|对方)(?:这里|这边|那里|那边|里|边|儿)?(?:到底|究竟)?(?:是|叫|姓|做|干)?(?:个|一个)?"
    r"(?:谁|哪个|哪位|哪里|哪儿|哪|(?:干|做|搞)(?:啥|什么|么)|(?:啥|什么|哪个|哪家)(?:地方|单位|部门|公司|电话|人|名字?|名|姓)?)(?:打来|单位|部门)?|"
    r"[你您](?:贵姓|姓啥|姓什么|姓谁|叫啥|叫什么)(?:名字)?|贵姓|"
    rf"[你您]?(?:到底)?(?:是|是不是)(?:个|一个)?(?:{_MACHINE})(?:还是(?:个|一个)?(?:{_MACHINE})?|吧)?|"
    r"我?(?:这是)?(?:在)?(?:跟|和|给)(?:谁|啥|什么人?|哪个)(?:在)?(?:说话?|讲话?|打电话?|打))" + _AFTER
)
_SWINDLER = re.compile(
    rf"{_BEFORE}[你您]们?(?:不会)?(?:是不是|是|该不是|别是|怕是)?(?:个|一个)?(?:骗子|骗人|诈骗|骗我|骗钱)" + _AFTER
)
_DAY = re.compile(
    rf"{_BEFORE}(?:今天|今儿个?|今日|现在)(?:是|到)?(?:几月)?(?:几月几[号日]|[几多少]+[号日]|星期几|礼拜几|周几|什么日子|啥日子|哪一?天)"
    r"(?:星期几|礼拜几)?" + _AFTER
)
_TIME = re.compile(
    rf"{_BEFORE}(?:(?:现在|这会儿?|当下|今天)(?:是|都|到)?(?:几点钟?|啥时候|什么时候|啥时间|什么时间|啥时辰)|几点钟?)"
    + _AFTER
)
_MISDIALLED = re.compile(
    r"(?:我|好像|可能|是|刚|对不起|不好意思|哎|电话|手机|号码?|把)*(?:打|拨|按|摁|弄)错(?:电话|号码?)?(?:打|拨)?(?:对不起|不好意思|打扰|麻烦|你|您|再见|挂|我)*|"
    r"(?:是)?(?:我)?(?:娃娃?|孩子|小孩|孙子|孙女|尕娃)(?:乱|瞎|胡)?(?:按|打|玩|拨)(?:手机|电话|着玩|的)*"
)
_NO_MATTER = re.compile(
    r"(?:我|哦|也|就|就是|其实|现在|暂时)*(?:没|没有|莫)(?:啥|什么|别的|其他)*(?:大|要紧|急|办)*(?:事情|事儿|事)(?:要办|要问)?(?:了|啊|随便|打|着玩|试试|就)*|"
    r"(?:我|就|就是|随便|想)*(?:试|问|打)(?:试|一下|着玩)(?:这个?电话)?"
)
_HELLO = re.compile("(?:喂|你好|您好|哈喽|在|有人|听得到|听得见|能听见|能听到|[你您我]|说话|讲话)+")
_WHAT_THEN = re.compile(
    "(?:那|我|这|该|要|可|得|应该|能|又)*(?:咋|怎么|咋个|阿么|咋么)(?:办|弄|整)(?:我|这事|才好|好)*"
)


def heard(turn: Turn, understanding: Understanding) -> bool:
    """True when such a question was answered, or the call was none for us."""
    question, text = turn.state.question, understanding.text
    if question is None or len(text) > MOST:
        return False
    short = words.bare(text)
    if _HELLO.fullmatch(short) and short not in {"我", "你", "您", "在"}:
        turn.say("repair.still_here")
        repair.asked_back(turn)  # who goes on calling does not hear us: the third time a person answers
        return True
    no_call = turn.frame is None and _no_call(turn, question, short)
    return no_call or _asked(turn, text, short) or _what_then(turn, short)


def _asked(turn: Turn, text: str, short: str) -> bool:
    known = turn.flow.answer(text) if turn.frame is not None else None
    if _SWINDLER.match(short):
        return _answer(turn, known or "main.who")
    if _WHO.match(short) and known is None:
        return _answer(turn, "main.who")
    if _DAY.match(short):
        day = spoken("date", turn.at.date().isoformat(), turn.at, turn.prompts)
        return _answer(turn, "main.today", {"day": day})
    if _TIME.match(short) and (turn.frame is None or not short.startswith("几点")):
        now = spoken("time", turn.at.strftime("%H:%M"), turn.at, turn.prompts)
        return _answer(turn, "main.time", {"now": now})
    return False


def _answer(turn: Turn, prompt: str, values: dict[str, str] | None = None) -> bool:
    if not turn.prompts.has(prompt):
        return False
    turn.understood(by_key=turn.state.by_key)
    turn.say(prompt, values)
    repair.ask_again(turn)
    return True


def _no_call(turn: Turn, question: Question, short: str) -> bool:
    """“我打错了”, “没事”, before anything was begun."""
    if question.kind not in {"open", "menu"} or turn.state.done:
        return False
    if _MISDIALLED.fullmatch(short) and turn.prompts.has("main.misdialled"):
        turn.say("main.misdialled")
        turn.end("nothing")
    elif _NO_MATTER.fullmatch(short):
        hub.leave(turn)
    else:
        return False
    return True


def _what_then(turn: Turn, short: str) -> bool:
    """“那我咋办” after the advice about a fraud, whether a person was wanted or not."""
    advised = any(flag.startswith("scam:") for flag in turn.state.flags)
    if not advised or _WHAT_THEN.fullmatch(short) is None:
        return False
    turn.understood(by_key=False)
    turn.ask(Question("person", "main.fraud", expect=("affirm",)), "full")
    return True
