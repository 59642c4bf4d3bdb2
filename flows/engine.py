"""The dialogue engine: an event comes in, actions go out. No I/O, no clock, no randomness of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from flows import (
    answers,
    between,
    everywhere,
    giving_up,
    hub,
    meaning,
    repair,
    returning,
    run,
    small_talk,
    speaking,
    waiting,
    wishes,
)
from flows.actions import Action
from flows.events import (
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    OfficeSlow,
    Silent,
    Started,
)
from flows.languages import Languages
from flows.loader import FlowSet
from flows.render import plain_data
from flows.schema import DoStep
from flows.state import Question, State
from flows.turn import Machine, Turn
from nlu.understand import Understanding
from voices.prompts.catalogue import Catalogue

MAX_TEXT = 400
"""Characters of an utterance that are looked at: nobody says more in one breath."""

_FIRST = (giving_up.of_what_waits, giving_up.heard, small_talk.heard, waiting.wanted)
"""What is looked for in the caller's words before an answer is; each tells whether it has acted."""
_AS_ANSWER = (answers.heard, everywhere.digression)


class Engine:
    """Conversations over a set of flows in one language. Holds nothing of any call."""

    def __init__(
        self,
        flows: FlowSet,
        prompts: Catalogue,
        watch: Callable[[str, str], None] | None = None,
        languages: Languages | None = None,
    ) -> None:
        self.machine = Machine.build(flows, prompts, watch, languages)

    def start(self, event: Started) -> tuple[State, tuple[Action, ...]]:
        """The call was answered."""
        caller = event.caller
        state = State(
            caller={
                "number": caller.number,
                "name": caller.name,
                "person_id": caller.person_id,
                "band": caller.band,
                "language": self.machine.prompts.language,
                **({"unheard": list(caller.unheard)} if caller.unheard else {}),
                **({"speaks": caller.speaks} if caller.speaks else {}),
            },
            version=self.machine.flows.version,
            rate=caller.rate,
            loudness=caller.loudness,
        )
        turn = Turn(self.machine, state, event.at)
        if (caller.rate, caller.loudness) != ("normal", "normal"):
            turn.set_speech()
        if event.back is not None:
            turn.understood(by_key=caller.by_key)
            returning.go_on(turn, event.back)
        elif speaking.still(turn, caller.speaks):
            turn.state.by_key = caller.by_key
        elif caller.by_key or self.machine.prompts.language in caller.unheard:
            turn.say("main.by_key")
            turn.understood(by_key=True)
            hub.menu(turn)
        else:
            turn.ask(Question("open", "main.open"), "full")
        return self._finish(turn)

    def resume(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        """Go on with a conversation that was held in another language until now."""
        turn = Turn(self.machine, state.copy(), event.at)
        speaking.resume(turn)
        return self._finish(turn)

    @staticmethod
    def achieved(state: State) -> bool:
        """Whether the caller has got something done: the call counts as done even if the line drops now."""
        return bool(state.done)

    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        """The next state and what to do. Never raises for any event; `state` itself is left as it was.

        The last action is Listen, CallOffice, Transfer or End, except while an office is asked: then there may be
        nothing but words to fill the wait, or no action at all.
        """
        if isinstance(event, Started):
            return self.start(event)
        turn = Turn(self.machine, state.copy(), event.at)
        turn.speaks = asked = speaking.asked_about(turn)
        if state.final is not None:
            return turn.state, (turn.last_action(),)
        if isinstance(event, OfficeReplied | OfficeFailed | OfficeSlow):
            self._office(turn, event)
        elif state.waiting:
            self._impatient(turn, event)
        elif isinstance(event, Heard):
            turn.pieces_heard = event.pieces_heard
            self._heard(turn, speaking.heard(turn, event))
        elif isinstance(event, Keyed):
            self._keyed(turn, event.digits)
        elif isinstance(event, Silent):
            if not waiting.over(turn):
                repair.failed(turn, "silent")
        elif not waiting.patiently(turn):
            repair.failed(turn, "misunderstood", heard=False)
        speaking.settled(turn, asked)
        return self._finish(turn)

    def _finish(self, turn: Turn) -> tuple[State, tuple[Action, ...]]:
        if not turn.ended and not turn.state.waiting:
            turn.listen()
        if turn.spoken and not turn.state.waiting:
            turn.state.said = turn.spoken
        return turn.state, tuple(turn.actions)

    def _impatient(self, turn: Turn, event: Event) -> None:
        """While an office works: a person, an emergency, another language at once; other global words without losing

        what is waited for; everything else waits with it."""
        if isinstance(event, Keyed):
            if event.digits.startswith("0"):
                turn.transfer("asked")
            return
        if not isinstance(event, Heard) or len(event.understanding.text) > MAX_TEXT:
            return
        turn.state.last_words = event.understanding.text
        if everywhere.emergency(turn, event.understanding) or everywhere.person(turn, event.understanding):
            return
        everywhere.meanwhile(turn, event.understanding)

    def _heard(self, turn: Turn, understanding: Understanding) -> None:
        if len(understanding.text) > MAX_TEXT or not understanding.text.strip():
            repair.failed(turn, "misunderstood")
            return
        turn.state.last_words = understanding.text
        if everywhere.emergency(turn, understanding) or self._in_another_language(turn, understanding):
            return  # before a wish is noted: who has chest pain hears nothing else
        own = [*(turn.flow.intents if turn.frame is not None else ()), *between.asked_about(turn, meaning.LOOKED_AT)]
        said, one_of_several = self._wish(turn, understanding, own)
        if answers.says_a_choice(turn, understanding.text) and answers.heard(turn, understanding):
            return  # “换看病的人” was offered: whatever else it sounds like, it is that choice
        if everywhere.person(turn, understanding) or everywhere.scam(turn, replace(said, text=understanding.text)):
            return
        changes = said.intent == meaning.CHANGE and meaning.CHANGE not in own
        if not changes and self._beside(turn, said, one_of_several=one_of_several):
            return
        if one_of_several:
            wishes.announce(turn, said)
        if changes and between.serve(turn, said):
            return
        if turn.state.question is None:
            repair.ask_again(turn)
        elif not any(act(turn, said) for act in _AS_ANSWER) and not waiting.patiently(turn):
            repair.failed(turn, "misunderstood")

    @staticmethod
    def _beside(turn: Turn, said: Understanding, *, one_of_several: bool) -> bool:
        """True when it was no answer and no service, but what may be said at any moment, and was acted on."""
        if not one_of_several and any(act(turn, said) for act in _FIRST):
            return True
        return not answers.given(turn, said) and everywhere.heard(turn, said)

    def _wish(self, turn: Turn, understanding: Understanding, own: Collection[str]) -> tuple[Understanding, bool]:
        """What is to be served, and whether it is the first of several: a change is one act though it names two."""
        before = self._just_done(turn)
        whole = meaning.meant(understanding, own, before)
        if whole.intent == meaning.CHANGE and all(one.intent in meaning.APPOINTMENTS for one in understanding.wishes):
            return replace(whole, wishes=()), False
        first = wishes.first(turn, understanding)
        return meaning.meant(first, own, before), first is not understanding

    @staticmethod
    def _just_done(turn: Turn) -> Collection[str]:
        """The intents of what was done last, while the caller is asked whether there is anything else."""
        question, done = turn.state.question, turn.state.done
        flow = turn.machine.flows.flows.get(done[-1]) if done else None
        return flow.intents if flow is not None and question is not None and question.kind == "more" else ()

    def _in_another_language(self, turn: Turn, understanding: Understanding) -> bool:
        if not turn.speaks or speaking.asked_about(turn):
            return False
        return everywhere.person(turn, understanding) or speaking.ask_in_both(turn, turn.speaks)

    def _keyed(self, turn: Turn, digits: str) -> None:
        question = turn.state.question
        if digits in {"0", "0#"} or (digits.startswith("0") and (question is None or question.keys == 1)):
            turn.transfer("asked")  # Asterisk does this by itself; here it is for typing and for replays
        elif question is None:
            repair.ask_again(turn)
        elif digits.strip("#") == "*" and not turn.state.partial:
            everywhere.repeat(turn)
        elif question.kind == "open" and digits.strip("#"):
            turn.understood(by_key=True)
            hub.menu(turn)
        elif not answers.keyed(turn, digits):
            if digits == "#":
                everywhere.go_back(turn)
            else:
                repair.failed(turn, "misunderstood")

    def _office(self, turn: Turn, event: OfficeReplied | OfficeFailed | OfficeSlow) -> None:
        state, frame = turn.state, turn.frame
        if not state.waiting or event.request != state.request or frame is None:
            return  # an answer that nobody waits for any more
        step = turn.step(frame.at)
        assert isinstance(step, DoStep), "only a do step asks an office"
        if isinstance(event, OfficeSlow):
            turn.say(step.slow)
            return
        state.waiting = False
        if isinstance(event, OfficeReplied):
            frame.values[step.save] = plain_data(event.result)
            frame.committed = frame.committed or step.final
            run.done(turn, frame, step)
        else:
            frame.asked.pop(step.step, None)
            state.tried.append(f"{step.do}:{event.code}")
            frame.values["refusal"] = {**plain_data(event.details), "code": event.code}
            target = step.on.get(event.code) or ("" if event.code == "unavailable" else step.on.get("else", ""))
            if not target:
                turn.transfer("office_failed", prompt="office.failed")
                return
            if state.tried.count(f"{step.do}:{event.code}") >= repair.LIMIT:
                turn.transfer("policy", prompt="repair.to_person")
                return
            frame.at = target
        run.steps(turn)
