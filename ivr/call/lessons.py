"""What one call teaches: utterances of which it became sure what was said, as examples of those phrases.

Sure is what the caller gave by key at the same question right after saying it, and what was read back to the caller and
agreed to, so that the matter was done. Nothing is kept of private questions, nor of whole sentences."""

from __future__ import annotations

from collections.abc import Callable

from flows.actions import Listen
from flows.numbers import PRIVATE
from ivr.call.utterance import Utterance
from nlu.understand import Understanding
from voices.recognition.taught_phrases import phrase_of

LONGEST_S = 3.0
"""A phrase is short: what is longer says more than the phrase."""
Teach = Callable[[str, bytes], None]
"""(phrase, 16 kHz PCM)."""


class Lessons:
    """Of one call. `teach` gets each utterance at most once."""

    def __init__(self, teach: Teach) -> None:
        self._teach = teach
        self._said: tuple[Listen, bytes] | None = None
        """The last utterance that was not understood, and the question that it was an answer to."""
        self._agreed: dict[str, tuple[str, bytes]] = {}
        """Slot → phrase and audio of its last value, until that is confirmed."""

    def heard(self, listen: Listen, utterance: Utterance, meaning: Understanding | None) -> None:
        """The caller said something to this question."""
        self._said = None
        if not utterance.audio or PRIVATE & set(listen.expect):
            return
        short = utterance.duration_s <= LONGEST_S
        if meaning is None or not (meaning.accepted or meaning.slots):
            self._said = (listen, utterance.audio) if short else None
            return
        for slot in meaning.slots.keys() | meaning.denied.keys():
            self._agreed.pop(slot, None)  # what was said before of it does not stand any more
        if short and len(meaning.slots) == 1 and not meaning.denied:
            slot, value = next(iter(meaning.slots.items()))
            if slot in listen.expect and (phrase := phrase_of(str(value.value), (slot,))):
                self._agreed[slot] = phrase, utterance.audio

    def keyed(self, listen: Listen, digits: str) -> None:
        """The caller pressed keys at this question: what was said just before meant the same."""
        value = listen.keyed.get(digits, "")
        if not value:  # the key asked for the choices: the next one tells
            return
        said, self._said = self._said, None
        if said is None or said[0].expect != listen.expect:
            return
        if phrase := phrase_of(value, listen.expect):
            self._teach(phrase, said[1])

    def achieved(self) -> None:
        """All was read back and agreed to, and is done."""
        for phrase, pcm in self._agreed.values():
            self._teach(phrase, pcm)
        self._agreed.clear()

    def changed(self) -> None:
        """The call goes on in another language."""
        self._said = None
        self._agreed.clear()
