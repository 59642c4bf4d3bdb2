"""What happens when the caller was silent or not understood: other words, then keys, then a person."""

from __future__ import annotations

from dataclasses import replace

from flows import hub
from flows.turn import SIDE, YES_NO, Turn

LIMIT = 3
"""Failures in a row after which a person takes over."""
SORRIES = {True: ("v1", "v3", "v5"), False: ("v2", "v4", "v1", "v3", "v5")}
"""Whether words were heard → apologies in the catalogue, `repair.sorry`: none is said twice in a call, and only where
nothing was heard is the line to blame."""


def failed(turn: Turn, why: str, *, heard: bool = True) -> None:
    """Count a silence (`silent`) or a misunderstanding (`misunderstood`) and go on accordingly. `heard`: there were
    words, and only their meaning was not understood."""
    state, question = turn.state, turn.state.question
    state.failures += 1
    state.tried.append(f"{why}:{question.prompt if question else ''}")
    del state.tried[:-10]
    if question is not None and question.kind in SIDE and state.aside is not None:
        question = state.aside  # what was only offered beside it is dropped
    if state.failures >= LIMIT or question is None or question.kind == "person" or _known_to_speak(turn):
        turn.transfer(why, prompt="repair.to_person")
        return
    if why == "misunderstood":
        _apologise(turn, heard)
    elif why == "silent" and state.failures == 1 and question.kind not in {"open", "menu"}:
        turn.say("repair.still_here")
    if question.kind == "open" and (why == "silent" or state.failures > 1):
        hub.menu(turn, variant="full" if state.failures == 1 else "again")
    elif state.failures == 1:
        turn.ask(question, "again")
    else:
        no_keys = question.kind in YES_NO or not (question.options or question.keys > 1)
        turn.ask(question, "again" if no_keys else "keys", offer=True)


def _apologise(turn: Turn, heard: bool) -> None:
    said = turn.state.heard
    variant = next((one for one in SORRIES[heard] if f"sorry:{one}" not in said), None)
    if variant is not None:
        said[f"sorry:{variant}"] = 1
        turn.say("repair.sorry", variant=variant)


def _known_to_speak(turn: Turn) -> bool:
    """Whether the question was for the language that this number asked for last: they may not understand another."""
    question = turn.state.question
    return question is not None and question.kind == "speaks" and question.payload == turn.state.caller.get("speaks")


def asked_back(turn: Turn, variant: str = "short") -> None:
    """The caller answered a question with one. They were understood, so nothing is apologised for; but it counts, so
    that keys and a person follow."""
    state, question = turn.state, turn.state.question
    state.failures += 1
    if state.failures >= LIMIT or question is None:
        turn.transfer("misunderstood", prompt="repair.to_person")
    else:
        turn.ask(question, variant, offer=state.failures > 1)


def ask_again(turn: Turn, variant: str = "short") -> None:
    """Come back to the question after a digression."""
    question = turn.state.question
    if question is None:
        hub.open_question(turn, "short")
    else:
        turn.ask(question, variant, offer=question.shown)


def next_page(turn: Turn) -> bool:
    """Offer the next choices, from the beginning after the last."""
    question = turn.state.question
    if question is None or not question.options:
        return False
    pages = (len(question.options) + 2) // 3
    page = (question.page + 1) % pages if question.shown else 0
    turn.state.question = question = replace(question, page=page, shown=True)
    prompt = replace(question, prompt="choice.more_of_them") if page else question
    turn.ask(prompt, "short", offer=True)
    turn.state.question = question
    return True
