"""Values → words, and prompts with their values in place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flows.expressions import Scope, lookup
from nlu.entities.readback import readback
from voices.languages.pack import load_packs
from voices.prompts.catalogue import Catalogue, Field

KINDS: Mapping[str, str] = {
    "fee_yuan": "money",
    "amount_yuan": "money",
    "paid_on": "date",
    "month": "year_month",
    "patient_name": "person_name",
    "bookable_from": "date",
    "bookable_to": "date",
}
"""Field of an office's reply → the kind as which `nlu` reads it back."""
PLAIN = frozenset({"department", "hospital", "doctor", "person_name", "name", "said", "choice", "value", "reason"})
"""Kinds that are spoken as they are written."""
MAX_SPOKEN = 60
_NUMBER = re.compile(r"(?:[零一二三四五六七八九X]{1,6}，)+[零一二三四五六七八九X]{1,6}[，。]?")
_DAY_AND_MORE = re.compile(r"(.*月.*号，星期[一二三四五六日]，)(.+)")
PAY_MONTHS = 12
"""Months, this one and those before it, of which a pension is likely to be told."""


def words(kind: str, value: Any, now: datetime, prompts: Catalogue) -> str:
    """How a value is spoken; empty when there is none."""
    if value is None or value == "":
        return ""
    label = f"{kind}.{value}"
    if prompts.has(label):
        return "".join(prompts.template(label).fixed or ())
    if kind == "reason" and str(value).isascii():  # a code of the office that the catalogue does not know
        return "".join(prompts.template("reason.other").fixed or ())
    if kind in PLAIN:
        return str(value)[:MAX_SPOKEN]
    return _read(KINDS.get(kind, kind), value, now, prompts.language)


def _read(kind: str, value: Any, now: datetime, language: str) -> str:
    pack = load_packs().get(language)
    if pack is not None and pack.read is not None:
        return pack.read.words(kind, value, now)[: 2 * MAX_SPOKEN]  # alphabets take more letters than characters
    return readback(kind, value, now)[:MAX_SPOKEN]


def field_words(field: Field, scope: Scope, now: datetime, prompts: Catalogue) -> str:
    """The words for one field of a prompt."""
    first, *rest = field.path.split(".")
    return words(field.kind, lookup(scope.get(first), rest), now, prompts)


def prompt_values(name: str, scope: Scope, now: datetime, prompts: Catalogue) -> dict[str, str]:
    """Words for every field of every variant of a prompt, so that it can be asked again in other words."""
    return {f"{f.path}:{f.kind}": field_words(f, scope, now, prompts) for f in prompts.fields(name).values()}


def pieces(prompts: Catalogue, name: str, variant: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """The pieces of a prompt. `values` by `path:kind`, or by path alone."""
    template = prompts.template(name, variant)
    if template.fixed is not None:
        return template.fixed
    found = template.render(lambda field: values.get(f"{field.path}:{field.kind}", values.get(field.path, "")))
    return tuple(group for piece in found for group in _groups(piece))


def _groups(piece: str) -> list[str]:
    """A piece as those that can be rendered ahead: of a long number one for each group, because there are a hundred
    pairs and a hundred million codes; of a choice (a day and its half, a day and a department) the day and the rest."""
    if _NUMBER.fullmatch(piece):
        return re.findall(r"[^，。]+[，。]?", piece)
    day = _DAY_AND_MORE.fullmatch(piece)
    return [day[1], day[2]] if day is not None else [piece]


def number_pieces() -> list[str]:
    """All groups of which a code, or a part of a number, is put together when it is said in pairs."""
    digits = "零一二三四五六七八九"
    return [*(a + b + end for end in "，。" for a in digits for b in digits), *(one + "，" for one in digits)]


def _pay_months(prompts: Catalogue, now: datetime) -> list[str]:
    first = now.year * 12 + now.month - 1
    months = (divmod(first - back, 12) for back in range(PAY_MONTHS))
    return [words("month", f"{year}-{month + 1:02d}", now, prompts) for year, month in months]


def plain_data(value: Any) -> Any:
    """An office's reply as JSON data: what goes into the state must survive a restart."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_data(one) for one in value]
    if isinstance(value, date):  # datetime too
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def common_dynamic_pieces(
    prompts: Catalogue, now: datetime, departments: Sequence[str], hospitals: Sequence[str], days: int = 15
) -> list[str]:
    """Pieces with a likely value, exactly as the engine will say them from `now` on: to be rendered ahead."""
    dates = [words("date", (now.date() + timedelta(days=n)).isoformat(), now, prompts) for n in range(days)]
    parts = [words("part_of_day", part, now, prompts) for part in ("am", "pm")]
    labels = ["".join(prompts.template(name).fixed or ()) for name in prompts.prompts if name.startswith("label.")]
    choices = [*labels, *departments, *hospitals, *dates]
    values = [*departments, *dates, *parts]
    patients = [words("patient", who, now, prompts) for who in ("self", "other")]
    known = {
        "date": dates,
        "part_of_day": parts,
        "choice": choices,
        "value": values,
        "patient": patients,
        "month": _pay_months(prompts, now),
        "reason": [
            "".join(prompts.template(name).fixed or ()) for name in prompts.prompts if name.startswith("reason.")
        ],
    }
    return [*prompts.common_dynamic_pieces(now, departments, hospitals, known), *number_pieces()]
