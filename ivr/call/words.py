"""The words of one call's utterances: what they mean to the question that stands, and what goes on record of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flows import clauses, emergencies, scams
from flows.actions import Listen
from flows.numbers import PRIVATE as PRIVATE_SLOTS
from flows.numbers import spoken_digits
from ivr.call.endpoint import Sense
from ivr.call.events import Kind
from ivr.call.sense import AT_ONCE, agree, answers, bare, content, only_listens, sense, takes
from ivr.call.utterance import Utterance
from nlu.understand import ParseContext, SlotScalar, Understander, Understanding
from voices.recognition.hints import answers as answers_of
from voices.recognition.hints import hint
from voices.recognition.hypothesis import Expectation, Hypothesis, Priority
from voices.recognition.repair import Repaired, repair

PRIVATE_DIGITS = 11
"""So many digits in one utterance are a phone or identity number, whatever was asked for."""
PART_DIGITS = 3
UNRECORDED = "（不记录）"
DOUBTFUL = 0.45
"""Words of less confidence may be what the recogniser expected rather than what was said: they end no turn early."""
DOUBTFUL_YES = 0.55
"""As `DOUBTFUL`, for a bare yes: 对 is what is heard of a soft 不对."""
FASTEST = 5.5
"""Syllables a second; nobody says more, but a recogniser that fills in a number or an expected word does."""
SURROUNDS_S = 0.42
"""Of an utterance's length so much is what was kept from before its first sound, and the last sound's fading."""
SURE_REPAIR = 0.8
"""Likeness by sound from which the repaired words are understood instead of those that the recogniser wrote."""
OPEN_SLOTS = ("open",)
"""What the open question can take: phrases taught by example are not compared with days and departments then."""
SOUND = 2
"""Characters: the most that is heard of a sound of listening."""
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
        self.over_prompt = False
        """Whether what is being said began over a prompt, which waits meanwhile."""
        self.goes_on_with: str | None = None
        """What was taken to be all and is being added to, over the answer to it, which waits; None when nothing is."""
        self.identify: tuple[str, ...] = ()
        """Languages that the caller's first sentence may turn out to be in."""
        self._understander, self.language, self._now, self._record = understander, language, now, record

    @property
    def private(self) -> bool:
        """Whether the answer to this question must not be written down."""
        return bool(PRIVATE_SLOTS & set(self.listen.expect))

    def private_in(self, text: str) -> bool:
        """Whether these words must not be kept, as text or as sound."""
        return self.private or len(spoken_digits(text)) >= PRIVATE_DIGITS

    @property
    def expectation(self) -> Expectation:
        """What the recogniser may know of the question. Yes, no and digits are heard first when it has much to do."""
        listen = self.listen
        short = "affirm" in listen.expect or listen.keys > 1
        return Expectation(
            hint=hint(self.language, listen.expect, listen.phrases),
            phrases=self._phrases,
            priority=Priority.SHORT if short else Priority.TURN,
            slots=tuple(listen.expect) or OPEN_SLOTS,
            identify=() if listen.expect or listen.phrases else tuple(c for c in self.identify if c != self.language),
        )

    @property
    def _phrases(self) -> tuple[str, ...]:
        """What the question offered, then what its slots take anyway; digits are not compared by sound."""
        own = () if self.listen.keys > 1 else answers_of(self.language, self.listen.expect)
        return tuple(dict.fromkeys([*self._offered, *own]))

    @property
    def _offered(self) -> tuple[str, ...]:
        return tuple(phrase for some in self.listen.phrases.values() for phrase in some)

    def _repaired(self, heard: Hypothesis) -> Repaired:
        return repair(heard, self._phrases, self.language, self._offered)

    async def sense(self, so_far: Hypothesis) -> Sense:
        """Whether the words so far are a whole answer to the question."""
        text = _sure(self._repaired(so_far))
        nothing_new = self.goes_on_with is not None and content(text) == content(self.goes_on_with)
        if self.over_prompt and nothing_new:
            return Sense.OPEN if bare(text) != bare(self.goes_on_with or "") else Sense.COMPLETE
        if self.over_prompt and only_listens(text):
            # The prompt waits for it: after a cough at once, after a 嗯 it may still become a sentence.
            return Sense.OPEN if bare(text) else Sense.COMPLETE
        found = sense(await self._read(text), self.listen.expect, self.listen.phrases, self.listen.keys)
        # A bare no is not what is heard of anything else, and can be taken back.
        unsure = so_far.confidence < DOUBTFUL if found is Sense.LIKELY else self._unsure(so_far, text)
        doubtful = unsure or len(bare(text)) > FASTEST * (so_far.duration_s - SURROUNDS_S)
        return Sense.OPEN if found in {Sense.COMPLETE, Sense.LIKELY} and doubtful else found

    async def doubts(self, first: Hypothesis) -> bool:
        """Whether another recogniser should hear this, too: the words are unsure, or nothing that the question takes.

        Never what must not be kept, nor numbers of several digits (taught are single ones), nor the sounds of somebody
        who listens to a prompt, nor words of danger or for a person: those are acted on, however unsure."""
        text = _sure(self._repaired(first))
        if first.language or self.listen.keys > 1 or self.private_in(first.text):
            return False
        if only_listens(text) and (self.over_prompt or not bare(text)):
            return not self.over_prompt
        meaning = await self._read(text)
        if (meaning.accepted and meaning.intent in AT_ONCE) or emergencies.number_for(meaning) or scams.signs(text):
            return False
        return self._unsure(first, text) or not takes(meaning, self.listen.expect, self.listen.phrases)

    async def agree(self, first: Hypothesis, second: Hypothesis) -> bool:
        """Whether what two recognisers heard means the same to the question."""
        if not bare(first.text):
            return False
        text = _sure(self._repaired(first))
        return agree(await self._read(text), await self._read(second.text), self.listen.expect)

    def _unsure(self, heard: Hypothesis, text: str) -> bool:
        least = DOUBTFUL_YES if "affirm" in self.listen.expect and len(bare(text)) <= BARE_YES else DOUBTFUL
        return heard.confidence < least

    async def is_listening(self, utterance: Utterance, pieces_left: int, *, distant: bool = False) -> bool:
        """Whether this was no answer but a cough, the sound of somebody who listens to the prompt, or the room.

        `pieces_left`: how much of the prompt was still to be heard when it was said, its interrupted piece included.
        `distant`: it was so much softer than the caller that it is theirs only when the words answer the question."""
        if utterance.hypothesis is None:
            return False  # nobody knows what was said: better to ask
        text = utterance.hypothesis.text
        said = await self._read(text) if bare(text) else None
        if said is not None and emergencies.number_for(said) is not None:
            return False  # also from afar: who has fallen lies away from the telephone, and a television costs one call
        if distant and said is not None and not answers(said, self.listen.expect):
            return True
        yes = said is not None and said.intent == "affirm" and said.accepted
        if yes and len(bare(text)) <= BARE_YES:
            return pieces_left > 1 or ("affirm" not in self.listen.expect and only_listens(text))
        if said is not None and len(bare(text)) <= SOUND and utterance.hypothesis.confidence < DOUBTFUL:
            # A 嗯 becomes a department for a recogniser that was told of departments. No is no such sound, nor is help.
            return not (said.accepted and said.intent in AT_ONCE | {"deny"})
        return only_listens(text)

    async def adds(self, utterance: Utterance, before: str) -> bool:
        """Whether the caller, who goes on with `before`, says more, and all of it is for the question that stands."""
        if utterance.hypothesis is None:
            return False
        text = _sure(self._repaired(utterance.hypothesis))
        if only_listens(text) or content(text) == content(before):
            return False
        said = await self._read(text)
        return takes(said, self.listen.expect, self.listen.phrases) or emergencies.number_for(said) is not None

    async def count_late(self, utterance: Utterance) -> bool:
        """Whether words to a question that a key has answered meanwhile count: those that are acted on at any time."""
        if utterance.hypothesis is None or not bare(utterance.hypothesis.text):
            return False
        said = await self._read(utterance.hypothesis.text)
        return (said.accepted and said.intent in AT_ONCE) or emergencies.number_for(said) is not None

    def ignored(self, utterance: Utterance) -> None:
        """It goes on record, and the prompt goes on."""
        text = utterance.hypothesis.text if utterance.hypothesis else ""
        self._record(
            Kind.UTTERANCE,
            text=UNRECORDED if text and self.private_in(text) else text,
            duration_s=round(utterance.duration_s, 2),
            ignored=True,
        )

    async def understood(self, utterance: Utterance) -> Understanding | None:
        """What was meant; None when there are no words."""
        hypothesis = utterance.hypothesis
        if hypothesis is None or not hypothesis.text.strip():
            self._record(Kind.UTTERANCE, text="", error=utterance.error, duration_s=round(utterance.duration_s, 2))
            return None
        repaired = self._repaired(hypothesis)
        private = self.private_in(hypothesis.text)
        self._record(
            Kind.UTTERANCE,
            text=UNRECORDED if private else hypothesis.text,
            **({} if private else _repair_record(repaired) | _beside_record(hypothesis)),
            confidence=round(hypothesis.confidence, 3),
            duration_s=round(utterance.duration_s, 2),
            recogniser_s=round(hypothesis.work_s, 3),
            silence_s=utterance.silence_s,
        )
        meaning = await self._read(_sure(repaired))
        if hypothesis.language and not _urgent(meaning):
            there = await self._read(hypothesis.text, hypothesis.language)
            meaning = there if _urgent(there) else meaning
        if meaning.accepted or hypothesis.language:  # whoever was understood once in this language has chosen it
            self.identify = ()
        served = meaning.wishes[0] if meaning.wishes else meaning  # the others are kept: see the event `wishes`
        self._record(
            Kind.UNDERSTOOD,
            intent=served.intent,
            confidence=round(served.confidence, 3),
            accepted=served.accepted,
            slots={n: _recorded(n, v.value, private=private) for n, v in meaning.slots.items()},
        )
        return meaning

    async def _read(self, text: str, language: str = "") -> Understanding:
        context = ParseContext(self._now(), language or self.language, self.listen.expect, self.listen.phrases)
        return await clauses.read_async(self._understander, text, context)


def _urgent(meaning: Understanding) -> bool:
    """What is acted on before it is asked in which language the call should go on."""
    wanted = meaning.accepted and meaning.intent in {"emergency", "human_agent"}
    return wanted or emergencies.number_for(meaning) is not None


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


def _beside_record(hypothesis: Hypothesis) -> dict[str, Any]:
    """What another recogniser made of it, where one was asked, and whose words the text is. Digits may be part of what
    an earlier question asked for."""
    beside = [
        {
            "text": UNRECORDED if len(spoken_digits(one.text)) >= PART_DIGITS else one.text,
            "confidence": round(one.confidence, 3),
        }
        for one in hypothesis.beside
    ]
    return {"beside": beside, "recogniser": hypothesis.recogniser} if beside else {}


def keyed_record(digits: str, words: Words) -> dict[str, Any]:
    """What goes on record of keys: how many, where the digits are private."""
    return {"digits": "*" * len(digits) if words.private else digits}
