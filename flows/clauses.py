"""Two wishes in one breath: a sentence in its clauses, each understood for itself.

我要退号，顺便问下养老金几号发 is two wishes; 我腿疼，想挂骨科 is one. A clause is a wish where its words alone surely
ask for a service; the others tell more about the wish beside them. Only where two different wishes come out of it is a
sentence more than one: whatever else is read as a whole, as ever."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from flows import words
from flows.meaning import CANCEL, CHANGE, ELSE, meant
from nlu.understand import ParseContext, SlotValue, Understander, Understanding

_SERVICES = """
book_appointment check_appointment cancel_appointment change_appointment
query_pension pension_certification query_insurance
health_code home_service order_goods book_taxi transport_ticket book_venue family_doctor apply_subsidy
complaint bank_service training visit_request proxy_binding disaster_info
"""
SERVICES = frozenset(_SERVICES.split())
"""Intents that ask for something to be done."""
SURE = 0.82
"""From this confidence on, clauses without a joint between them are two wishes."""
LIKELY = 0.5
"""From this confidence on they are where a joint says so; what is kept so unsurely is asked about."""
TEXT_MAX, CLAUSES_MAX = 120, 6
"""What is longer, or in more pieces, is a story and no list of wishes."""
NAMED = 3
"""Characters of what is no more than the name of a service."""
BOOKING = "book_appointment"
"""The one service that may be wanted twice in one breath: for two persons, or at two departments."""

_JOINTS = (
    "顺便|顺带|捎带着?|另外|然后|还有|还想|还要|还得|同时|接着|完了再|"
    "再(?:给|帮|替|问|查|挂|退|约|预约|办|看看|说说|讲讲|打听|了解|重新|请|麻烦|来|叫|订|买|申请)"
)
_BESIDE = re.compile(
    "(?:对了|[那就嗯哦啊呃对好行我请您你俺，,])*(?:顺便|顺带|捎带|另外|还想|还要|还得|还有(?!没|别|哪|什么|啥|其[他它]))"
)
_THANKS = re.compile("(?:谢谢|多谢|麻烦)[你您]?(?:了|啊)?")
_AGAIN = re.compile("再(?:给|帮|替|挂|退)")
_ALSO = re.compile("也(?:给|帮|替|要|想|得|挂|约|看|查|问|退|办|丢|坏)")
_JOINT = re.compile(rf"[那就嗯哦啊呃我请您你麻烦俺]*(?:{_JOINTS}|再(?![见等说大慢快多不没也有来]))")
_WITHIN = re.compile(rf"(?<=.{{3}})(?<![能会以想要别不先没一可就还我俺])(?={_JOINTS})|(?<=.{{3}})(?=[我俺]还[想要得])")
"""Where a sentence that was written without commas has a joint. Not in 退了还能再挂吗, nor in 想再挂一个."""
_SAID_ASIDE = re.compile(
    r"^(?:[那就嗯哦啊呃]|然后|顺便|顺带|捎带着?|另外|还有|同时|接着|完了|还(?=想|要|得)|再(?!见)|也(?=给|帮|替|想|要|得|挂|查|问|退|办))+|"
    r"先(?=给|帮|把|退|挂|查|问|看|办|约)|重新(?=给|挂|约)"
)
"""What only joins says nothing of the wish itself: 先退个号 and 重新挂一个 would be read as something else."""
_CLAUSES = re.compile(r"[，。；！？,.;!?\s]+")
_PERSON_TOO = re.compile(
    r"(?<=.{3})(?<![给帮替和跟与同])(?=[我俺]?(?:家)?[老媳儿女孙爱爸妈爷奶]..?也(?:要|想|得|挂|看))"
)

_WANTS = re.compile(
    r"要|想|帮|给我|麻烦|请|查|问|打听|了解|挂|退|办|约|叫个|订|买|"
    r"几[号点时]|多少|吗|呢|没有?$|了没|有没有|什么时候|啥时候|怎么|咋|哪"
)
"""Without a joint a clause must ask for something, in so many words, to be a wish."""
_WEAKLY = re.compile("[我俺]?还[要得]")
_IN_WORDS = re.compile("挂|约|退|查|问|办|叫|订|买|申请|打听|了解|咨询|看一?下|看看")
"""我等着用钱，还要看病呢 asks for nothing."""
_NOT_WANTED = re.compile(r"不是|不要|不想|不用|不必|不挂|不退|不查|不问|不办|别[给挂退查]|因为|所以|怪不得")
_MINE = re.compile("[我俺](?:自己|也|要|想|挂|看)")
_BOOKS = re.compile("挂|约")
UNSAID = 0.7
_TOLD = re.compile(
    r"(?<!要)(?<!想)(?:挂|约|预约|登记)(?:了|过|好|上|完|的|成|错|重)|(?:已经|早就|昨天|前天|上[周次回个]).{0,6}[挂约]"
)
"""挂了个骨科 tells what was done; it belongs to what follows it."""
_ASKED = re.compile("要|想|帮|查|问|看看|退|几|哪|什么|啥|吗|没")
_ABOUT_IT = re.compile(
    r"(?:还|再|也)?(?:能|可以|行|用)(?:不|再|退|挂|给我退).{0,6}[吗不]|(?:要|收|花)(?:多少)?钱|要预约|多少钱|收费|要不要|用不用|(?<!不)能用|要带|带[什啥]|哪[个位](?:大夫|医生|科)"
)
"""A question about the wish before: 退了还能再挂吗, 要钱吗."""
_ABOUT = frozenset({BOOKING, "cancel_appointment", "family_doctor"})
_ALIKE = {"query_pension", "pension_certification"}
"""我要人证，养老的: two names of one matter, unless a joint says otherwise."""
_TAKES_BACK = re.compile(
    r"^(?:哦|啊|哎|呃|那)*(?:不对|不是|错了|说错|讲错|算了)|要是|如果|万一|不行就|实在不行|[挂约]不上|或者|要么"
)
"""Corrected, or one thing instead of the other: no two wishes."""
_DANGER = frozenset({"emergency", "report_fraud", "human_agent"})

_ME = r"(?:我自己|我本人|俺自己|自己|我|俺)"
_AND = r"(?:和|跟|与|同|及|以及|还有|、|，)"
_THEIR = r"(?:[我俺咱]们?)?(?:家)?的?"
_EACH = r"(?:我们)?(?:[两俩]个?人?)?(?:各|每人|一人|都|分别|一起|一块儿?)"
_COUPLE = "(?:老两口|两口子)"

Readings: TypeAlias = Generator[tuple[str, ParseContext], Understanding, tuple[Understanding, ...]]
"""Asks for clauses to be read, and gives the wishes."""


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    joint: bool
    """It is joined to what was said before: another wish rather than more about the same."""
    meaning: Understanding


def read(understander: Understander, text: str, context: ParseContext) -> Understanding:
    """What an utterance means, with its wishes where it holds more than one."""
    whole = understander.understand(text, context)
    steps = _wishes(whole, context)
    try:
        clause = next(steps)
        while True:
            clause = steps.send(understander.understand(*clause))
    except StopIteration as done:
        return replace(whole, wishes=done.value) if done.value else whole


async def read_async(understander: Understander, text: str, context: ParseContext) -> Understanding:
    """As `read`, on an event loop."""
    whole = await understander.understand_async(text, context)
    steps = _wishes(whole, context)
    try:
        clause = next(steps)
        while True:
            clause = steps.send(await understander.understand_async(*clause))
    except StopIteration as done:
        return replace(whole, wishes=done.value) if done.value else whole


def joins(text: str) -> bool:
    """顺便问下养老金几号发: wanted beside what was said before, not in its place. 再查查别的医院 may be about it."""
    return _BESIDE.match(text) is not None


def clauses(text: str) -> list[tuple[str, bool]]:
    """The clauses of a sentence, and whether each is joined to what was said before."""
    found = [part for clause in _CLAUSES.split(text) for part in _parts(clause)]
    return [(one, n > 0 and (_JOINT.match(one) or _ALSO.search(one)) is not None) for n, one in enumerate(found)]


def _parts(clause: str) -> Iterator[str]:
    """A clause where it has joints; what stands alone as a joint (顺便，…) goes on with what follows."""
    for part in _WITHIN.split(clause):
        yield from (one for one in _PERSON_TOO.split(part) if one)


def _wishes(whole: Understanding, context: ParseContext) -> Readings:
    parts = _joined(clauses(whole.text[: TEXT_MAX + 1])) if context.language == "zh" else []
    if not 0 < len(parts) <= CLAUSES_MAX or len(whole.text) > TEXT_MAX:
        return ()
    valued = bool(set(context.expect) - {"affirm"})
    besides = yield from _besides(parts, context, _beside_at(parts) if valued else _after_a_yes(parts, context))
    if valued or besides:
        return besides
    if any(_TAKES_BACK.search(text) for text, _ in parts):
        return ()
    several = any(joint for _, joint in parts) or sum(_asks(text) for text, _ in parts) > 1
    if len(parts) < 2 or not several:
        return _for_two(whole)
    alone = ParseContext(context.now, context.language)
    found: list[_Clause] = []
    for text, joint in parts:
        about = bool(context.expect) and not found  # 改到星期五，顺便…, after a booking
        found.append(_Clause(text, joint, _asked(text, (yield _alone(text) or text, alone), about=about)))
    if any(one.meaning.accepted and one.meaning.intent in _DANGER for one in found):
        return ()
    apart = yield from _apart(found, alone)
    return tuple(wish for one in apart for wish in _for_two(one) or (one,)) or _for_two(whole)


def _beside_at(parts: list[tuple[str, bool]]) -> int | None:
    return next((n for n, (text, _) in enumerate(parts) if n > 0 and (_BESIDE.match(text) or _AGAIN.match(text))), None)


def _after_a_yes(parts: list[tuple[str, bool]], context: ParseContext) -> int | None:
    """Where the wish begins in 对，再挂个骨科; 对了，… is no yes."""
    if not context.expect:
        return None
    at = next((n for n, (text, joint) in enumerate(parts) if n > 0 and (joint or _BESIDE.match(text))), None)
    return at if at is not None and _is_a_yes([text for text, _ in parts[:at]]) else None


def _is_a_yes(texts: list[str]) -> bool:
    """好的，谢谢."""
    said = [text for text in texts if _THANKS.fullmatch(text) is None]
    return bool(said) and all(words.is_yes(text) and text != "对了" for text in said)


def _besides(parts: list[tuple[str, bool]], context: ParseContext, at: int | None) -> Readings:
    """骨科，顺便问下养老金: the answer to the question that was put, and a wish beside it."""
    if at is None:
        return ()
    asked = _alone("，".join(text for text, _ in parts[at:]))
    wish = yield asked, ParseContext(context.now, context.language)
    if (
        not (wish.accepted or wish.confidence >= LIKELY)
        or wish.intent not in SERVICES
        or _ABOUT_IT.search(asked)
        or _NOT_WANTED.search(asked)
    ):
        return ()
    return (yield "，".join(text for text, _ in parts[:at]), context), wish


def _asked(text: str, meaning: Understanding, *, about: bool) -> Understanding:
    """挂后天上午的骨科 is almost all values, and a wish."""
    told = meant(meaning, before=(BOOKING,) if about and ELSE.search(text) is None else ())
    if told.intent == CHANGE or told.intent == CANCEL != meaning.intent:  # 我挂的号改到大后天，顺便查一下养老金
        return told
    books = meaning.intent == "inform" and "department" in meaning.slots and _BOOKS.search(text) is not None
    return replace(meaning, intent=BOOKING, confidence=UNSAID, accepted=True) if books else meaning


def _asks(text: str) -> bool:
    """In so many words, or in hardly any: 退号，养老金."""
    return len(text) <= NAMED or _WANTS.search(text) is not None


def _alone(text: str) -> str:
    return _SAID_ASIDE.sub("", text)


def _joined(parts: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """A joint that stands by itself (另外，我想…) belongs to the clause after it."""
    done: list[tuple[str, bool]] = []
    alone = ""
    for text, joint in parts:
        if not _alone(text):
            alone += text
            continue
        done.append((alone + text, joint or bool(alone)))
        alone = ""
    return done


def _apart(found: list[_Clause], alone: ParseContext) -> Readings:
    """Each wish with the clauses that tell more about it."""
    groups: list[list[_Clause]] = []
    before: list[_Clause] = []
    for one in found:
        if _is_wish(one, found) and not (groups and _same(_wish_of(groups[-1], found), one)):
            groups.append([*before, one])
            before = []
        elif not groups or _tells(one):
            before.append(one)
        else:
            groups[-1] += [*before, one]
            before = []
    if len(groups) < 2:
        return ()
    groups[-1] += before
    wishes: list[Understanding] = []
    for group in groups:
        wish = _wish_of(group, found)
        if len(group) > 1:
            together = yield "，".join(_alone(one.text) for one in group), alone
            wish = together if together.intent == wish.intent and together.confidence >= LIKELY else wish
        if wish.intent == BOOKING or all(one.intent != wish.intent for one in wishes):
            wishes.append(_with_the_same(wish, group, wishes))
    if len(wishes) < 2:
        return ()
    return _own_first(wishes)


def _is_wish(one: _Clause, found: list[_Clause]) -> bool:
    """The words of this clause alone surely ask for a service."""
    meaning = one.meaning
    if meaning.intent not in SERVICES or _NOT_WANTED.search(one.text) or _tells(one):
        return False
    if _ABOUT_IT.search(one.text) and (not one.joint or meaning.intent in _ABOUT):
        return False
    if one.joint:
        return meaning.confidence >= LIKELY and not (_WEAKLY.match(one.text) and not _IN_WORDS.search(one.text))
    asks, later = _asks(one.text), [other.joint for other in found[found.index(one) + 1 :]]
    if any(later):
        return meaning.confidence >= (LIKELY if asks and later[0] else SURE)
    return asks and meaning.confidence >= SURE


def _tells(one: _Clause) -> bool:
    """It tells what was done, and asks for nothing."""
    about = one.meaning.intent in {BOOKING, "check_appointment", "inform"}
    return about and _TOLD.search(one.text) is not None and not _ASKED.search(one.text)


def _wish_of(group: list[_Clause], found: list[_Clause]) -> Understanding:
    return next(one for one in group if _is_wish(one, found)).meaning


def _same(wish: Understanding, one: _Clause) -> bool:
    """The clause is about the wish before: the same service, and not for somebody else or at another department."""
    if wish.intent != one.meaning.intent:
        return not one.joint and {wish.intent, one.meaning.intent} == _ALIKE
    if one.meaning.intent != BOOKING or not re.search("挂|约|看", one.text):
        return True
    there, here = _value(wish, "department"), _value(one.meaning, "department")
    apart = there is not None and here is not None and there != here
    told = _value(one.meaning, "relation") is not None or _MINE.search(one.text) is not None
    other = told and _value(wish, "relation") != _value(one.meaning, "relation")
    own = wish.slots.get("patient")
    certain = (
        one.joint or apart or "也" in one.text or (own is not None and own.value == "self" and own.confidence >= SURE)
    )
    return not ((other and certain) or (apart and one.joint))


def _value(meaning: Understanding, name: str) -> object:
    given = meaning.slots.get(name)
    return given.value if given is not None else None


def _with_the_same(wish: Understanding, group: list[_Clause], before: list[Understanding]) -> Understanding:
    """再给我老伴也挂一个: the same for somebody else."""
    if wish.intent != BOOKING:
        return wish
    earlier = next((one for one in before if one.intent == BOOKING), None)
    if earlier is None:
        return wish
    also = any("也" in one.text for one in group)
    kept = {
        name: earlier.slots[name] for name in ("department", "date", "part_of_day", "hospital") if name in earlier.slots
    }
    return replace(wish, slots={**kept, **wish.slots}) if also else wish


def _own_first(wishes: list[Understanding]) -> tuple[Understanding, ...]:
    """我要挂号，再给我老伴挂一个: the first is the caller's own."""
    for n, one in enumerate(wishes):
        other = next((later for later in wishes[n + 1 :] if later.intent == one.intent == BOOKING), None)
        if other is not None and "relation" in other.slots and "relation" not in one.slots:
            wishes[n] = _own(one)
        elif other is not None and "relation" in one.slots and "relation" not in other.slots and "我" in other.text:
            wishes[wishes.index(other)] = _own(other)
    return tuple(wishes)


