"""What a native speaker hears who teaches phrases by calling, and what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from ivr.call.parts import Ending
from ivr.call.take import Fault, Limits, Taken
from ivr.call.teaching import Teaching, Wanted, all_pieces, pieces, sentences
from ivr.invitations import Invitation
from voices.errors import VoiceError

SPOKEN = Taken(b"\1\2" * 16_000)
INVITED = Invitation("482915", "bo", "Droma", 1, "2999-01-01T00:00:00+00:00")


@dataclass
class Booth:
    """A speaker who presses and says what is written here. Keys over sentences: sentence → keys, one each time."""

    keys: list[str]
    takes: list[Taken | str] = field(default_factory=list)
    over: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    async def say(self, prompt: str, **values: str) -> str:
        assert pieces(prompt, **values), "it can be spoken"
        self.said.append(f"{prompt} {values['phrase']}" if "phrase" in values else prompt)
        return self.over[prompt].pop(0) if self.over.get(prompt) else ""

    def prepare(self, prompt: str, **values: str) -> None:
        pieces(prompt, **values)

    async def play(self, pcm: bytes) -> str:
        self.said.append(f"played {len(pcm)}")
        return ""

    async def key(self, timeout_s: float) -> str:
        if not self.keys:
            raise asyncio.CancelledError  # hangs up
        return self.keys.pop(0)

    async def take(self, limits: Limits) -> Taken | str:
        if not self.takes:
            raise asyncio.CancelledError
        return self.takes.pop(0)


@dataclass
class Book:
    left: Sequence[Wanted] = (Wanted("affirm", "对，是的"), Wanted("deny", "不对，不是"))
    problem: Exception | None = None
    kept: list[str] = field(default_factory=list)

    async def invited(self, code: str) -> Invitation | None:
        if code == "777777":
            raise VoiceError("in_use", "another call has it")
        return INVITED if code == INVITED.code else None

    async def wanted(self, invitation: Invitation) -> Sequence[Wanted]:
        return self.left

    async def keep(self, invitation: Invitation, wanted: Wanted, pcm: bytes) -> None:
        if self.problem is not None:
            raise self.problem
        self.kept.append(wanted.name)


async def run(booth: Booth, book: Book, admitted: Callable[[], object] = lambda: None) -> Ending | None:
    """None when the speaker hung up."""
    try:
        return await Teaching(booth, book, lambda _: "藏语").run(admitted)
    except asyncio.CancelledError:
        return None


async def test_each_phrase_is_asked_for_played_back_and_kept_by_a_key() -> None:
    booth, book = Booth([*INVITED.code, "1", "1", "1"], [SPOKEN, SPOKEN]), Book()
    ending = await run(booth, book)
    assert book.kept == ["affirm", "deny"]
    assert booth.said == [
        *("code", "consent", "consent_keys", "begin"),
        *("phrase 对，是的", "yours", "played 32000", "keys", "kept"),
        *("phrase 不对，不是", "yours", "played 32000", "keys", "kept"),
        "done",
    ]
    assert ending == Ending("goodbye", "done", outcome="done")


async def test_said_again_and_skipped_by_key_also_over_the_sentences() -> None:
    booth = Booth([*INVITED.code, "1", "2"], [SPOKEN, SPOKEN, "3"], {"yours": ["", "1"]})
    book = Book()
    ending = await run(booth, book)
    assert book.kept == ["affirm"], "the second time it is kept, and the other phrase is skipped during its take"
    assert booth.said.count("phrase 对，是的") == 2
    assert ending is not None
    assert ending.next == "goodbye"


async def test_nothing_is_recorded_without_a_yes_and_silence_leads_to_a_person() -> None:
    booth, book = Booth([*INVITED.code, "", "5", ""], [SPOKEN]), Book()
    ending = await run(booth, book)
    assert ending == Ending(reason="silent")
    assert booth.said[-1] == "person"
    assert "begin" not in booth.said
    assert book.kept == []


async def test_a_key_over_the_sentence_about_the_recording_is_no_yes() -> None:
    booth = Booth([*INVITED.code, "1"], [], {"consent": ["1"]})
    await run(booth, Book())
    assert booth.said[:5] == ["code", "consent", "consent", "consent_keys", "begin"]
    impatient = Booth([*INVITED.code], [], {"consent": ["1", "1", "1"]})
    assert await run(impatient, Book()) == Ending(reason="silent")
    assert "begin" not in impatient.said


async def test_hanging_up_keeps_what_was_kept() -> None:
    booth, book = Booth([*INVITED.code, "1", "1"], [SPOKEN]), Book()
    assert await run(booth, book) is None
    assert book.kept == ["affirm"]


async def test_whoever_is_known_is_told_at_once_and_nobody_else() -> None:
    told: list[str] = []
    await run(Booth([*"111111"] * 3), Book(), lambda: told.append("known"))
    assert told == []
    await run(Booth([*INVITED.code]), Book(), lambda: told.append("known"))
    assert told == ["known"]


async def test_three_wrong_codes_lead_to_a_person_and_a_star_begins_anew() -> None:
    booth = Booth([*"111111", *"11*", *"222222", *"333333"])
    assert await run(booth, Book()) == Ending(reason="teaching_code")
    assert booth.said == ["code", "code_wrong", "code_wrong", "code_away"]
    right = Booth([*"48*", *INVITED.code], [])
    await run(right, Book())
    assert right.said[:2] == ["code", "consent"]


async def test_a_code_that_another_call_uses_is_said_to_be_in_use() -> None:
    booth = Booth([*"777777"])
    ending = await run(booth, Book())
    assert booth.said == ["code", "code_used"]
    assert ending is not None
    assert ending.next == "goodbye"


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.FAINT, Fault.LOUD, Fault.SHORT, Fault.LONG])
async def test_a_take_that_is_no_use_is_asked_for_again_with_a_sentence_about_it(fault: Fault) -> None:
    booth = Booth([*INVITED.code, "1", "1", "1"], [Taken(b"", fault), SPOKEN, SPOKEN])
    book = Book()
    await run(booth, book)
    at = booth.said.index(fault.value)
    assert booth.said[at - 1] == booth.said[at + 1] == "phrase 对，是的"
    assert book.kept == ["affirm", "deny"]


async def test_a_phrase_that_fails_three_times_is_left_for_later_and_the_call_goes_on() -> None:
    booth = Booth([*INVITED.code, "1", "1"], [*[Taken(b"", Fault.SHORT)] * 3, SPOKEN])
    book = Book()
    await run(booth, book)
    assert "later" in booth.said
    assert book.kept == ["deny"]


async def test_a_speaker_who_has_gone_is_not_asked_for_ever() -> None:
    booth = Booth([*INVITED.code, "1"], [Taken(b"", Fault.SILENT)] * 5)
    assert await run(booth, Book()) == Ending(reason="silent")


@pytest.mark.parametrize(
    ("problem", "said", "goes_to"),
    [
        (OSError(28, "no space"), "full", "human"),
        (VoiceError("revoked", "taken back"), "revoked", "goodbye"),
    ],
)
async def test_a_full_disk_and_a_code_that_was_taken_back_end_the_call_with_a_word(
    problem: Exception, said: str, goes_to: str
) -> None:
    booth = Booth([*INVITED.code, "1", "1"], [SPOKEN])
    ending = await run(booth, Book(problem=problem))
    assert booth.said[-1] == said
    assert ending is not None
    assert ending.next == goes_to


async def test_what_the_disk_refuses_as_no_phrase_is_asked_for_again() -> None:
    booth, book = Booth([*INVITED.code, "1", "1"], [SPOKEN]), Book(problem=VoiceError("too_long", "longer than 4 s"))
    await run(booth, book)
    assert booth.said[-2:] == ["long", "phrase 对，是的"]


async def test_whoever_has_said_everything_is_thanked() -> None:
    booth = Booth([*INVITED.code, "1"])
    await run(booth, Book(left=()))
    assert booth.said[-1] == "done"
    assert "begin" not in booth.said


def test_every_sentence_can_be_rendered_ahead() -> None:
    some = all_pieces(["藏语", "土语"], ["对，是的"])
    assert "请用土语说，" in some
    assert "对，是的。" in some
    assert not any("{" in piece for piece in some)
    assert len(sentences()) >= 20
