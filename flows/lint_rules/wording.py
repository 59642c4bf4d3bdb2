"""How prompts are worded: short between pauses, one question at a time, nobody asked who is not listened to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flows.lint_rules.finding import Finding, Severity
from flows.lint_rules.spoken import Spoken
from voices.prompts.catalogue import Template

LONGEST = 25
"""Characters between two pauses, which is one breath for an older listener."""
PAUSES = "，。！？、；：,.!?;:…"
TYPICAL: Mapping[str, int] = {
    "amount_yuan": 9,  # 三千二百四十六块五
    "choice": 8,
    "code": 2,  # spoken in pairs of digits
    "count": 3,
    "date": 8,  # 十二月二十八号, a pause on either side
    "department": 6,  # 中西医结合科
    "doctor": 4,
    "fee_yuan": 6,
    "hospital": 10,  # 青海省第五人民医院
    "money": 9,
    "name": 4,  # 才让卓玛
    "paid_on": 8,
    "part_of_day": 2,
    "patient_name": 4,
    "person_name": 4,
    "reason": 12,  # 收钱的银行卡用不了, and a little more
    "said": 6,
    "time": 7,  # 下午三点四十五
    "value": 8,
    "year_month": 8,  # 二零二六年十二月份 without its year in most calls
}
"""Kind of a value → characters of its longest usual part between pauses."""
TYPICAL_ELSE = 8
LANGUAGES = frozenset({"zh"})
"""Written without spaces between words, so that characters measure breath. The others are not measured yet."""
_ASKS = re.compile(r"[？?]")
_WORDS = re.compile(r"什么|哪|谁|多少|怎么|几(?:[点号月岁位天]|个人)|吗$|是不是|有没有|要不要|好不好|能不能")
_BREAK = re.compile(f"[{re.escape(PAUSES)}]")
_ZERO = re.compile(r"[按摁]一?下?[0０零〇]")
_PERSON = re.compile(r"人|客服|坐席")


def text_of(template: Template) -> str:
    """A template with every value as so many ○ as it typically has characters; the breaks between pieces are none."""
    return "".join(
        part if isinstance(part, str) else "○" * TYPICAL.get(part.kind, TYPICAL_ELSE)
        for piece in template.pieces
        for part in piece
    )


def check(spoken: Spoken, names: frozenset[str], statements: frozenset[str]) -> Iterator[Finding]:
    """Findings `too_long`, `two_questions`, `binds_zero` and `asks_nobody` of the prompts `names`.

    `statements` are those after which nobody listens."""
    if spoken.language not in LANGUAGES:
        return
    for name in sorted(names):
        for variant in spoken.catalogue.variants(name):
            text = text_of(spoken.catalogue.template(name, variant))
            file, line = spoken.place(name, variant)
            for code, message, remedy, severity in _wording(name, text, asks_nobody=name in statements):
                yield Finding(file, line, code, message, remedy, severity)


def _wording(name: str, text: str, *, asks_nobody: bool) -> Iterator[tuple[str, str, str, Severity]]:
    longest = max(_BREAK.split(text), key=len)
    if len(longest) > LONGEST:
        yield (
            "too_long",
            f"“{name}” has {len(longest)} characters without a pause: “{longest[:12]}…”.",
            f"Put a comma or a full stop after at most {LONGEST} characters (○ stands for a character of a value).",
            Severity.ERROR,
        )
    marks = len(_ASKS.findall(text))
    clauses = [clause for clause in _BREAK.split(text) if _WORDS.search(clause)]
    if marks > 1:
        yield (
            "two_questions",
            f"“{name}” asks {marks} things at once.",
            "Ask one thing, and the other in a step of its own.",
            Severity.ERROR,
        )
    elif marks and len(clauses) > 1:
        yield (
            "two_questions",
            f"“{name}” seems to ask more than one thing: “{'”, “'.join(clauses)}”.",
            "Ask one thing, and the other in a step of its own.",
            Severity.WARNING,
        )
    if _ZERO.search(text) and not _PERSON.search(text):
        yield (
            "binds_zero",
            f"“{name}” offers key 0 for something else than a person.",
            "Offer the keys 1, 2 and 3; 0 is always a person.",
            Severity.ERROR,
        )
    if asks_nobody and marks:
        yield (
            "asks_nobody",
            f"“{name}” asks, but it is said where nobody listens for an answer.",
            "Say it as a statement, or use an ask, choose or confirm step.",
            Severity.ERROR,
        )
