"""Where a conversation stands: plain data that survives a restart between any two events."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """What the caller was asked and how an answer is read. Never changed, only replaced."""

    kind: str
    """open, menu, language, speaks, more, person, leave, switch, ask, unknown, choose, confirm, check or which."""
    prompt: str
    values: dict[str, str] = field(default_factory=dict)
    """Field of the prompt → words."""
    step: str = ""
    slot: str = ""
    expect: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    """(label as spoken, value), all pages."""
    page: int = 0
    shown: bool = False
    """The options were read out, so their keys mean something."""
    any_first: bool = False
    """“都行” takes the first option."""
    keys: int = 1
    silence_s: float = 6.0
    pause_s: float | None = None
    barge_in: bool = True
    payload: Any = None
    """What the question is about: a value to check, a flow to change to."""

    @property
    def after_a_flow(self) -> bool:
        """What was just told, such as a code, may have to be said again."""
        return self.kind == "more" or self.prompt == "main.next_sure"


@dataclass(slots=True)
class Frame:
    """One flow under way."""

    flow: str
    at: str
    """Step to go on with."""
    values: dict[str, Any] = field(default_factory=dict)
    """Slots, results of offices, values set by steps."""
    order: list[str] = field(default_factory=list)
    """Slots in the order in which the caller gave them, for “go back”."""
    asked: dict[str, str] = field(default_factory=dict)
    """Step → arguments of its last office call, so that going through again does not ask the same again."""
    once: list[str] = field(default_factory=list)
    visits: dict[str, int] = field(default_factory=dict)
    committed: bool = False
    """Something was changed in the world: corrections end."""
    echo: list[str] = field(default_factory=list)
    """Slots that were heard not quite surely, to be said back with the next question."""
    checks: list[list[Any]] = field(default_factory=list)
    """(slot, value, alternatives): heard badly, to be asked about one by one."""

    def copy(self) -> Frame:
        return Frame(
            self.flow,
            self.at,
            dict(self.values),
            list(self.order),
            dict(self.asked),
            list(self.once),
            dict(self.visits),
            self.committed,
            list(self.echo),
            list(self.checks),
        )


@dataclass(slots=True)
class State:
    """A conversation between two events. Never changed by the engine: each step gives a new one."""

    caller: dict[str, Any] = field(default_factory=dict)
    """number, name, person_id, band, language."""
    version: str = ""
    """The flow set that the call began with."""
    frames: list[Frame] = field(default_factory=list)
    question: Question | None = None
    aside: Question | None = None
    """What the flow asks, while something else is asked beside it: an answer to it is taken as one."""
    request: int = 0
    """Number of the last office call."""
    waiting: bool = False
    """An office was asked and has not answered."""
    failures: int = 0
    """Silences and misunderstandings in a row."""
    unheard: int = 0
    """Times in a row that the caller could not hear what was said."""
    by_key: bool = False
    """The caller answers by key: offer keys at once."""
    rate: str = "normal"
    loudness: str = "normal"
    said: list[list[Any]] = field(default_factory=list)
    """(prompt, pieces, barge_in) of the last turn, for “say it again”."""
    kept: list[list[Any]] = field(default_factory=list)
    """What must be repeatable at the end, such as a code."""
    heard: dict[str, int] = field(default_factory=dict)
    """Prompt → how often it was said, for tapering."""
    done: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    last_words: str = ""
    partial: str = ""
    """Digits of a long number that came so far."""
    waits: str = ""
    """`pen` or `wait`: the caller asked for time, in the turn before this one."""
    final: list[Any] | None = None
    """How it ended: (transfer, to, reason, band) or (end, outcome)."""
    wishes: list[dict[str, Any]] = field(default_factory=list)
    """What else was wanted in the same breath: intent, confidence, slots, begun. See `flows.wishes`."""

    def copy(self) -> State:
        """A copy that may be changed without changing this one. Values inside are never changed in place."""
        return State(
            self.caller,
            self.version,
            [frame.copy() for frame in self.frames],
            self.question,
            self.aside,
            self.request,
            self.waiting,
            self.failures,
            self.unheard,
            self.by_key,
            self.rate,
            self.loudness,
            list(self.said),
            list(self.kept),
            dict(self.heard),
            list(self.done),
            list(self.tried),
            list(self.flags),
            self.last_words,
            self.partial,
            self.waits,
            self.final,
            list(self.wishes),
        )

    def to_json(self) -> str:
        """The state as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> State:
        """The state that `to_json` wrote. Raises ValueError when the text is something else."""
        try:
            data = json.loads(text)
            names = {one.name for one in fields(cls)}
            state = cls(**{name: value for name, value in data.items() if name in names})
            state.frames = [Frame(**frame) for frame in data["frames"]]
            state.question, state.aside = _question(data["question"]), _question(data.get("aside"))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"This is no stored conversation: {error}") from error
        return state


def _question(data: dict[str, Any] | None) -> Question | None:
    if data is None:
        return None
    question = Question(**data)
    options = tuple((str(label), value) for label, value in data["options"])
    return replace(question, expect=tuple(data["expect"]), options=options)
