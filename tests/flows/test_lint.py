"""The linter: each rule finds its fault, at its line, and nothing else; what ships has none."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

import flows
from flows.lint import Severity, lint_path, lint_texts
from flows.lint_rules.offices import arguments, operations, refusals
from flows.lint_rules.speech import ENGINE, WHERE_WRITTEN
from flows.lint_rules.wording import PAUSES, TYPICAL
from flows.loader import LIBRARY
from nlu.entities.readback import readback
from tests.flows.lint_helpers import ASK, END, HEAD, SAY, line_of, lint, lint_steps, only, said
from voices.prompts.catalogue import FOLDER, Catalogue


def test_the_library_that_ships_has_no_findings() -> None:
    """But for the languages in which nobody can say the sentences yet: their callers get a person, and that is said."""
    found = lint_path(LIBRARY)
    assert {finding.code for finding in found} == {"poor_voice", "not_spoken"}
    assert {finding.severity for finding in found} == {Severity.WARNING}
    assert all("Callers get a person" in finding.message for finding in found)
    named = {
        name for name in ("Korean", "Kazakh", "Uyghur", "Tibetan", "Mongolian") for f in found if name in f.message
    }
    assert named == {"Korean", "Kazakh", "Uyghur", "Tibetan", "Mongolian"}


def test_the_sentences_that_ship_have_no_findings() -> None:
    assert lint_path(FOLDER) == []


def test_a_small_sound_flow_has_no_findings() -> None:
    assert lint_steps(ASK + END) == []


WRONG = {
    "unreachable": (
        ASK + END + "  - step: never\n    end: nothing\n",
        "step: never",
    ),
    "no_outcome": (ASK, "step: ask_date"),
    "no_exit": (
        ASK + "  - step: again\n    decide:\n      - go: ask_date\n    forget: [date]\n",
        "step: ask_date",
    ),
    "circle": (
        ASK
        + "  - step: far\n    decide:\n      - if: days_until(date) < 9\n        go: over\n      - go: ask_date\n"
        + END,
        "step: ask_date",
    ),
    "no_step": (ASK + "  - step: far\n    decide:\n      - go: nowhere\n" + END, "step: far"),
    "step_twice": (ASK + END + "  - step: over\n    end: done\n", "step: over\n    end: done\n  - step: over"),
    "no_slot": (ASK.replace("ask: date", "ask: day") + END, "ask: day"),
    "never_set": (
        ASK + "  - step: far\n    decide:\n      - if: known(datum)\n        go: over\n" + END,
        "if: known(datum)",
    ),
    "unset": ("  - step: tell\n    say: bookings.read_code\n" + END, "say: bookings.read_code"),
    "label": (
        "  - step: pick\n    choose: part\n    prompt: appointment.ask_part\n    options:\n"
        "      - {value: a, label: label.session_hospital}\n" + END,
        "{value: a",
    ),
    "choices": (
        "  - step: pick\n    choose: part\n    prompt: appointment.ask_part\n    options:\n"
        + "".join(f"      - {{value: {v}, label: label.{v}}}\n" for v in ("am", "pm", "self", "other"))
        + END,
        "options:",
    ),
    "no_prompt": (ASK.replace("appointment.ask_date", "appointment.ask_data") + END, "prompt: appointment.ask_data"),
    "no_flow": ("  - step: away\n    call: elsewhere\n" + END, "call: elsewhere"),
    "call_circle": ("  - step: away\n    call: small\n" + END, "call: small"),
    "expression": (ASK + "  - step: far\n    when: date ==\n    end: done\n" + END, "when: date =="),
    "unknown_key": (ASK + "    colour: red\n" + END, "colour: red"),
    "no_verb": (ASK + "  - step: idle\n    next: over\n" + END, "- step: idle"),
    "missing_key": ("  - step: ask_date\n    ask: date\n" + END, "- step: ask_date"),
    "binds_zero": (
        ASK + "    keys: {0: over}\n" + END,
        "keys: {0: over}",
    ),
}


@pytest.mark.parametrize("code", WRONG)
def test_a_faulty_flow_has_exactly_this_finding_at_its_line(code: str) -> None:
    steps, place = WRONG[code]
    finding = only(lint_steps(steps), code)
    expected = line_of(HEAD + steps, place) + (place.count("\n") if code == "step_twice" else 0)
    assert finding.line == expected
    assert finding.severity is Severity.ERROR


DO = """  - step: cancel
    do: appointments.cancel
    with: {code: code, phone: caller.number}
    save: done
    on: {not_found: over, too_late: over}
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("on: {not_found: over, too_late: over}", "on: {not_found: over}", "office_failure", "on:"),
        ("appointments.cancel", "appointments.abolish", "no_office", "do:"),
        ("code: code, phone", "phone", "office_argument", "with:"),
        ("code: code, phone", "code: code, colour: code, phone", "office_argument", "with:"),
        ("not_found: over, too", "not_found: over, mislaid: over, too", "unknown_refusal", "on:"),
        ("not_found: over, too_late: over", "not_found: cancel, too_late: over", "circle", "step: cancel"),
    ],
)
def test_an_office_is_asked_as_it_must_be_and_each_refusal_leads_on(old: str, new: str, code: str, place: str) -> None:
    assert lint_steps(DO + END) == []
    steps = DO.replace(old, new) + END
    assert only(lint_steps(steps), code).line == line_of(HEAD + steps, place)


