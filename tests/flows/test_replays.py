"""Stored calls are played again: exactly against their own flows, with the differences against edited ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from flows import record
from flows.actions import Action
from flows.conversation import Dialogue
from flows.engine import Engine
from flows.events import CallerProfile, Event, Heard, Keyed, Started
from flows.live import Conversations
from flows.rehearsal import Rehearser
from flows.rehearsal_office import Town
from flows.rehearsal_script import read_script
from flows.replay import Difference, differences, replay, strays, turns_of
from flows.sets import FlowFiles, shipped
from tests.flows.talk_helpers import NOW, understood
from tests.remembering import Remembering
from voices.languages.pack import load_packs

SCRIPTS = sorted(shipped().rehearsals())
IDENTITY = "630102194803120043"


@pytest.fixture(scope="module")
def rehearser(understander: Remembering) -> Iterator[Rehearser]:
    with Town() as town:
        yield Rehearser(shipped(), understander, town)


@cache
def edited(old: str, new: str) -> Engine:
    """The library with one replacement in one flow file or in its sentences."""
    texts = {path: text.replace(old, new) for path, text in shipped().texts.items() if path.count("/") == 0}
    files = FlowFiles(texts)
    return Engine(files.load(), files.catalogue("zh"))


def recorded(rehearser: Rehearser, path: str) -> tuple[str | None, list[Mapping[str, Any]]]:
    """The number and the turns of a rehearsal, as a call would keep them."""
    talk = rehearser.play(read_script(shipped().texts[path], path)).conversation
    assert talk is not None
    turns = as_kept(rehearser.engine("zh"), talk.events)
    return talk.caller.number, turns


def as_kept(engine: Dialogue, events: list[Event]) -> list[Mapping[str, Any]]:
    kept: list[Mapping[str, Any]] = []
    before: tuple[Action, ...] = ()
    state: Any = None
    for event in events:
        state, after = engine.start(event) if isinstance(event, Started) else engine.step(state, event)
        kept.append(json.loads(json.dumps(record.turn(event, before, after), ensure_ascii=False)))
        before = after
    return kept


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_call_is_played_again_exactly_as_it_was(path: str, rehearser: Rehearser) -> None:
    number, turns = recorded(rehearser, path)
    played = replay("c", number, turns, rehearser.engine("zh"))
    if not any("private number" in note for note in played.notes):
        assert played.notes == []
    if "group_" not in path and "wrong_digit" not in path:  # what was corrected or wrong cannot be known from masks
        assert strays(turns, played) == []


def test_an_edited_flow_shows_what_callers_would_hear_instead(rehearser: Rehearser) -> None:
    path = "rehearsals/appointments_book/step_by_step.yaml"
    number, turns = recorded(rehearser, path)
    before = replay("c", number, turns, rehearser.engine("zh"))
    after = replay("c", number, turns, edited("say: appointment.bring_card", "say: appointment.answer_where"))
    found = differences(before, after)
    assert [one.place for one in found] == [7]
    assert "带上身份证" in found[0].before
    assert "挂号窗口" in found[0].after
    assert differences(before, before) == []


def test_an_office_that_was_never_asked_counts_as_away_and_the_replay_says_so(rehearser: Rehearser) -> None:
    number, turns = recorded(rehearser, "rehearsals/appointments_book/what_hurts.yaml")
    after = replay(
        "c",
        number,
        turns,
        edited(
            'do: appointments.list_departments\n    with: {hospital: "null"}',
            "do: appointments.list_hospitals\n    with: {}",
        ),
    )
    assert any("never asked" in note for note in after.notes)
    assert after.turns[-1].then == "human:office_failed"


def test_a_call_that_would_be_over_sooner_says_how_much_is_left(rehearser: Rehearser) -> None:
    number, turns = recorded(rehearser, "rehearsals/appointments_book/step_by_step.yaml")
    before = replay("c", number, turns, rehearser.engine("zh"))
    after = replay(
        "c",
        number,
        turns,
        edited(
            "- step: which_date\n    ask: date\n    prompt: appointment.ask_date\n    choices: days_ahead(1, 14)\n"
            "    unknown: appointment.no_such_day",
            "- step: which_date\n    transfer: human",
        ),
    )
    assert any("more things" in note for note in after.notes)
    assert differences(before, after)[-1].after == "(over before)"


def test_no_private_number_is_kept(rehearser: Rehearser) -> None:
    for name in ("somebody_else", "in_groups", "by_keypad", "group_corrected"):
        _, turns = recorded(rehearser, f"rehearsals/pension/{name}.yaml")
        text = json.dumps(turns, ensure_ascii=False)
        for part in (IDENTITY, IDENTITY[:6], IDENTITY[6:14], "一九四八零三一二", "六三零一零二", "63*1*2", "13909"):
            assert part not in text


def test_a_masked_number_is_played_with_another_that_is_whole(rehearser: Rehearser) -> None:
    number, turns = recorded(rehearser, "rehearsals/pension/in_groups.yaml")
    played = replay("c", number, turns, rehearser.engine("zh"))
    assert played.turns[-1].prompts == ["pension.paid", "main.more"]
    assert played.notes == ["turn 3: a private number is not on record; another stands in from here on"]


def test_a_phone_number_said_by_the_way_is_masked_and_a_booking_code_is_not() -> None:
    phone = Heard(NOW, understood("我的电话是一三九零九七一零零零二", slots={"phone_number": "13909710002"}))
    kept = json.dumps(record.turn(phone, (), ()), ensure_ascii=False)
    assert "13909710002" not in kept
    assert "一三九" not in kept
    code = Heard(NOW, understood("一零二零三零四零", slots={"code": "10203040"}))
    assert "10203040" in json.dumps(record.turn(code, (), ()), ensure_ascii=False)


@pytest.mark.parametrize(
    "events",
    [[], [("at", "key", {})], [("at", "turn", {})], [("at", "turn", {"event": {"what": "keyed"}})]],
)
def test_a_call_without_turns_says_that_it_cannot_be_played(events: list[Any]) -> None:
    with pytest.raises(record.RecordError):
        turns_of(events)


@pytest.mark.parametrize(
    "broken", [{"what": "heard", "at": "now"}, {"what": "heard", "at": "2026-03-11"}, {"what": "?", "at": "2026-03-11"}]
)
def test_a_turn_that_makes_no_sense_is_an_error_with_a_sentence(broken: dict[str, Any], rehearser: Rehearser) -> None:
    start = record.turn(Started(NOW, CallerProfile()), (), ())
    with pytest.raises(record.RecordError, match="makes no sense"):
        replay("c", None, [start, {"event": broken}], rehearser.engine("zh"))


def test_keys_pressed_one_by_one_stay_as_they_were() -> None:
    assert record.turn(Keyed(NOW, "*"), (), ())["event"]["digits"] == "*"
    assert record.Player(None).event({"what": "keyed", "at": "2026-03-11", "digits": "*"}) == Keyed(
        NOW.fromisoformat("2026-03-11"), "*"
    )


def test_differences_name_both_sides() -> None:
    one = Difference(2, "“喂”", "您好", "再见")
    assert (one.before, one.after) == ("您好", "再见")


def test_a_call_that_changes_its_language_is_played_again_in_both(rehearser: Rehearser) -> None:
    """A recogniser told the language of the first sentence; the caller agreed by key."""
    events: list[Event] = [
        Started(NOW, CallerProfile("13909710001", unheard=("mjg",))),
        Heard(NOW, understood("啊", "out_of_scope", accepted=False), language="en"),
        Keyed(NOW, "1"),
    ]
    live = Conversations(shipped(), "zh", load_packs(), lambda *_: True)
    kept = as_kept(live, events)
    assert kept[1]["event"]["language"] == "en"
    assert kept[0]["event"]["caller"]["unheard"] == ["mjg"]
    played = replay("c1", "13909710001", kept, live)
    assert strays(kept, played) == []
    assert any("Would you like to speak English?" in sentence for sentence in played.turns[1].said)
    assert any("let us speak English" in sentence for sentence in played.turns[2].said)
