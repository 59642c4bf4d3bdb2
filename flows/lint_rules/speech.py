"""Which prompts a flow says, where, and with which values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from flows.loader import LoadedFlow, Place
from flows.schema import AnyStep, AskStep, ChooseStep, ConfirmStep, DoStep, SayStep, TransferStep


class Role(StrEnum):
    """What a prompt does where it is said."""

    QUESTION = "question"
    """The caller is listened to afterwards."""
    STATEMENT = "statement"
    """Nobody listens for an answer."""
    LABEL = "label"
    """The name of a choice, in fixed words."""
    ITEM = "item"
    """The name, or the telling, of an item of a list, whose own fields it may use."""
    ANSWER = "answer"
    """Said at any moment of the flow."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place of a flow where a prompt is said."""

    prompt: str
    role: Role
    place: Place
    step: int | None = None
    """Position of the step; None outside of the steps."""
    extra: frozenset[str] = frozenset()
    """Names that have a value here beside those of the flow."""


def uses(loaded: LoadedFlow) -> Iterator[Use]:
    """Every prompt that the flow says."""
    flow = loaded.flow
    if flow.menu is not None:
        yield Use(flow.menu.label, Role.LABEL, ("menu", "label"))
    for n, answer in enumerate(flow.answers):
        yield Use(answer.say, Role.ANSWER, ("answers", n, "say"))
    for name, slot in flow.slots.items():
        if slot.unknown is not None:
            yield Use(slot.unknown, Role.ANSWER, ("slots", name, "unknown"))
    for n, step in enumerate(flow.steps):
        yield from _of_step(step, n)


def _of_step(step: AnyStep, n: int) -> Iterator[Use]:
    place: Place = ("steps", n)
    if isinstance(step, AskStep | ChooseStep):
        yield Use(step.prompt, Role.QUESTION, (*place, "prompt"), n)
        for position, option in enumerate(step.options):
            yield Use(option.label, Role.LABEL, (*place, "options", position, "label"), n)
    if isinstance(step, AskStep):
        if step.unknown is not None:
            yield Use(step.unknown, Role.QUESTION, (*place, "unknown"), n, frozenset({"said"}))
        if step.skip is not None:
            yield Use(step.skip, Role.LABEL, (*place, "skip"), n)
    elif isinstance(step, ChooseStep) and step.label is not None:
        yield Use(step.label, Role.ITEM, (*place, "label"), n)
    elif isinstance(step, SayStep):
        yield Use(step.say, Role.STATEMENT if step.each is None else Role.ITEM, (*place, "say"), n)
    elif isinstance(step, ConfirmStep):
        yield Use(step.confirm, Role.QUESTION, (*place, "confirm"), n)
    elif isinstance(step, DoStep):
        yield Use(step.slow, Role.STATEMENT, (*place, "slow"), n)
    elif isinstance(step, TransferStep) and step.say is not None:
        yield Use(step.say, Role.STATEMENT, (*place, "say"), n)


ENGINE = (
    "choice.more",
    "choice.more_of_them",
    "choice.more_or_not",
    "choice.option_1",
    "choice.option_2",
    "choice.option_3",
    "choice.yes_no",
    "emergency.call_110",
    "emergency.call_119",
    "emergency.call_120",
    "main.back",
    "main.by_key",
    "main.fraud",
    "main.goodbye",
    "main.help",
    "label.language",
    "main.language",
    "main.language_now",
    "main.language_sure",
    "main.leave",
    "main.louder",
    "main.menu",
    "main.more",
    "main.no_answer",
    "main.no_service",
    "main.open",
    "main.slower",
    "main.switch",
    "main.switch_other",
    "main.transfer",
    "main.which_language",
    "office.failed",
    "office.slow",
    "reason.other",
    "repair.back",
    "repair.check",
    "repair.echo",
    "repair.group",
    "repair.group_again",
    "repair.number",
    "repair.sorry",
    "repair.start_again",
    "repair.still_here",
    "repair.to_person",
    "repair.which",
)
"""What the engine says by itself, in every flow: a language that lacks one of them cannot carry a call."""
WHERE_WRITTEN = (
    "given_up.appointments_book",
    "given_up.appointments_cancel",
    "given_up.appointments_change",
    "given_up.pension",
    "main.first_then",
    "main.given_up",
    "main.misdialled",
    "main.next",
    "main.next_sure",
    "main.not_right",
    "main.note",
    "main.note_again",
    "main.noted",
    "main.time",
    "main.today",
    "main.wait",
    "main.who",
)
"""What the engine says by itself in those languages in which it is written, and does without elsewhere: two wishes in
one breath, say, are told apart in Mandarin alone."""
