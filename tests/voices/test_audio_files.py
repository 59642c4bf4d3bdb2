"""Recordings of any rate and common format are read; whatever cannot be is named, with what to do."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voices.audio import RATE_HZ, read_wav, rms_db, to_pcm
from voices.audio_files import read_audio, write_audio
from voices.errors import VoiceError

SECONDS = 0.5
KINDS = [
    ("wav", "PCM_U8", 8_000),
    ("wav", "PCM_16", 16_000),
    ("wav", "PCM_24", 48_000),
    ("wav", "PCM_32", 22_050),
    ("wav", "FLOAT", 44_100),
    ("wav", "ALAW", 8_000),
    ("wav", "ULAW", 8_000),
    ("mp3", "MPEG_LAYER_III", 44_100),
    ("flac", "PCM_24", 96_000),
    ("ogg", "VORBIS", 44_100),
    ("ogg", "OPUS", 48_000),
]


def tone(rate_hz: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(0.5 * np.sin(2 * np.pi * 440 * np.arange(int(SECONDS * rate_hz)) / rate_hz))


@pytest.mark.parametrize(("ending", "subtype", "rate_hz"), KINDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_is_the_same_tone_in_every_format(
    tmp_path: Path, ending: str, subtype: str, rate_hz: int, channels: int
) -> None:
    file = tmp_path / f"tone.{ending}"
    soundfile.write(file, np.stack([tone(rate_hz)] * channels, axis=1), rate_hz, subtype=subtype)
    recording = read_audio(file)
    assert recording.duration_s == pytest.approx(SECONDS, abs=0.06)  # MP3 is padded to whole frames
    assert (recording.missing_s, recording.cut_off) == (0.0, False)
    heard = np.frombuffer(recording.pcm, dtype="<i2").astype(np.float32)
    assert len(heard) == pytest.approx(SECONDS * RATE_HZ, abs=0.06 * RATE_HZ)
    spectrum = np.abs(np.fft.rfft(heard[:7_000]))
    assert np.argmax(spectrum) * RATE_HZ / 7_000 == pytest.approx(440, abs=4)
    assert rms_db(heard[1_000:7_000] / np.float32(32_768)) == pytest.approx(-9.0, abs=1.0)


def test_half_a_wav_file_is_read_as_far_as_it_goes_and_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "half.wav"
    soundfile.write(file, tone(16_000), 16_000, subtype="PCM_16")
    file.write_bytes(file.read_bytes()[: 44 + 8_000])
    recording = read_audio(file)
    assert recording.duration_s == pytest.approx(0.25, abs=0.001)
    assert recording.missing_s == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize(
    ("kind", "subtype"), [*product(("WAV", "WAVEX"), ("PCM_24", "FLOAT", "ALAW")), ("WAV", "IMA_ADPCM")]
)
def test_half_a_wav_file_of_any_encoding_is_known_to_be_cut_off(tmp_path: Path, kind: str, subtype: str) -> None:
    file = tmp_path / "half.wav"
    soundfile.write(file, tone(16_000), 16_000, format=kind, subtype=subtype)
    assert not read_audio(file).cut_off
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    recording = read_audio(file)
    assert recording.cut_off
    assert recording.missing_s == pytest.approx(0.25, abs=0.03)


def test_a_wav_file_that_was_written_to_a_pipe_tells_no_length_and_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "pipe.wav"
    soundfile.write(file, tone(16_000), 16_000, subtype="PCM_16")
    content = bytearray(file.read_bytes())
    content[4:8] = content[40:44] = b"\xff" * 4
    file.write_bytes(content)
    recording = read_audio(file)
    assert (recording.cut_off, recording.duration_s) == (False, SECONDS)


@pytest.mark.parametrize("rate_hz", [0, 1, 3_999, 192_001, 1_999_999_973])
def test_a_sample_rate_that_no_recording_has_is_refused(tmp_path: Path, rate_hz: int) -> None:
    file = tmp_path / "rate.wav"
    soundfile.write(file, tone(16_000), 16_000, subtype="PCM_16")
    content = bytearray(file.read_bytes())
    content[24:28] = rate_hz.to_bytes(4, "little")
    file.write_bytes(content)
    for read in (read_audio, read_wav):
        with pytest.raises(VoiceError) as caught:
            read(file)
        assert caught.value.code == "audio_unreadable"
        assert str(file) in str(caught.value)
        assert caught.value.remedy


def test_what_is_longer_than_is_wanted_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    soundfile.write(file, np.zeros(8_000 * 3), 8_000)
    assert read_audio(file, longest_s=3).duration_s == 3
    with pytest.raises(VoiceError, match="longer than 2 s"):
        read_audio(file, longest_s=2)


def noise() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(np.random.default_rng(1).normal(0, 0.1, 10 * 44_100))


def test_half_an_mp3_says_how_much_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "half.mp3"
    soundfile.write(file, noise(), 44_100, format="MP3")
    assert not read_audio(file).cut_off
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    recording = read_audio(file)
    assert recording.cut_off
    assert recording.duration_s + recording.missing_s == pytest.approx(10.0, abs=0.1)
    assert recording.missing_s == pytest.approx(5.0, abs=0.5)


@pytest.mark.parametrize(("rate_hz", "tag"), [(44_100, b""), (22_050, b"TAG" + bytes(125)), (8_000, b"")])
def test_an_mp3_that_promises_no_length_is_cut_off_when_its_last_frame_is(
    tmp_path: Path, rate_hz: int, tag: bytes
) -> None:
    """As voice recorders write it: frames and nothing else, perhaps with a title at the end."""
    file = tmp_path / "recorder.mp3"
    constant = {"bitrate_mode": "CONSTANT", "compression_level": 0.5}
    soundfile.write(file, noise()[: rate_hz * 3], rate_hz, format="MP3", **constant)
    content = file.read_bytes()
    first = content[content.index(content[:2], 4) :]  # the frame that tells the length is the first one
    file.write_bytes(first + tag)
    assert not read_audio(file).cut_off
    file.write_bytes(first[: len(first) // 2 - 100])  # in the middle of a frame
    recording = read_audio(file)
    assert (recording.cut_off, recording.missing_s) == (True, 0.0)
    assert recording.duration_s == pytest.approx(1.5, abs=0.2)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_half_an_ogg_file_is_known_to_be_cut_off(tmp_path: Path, subtype: str) -> None:
    file = tmp_path / "half.ogg"
    soundfile.write(file, noise()[::2], 24_000, subtype=subtype)
    assert not read_audio(file).cut_off
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    recording = read_audio(file)
    assert recording.cut_off
    assert 2.0 < recording.duration_s < 8.0


@pytest.mark.parametrize("content", [b"", b"RIFF", b"hello, this is no sound", b"ID3\x04" + bytes(500)])
def test_what_is_no_recording_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.wav"
    file.write_bytes(content)
    with pytest.raises(VoiceError) as caught:
        read_audio(file)
    assert caught.value.code == "audio_unreadable"
    assert str(file) in str(caught.value)
    assert caught.value.remedy


def test_a_file_that_is_not_there_and_a_folder_are_named(tmp_path: Path) -> None:
    for place in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(VoiceError, match=str(place)):
            read_audio(place)


def test_values_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    file = tmp_path / "nan.wav"
    soundfile.write(file, np.full(1_600, np.nan), 16_000, subtype="FLOAT")
    assert set(read_audio(file).pcm) == {0}


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_what_is_written_can_be_read_again(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"said.{ending}"
    write_audio(file, to_pcm(tone(16_000).astype(np.float32)), 16_000)
    assert read_audio(file).duration_s == pytest.approx(SECONDS, abs=0.1)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["said.docx", "no/such/folder/said.wav"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(VoiceError) as caught:
        write_audio(tmp_path / name, bytes(3_200), 16_000)
    assert caught.value.code == "audio_unwritable"
    assert name in str(caught.value)
