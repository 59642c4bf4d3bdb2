"""The words of one call's utterances: what they mean to the question that stands, and what goes on record of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flows.actions import Listen
from flows.numbers import PRIVATE as PRIVATE_SLOTS
from flows.numbers import spoken_digits
from ivr.call.endpoint import Sense
from ivr.call.events import Kind
from ivr.call.listener import Utterance
from ivr.call.sense import bare, only_listens, sense
from nlu.understand import ParseContext, SlotScalar, Understander, Understanding
from voices.recognition.hints import hint
from voices.recognition.hypothesis import Expectation, Hypothesis, Priority
from voices.recognition.repair import Repaired, repair

PRIVATE_DIGITS = 11
"""So many digits in one utterance are a phone or identity number, whatever was asked for."""
PART_DIGITS = 3
UNRECORDED = "（不记录）"
DOUBTFUL = 0.45
"""Words of less confidence may be what the recogniser expected rather than what was said: they end no turn early."""
FASTEST = 5.0
"""Syllables a second; nobody says more, but a recogniser that fills in a number does."""
SURE_REPAIR = 0.8
"""Likeness by sound from which the repaired words are understood instead of those that the recogniser wrote."""
BARE_YES = 2
"""Characters of a yes that may as well be the sound of listening, while there is more of the question to come."""


class Words:
    """Reads utterances for one call. Set `listen` when another question is put."""

    def __init__(
        self,
        understander: Understander,
        language: str,
        now: Callable[[], datetime],
        record: Callable[..., None],
    ) -> None:
        self.listen = Listen()
        self._understander, self.language, self._now, self._record = understander, language, now, record

    @property
    def private(self) -> bool:
        """Whether the answer to this question must not be written down."""
        return bool(PRIVATE_SLOTS & set(self.listen.expect))

    @property
    def expectation(self) -> Expectation:
        """What the recogniser may know of the question. Yes, no and digits are heard first when it has much to do."""
        listen = self.listen
        short = "affirm" in listen.expect or listen.keys > 1
        return Expectation(
            hint=hint(self.language, listen.expect, listen.phrases),
            phrases=self._phrases,
            priority=Priority.SHORT if short else Priority.TURN,
        )

    @property
    def _phrases(self) -> tuple[str, ...]:
        return tuple(phrase for some in self.listen.phrases.values() for phrase in some)

    async def sense(self, so_far: Hypothesis) -> Sense:
        """Whether the words so far are a whole answer to the question."""
        text = _sure(repair(so_far, self._phrases, self.language))
        found = sense(await self._read(text), self.listen.expect, self.listen.phrases, self.listen.keys)
        doubtful = so_far.confidence < DOUBTFUL or len(bare(text)) > FASTEST * so_far.duration_s
        return Sense.OPEN if found is Sense.COMPLETE and doubtful else found

    async def is_listening(self, utterance: Utterance, pieces_left: int) -> bool:
        """Whether this was no answer but a cough, or the sound of somebody who listens to the prompt.

        `pieces_left`: how much of the prompt was still to be heard when it was said, its interrupted piece included."""
        if utterance.hypothesis is None:
            return False  # nobody knows what was said: better to ask
        text = utterance.hypothesis.text
        said = await self._read(text) if bare(text) else None
        yes = said is not None and said.intent == "affirm" and said.accepted
        if yes and len(bare(text)) <= BARE_YES:
            return pieces_left > 1 or ("affirm" not in self.listen.expect and only_listens(text))
        return only_listens(text)

    def ignored(self, utterance: Utterance) -> None:
        """It goes on record, and the prompt goes on."""
        text = utterance.hypothesis.text if utterance.hypothesis else ""
        self._record(
            Kind.UTTERANCE,
            text=UNRECORDED if text and self.private else text,
            duration_s=round(utterance.duration_s, 2),
            ignored=True,
        )

    async def understood(self, utterance: Utterance) -> Understanding | None:
        """What was meant; None when there are no words."""
        hypothesis = utterance.hypothesis
        if hypothesis is None or not hypothesis.text.strip():
            self._record(Kind.UTTERANCE, text="", error=utterance.error, duration_s=round(utterance.duration_s, 2))
            return None
        repaired = repair(hypothesis, self._phrases, self.language)
        private = self.private or len(spoken_digits(hypothesis.text)) >= PRIVATE_DIGITS
        self._record(
            Kind.UTTERANCE,
            text=UNRECORDED if private else hypothesis.text,
            **({} if private else _repair_record(repaired)),
            confidence=round(hypothesis.confidence, 3),
            duration_s=round(utterance.duration_s, 2),
            recogniser_s=round(hypothesis.work_s, 3),
            silence_s=utterance.silence_s,
        )
        meaning = await self._read(_sure(repaired))
        self._record(
            Kind.UNDERSTOOD,
            intent=meaning.intent,
            confidence=round(meaning.confidence, 3),
            accepted=meaning.accepted,
            slots={n: _recorded(n, v.value, private=private) for n, v in meaning.slots.items()},
        )
        return meaning

    async def _read(self, text: str) -> Understanding:
        context = ParseContext(self._now(), self.language, self.listen.expect, self.listen.phrases)
        return await self._understander.understand_async(text, context)


def _recorded(name: str, value: SlotScalar, *, private: bool) -> SlotScalar:
    """What may be written down of a value: nothing of a private number, nor of digits that may be part of one."""
    part = private and sum(c.isdigit() for c in str(value)) >= PART_DIGITS
    return None if name in PRIVATE_SLOTS or part else value


def _sure(repaired: Repaired) -> str:
    """The words to understand."""
    return repaired.text if repaired.score >= SURE_REPAIR else repaired.raw


def _repair_record(repaired: Repaired) -> dict[str, Any]:
    """The repaired words beside the raw ones, where they differ."""
    return {"repaired": repaired.text, "likeness": round(repaired.score, 2)} if repaired.changed else {}


def keyed_record(digits: str, words: Words) -> dict[str, Any]:
    """What goes on record of keys: how many, where the digits are private."""
    return {"digits": "*" * len(digits) if words.private else digits}
