"""What a recogniser heard, and the interfaces of every recogniser: whole utterances, and audio as it arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeAlias, runtime_checkable


@dataclass(frozen=True, slots=True)
class Word:
    """One word (for Chinese often one character) and when it was said."""

    text: str
    start_s: float
    """From the beginning of the audio."""
    end_s: float
    confidence: float = 0.0
    """0 to 1; 0 when the recogniser does not tell."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of the same audio."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The words that a recogniser makes of a piece of audio."""

    text: str
    """As it was recognised. Simplified Chinese for zh, without spaces; empty when nothing was said."""
    confidence: float
    """0 to 1, from the mean log probability of the words."""
    final: bool = True
    """False while the caller is still speaking: the words may change."""
    duration_s: float = 0.0
    """Length of the audio."""
    work_s: float = 0.0
    """Time that the recogniser worked on it, without the wait in the queue."""
    recogniser: str = ""
    """Which one it was, for example `whisper-base`."""
    words: tuple[Word, ...] = ()
    """Empty when the recogniser gives no times."""
    alternatives: tuple[Alternative, ...] = ()
    """Other readings, the likeliest first, without `text` itself. Empty when the recogniser gives none."""
    language: str = ""
    """Code of the language that was spoken, where the recogniser can tell and it is surely not the one asked for."""
    sound_s: float = 0.0
    """From the first loud sound in it to the last; 0 when the recogniser does not tell."""
    beside: tuple[Alternative, ...] = ()
    """What another recogniser made of the same audio: the words in whose place these stand, or the same meaning."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Hypothesis:
        """From what `dataclasses.asdict` gave, by way of JSON. Raises TypeError for other fields."""
        fields = dict(data)
        fields["words"] = tuple(Word(**word) for word in fields.get("words", ()))
        for name in ("alternatives", "beside"):
            fields[name] = tuple(Alternative(**one) for one in fields.get(name, ()))
        return cls(**fields)


class Priority(IntEnum):
    """Who is heard first when the machine is full; less is earlier."""

    SHORT = 0
    """Yes, no and digits: quickly heard, and they end a question."""
    TURN = 1
    PARTIAL = 2
    """What the caller has said so far. Left out when the machine is busy."""
    TALK = 3
    """What was said between an agent and a caller: for reading along. Nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the question can take. Every recogniser uses of it what it can."""

    hint: str = ""
    """Words in the style of the answer (`voices.recognition.hints`): Whisper leans towards them."""
    phrases: tuple[str, ...] = ()
    """Answers that are likely: Vosk's grammar, hotwords of others."""
    closed: bool = False
    """Nothing but the phrases can be meant: a grammar need not leave room for other words."""
    priority: Priority = Priority.TURN
    slots: tuple[str, ...] = ()
    """Slots that the answer may fill: phrases taught by example are compared with those of these questions only."""
    identify: tuple[str, ...] = ()
    """Languages that it may turn out to be instead: a recogniser that can tell says so in `Hypothesis.language`."""


OnPartial: TypeAlias = Callable[[Hypothesis], None]
"""Called in the event loop with each new partial hypothesis; must not wait."""
ANYTHING = Expectation()


class Hearing(Protocol):
    """One utterance while it is being said. For one task."""

    @property
    def partial(self) -> Hypothesis | None:
        """The newest partial hypothesis."""
        ...

    def feed(self, pcm: bytes) -> None:
        """Take the next 16 kHz, 16-bit mono PCM, of any length. Never waits and never raises: what goes wrong meanwhile
        costs partial hypotheses, and is raised by `final` when nobody else can hear the utterance."""
        ...

    async def final(self, *, timeout_s: float) -> Hypothesis:
        """What was said in all audio so far. May be cancelled, and asked again after more was fed, when the turn
        turns out not to be over. Raises VoiceError (`busy`, `timeout`, `crashed`, `unavailable`)."""
        ...

    def close(self) -> None:
        """The utterance is over or not wanted any more. Harmless when done twice."""
        ...


class Recogniser(Protocol):
    """One recogniser behind the calls. Safe for many calls at once."""

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        """Recognise 16 kHz, 16-bit mono PCM; `hint` is words in the style of what is expected.

        Raises VoiceError (`busy`, `timeout`, `crashed`, `unavailable`)."""
        ...


@runtime_checkable
class StreamingRecogniser(Protocol):
    """A recogniser that hears while the caller is speaking. Safe for many calls at once."""

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        """See `Recogniser`."""
        ...

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """Begin to hear one utterance. Close it, whatever happens. Never waits and never raises."""
        ...

    def would_wait_s(self, language: str) -> float:
        """How long a turn in this language that ends now would probably wait before its recognition begins; 0 when a
        worker is free.

        Above about a second, ask the caller to wait a moment; and let new calls go to persons."""
        ...
