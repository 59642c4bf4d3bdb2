"""What of a talk is not written down: private numbers, and whatever digits follow when one was asked for."""

from __future__ import annotations

import re

from flows.numbers import spoken_digits
from ivr.call.words import PART_DIGITS, PRIVATE_DIGITS, UNRECORDED

ASKED = re.compile(r"身份证|证件号|验证码|校验码|密码|口令|银行卡|卡号|账号|帐号|社保卡|医保卡")
"""Words before digits that are nobody else's business. In Mandarin; other languages have the count of digits alone."""
ASKED_S = 40.0
"""So long after them every group of digits is taken for a part of the number."""


class Discretion:
    """Of one talk, both sides together: the agent asks, and the caller answers in groups of digits."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")

    def asks(self, text: str, at_s: float) -> bool:
        """Note what was said at this second; True when a private number is now to be expected."""
        found = ASKED.search(text) is not None
        if found:
            self._asked_at = at_s
        return found

    def recorded(self, text: str, at_s: float) -> str:
        """The text as it may be written down."""
        digits = len(spoken_digits(text))
        near = abs(at_s - self._asked_at) <= ASKED_S
        return UNRECORDED if digits >= PRIVATE_DIGITS or (near and digits >= PART_DIGITS) else text
