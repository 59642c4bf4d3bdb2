"""Numbers that name a person or a booking: identity card (GB 11643), telephone, the eight digits of an appointment."""

from __future__ import annotations

import re
from datetime import date, timedelta

from nlu.entities.numbers import Run, corrected
from nlu.entities.readings import EXACT, Reading
from nlu.understand import ParseContext

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CODE_WORDS = re.compile(r"取号|预约号|预约码|号码|号子|挂号码|验证码|取票")
_PHONE_WORDS = re.compile(r"电话|手机|打给|打到|联系|座机")
_WRITTEN_DAY = re.compile(r"20\d\d[-/.]\d{1,2}[-/.]\d{1,2}")
_LONG = frozenset({"identity_number", "phone_number", "code"})
_AREAS = "097[0-9]"
"""Qinghai's area codes."""


def check_digit(first17: str) -> str:
    """The last place of an identity number, from the seventeen before it."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def valid_identity(number: str, today: date) -> bool:
    """Check digit and birth date. The region is not checked: districts were renamed, and people keep their number."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number) or check_digit(number[:17]) != number[17]:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return today - timedelta(days=365 * 130) < born <= today


def _reading(slot: str, run: Run, confidence: float) -> Reading:
    return Reading(slot, run.digits, run.places[0], run.places[-1] + 1, confidence)


def _surely(run: Run) -> float:
    """Confidence by the share of digits that are no homophones."""
    return EXACT - 0.3 * (1 - sum(run.strong) / len(run.strong))


def _identity(run: Run, today: date) -> Run | None:
    for first in range(len(run.digits) - 17):
        part = run.cut(first, first + 18)
        if valid_identity(part.digits, today):
            return part
    return None


def _exact(run: Run, length: int) -> Run | None:
    """The run when it has the length, with or without the homophones at its ends."""
    for one in run.readings():
        if len(one.digits) == length and one.digits.isdigit():
            return one
    return None


def _phone(run: Run) -> Run | None:
    """A mobile or a landline number that makes up the run."""
    for one in run.readings():
        if re.fullmatch(rf"1[3-9]\d{{9}}|{_AREAS}[2-9]\d{{6}}|0\d{{2,3}}[2-9]\d{{6,7}}", one.digits):
            return one
    mobile = re.search(r"1[3-9]\d{9}", run.digits)
    if mobile and len(run.digits) <= 13 and (run.strong[mobile.start()] or sum(run.strong) >= 8):
        return run.cut(mobile.start(), mobile.end())
    return None


def _one(run: Run, text: str, context: ParseContext) -> Reading | None:
    """What one stretch of digits is."""
    expect = context.expect
    if (identity := _identity(run, context.now.date())) is not None:
        return _reading("identity_number", identity, _surely(identity))
    phone = _phone(run)
    if phone is not None and not (expect[:1] == ("code",) and len(phone.digits) == 8):
        return _reading("phone_number", phone, _surely(phone))
    eight = _exact(run, 8)
    if eight is not None and ("code" in expect or _CODE_WORDS.search(text)) and not _PHONE_WORDS.search(text):
        return _reading("code", eight, _surely(eight))
    seven = _exact(run, 7)
    if seven is not None and ("phone_number" in expect or _PHONE_WORDS.search(text)) and seven.digits[0] in "2345678":
        return _reading("phone_number", seven, _surely(seven) - 0.1)
    return None


def find(text: str, context: ParseContext) -> list[Reading]:
    """Identity numbers, telephone numbers and booking codes in a normalised text. Where one was asked for and only a
    part of it was said, the part is the slot `digits` (see `nlu.entities.groups`)."""
    runs = corrected(text)
    found = [one for one in (_one(run, text, context) for run in runs) if one is not None]
    return found or _part(runs, context)


def _part(runs: list[Run], context: ParseContext) -> list[Reading]:
    if not context.expect or context.expect[0] not in _LONG:
        return []
    said = max((run.trimmed() for run in runs), key=lambda run: len(run.digits), default=None)
    if said is None or len(said.digits) < 2:
        return []
    return [_reading("digits", said, min(0.8, _surely(said)))]


def long_numbers(text: str) -> list[tuple[int, int]]:
    """Stretches of six digits and more, which no date or amount is read from."""
    trimmed = (run.trimmed() for run in corrected(text))
    places = [(run.places[0], run.places[-1] + 1) for run in trimmed if sum(run.strong) >= 6]
    return [(start, end) for start, end in places if not _WRITTEN_DAY.fullmatch(text[start:end])]
