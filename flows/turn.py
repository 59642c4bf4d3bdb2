"""One turn in the making: the state that is being changed and the actions that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flows.actions import Action, CallOffice, End, Flag, Listen, Say, SetLanguage, SetSpeech, Transfer
from flows.languages import Languages
from flows.loader import FlowSet
from flows.numbers import PRIVATE, masked, spoken_digits
from flows.render import pieces, prompt_values, words
from flows.schema import AnyStep, Flow
from flows.state import Frame, Question, State
from voices.prompts.catalogue import Catalogue

PRIVATE_DIGITS = 6
"""Words with so many digits may be a part of an identity or phone number."""
PAGE = 3
"""Choices that are offered at a time."""
YES_NO = frozenset({"confirm", "check", "more", "person", "leave", "switch", "speaks"})
SIDE = frozenset({"person", "leave", "switch", "speaks"})
"""Kinds of question that may be put in the middle of a flow, beside what the flow asks."""
IN_FLOW = frozenset({"ask", "unknown", "choose", "confirm", "check", "which"})
"""Kinds of question that a flow asks."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What does not change during a call."""

    flows: FlowSet
    prompts: Catalogue
    position: Mapping[str, Mapping[str, int]]
    """flow → step → its position."""
    sources: Mapping[str, frozenset[str]]
    """flow → slots of an understanding that it takes."""
    languages: Languages
    watch: Callable[[str, str], None] | None = None
    """Told (flow, step) of each step that is gone through: how rehearsals know what they cover."""

    @classmethod
    def build(
        cls,
        flows: FlowSet,
        prompts: Catalogue,
        watch: Callable[[str, str], None] | None = None,
        languages: Languages | None = None,
    ) -> Machine:
        position = {name: {s.step: n for n, s in enumerate(flow.steps)} for name, flow in flows.flows.items()}
        sources = {
            name: frozenset(slot.source or own for own, slot in flow.slots.items())
            for name, flow in flows.flows.items()
        }
        spoken = languages or Languages({}, frozenset({prompts.language}))
        return cls(flows, prompts, position, sources, spoken, watch)


