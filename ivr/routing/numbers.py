"""Callers' numbers as networks give them."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"\d{5,15}")


def caller_number(given: str) -> str | None:
    """The number in national form, digits only; None when it is withheld or of an unknown form.

    `+8613909710001`, `008613909710001` and `13909710001` are one number, for they are one caller."""
    plain = re.sub(r"[\s()\-.]", "", given)
    for prefix in ("+86", "0086"):
        plain = plain.removeprefix(prefix)
    plain = plain.removeprefix("+")
    return plain if _DIGITS.fullmatch(plain) else None