def test_a_refusal_not_named_is_handled_by_else() -> None:
    assert lint_steps(DO.replace("not_found: over, too_late: over", "else: over") + END) == []


def test_a_second_try_that_is_counted_is_no_circle() -> None:
    retry = """  - step: again
    decide:
      - if: known(tried)
        go: over
  - step: once
    decide:
      - go: cancel
    set: {tried: "true"}
"""
    steps = DO.replace("not_found: over", "not_found: again").replace("    on:", "    next: over\n    on:")
    assert lint_steps(steps + retry + END) == []
    uncounted = retry.replace('    set: {tried: "true"}\n', '    set: {others: "true"}\n')
    assert {finding.code for finding in lint_steps(steps + uncounted + END)} == {"circle", "never_set"}


def test_three_levels_of_menus_are_one_too_many() -> None:
    def pick(n: int) -> str:
        return (
            f"  - step: pick_{n}\n    choose: part_{n}\n    prompt: appointment.ask_part\n    options:\n"
            "      - {value: am, label: label.am}\n      - {value: pm, label: label.pm}\n"
        )

    assert lint_steps(pick(1) + pick(2) + END) == []
    finding = only(lint_steps(pick(1) + pick(2) + pick(3) + END), "levels")
    assert finding.line == line_of(HEAD + pick(1) + pick(2) + pick(3), "- step: pick_3")


def test_a_value_that_is_known_on_every_way_may_be_spoken() -> None:
    tell = "  - step: tell\n    say: bookings.read_code\n    when: known(code)\n"
    wanted = "prompts:\n  bookings.read_code: 取号码是，|{code}。\n"
    ask = "  - step: ask_code\n    ask: code\n    prompt: bookings.ask_code\n"
    bare = tell.replace("    when: known(code)\n", "")
    assert lint_steps(tell + END, wanted) == []
    assert lint_steps(ask + bare + END, wanted) == []
    only(lint_steps(bare + END, wanted), "unset")
    forgotten = bare + "    forget: [code]\n"
    only(lint_steps(ask + forgotten + END, wanted), "unset")


@pytest.mark.parametrize("word", ["0", "零", "按零"])
def test_zero_is_no_question(word: str) -> None:
    text = (
        HEAD.replace("steps:", f"answers:\n  - words: ['{word}']\n    say: appointment.answer_fee\nsteps:") + ASK + END
    )
    assert only(lint(text), "binds_zero").line == line_of(text, "words:")


def test_a_language_without_sentences_is_no_language() -> None:
    text = (HEAD + ASK + END).replace("[zh]", "[zh, xx]")
    assert only(lint(text), "no_language").line == 3


def test_a_language_needs_what_every_flow_says() -> None:
    text = (HEAD + ASK + END).replace("[zh]", "[xx]")
    own = {"xx": {"prompts/xx.yaml": "prompts:\n  appointment.ask_date: q\n"}}
    finding = only([one for one in lint_texts({"small.yaml": text}, own) if one.code != "no_pack"], "no_prompt")
    assert finding.line == 3
    assert "main.transfer" in finding.message


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("一" * 26, "too_long", Severity.ERROR),
        ("{caller.name:name}" + "一" * 22, "too_long", Severity.ERROR),
        ("您要挂号吗？您要退号吗？", "two_questions", Severity.ERROR),
        ("您要挂什么号，哪一天去？", "two_questions", Severity.WARNING),
        ("要听天气，按零。", "binds_zero", Severity.ERROR),
    ],
)
def test_a_sentence_is_short_asks_one_thing_and_leaves_zero_alone(text: str, code: str, severity: Severity) -> None:
    steps = ASK.replace("appointment.ask_date", "own.said") + END
    finding = only(lint_steps(steps, said(f'"{text}"')), code, "prompts/zh.yaml")
    assert (finding.line, finding.severity) == (2, severity)


