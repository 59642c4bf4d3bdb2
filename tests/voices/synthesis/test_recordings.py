"""Human voices: found by the name of their file, joined of words, above any voice; broken files are passed over."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import soundfile

from voices.audio import RATE_HZ, from_pcm, to_pcm, wav_bytes
from voices.audio_files import Recording
from voices.errors import VoiceError
from voices.languages.coverage import State, coverage, require
from voices.languages.pack import load_packs
from voices.prompts.catalogue import Catalogue
from voices.synthesis import probing
from voices.synthesis.phone import TARGET_DBFS, active_level_dbfs
from voices.synthesis.probing import checked
from voices.synthesis.recordings import Recordings, file_names, parse_name
from voices.synthesis.voices import Folders, Voices

WORDS = {
    "ask": {"full": "Which day?|Take your time.", "again": "Say a day."},
    "code": {"full": "It is,|{code}."},
    "label.am": {"full": "am"},
}


def recording(seconds: float, rate_hz: int = 8000, hz: float = 300, level: float = 0.05) -> bytes:
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return wav_bytes(to_pcm((level * np.sin(2 * np.pi * hz * at)).astype(np.float32)), rate_hz)


def put(folder: Path, name: str, content: bytes) -> None:
    file = folder / "bo" / f"{name}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    catalogue = Catalogue("bo", WORDS)
    return Recordings(tmp_path, catalogue)


def seconds(pcm: bytes | None) -> float:
    assert pcm is not None
    return len(pcm) / 2 / RATE_HZ


def test_a_whole_prompt_a_variant_and_a_piece_are_found_by_name(recordings: Recordings, tmp_path: Path) -> None:
    put(tmp_path, "ask", recording(1.0))
    put(tmp_path, "ask.again", recording(0.5))
    put(tmp_path, "code.1", recording(0.25))
    assert recordings.pieces(("Which day?", "Take your time.")) == ("Which day?Take your time.",)
    assert seconds(recordings.pcm("Which day?Take your time.")) == pytest.approx(1.0, abs=0.01)
    assert seconds(recordings.pcm("Say a day.")) == pytest.approx(0.5, abs=0.01)
    assert seconds(recordings.pcm("It is,")) == pytest.approx(0.25, abs=0.01)
    assert recordings.pcm("Which day?") is None
    assert recordings.pieces(("Which day?", "Tomorrow?")) == ("Which day?", "Tomorrow?")


def test_a_value_is_joined_of_recorded_words_the_longest_first(recordings: Recordings, tmp_path: Path) -> None:
    for word, length in (("one", 0.3), ("two", 0.4), ("two one", 1.0)):
        put(tmp_path, f"words/{word}", recording(length))
    assert seconds(recordings.pcm("one two, one")) == pytest.approx(0.3 + 1.0, abs=0.02)
    assert recordings.pcm("one three") is None


def soon(true: Callable[[], bool]) -> bool:
    """Recordings that are put in while calls go on are read beside the calls."""
    until = time.monotonic() + 10
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()


def test_a_recording_that_is_put_in_while_calls_go_on_is_used(recordings: Recordings, tmp_path: Path) -> None:
    assert not recordings.has("am")
    put(tmp_path, "label.am", recording(0.3))
    assert soon(lambda: recordings.has("am"))
    assert recordings.has_prompt("label.am")
    assert not recordings.has_prompt("ask")


def sound(file: Path, subtype: str, kind: str = "WAV", rate_hz: int = 48_000) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    at = np.arange(rate_hz) / rate_hz
    soundfile.write(file, 0.1 * np.sin(2 * np.pi * 300 * at), rate_hz, format=kind, subtype=subtype)


@pytest.mark.parametrize(
    ("kind", "subtype"), [("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAVEX", "PCM_16"), ("WAV", "ALAW"), ("WAV", "PCM_U8")]
)
def test_a_studios_formats_are_spoken(recordings: Recordings, tmp_path: Path, kind: str, subtype: str) -> None:
    sound(tmp_path / "bo/label.am.wav", subtype, kind)
    assert recordings.has("am")
    assert seconds(recordings.pcm("am")) == pytest.approx(1.0, abs=0.01)


def bad(tmp_path: Path, name: str, how: str) -> None:
    """A file that cannot be heard as it should."""
    match how:
        case "half":
            put(tmp_path, name, recording(1.0)[:9000])
        case "half of 24 bit":
            file = tmp_path / "bo" / f"{name}.wav"
            sound(file, "PCM_24", "WAVEX")
            file.write_bytes(file.read_bytes()[:70_000])
        case "silent":
            put(tmp_path, name, recording(1.0, level=0.0001))
        case "no rate":
            content = bytearray(recording(1.0))
            content[24:28] = bytes(4)
            put(tmp_path, name, bytes(content))
        case "no sound":
            put(tmp_path, name, b"no sound at all")
        case _:
            put(tmp_path, name, recording(61.0))


BAD = ["half", "half of 24 bit", "silent", "no rate", "no sound", "too long"]


@pytest.mark.parametrize("how", BAD)
def test_a_bad_file_counts_as_not_there_and_is_named_once(
    recordings: Recordings, tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    bad(tmp_path, "ask.again", how)
    bad(tmp_path, "words/one", how)
    put(tmp_path, "words/two", recording(0.4))
    for _ in range(3):
        assert not recordings.has("Say a day.")
        assert recordings.pcm("Say a day.") is None
        assert not recordings.can_say(["Say a day."])
        assert not recordings.can_say(["one two"])
        assert recordings.can_say(["two"])
    assert not Recordings(tmp_path, Catalogue("bo", WORDS)).has("Say a day.")
    assert caplog.text.count("ask.again.wav") == 1
    assert caplog.text.count("one.wav") == 1


def test_each_file_is_read_once_to_know_whether_it_is_good(
    recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "ask.again", recording(0.3))
    bad(tmp_path, "label.am", "half")
    read: list[str] = []

    def counted(file: Path) -> Recording:
        read.append(file.stem)
        return checked(file)

    monkeypatch.setattr(probing, "checked", counted)
    assert recordings.has("Say a day.")
    again = Recordings(tmp_path, Catalogue("bo", WORDS))
    again.refresh()
    assert sorted(read) == ["ask.again", "label.am"]
    put(tmp_path, "ask", recording(0.3))
    again.refresh()
    assert sorted(read) == ["ask", "ask.again", "label.am"]


def test_a_file_that_is_still_being_copied_is_used_when_it_is_whole(
    recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To write on changes the file, not its folder."""
    monkeypatch.setattr("voices.synthesis.recordings.BAD_AGAIN_S", 0.0)
    whole = recording(1.0)
    put(tmp_path, "label.am", whole[:9000])
    assert not recordings.has("am")
    with (tmp_path / "bo/label.am.wav").open("ab") as file:
        file.write(whole[9000:])
    assert soon(lambda: recordings.has("am"))