class Turn:
    """Collects what is said and asked; every turn ends with exactly one of listen, office, transfer or end."""

    def __init__(self, machine: Machine, state: State, at: datetime) -> None:
        self.machine = machine
        self.prompts = machine.prompts
        self.state = state
        self.at = at
        self.actions: list[Action] = []
        self.spoken: list[list[Any]] = []
        self.pieces_heard: int | None = None
        """Pieces of the turn before that were heard when the caller spoke over it; None when all were."""
        self.topic = ""
        """Slot that the caller wants changed, so that they are not asked what it is."""
        self.waited, state.waits = state.waits, ""
        """What the caller asked for time for in the turn before; empty where they did not."""
        self.speaks = ""
        """Another language than that of the call, which the caller probably speaks: so should who takes over."""
        self.denied: Question | None = None
        """A read-back to which the caller said no, with something else: it is not put to them again unchanged."""
        self.ended = False
        """The turn is complete: the caller, an office or nobody is next."""

    @property
    def frame(self) -> Frame | None:
        """The flow under way, or None between flows."""
        return self.state.frames[-1] if self.state.frames else None

    @property
    def flow(self) -> Flow:
        """The file of the flow under way."""
        return self.machine.flows.flows[self.state.frames[-1].flow]

    def step(self, name: str) -> AnyStep:
        """A step of the flow under way."""
        flow = self.flow
        return flow.steps[self.machine.position[flow.flow][name]]

    def scope(self, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What expressions and prompts can name."""
        frame = self.frame
        values = frame.values if frame else {}
        return {**values, **(extra or {}), "caller": self.state.caller, "today": self.at.date().isoformat()}

    def fixed(self, prompt: str) -> str:
        """The words of a prompt that has no fields, such as a label."""
        return "".join(self.fixed_pieces(prompt))

    def fixed_pieces(self, prompt: str) -> tuple[str, ...]:
        """The same, in the pieces in which it is said."""
        return self.prompts.template(prompt).fixed or ()

    def say(
        self,
        prompt: str,
        values: Mapping[str, str] | None = None,
        *,
        variant: str = "full",
        barge_in: bool = True,
        private: bool = False,
    ) -> None:
        """Say a prompt. Fields without a value in `values` are read from the scope."""
        if values is None:
            values = prompt_values(prompt, self.scope(), self.at, self.prompts) if self.prompts.fields(prompt) else {}
        self.speak(prompt, pieces(self.prompts, prompt, variant, values), barge_in=barge_in, private=private)

    def say_where_known(self, prompt: str) -> None:
        """Say a prompt that not every language has."""
        if self.prompts.has(prompt):
            self.say(prompt)

    def speak(self, prompt: str, ready: tuple[str, ...], *, barge_in: bool = True, private: bool = False) -> None:
        """Say ready pieces."""
        if ready:
            self.actions.append(Say(ready, prompt, barge_in, private))
            self.spoken.append([prompt, list(ready), barge_in, private])

    def speak_in(self, language: str, prompt: str, words: tuple[str, ...]) -> None:
        """Say ready pieces in another language than that of the call. Not repeated by “say it again”."""
        if words:
            self.actions.append(Say(words, prompt, language=language))

    def ask(self, question: Question, variant: str | None = None, *, offer: bool = False) -> None:
        """Pose a question and listen. `variant` None tapers: full the first time, short afterwards."""
        times = self.state.heard.get(question.prompt, 0)
        self.state.heard[question.prompt] = times + 1
        offer = offer or self.state.by_key or question.kind in {"choose", "which", "menu", "unknown", "language"}
        if variant is None:
            variant = "full" if times == 0 else "short"
            if offer and question.options and question.kind == "ask":
                variant = "short"
            if self.state.by_key and question.keys > 1:  # before they press a zero, which is a person
                variant = "keys"
        if self.state.partial and question.keys > 1:  # a part of the number is known: go on from there
            self.say_group(question, variant)
        elif question.prompt:
            private = question.kind == "check" and self._is_private(question.slot)
            self.say(question.prompt, question.values, variant=variant, barge_in=question.barge_in, private=private)
        question = self._beside(question)
        if offer and question.options:
            question = replace(question, shown=True)
            self._offer(question)
        elif offer and question.kind in YES_NO:
            self.say("choice.more_or_not" if question.kind == "more" else "choice.yes_no")
        self.state.question = question
        self.listen()

    def _beside(self, question: Question) -> Question:
        """What the flow asks is put aside by a question beside it, which can be answered with either."""
        before = self.state.question
        if question.kind not in SIDE or not self.state.frames:
            self.state.aside = None
        elif before is not None and before.kind in IN_FLOW:
            self.state.aside = before
        aside = self.state.aside
        if aside is None:
            return question
        # A name may be any word: 好的 is none here.
        more = tuple(one for one in aside.expect if one not in {*question.expect, "person_name"})
        return replace(question, expect=(*question.expect, *more))

    def say_group(self, question: Question, variant: str = "full", *, first: int = -1) -> None:
        """Say back the long number that is asked for from its group `first`: the last, where none is named."""
        value = words("code", "".join(self.state.partial.split()[first:]), self.at, self.prompts).rstrip("，。")
        self.say("repair.group", {"value": value}, variant=variant, private=self._is_private(question.slot))

    def _offer(self, question: Question) -> None:
        """Read one page of the options: the option first, then its key."""
        first = question.page * PAGE
        for key, (label, value) in enumerate(question.options[first : first + PAGE], start=1):
            if question.kind == "language":  # whoever needs it may not understand the name in this language
                self.speak_in(value, f"language.{value}", self.machine.languages.own_name(value))
            self.say(f"choice.option_{key}", {"choice": label})
        if len(question.options) > PAGE:
            self.say("choice.more")

    def listen(self, silence_s: float | None = None) -> None:
        """Listen for the answer to the question that stands, for longer than usual where that is given."""
        self.ended = True
        question = self.state.question
        if question is None:
            self.actions.append(Listen())
            return
        aside = self.state.aside if question.kind in SIDE else None
        labels = tuple(label for label, _ in (aside or question).options[:30])
        self.actions.append(
            Listen(
                expect=question.expect,
                phrases={"choice": labels} if labels else {},
                silence_s=question.silence_s if silence_s is None else silence_s,
                pause_s=question.pause_s,
                keys=question.keys,
                keyed=self._keyed(question),
            )
        )

    def _keyed(self, question: Question) -> Mapping[str, str]:
        """What each key stands for while this question stands."""
        if question.kind in YES_NO:
            return {"1": "affirm", "2": "deny"} if question.kind != "more" else {}  # who has nothing more says no “no”
        if not question.shown:
            return {}
        first = question.page * PAGE
        values = [value for _, value in question.options[first : first + PAGE]]
        flows = self.machine.flows.flows
        named = [
            flows[v].intents[0] if question.kind == "menu" and v in flows and flows[v].intents else v for v in values
        ]
        return {str(key): value for key, value in enumerate(named, start=1) if isinstance(value, str)}

    def office(self, office: str, operation: str, arguments: Mapping[str, Any]) -> None:
        """Ask an office; the turn ends."""
        self.state.request += 1
        self.state.waiting = self.ended = True
        self.state.question = None
        self.actions.append(CallOffice(self.state.request, office, operation, arguments))

    def flag(self, flag: Flag) -> None:
        """Put a sign on record."""
        self.state.flags += [f"{flag.kind}:{reason}" for reason in flag.reasons]
        self.actions.append(flag)

    def understood(self, *, by_key: bool) -> None:
        """The caller was understood: failures are forgotten, and keys are offered to those who use them."""
        self.state.failures = self.state.unheard = 0
        self.state.by_key = by_key

    def set_speech(self) -> None:
        """Speak as the state says from now on."""
        self.actions.append(SetSpeech(self.state.rate, self.state.loudness))

    @property
    def language(self) -> str:
        """The language of the call."""
        return self.prompts.language

    def set_language(self, language: str) -> None:
        """Go on in another language; this engine's part of the turn is over. See `flows.live`."""
        self.state.caller = {**self.state.caller, "language": language}
        self.actions.append(SetLanguage(language))
        self.ended = True

    def confirm_language(self) -> None:
        """This language was asked for by name: another one that the number asked for before is forgotten."""
        self.actions.append(SetLanguage(self.language))

    def transfer(
        self,
        reason: str,
        *,
        to: str = "human",
        band: str | None = None,
        prompt: str | None = "main.transfer",
        language: str = "",
        emergency: str = "",
    ) -> None:
        """Hand over; the conversation is over. `language` is what the person should speak (`speaks` when it is empty);
        `emergency` the number to call where somebody is in danger."""
        if prompt:
            self.say(prompt)
        self.state.final = ["transfer", to, reason, band, language or self.speaks, emergency]
        self.state.question, self.state.waiting = None, False
        self.ended = True
        self.actions.append(self.last_action())

    def end(self, outcome: str) -> None:
        """Hang up; the conversation is over."""
        self.state.final = ["end", outcome]
        self.state.question, self.state.waiting = None, False
        self.ended = True
        self.actions.append(self.last_action())

    def last_action(self) -> Transfer | End:
        """The action with which the conversation ended."""
        assert self.state.final is not None, "only an ended conversation has a last action"
        kind, *rest = self.state.final
        if kind == "end":
            return End(rest[0], self.summary())
        language = rest[3] if len(rest) > 3 else ""  # conversations that were stored before languages have three
        emergency = rest[4] if len(rest) > 4 else ""  # and those before this have four
        return Transfer(rest[0], rest[1], rest[2], self.summary(), language, emergency)

    def summary(self) -> dict[str, Any]:
        """The story so far, for a person's screen."""
        frame, state = self.frame, self.state
        # In another language than that in which it began, the flow may not be there: the person still gets the values.
        flow = self.machine.flows.flows.get(frame.flow) if frame else None
        known = list(flow.slots) if flow else frame.order if frame else []
        names = [name for name in known if frame and frame.values.get(name) is not None]
        slots = {name: self._shown(name, frame.values[name]) for name in names} if frame else {}
        return {
            "flow": frame.flow if frame else None,
            "title": flow.title if flow else None,
            "slots": slots,
            "done": list(state.done),
            "tried": list(state.tried),
            "flags": list(state.flags),
            "wishes": [one["intent"] for one in state.wishes if not one["begun"]],
            "words": "" if self._private_words() else state.last_words,
        }

    def _shown(self, name: str, value: Any) -> Any:
        return masked(str(value)) if self._is_private(name) else value

    def _is_private(self, name: str) -> bool:
        slot = self.flow.slots.get(name)
        return slot is not None and (slot.source or name) in PRIVATE

    def _private_words(self) -> bool:
        """The caller's last words may be a number that is not to be put on record."""
        return len(spoken_digits(self.state.last_words)) >= PRIVATE_DIGITS