@pytest.mark.parametrize("text", ["一" * 25, "一" * 20 + "，" + "二" * 20, "您想哪一天去看？", "要找人，按零。"])
def test_a_sentence_that_keeps_the_rules_has_no_finding(text: str) -> None:
    assert lint_steps(ASK.replace("appointment.ask_date", "own.said") + END, said(f'"{text}"')) == []


def test_the_break_between_two_pieces_is_no_pause() -> None:
    text = said('"' + "一" * 13 + "|" + "二" * 13 + '"')
    only(lint_steps(SAY + END, text), "too_long", "prompts/zh.yaml")


def test_nobody_is_asked_who_is_not_listened_to() -> None:
    only(lint_steps(SAY + END, said("您好吗？")), "asks_nobody", "prompts/zh.yaml")


def test_flows_of_a_set_share_neither_menu_place_nor_intent() -> None:
    menu = "menu: {order: 1, label: label.am}\nintents: [book_appointment]\nslots:"
    one = (HEAD + ASK + END).replace("slots:", menu)
    two = one.replace("flow: small", "flow: other")
    codes = {finding.code for finding in lint_texts({"small.yaml": one, "other.yaml": two})}
    assert codes == {"menu_order", "intent_twice"}


def test_a_called_flow_is_given_what_it_needs() -> None:
    other = (HEAD + ASK + END).replace("flow: small", "flow: other\ngiven: [who]")
    caller = HEAD + "  - step: away\n    call: other\n    with: {whom: date}\n" + END
    findings = lint_texts({"small.yaml": caller, "other.yaml": other})
    assert [finding.code for finding in findings] == ["call_argument", "call_argument"]
    assert lint_texts({"small.yaml": caller.replace("whom", "who"), "other.yaml": other}) == []


def test_everything_that_is_wrong_is_found_at_once() -> None:
    findings = lint_steps(ASK + "    colour: red\n  - step: far\n    when: (\n    end: done\n" + END)
    assert [finding.code for finding in findings] == ["unknown_key", "expression"]


def test_what_the_engine_says_by_itself_is_known_to_the_linter() -> None:
    catalogue = Catalogue.load("zh")
    folder = Path(flows.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    named = {name for name in re.findall(r'"([a-z]+\.[a-z_0-9]+)"', source) if catalogue.has(name)}
    stems = {name for name in catalogue.prompts if name.startswith(("choice.option_", "emergency.call_", "given_up."))}
    assert named | stems == {*ENGINE, *WHERE_WRITTEN}


def test_refusals_and_arguments_are_read_from_the_ports() -> None:
    assert refusals("appointments.cancel") == {"not_found", "too_late"}
    assert arguments("appointments.cancel") == ("code", "phone")
    assert "pension.last_payment" in operations()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "2026-12-28"),
        ("date", "2026-11-27"),
        ("time", "15:45"),
        ("money", "3246.5"),
        ("part_of_day", "pm"),
        ("code", "12345678"),
        ("year_month", "2026-12"),
        ("count", "12"),
    ],
)
def test_a_value_is_counted_with_at_least_its_usual_length(kind: str, value: str) -> None:
    spoken = readback(kind, value, datetime(2026, 3, 10, 9, 0))  # noqa: DTZ001  local time without a zone
    assert spoken
    assert max(len(part) for part in re.split(f"[{PAUSES}]", spoken)) <= TYPICAL[kind]


def test_a_language_without_a_pack_or_without_anybody_to_say_it_cannot_be_claimed(tmp_path: Path) -> None:
    text = (LIBRARY / "appointments_check.yaml").read_text(encoding="utf-8")
    claimed = text.replace("languages: [zh, en, ko, kk, ug, bo, mn]", "languages: [zh, slr]")
    found = [one for one in lint_texts({"appointments_check.yaml": claimed}, None, tmp_path) if one.code != "no_flow"]
    assert [one.code for one in found if one.code == "not_spoken"] == ["not_spoken"]
    silent = next(one for one in found if one.code == "not_spoken")
    assert silent.severity is Severity.ERROR
    assert "Salar has no synthetic voice, and these prompts are not recorded" in silent.message
    assert "voices coverage --language slr --missing" in silent.remedy
    own = {"xx": {"prompts/xx.yaml": "prompts:\n  main.open: Hello.\n"}}
    unknown = lint_texts(
        {"appointments_check.yaml": text.replace("[zh, en, ko, kk, ug, bo, mn]", "[zh, xx]")}, own, tmp_path
    )
    assert "no_pack" in {one.code for one in unknown}
