"""Which county a call comes from, as far as anybody knows: what was said, the register, the area code.

Mobile numbers tell nothing here: their prefixes belong to operators, and people keep a number when they move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlu.entities.places import counties_of

UNKNOWN = "unknown"
AREA_CODES = {
    "0970": "海北藏族自治州",
    "0971": "西宁市",
    "0972": "海东市",
    "0973": "黄南藏族自治州",
    "0974": "海南藏族自治州",
    "0975": "果洛藏族自治州",
    "0976": "玉树藏族自治州",
    "0977": "海西蒙古族藏族自治州",
    "0979": "海西蒙古族藏族自治州",
}
"""Area code of Qinghai's fixed lines → city or prefecture: no finer than that. 0979 is Golmud, a part of Haixi."""


def said(data: Mapping[str, Any]) -> str | None:
    """The county of an event `understood`: named itself, or by a township that only one county has."""
    slots = data.get("slots")
    if not isinstance(slots, dict):
        return None
    if isinstance(county := slots.get("county"), str) and county:
        return county
    township = slots.get("township")
    where = counties_of(township) if isinstance(township, str) else ()
    return where[0] if len(where) == 1 else None


def by_area_code(number: str | None) -> str | None:
    """City or prefecture of a fixed line in national form; None for all others."""
    return AREA_CODES.get(number[:4]) if number and 10 <= len(number) <= 12 else None


def county_of(said_in_call: str | None, registered: str | None, number: str | None) -> str:
    """The best that is known: what the caller says now, the register, the area code, else `unknown`."""
    return said_in_call or registered or by_area_code(number) or UNKNOWN