def test_a_file_that_breaks_while_calls_go_on_is_left_out_from_then_on(
    recordings: Recordings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "label.am", recording(1.0))
    assert recordings.has("am")
    with (tmp_path / "bo/label.am.wav").open("r+b") as file:
        file.truncate(9000)
    assert recordings.pcm("am") is None
    assert soon(lambda: not recordings.has("am"))
    assert caplog.text.count("label.am.wav") == 1


def test_a_call_does_not_wait_until_new_recordings_are_read(
    recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()

    def slow(file: Path) -> Recording:
        go_on.wait(10)
        return checked(file)

    assert not recordings.has("am")
    monkeypatch.setattr(probing, "checked", slow)
    put(tmp_path, "label.am", recording(0.3))
    assert not recordings.has("am")
    assert not recordings.can_say(["am"])
    go_on.set()
    assert soon(lambda: recordings.has("am"))


def test_names_of_files_are_taken_apart_and_listed() -> None:
    assert parse_name("appointment.ask_date.again.2").variant == "again"
    assert (parse_name("a.b.2").prompt, parse_name("a.b.2").piece) == ("a.b", 2)
    names = file_names(Catalogue("bo", WORDS))
    assert list(names) == ["ask.wav", "ask.again.wav", "code.1.wav", "label.am.wav"]


async def test_a_language_without_a_voice_speaks_by_recordings_at_one_loudness_and_three_rates(tmp_path: Path) -> None:
    packs = {"bo": load_packs()["bo"]}
    voices = Voices(Folders(tmp_path / "prompts", tmp_path / "models", tmp_path), packs, "bo")
    voices.take(Catalogue("bo", {"label.am": {"full": "am"}, "label.pm": {"full": "pm"}}))
    put(tmp_path, "label.am", recording(1.0, level=0.01))
    normal = await voices.pcm("am", language="bo")
    slow = await voices.pcm("am", language="bo", rate="slower", loudness="loud")
    assert active_level_dbfs(from_pcm(normal)) == pytest.approx(TARGET_DBFS["normal"], abs=1)
    assert active_level_dbfs(from_pcm(slow)) == pytest.approx(TARGET_DBFS["loud"], abs=1)
    assert len(slow) > 1.25 * len(normal)
    with pytest.raises(VoiceError, match="has no synthetic voice here") as caught:
        await voices.pcm("pm", language="bo")
    assert caught.value.code == "no_voice"
    await voices.close()


def test_coverage_tells_recordings_from_voices_from_nothing(tmp_path: Path) -> None:
    packs = load_packs()
    put(tmp_path, "choice.more", recording(0.4))
    put(tmp_path, "no.such.prompt", recording(0.4))
    bad(tmp_path, "main.transfer", "half")
    tibetan = coverage(packs["bo"], tmp_path, tmp_path / "models")
    states = {line.prompt: line.state for line in tibetan.lines}
    assert states["choice.more"] is State.RECORDED
    assert states["main.open"] is State.UNSPOKEN
    assert states["main.transfer"] is State.UNSPOKEN, "half a sentence is none"
    assert states["pension.ask_identity"] is State.UNWRITTEN
    assert [stray.name for stray in tibetan.strays] == ["no.such.prompt.wav"]
    opening = next(line for line in tibetan.lines if line.prompt == "main.open")
    assert opening.files == ("main.open.wav", "main.open.short.wav", "main.open.again.wav")
    assert not opening.checked
    with pytest.raises(VoiceError, match=r"Tibetan cannot say: main\.open") as caught:
        require(packs["bo"], tibetan, ["choice.more", "main.open"])
    assert "--language bo --missing" in caught.value.remedy


async def test_a_poor_voice_holds_no_call_until_its_prompts_are_recorded(tmp_path: Path) -> None:
    catalogue = Catalogue("ko", {"label.am": {"full": "오전"}})
    packs = {code: load_packs()[code] for code in ("zh", "ko")}
    voices = Voices(Folders(tmp_path / "prompts", tmp_path / "models", tmp_path), packs, "zh")
    assert not voices.can_say(catalogue, ["label.am"])
    (tmp_path / "ko").mkdir()
    (tmp_path / "ko" / "label.am.wav").write_bytes(recording(0.3))
    assert voices.can_say(catalogue, ["label.am"])
    assert voices.can_say(Catalogue("zh", {}), ["whatever"])
    await voices.take_all([catalogue])
    assert voices.can_say(catalogue, ["label.am"])
    other = Catalogue("ko", {"label.am": {"full": "아침"}, "label.pm": {"full": "오후"}})
    assert not voices.can_say(other, ["label.pm"]), "other words than those that are told now"
    (tmp_path / "ko" / "label.am.wav").write_bytes(recording(0.3)[:2000])
    assert not voices.can_say(Catalogue("ko", {"label.am": {"full": "오전"}}), ["label.am"])
    await voices.close()
