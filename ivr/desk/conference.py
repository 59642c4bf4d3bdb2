"""Consult, three-way and attended transfer: which legs are moved where.

The dialplan does the rest (templates/extensions_conference.conf), so that a caller on hold is brought back to a person
when this process is away. Every function raises ManagerError when Asterisk cannot be told; nothing is moved then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ivr.asterisk.manager import Manager, ManagerError

if TYPE_CHECKING:
    from ivr.desk.board import LiveCall

RINGING, TALKING, JOINED = "ringing", "talking", "joined"


@dataclass(slots=True)
class Consult:
    """Whom the agent asks while the caller waits, or has brought in."""

    target: str = ""
    """A seat, a key of the fixed table, or an interpreter's number."""
    stage: str = RINGING
    """ringing, talking (the caller on hold), joined (all three)."""
    leg: str = field(default="", repr=False)
    """The colleague's, once answered."""

    def facts(self) -> dict[str, Any]:
        """For pages."""
        return {"target": self.target, "stage": self.stage}


def followed(known: Consult | None, fields: Mapping[str, str]) -> Consult | None:
    """What a DeskConsult event makes of it; None when it is over."""
    stage = fields.get("Stage", "")
    if stage == "over":
        return None
    target = fields.get("Target") or (known.target if known else "")
    leg = fields.get("Leg") or (known.leg if known and stage != RINGING else "")
    return Consult(target, stage, leg)


async def ask(
    manager: Manager,
    call_id: str,
    caller_leg: str,
    agent_leg: str,
    target: str,
    *,
    join: bool,
    others: Sequence[str] = (),
) -> None:
    """The caller waits with an announcement, and the agent's own leg rings `target`, an extension of desk-consult.

    `join`: whoever answers there is brought in at once (an interpreter). `others`: are rung one after the other, until
    somebody answers."""
    await manager.set_variable(caller_leg, "DESK_AGENT", agent_leg)
    known = {
        "__DESK_CALL": call_id,
        "__DESK_CALLER": caller_leg,
        "DESK_THEN": "join" if join else "",
        "DESK_NEXT": "+".join(others),
    }
    for name, value in known.items():
        await manager.set_variable(agent_leg, name, value)
    await manager.action(
        "Redirect",
        Channel=caller_leg,
        Context="desk-hold",
        Exten="s",
        Priority="1",
        ExtraChannel=agent_leg,
        ExtraContext="desk-consult",
        ExtraExten=target,
        ExtraPriority="1",
    )


async def join(manager: Manager, agent_leg: str) -> None:
    """Caller, agent and the colleague who has answered talk together. The colleague's leg follows by itself."""
    await manager.redirect(agent_leg, "desk-join")


async def back(manager: Manager, agent_leg: str, consult: Consult) -> None:
    """The colleague leaves, or is rung no longer; agent and caller talk on."""
    if consult.leg:
        await hang_up(manager, consult.leg)
    else:
        await manager.redirect(agent_leg, "desk-back")


async def hang_up(manager: Manager, leg: str) -> None:
    """End one leg as its owner would."""
    await manager.action("Hangup", Channel=leg, Cause="16")


async def send(manager: Manager, call: LiveCall, target: str, context: str = "desk-transfer") -> None:
    """Move the caller's leg elsewhere in the dialplan; whoever was in a room with it, or asking somebody, is let go."""
    left = [leg for leg in (call.seat_channel, call.consult.leg if call.consult else "") if leg] if call.at else []
    await manager.redirect(call.channel, context, target)
    if left:  # the ends of these legs say nothing of the caller any more: where they are now is told by what comes
        call.consult, call.seat_channel = None, ""
    for leg in left:  # in an ordinary talk the seat's leg ends by itself
        await release(manager, leg)


async def left(manager: Manager, call: LiveCall) -> bool:
    """The agent's page is gone. True when a colleague who was asked has the caller; else they are in front."""
    if call.at and call.consult is not None and call.consult.leg and call.seat_channel:
        await release(manager, call.seat_channel)
        return True
    await send(manager, call, "queue")
    return False


async def release(manager: Manager, leg: str) -> None:
    """End the leg of somebody who stays behind. One that is gone already is fine."""
    try:
        await hang_up(manager, leg)
    except ManagerError as error:
        if error.code != "refused":
            raise
