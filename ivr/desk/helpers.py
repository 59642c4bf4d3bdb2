"""Colleagues who are asked: they see the story before they answer, and an end when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.desk.board import Change, LiveCall

if TYPE_CHECKING:
    from ivr.desk.core import Desk


class Helpers:
    """Who was asked in which call."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked: dict[str, str] = {}
        """Call → the seat that is asked."""

    def told(self, change: Change) -> None:
        """After every change of the board."""
        call = change.call
        if change.what == "seat_gone":  # who has the caller now is told by the change that follows
            return
        before = self._asked.get(call.call_id)
        now = call.consult.target if call.consult is not None and change.what != "ended" else None
        if now != before and before is not None:
            self._over(call, before)
        if now is None or self._desk.seating.at(now) is None:
            return
        if now != before:
            self._asked[call.call_id] = now
            self._desk.job(self._show(call, now))
        elif change.what in {"consulted", "changed"}:
            self._publish(call, now)

    def _over(self, call: LiveCall, seat: str) -> None:
        self._asked.pop(call.call_id, None)
        who = self._desk.seating.at(seat)
        # Whoever keeps the caller, or has another call by now, goes on with it.
        if who is not None and self._desk.board.at_seat(seat) is None and call.seat != seat:
            self._desk.feed.publish(who.staff_id, "consult_over", call_id=call.call_id)

    def _publish(self, call: LiveCall, seat: str) -> None:
        if (who := self._desk.seating.at(seat)) is not None:
            self._desk.feed.publish(who.staff_id, "call", what="consulted", call=self.facts(call))

    async def _show(self, call: LiveCall, seat: str) -> None:
        who = self._desk.seating.at(seat)
        if who is None:
            return
        story = await self._desk.story_for(call, who.user, asked=True)
        if self._asked.get(call.call_id) == seat and call.consult is not None:
            self._desk.feed.publish(who.staff_id, "story", call=self.facts(call), story=story)

    def at(self, seat: str) -> LiveCall | None:
        """The call about which this seat is asked."""
        calls = self._desk.board.calls
        return next((calls[c] for c, asked in self._asked.items() if asked == seat and c in calls), None)

    def named(self, call: LiveCall) -> dict[str, object]:
        """The facts of a call with the names of those who talk in it."""
        facts = call.facts()
        if call.consult is not None:
            asks, asked = self._desk.seating.at(call.seat or ""), self._desk.seating.at(call.consult.target)
            outside = self._desk.settings.routing.targets.get(call.consult.target)
            name = asked.name if asked else outside.name if outside else call.consult.target
            facts["consult"] |= {"name": name, "by": asks.name if asks else ""}
        return facts

    def facts(self, call: LiveCall) -> dict[str, object]:
        """As the colleague's page shows it."""
        return {**self.named(call), "state": "consulted"}
