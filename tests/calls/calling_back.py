"""Placing a call-back without the program, as `CallbackDialer` does."""

from __future__ import annotations

from ivr.asterisk.manager import Manager
from ivr.routing.callbacks import leg_id, place_id


async def place(
    manager: Manager, call_id: str, number: str, band: str = "elder", language: str = "zh", timeout_s: int = 60
) -> str:
    """Place the call that is owed from the call `call_id`; returns the id of its talk."""
    leg = leg_id(call_id)
    known = {"CALL": call_id, "NUMBER": number, "SINCE": "1700000000", "BAND": band, "LANG": language}
    await manager.action(
        "Originate",
        Channel="Local/s@callback-place/n",
        ChannelId=leg,
        OtherChannelId=place_id(leg),
        Context="callback-dial",
        Exten="s",
        Priority="1",
        Timeout=str(timeout_s * 1000),
        CallerID=number,
        Variable=",".join(f"__CB_{name}={value}" for name, value in known.items()),
        Async="true",
    )
    return leg
