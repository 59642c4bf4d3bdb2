"""Text messages through Kannel, the open SMS gateway that towns put before their carrier.

Its “sendsms” interface (Kannel User's Guide, “SMS push interface”): GET with `username, password, from, to, text,
coding=2, charset=UTF-8, dlr-mask, dlr-url`; 202 `0: Accepted for delivery` or `3: Queued for later delivery`, 403
`Authorization failed …`, 503 `Temporal failure …`. The gateway calls `dlr-url` with the delivery state for its `%d`."""

from __future__ import annotations

import logging
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from integrations.errors import OfficeError

log = logging.getLogger(__name__)

TIMEOUT_S = 5.0
TEXT_MAX = 300
"""Characters, with the signature: at most five parts on the way, which phones put together again."""
DELIVERED, UNDELIVERED, QUEUED, TAKEN, REJECTED = 1, 2, 4, 8, 16
"""Bits of `dlr-mask`, and what a delivery report says."""
_MOBILE = re.compile(r"1[3-9]\d{9}")
_ANSWER_MAX = 1000


class Kannel:
    """`integrations.ports.MessagesPort`."""

    def __init__(self, url: str, user: str, password: str, sender: str = "") -> None:
        self._url, self._user, self._password, self._sender = url, user, password, sender

    def send(self, number: str, text: str, report_to: str | None) -> dict[str, Any]:
        """See the port."""
        if not _MOBILE.fullmatch(number):
            raise OfficeError("not_mobile", f"{number} is no mobile number")
        if not text.strip() or len(text) > TEXT_MAX:
            raise OfficeError("too_long", f"{len(text)} characters; 1 to {TEXT_MAX} are taken")
        asked = {
            "username": self._user,
            "password": self._password,
            "to": number,
            "text": text,
            "coding": "2",
            "charset": "UTF-8",
            **({"from": self._sender} if self._sender else {}),
        }
        if report_to is not None:
            asked |= {"dlr-mask": str(DELIVERED | UNDELIVERED | TAKEN | REJECTED), "dlr-url": report_to}
        status, answer = self._ask(f"{self._url}?{urllib.parse.urlencode(asked)}")
        if status == 202 and answer[:2] in {"0:", "3:"}:
            return {"state": "sent"}
        if status in {400, 403}:
            log.error("the SMS gateway refuses: %d %s", status, answer)
            raise OfficeError("refused", answer)
        raise OfficeError("unavailable", f"{status} {answer}")

    @staticmethod
    def _ask(url: str) -> tuple[int, str]:
        """Status and text of the answer. The address holds a password: it is in no message."""
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the settings take http and https only
                return answer.status, answer.read(_ANSWER_MAX).decode("utf-8", "replace").strip()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(_ANSWER_MAX).decode("utf-8", "replace").strip()
        except (OSError, ValueError) as error:
            raise OfficeError("unavailable", f"the SMS gateway does not answer: {type(error).__name__}") from error


def delivery(report: str) -> str | None:
    """State of a message by the number in a delivery report: sent, delivered, failed; None for anything else."""
    states = {DELIVERED: "delivered", UNDELIVERED: "failed", QUEUED: "sent", TAKEN: "sent", REJECTED: "failed"}
    return states.get(int(report)) if report.isdecimal() and len(report) < 4 else None
