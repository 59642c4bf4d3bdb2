"""Rehearsals: those that ship pass; a script that is wrong fails with its line; a conversation survives a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from flows.actions import Action, Say
from flows.engine import Engine
from flows.errors import FlowError
from flows.events import Event, Started
from flows.rehearsal import Played, Rehearser, rehearse_folder
from flows.rehearsal_office import Town
from flows.rehearsal_script import read_script
from flows.render import common_dynamic_pieces
from flows.sets import FlowFiles, shipped
from flows.state import State
from integrations.embedded.seed import DEPARTMENTS, HOSPITALS
from tests.remembering import Remembering
from voices.prompts.catalogue import Catalogue

SCRIPTS = sorted(shipped().rehearsals())
HEAD = "rehearsal: Versuch\nsteps:\n"
LIVE = {
    "appointments_book": {
        *("看病的人是李秀英，", "看病的人是马桂兰，"),
        "马玉林大夫，",
        *("藏医科，", "风湿免疫科，"),  # an office in the script has them, the town's own does not
    },
    "appointments_cancel": set(),
    "appointments_change": set(),
    "appointments_check": set(),
    "pension": {
        *("马建国，", "才让卓玛，"),
        *("两千八百六十块五，", "三千一百二十五块钱，"),
        "三月一号，星期日，",  # the day on which it was paid is past
    },
}
"""Flow → what is spoken anew while the caller waits in its rehearsals, because nobody can know it before."""


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with Town() as one:
        yield one


@pytest.fixture(scope="module")
def rehearser(understander: Remembering, town: Town) -> Rehearser:
    return Rehearser(shipped(), understander, town)


def play(rehearser: Rehearser, text: str, flow: str = "appointments_book") -> Played:
    return rehearser.play(read_script(text, f"rehearsals/{flow}/one.yaml"))


@pytest.fixture(scope="module")
def shipping(rehearser: Rehearser) -> Callable[[str], Played]:
    """Plays one that ships, once."""
    return cache(lambda path: rehearser.play(read_script(shipped().texts[path], path)))


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_rehearsal_that_ships_passes_and_survives_a_restart_after_every_event(
    path: str, rehearser: Rehearser, shipping: Callable[[str], Played]
) -> None:
    played = shipping(path)
    assert played.failures == []
    assert played.conversation is not None
    _restarted_everywhere(played.conversation.events, rehearser.engine("zh"))


def _restarted_everywhere(events: list[Event], engine: Engine) -> None:
    """The same conversation twice: once with its state in memory, once stored and read back after each event."""
    first = events[0]
    assert isinstance(first, Started)
    kept, actions = engine.start(first)
    stored = State.from_json(kept.to_json())
    again: tuple[Action, ...] = actions
    for event in events[1:]:
        before = kept.to_json()
        new, actions = engine.step(kept, event)
        assert kept.to_json() == before, "a step leaves the state that it was given as it was"
        kept = new
        stored, again = engine.step(stored, event)
        assert again == actions
        assert stored == kept or stored.to_json() == kept.to_json()
        stored = State.from_json(stored.to_json())


@pytest.mark.parametrize("flow", sorted({path.split("/")[-2] for path in SCRIPTS}))
def test_no_caller_waits_for_a_piece_to_be_spoken_but_for_what_nobody_can_know(
    flow: str, shipping: Callable[[str], Played]
) -> None:
    """A piece that is not rendered ahead is seconds of silence on the line. Repairs are a part of the rehearsals."""
    prompts = Catalogue.load("zh")
    found: set[str] = set()
    for path in (one for one in SCRIPTS if f"/{flow}/" in one):
        now = read_script(shipped().texts[path], path).script.now
        likely = common_dynamic_pieces(prompts, now, list(DEPARTMENTS), list(HOSPITALS))
        conversation = shipping(path).conversation
        assert conversation is not None
        said = (one for exchange in conversation.exchanges for one in exchange.actions if isinstance(one, Say))
        found |= {piece for one in said for piece in one.pieces} - {*prompts.all_fixed_pieces(), *likely}
    assert found == LIVE[flow]


def test_every_step_of_the_library_is_gone_through_by_some_rehearsal(shipping: Callable[[str], Played]) -> None:
    seen = {place for path in SCRIPTS for place in shipping(path).trail}
    flows = shipped().load().flows
    missing = [
        (name, step.step) for name, flow in flows.items() for step in flow.steps if (name, step.step) not in seen
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("step", "line", "complaint"),
    [
        ("  - {say: 我要挂号, hear: [没有这句话]}", 3, "was not said"),
        ("  - {say: 我要挂号, never: [哪个科]}", 3, "was said"),
        ("  - {say: 我要挂号, asks: appointment.ask_date}", 3, "is not what is asked"),
        ("  - {say: 我要挂号, do: {appointments.book: {}}}", 3, "was not asked"),
        ("  - {say: 我要挂号, do: {appointments.list_departments: {hospital: 三}}}", 3, "was asked with"),
        ("  - {say: 我要人工}\n  - {say: 喂}\nends: {how: person}", 4, "is over before"),
        ("  - {say: 我要挂号}\nends: {how: done}", 4, "it must end with"),
        ("  - {say: 我要人工}\nends: {how: person, reason: silent}", 4, "the reason is"),
        ("  - {say: 我要人工}\nends: {how: person, flags: [scam:x]}", 4, "is not on record"),
        ("  - {say: 挂骨科}\nends: {slots: {department: 眼科}}", 4, "on record is"),
        ("  - {say: 我要挂号}\nends: {done: [appointments_book]}", 4, "on record as done"),
    ],
)
def test_what_is_not_as_written_fails_with_the_line(step: str, line: int, complaint: str, rehearser: Rehearser) -> None:
    failures = play(rehearser, HEAD + step + "\n").failures
    assert failures, "a script that is wrong must fail"
    assert failures[0].startswith(f"rehearsals/appointments_book/one.yaml:{line}: ")
    assert complaint in failures[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_rehearsal"),
        ("rehearsal: x\n", "missing_key"),
        (HEAD + "  - {say: 喂, colour: red}\n", "unknown_key"),
        (HEAD + "  - {say: 喂, press: '1'}\n", "value"),
        (HEAD + "  - {}\n", "value"),
        (HEAD + "\t- say: 喂\n", "tab"),
        (HEAD + "  - {press: abc}\n", "value"),
        ("a: &a [x]\nb: [*a, *a]\n", "anchor"),
    ],
)
def test_a_script_that_cannot_be_read_says_where_and_why(text: str, code: str) -> None:
    with pytest.raises(FlowError) as caught:
        read_script(text, "rehearsals/f/one.yaml")
    assert caught.value.code == code
    assert caught.value.line or code == "not_a_rehearsal"
    assert caught.value.remedy


def test_a_script_of_no_flow_fails(rehearser: Rehearser) -> None:
    assert "There is no flow" in play(rehearser, HEAD + "  - say: 喂\n", "nowhere").failures[0]


def test_what_one_rehearsal_books_is_free_again_in_the_next(rehearser: Rehearser) -> None:
    text = shipped().texts["rehearsals/appointments_book/one_sentence.yaml"]
    assert [play(rehearser, text).failures for _ in range(2)] == [[], []]


def test_an_edit_that_changes_what_callers_hear_is_refused(understander: Remembering, tmp_path: Path) -> None:
    for path, text in shipped().texts.items():
        if path.endswith("appointments_book/one_sentence.yaml") or path.count("/") == 0:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text.replace("barge_in: false\n    keep: true", ""), encoding="utf-8")
    assert rehearse_folder(tmp_path, understander) == []
    book = tmp_path / "appointments_book.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("say: appointment.bring_card", "say: main.help"), "utf-8")
    failures = rehearse_folder(tmp_path, understander)
    assert len(failures) == 1
    assert "身份证" in failures[0]


def test_names_choose_scripts_and_an_unknown_one_says_so() -> None:
    files = FlowFiles({"rehearsals/a/one.yaml": "", "rehearsals/a/two.yaml": "", "rehearsals/ab/one.yaml": ""})
    assert list(files.rehearsals(["a"])) == ["rehearsals/a/one.yaml", "rehearsals/a/two.yaml"]
    assert list(files.rehearsals(["a/two"])) == ["rehearsals/a/two.yaml"]
    assert len(files.rehearsals()) == 3
    with pytest.raises(FlowError, match="no_rehearsal"):
        files.rehearsals(["b"])
