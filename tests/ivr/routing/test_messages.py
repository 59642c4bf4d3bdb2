"""Messages are listened to in pieces that end where it is quiet, after the callers who speak now."""

from __future__ import annotations

import math
import struct
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.calls import CallJournal
from integrations.database.store import Database
from integrations.database.tickets import Tickets
from ivr.routing.messages import NOT_READABLE, NOTHING_HEARD, Messages, pieces
from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis

NOW = datetime.now(UTC)


def speech(seconds: float, quiet_at: float | None = None) -> bytes:
    """16 kHz s16le: a tone with a quiet fifth of a second."""
    count = round(16_000 * seconds)
    quiet = range(0) if quiet_at is None else range(round(16_000 * quiet_at), round(16_000 * (quiet_at + 0.2)))
    values = (0 if i in quiet else round(8000 * math.sin(i / 6)) for i in range(count))
    return struct.pack(f"<{count}h", *values)


class Hearing:
    """A recogniser that says how long each piece was, or fails as told."""

    def __init__(self, *fails: str, text: str | None = None) -> None:
        self.fails, self.text, self.seconds = list(fails), text, list[float]()

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        if self.fails:
            raise VoiceError(self.fails.pop(0), "not now")
        self.seconds.append(len(pcm) / 32_000)
        return Hypothesis(f"{language}{len(self.seconds)}" if self.text is None else self.text, 0.9)


@pytest.fixture
def tickets(tmp_path: Path) -> Tickets:
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    database.migrate()
    journal, file = CallJournal(database), tmp_path / "1.1.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(speech(14, quiet_at=6.5))
    journal.begin("1.1", "13900000001", NOW)
    journal.add("1.1", NOW, "message_left", {"file": str(file)})
    journal.end("1.1", NOW, "message_left")
    return Tickets(database)


def test_a_long_message_is_cut_where_it_is_quiet_and_nothing_is_lost() -> None:
    pcm = speech(20, quiet_at=7.0)
    cut = list(pieces(pcm))
    assert b"".join(cut) == pcm
    assert all(len(piece) <= 9 * 32_000 for piece in cut)
    assert 7.0 <= len(cut[0]) / 32_000 <= 7.2


def test_a_short_message_stays_whole() -> None:
    assert list(pieces(speech(3))) == [speech(3)]


async def test_a_message_becomes_a_ticket_with_its_words(tickets: Tickets) -> None:
    hearing = Hearing()
    await Messages(tickets, hearing).look()
    (ticket,) = tickets.all()
    assert ticket.transcript == "zh1，zh2"
    assert sum(hearing.seconds) == pytest.approx(14, abs=0.01)
    await Messages(tickets, hearing).look()
    assert len(hearing.seconds) == 2, "it is listened to once"


async def test_a_recogniser_that_is_busy_with_callers_is_asked_again_later(tickets: Tickets) -> None:
    hearing = Hearing("busy")
    messages = Messages(tickets, hearing)
    await messages.look()
    assert tickets.all()[0].transcript is None
    await messages.look()
    assert tickets.all()[0].transcript == "zh1，zh2"


async def test_without_a_recogniser_the_ticket_is_there_all_the_same(tickets: Tickets) -> None:
    await Messages(tickets, None).look()
    assert tickets.all()[0].transcript is None


@pytest.mark.parametrize(
    ("hearing", "transcript"), [(Hearing("crashed"), NOT_READABLE), (Hearing(text=" "), NOTHING_HEARD)]
)
async def test_a_message_without_words_says_so_and_keeps_its_sound(
    tickets: Tickets, hearing: Hearing, transcript: str
) -> None:
    await Messages(tickets, hearing).look()
    (ticket,) = tickets.all()
    assert ticket.transcript == transcript
    assert ticket.file is not None
    assert tickets.unheard() == []


async def test_a_file_that_is_gone_does_not_stop_the_others(tickets: Tickets, tmp_path: Path) -> None:
    (tmp_path / "1.1.wav").unlink()
    await Messages(tickets, Hearing()).look()
    assert tickets.all()[0].transcript == NOT_READABLE


async def test_the_sound_is_deleted_long_after_the_ticket_was_closed_and_never_before(
    tickets: Tickets, tmp_path: Path
) -> None:
    sound, messages = tmp_path / "1.1.wav", Messages(tickets, Hearing(), keep_days=180)
    await messages.look()
    messages.delete_old(NOW + timedelta(days=400))
    assert sound.exists(), "an open ticket keeps its sound"
    tickets.close(1, NOW.replace(tzinfo=None))
    messages.delete_old(NOW + timedelta(days=179))
    assert sound.exists()
    messages.delete_old(NOW + timedelta(days=181))
    assert not sound.exists()
    (ticket,) = tickets.all("closed")
    assert (ticket.file, ticket.transcript) == (None, "zh1，zh2")
