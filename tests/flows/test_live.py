"""Calls and versions: each call keeps the flows with which it began."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from flows.actions import Say
from flows.errors import FlowError
from flows.events import CallerProfile, Heard, Started
from flows.lint_rules.finding import Severity
from flows.live import Conversations, LiveFlows
from flows.sets import shipped
from flows.state import State
from flows.versions import Versions
from tests.flows.desk_helpers import Desk
from tests.flows.talk_helpers import understood
from voices.languages.pack import load_packs

NOW = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  the engine is given local time without a zone
OPENING = "main.open: 您好，这里是新的开头。\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "flows")


def opening(live: LiveFlows) -> tuple[State, str]:
    state, actions = live.start(Started(NOW, CallerProfile("13909710001")))
    return state, "".join(piece for action in actions if isinstance(action, Say) for piece in action.pieces)


def asked_for(live: LiveFlows, state: State) -> str:
    _, actions = live.step(state, Heard(NOW, understood("我想问养老金", "query_pension")))
    return "".join(piece for action in actions if isinstance(action, Say) for piece in action.pieces)


def reworded(desk: Desk, words: str) -> None:
    """Publish another question for the identity number."""
    desk.drafts.write("prompts/zh.yaml", f"prompts:\n  pension.ask_identity: {words}\n")
    desk.publish()


def test_new_calls_get_what_was_published_and_others_keep_what_they_began_with(desk: Desk) -> None:
    live = LiveFlows(desk.versions, "zh")
    before, _ = opening(live)
    reworded(desk, "请报号码。")
    assert live.refresh()
    assert not live.refresh()
    after, _ = opening(live)
    assert before.version == shipped().identity
    assert after.version == desk.in_force.identity
    assert "请您说身份证号码" in asked_for(live, before)
    assert asked_for(live, after) == "请报号码。"


def test_a_call_that_is_restored_by_another_program_goes_on_with_its_version(desk: Desk) -> None:
    reworded(desk, "请报号码。")
    state, _ = opening(LiveFlows(desk.versions, "zh"))
    stored = state.to_json()
    reworded(desk, "号码多少。")
    restarted = LiveFlows(Versions(desk.folder), "zh")
    assert asked_for(restarted, State.from_json(stored)) == "请报号码。"
    assert asked_for(restarted, opening(restarted)[0]) == "号码多少。"


def test_a_call_outlives_an_update_of_the_library(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    state, _ = opening(LiveFlows(desk.versions, "zh"))
    newer = shipped().changed({"prompts/zh.yaml": "prompts:\n  pension.ask_identity: 新的问题。\n"})
    for module in ("versions", "live"):
        monkeypatch.setattr(f"flows.{module}.shipped", lambda: newer)
    updated = LiveFlows(desk.versions, "zh")
    assert "请您说身份证号码" in asked_for(updated, state)
    assert asked_for(updated, opening(updated)[0]) == "新的问题。"


def test_a_version_that_is_not_kept_is_an_error_and_no_other_version(desk: Desk) -> None:
    live = LiveFlows(desk.versions, "zh")
    state, _ = opening(live)
    state.version = "0123456789abcdef"
    with pytest.raises(FlowError, match="not kept here"):
        asked_for(live, state)


def test_a_set_that_cannot_be_loaded_leaves_calls_as_they_are(desk: Desk) -> None:
    live = LiveFlows(desk.versions, "zh")
    broken = shipped().changed({"pension.yaml": "flow: [\n"})
    desk.versions.publish(broken, after=0)
    assert not live.refresh()
    assert "pension.yaml" in live.problem
    assert opening(live)[0].version == shipped().identity
    assert opening(LiveFlows(desk.versions, "zh"))[0].version == shipped().identity
    desk.versions.publish(shipped().changed({"pension.yaml": None}), after=1)
    assert live.refresh()
    assert live.problem == ""


def test_a_folder_that_cannot_be_written_still_lets_calls_begin(tmp_path: Path) -> None:
    (tmp_path / "flows").write_text("a file where a folder should be", encoding="utf-8")
    live = LiveFlows(Versions(tmp_path / "flows"), "zh")
    assert opening(live)[0].version == shipped().identity


def test_the_words_of_the_newest_set_are_those_to_render_ahead(desk: Desk) -> None:
    live = LiveFlows(desk.versions, "zh")
    desk.drafts.write("prompts/zh.yaml", f"prompts:\n  {OPENING}")
    desk.publish()
    live.refresh()
    assert "您好，这里是新的开头。" in live.prompts.all_fixed_pieces()
    assert opening(live)[1] == "您好，这里是新的开头。"


def test_a_language_that_lacks_a_sentence_of_a_flow_goes_to_persons_and_the_other_flows_go_on(desk: Desk) -> None:
    text = shipped().texts["appointments_check.yaml"].replace("say: bookings.none\n", "say: bookings.nothing\n")
    files = shipped().changed(
        {"appointments_check.yaml": text, "prompts/zh.yaml": "prompts:\n  bookings.nothing: 您没有号。\n"}
    )
    found = [one for one in files.lint() if one.severity is Severity.ERROR]
    assert any("bookings.nothing" in one.message and one.remedy for one in found), "it is said before it is published"
    calls = Conversations(files, "zh", load_packs(), lambda *_: True)
    assert "appointments_check" not in calls.of("ko").machine.flows.flows
    assert "appointments_book" in calls.of("ko").machine.flows.flows
    state, _ = calls.start(Started(NOW, CallerProfile("13909710001", language="ko")))
    _, actions = calls.step(state, Heard(NOW, understood("접수 확인", "check_appointment")))
    assert "main.no_service" in [one.prompt for one in actions if isinstance(one, Say)], "a person is offered"
