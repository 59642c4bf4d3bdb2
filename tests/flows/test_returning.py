"""A person sends the caller back: a fitting word, the question that was chosen, and nothing asked twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from flows import record
from flows.actions import CallOffice, Listen, Say
from flows.events import Back, CallerProfile, OfficeReplied, Started
from flows.loader import load_folder
from flows.returning import known, questions
from flows.state import State
from tests.flows.talk_helpers import AFTER_TOMORROW, NOW, Office, engine

FILLED = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am"}


def returned(values: Mapping[str, Any], again: str = "", flow: str = "appointments_book") -> tuple[State, list[str]]:
    """The state and the prompts said, once offices have answered."""
    state, actions = engine().start(Started(NOW, CallerProfile("13909710001"), Back(flow, values, again)))
    said = [one.prompt for one in actions if isinstance(one, Say)]
    office = Office()
    while isinstance(ask := actions[-1], CallOffice):
        state, actions = engine().step(state, OfficeReplied(NOW, ask.request, office.reply(ask)))
        said += [one.prompt for one in actions if isinstance(one, Say)]
    assert isinstance(actions[-1], Listen)
    return state, said


def test_what_is_lacking_is_asked_and_nothing_else() -> None:
    state, said = returned(FILLED)
    assert said == ["main.back", "appointment.ask_patient"]
    assert state.frames[0].values["department"] == "骨科"


def test_the_chosen_question_is_asked_again_and_the_rest_stays() -> None:
    state, said = returned(FILLED, "date")
    assert said == ["main.back", "appointment.ask_date"]
    assert "date" not in state.frames[0].values
    assert (state.frames[0].values["department"], state.frames[0].values["part_of_day"]) == ("骨科", "am")


def test_a_service_that_is_gone_leads_to_the_open_question() -> None:
    _, said = returned(FILLED, flow="no_such_flow")
    assert said == ["main.back", "main.open"]


@pytest.mark.parametrize(
    "values", [{"department": None}, {"department": ["骨科"]}, {"part_of_day": "night"}, {"x": "y"}]
)
def test_values_that_the_flow_cannot_use_are_left_out(values: Mapping[str, Any]) -> None:
    assert known(load_folder().flows["appointments_book"], values) == {}


def test_values_come_by_the_name_under_which_they_were_understood() -> None:
    flow = load_folder().flows["appointments_book"]
    assert known(flow, {"person_name": "李秀兰", "part_of_day": "noon"}) == {
        "patient_name": "李秀兰",
        "part_of_day": "pm",
    }
    assert questions(flow)[:3] == ["department", "date", "part_of_day"]


def test_the_turn_is_on_record_and_plays_again_without_private_numbers() -> None:
    event = Started(NOW, CallerProfile("13909710001"), Back("pension", {"identity_number": "630102194803120043"}, ""))
    kept = record.turn(event, (), ())
    assert "6301" not in str(kept)
    player = record.Player("13909710001")
    again = player.event(kept["event"])
    assert isinstance(again, Started)
    assert again.back is not None
    assert (again.back.flow, player.exact) == ("pension", False)
    plain = replace(event, back=Back("appointments_book", FILLED, "date"))
    assert record.Player("13909710001").event(record.turn(plain, (), ())["event"]) == plain
