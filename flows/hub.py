"""Between flows: the open question, the key menu, “anything else?”, and the offer of a person."""

from __future__ import annotations

from flows.state import Question
from flows.turn import Turn

LANGUAGE = "#language"
"""Choice of the menu that is no flow; a flow's name cannot begin so."""


def open_question(turn: Turn, variant: str) -> None:
    """“What would you like done?”"""
    turn.state.frames.clear()
    turn.ask(Question("open", "main.open", expect=()), variant)


def menu(turn: Turn, variant: str = "full") -> None:
    """The services by key, three at a time."""
    turn.state.frames.clear()
    options = [(turn.fixed(place.label), name) for name, place in turn.machine.flows.menu]
    if turn.machine.languages.others(turn.language) and turn.prompts.has("label.language"):
        options.append((turn.fixed("label.language"), LANGUAGE))
    turn.ask(Question("menu", "main.menu", options=tuple(options)), variant)


def which_language(turn: Turn) -> None:
    """The languages, each named in its own words where they can be spoken, three at a time."""
    options = turn.machine.languages.others(turn.language)
    turn.ask(Question("language", "main.which_language", options=options), "full")


def anything_else(turn: Turn) -> None:
    """“Is there anything else?”, after a flow or a digression between flows."""
    turn.state.frames.clear()
    turn.ask(Question("more", "main.more", expect=("affirm",)), "full")


def goodbye(turn: Turn) -> None:
    """Say goodbye and end: as `done` only where something was, for whoever gives up is owed a call-back still."""
    turn.say("main.goodbye")
    turn.end("done" if turn.state.done else "nothing")


def leave(turn: Turn) -> None:
    """The caller said goodbye: sure at the end, asked about in the middle, for the words may have been misheard."""
    question = turn.state.question
    if question is not None and question.kind in {"more", "leave"}:
        goodbye(turn)
    else:
        turn.ask(Question("leave", "main.leave", expect=("affirm",)), "full")


def offer_person(turn: Turn, prompt: str) -> None:
    """Say why, and offer a person."""
    turn.state.flags.append(prompt)
    turn.ask(Question("person", prompt, expect=("affirm",)), "full")
