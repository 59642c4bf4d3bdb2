"""An office that refuses again and again: a person takes over at the third time."""

from __future__ import annotations

from flows.actions import Transfer
from integrations.errors import OfficeError
from tests.flows.talk_helpers import AFTER_TOMORROW, TOMORROW, Office, Talk


def test_the_same_refusal_for_the_third_time_leads_to_a_person() -> None:
    office = Office(find_sessions=OfficeError("too_late", "beyond the last day"))
    talk = Talk(office)
    talk.hear("挂骨科", "book_appointment", department="骨科", part_of_day="am", patient="self")
    talk.hear("后天", date=AFTER_TOMORROW)
    assert talk.prompts[-1] == "appointment.ask_date"
    talk.hear("明天", date=TOMORROW)
    assert talk.prompts[-1] == "appointment.ask_date"
    talk.hear("那大后天", date="2026-03-13")
    assert isinstance(talk.last, Transfer)
    assert talk.transferred.reason == "policy"
    assert talk.prompts[-1] == "repair.to_person"