def _own(wish: Understanding) -> Understanding:
    return replace(wish, slots={**wish.slots, "patient": SlotValue("self", wish.text[:1], 0, 1, 0.95)})


def _for_two(whole: Understanding) -> tuple[Understanding, ...]:
    """给我和我老伴各挂一个骨科: the same booking twice, the caller's first; empty where it is for one."""
    if whole.intent != BOOKING or whole.confidence < LIKELY:
        return ()
    relation = whole.slots.get("relation")
    who = _COUPLE
    if relation is not None:
        name = re.escape(relation.text)
        who = rf"(?:{_ME}{_AND}{_THEIR}{name}|{_THEIR}{name}{_AND}{_ME})"
    two = re.search(
        rf"[给帮替]{who}[挂约]|{who}(?:[^，,。说商]{{0,4}}?{_EACH}(?:再|去|来|要|想|得)*|[要想得])(?:挂|约|看)",
        whole.text,
    )
    if two is None:
        return ()
    rest = {key: one for key, one in whole.slots.items() if key not in {"patient", "relation", "person_name"}}
    other = relation or SlotValue("老伴", two[0], two.start(), two.end(), SURE)

    def person(value: str) -> SlotValue:
        return SlotValue(value, other.text, other.start, other.end, 0.95)

    named = {key: whole.slots[key] for key in ("person_name",) if key in whole.slots}
    return (
        replace(whole, accepted=True, slots={**rest, "patient": person("self")}),
        replace(whole, accepted=True, slots={**rest, **named, "patient": person("other"), "relation": other}),
    )
