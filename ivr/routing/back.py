"""Where a person sends a caller back to: the variable HOTLINE_START of the caller's leg, base64 of JSON."""

from __future__ import annotations

import base64
import binascii
import json
import logging

from flows.events import Back

log = logging.getLogger(__name__)

BYTES_MAX = 1500
"""Of base64: it travels as a channel variable and in one event."""


def start_variable(back: Back) -> str:
    """What the dialplan carries. Values that would make it too long are left out, the last ones first: they are

    asked for again."""
    values = dict(back.values)
    while True:
        told = {"flow": back.flow, "again": back.again, "values": values}
        made = base64.b64encode(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).decode("ascii")
        if len(made) <= BYTES_MAX or not values:
            return made
        values.popitem()


def returned(variable: str) -> Back | None:
    """What `start_variable` wrote; None for a caller whom nobody has sent back. Never raises."""
    if not variable:
        return None
    try:
        told = json.loads(base64.b64decode(variable, validate=True))
        values = told["values"]
        return Back(str(told["flow"]), values if isinstance(values, dict) else {}, str(told["again"]))
    except (binascii.Error, ValueError, KeyError, TypeError):
        log.warning("where a caller is sent back to cannot be read: %s; the open question is asked", variable[:80])
        return Back("")
