"""Phrases taught by example: the right one of those expected, nothing for anything else; the threshold is learnt."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.settings import load
from voices.audio import RATE_HZ, to_pcm, wav_bytes
from voices.errors import VoiceError
from voices.recognition.assembly import recognisers
from voices.recognition.by_example import ByExample
from voices.recognition.examples import (
    MARGIN_DEFAULT,
    STRANGE,
    Example,
    ExampleFolder,
    Taught,
    recognise,
)
from voices.recognition.hypothesis import Expectation
from voices.recognition.likeness import Floats, likeness, pooled
from voices.recognition.taught_phrases import expected, phrases
from voices.recognition.teaching import add, keep, load_taught, tried

SIZE = 64
NAMES = ("affirm", "deny", "tomorrow", "am", "person")
MODEL = load().models_dir / "whisper-base"


def seeded(text: str) -> np.random.Generator:
    return np.random.default_rng(list(text.encode()))


def spoken(phrase: str, speaker: str, *, steps: int = 40, noise: float = 0.6) -> Floats:
    """Vectors like an encoder's: what all speech shares, the phrase's own course, the speaker's colour, noise."""
    shared = np.random.default_rng(1).standard_normal(SIZE) * 3
    course = seeded(phrase).standard_normal((8, SIZE))
    colour = seeded(speaker).standard_normal(SIZE) * 0.5
    chance = seeded(f"{phrase} {speaker} {steps}")
    path = course[(np.arange(steps) * 8 // steps)]
    return np.asarray(shared + path + colour + noise * chance.standard_normal((steps, SIZE)), dtype=np.float32)


def taught(*speakers: str) -> Taught:
    examples = [Example(name, who, spoken(name, who)) for name in NAMES for who in speakers]
    return Taught(examples, [spoken(f"noise {n}", "tv") for n in range(6)])


def test_a_new_speaker_at_another_speed_is_taken_for_the_right_phrase_and_strange_speech_for_none() -> None:
    known = taught("a", "b", "c", "d")
    assert known.learn_threshold() != MARGIN_DEFAULT
    for name in NAMES:
        found = known.match(spoken(name, "new", steps=55))
        assert found is not None
        assert (found.phrase, found.accepted) == (name, True)
    wrong = [known.match(spoken(f"other {n}", "new", steps=45)) for n in range(50)]
    assert sum(found is not None and found.accepted for found in wrong) <= 1


def test_a_phrase_that_nobody_taught_is_refused() -> None:
    known = taught("a", "b", "c", "d")
    known.learn_threshold()
    found = known.match(spoken("am", "new"), hide="am")
    assert found is not None
    assert not found.accepted


def test_only_phrases_that_the_question_can_take_are_considered() -> None:
    known = taught("a", "b", "c")
    assert known.match(spoken("tomorrow", "new"), among=["affirm", "deny"]) is not None
    found = known.match(spoken("tomorrow", "new"), among=["affirm", "deny"])
    assert found is not None
    assert not found.accepted, "its own phrase, which is not expected, stands in the way"
    assert known.match(spoken("am", "new"), among=["digit_1"]) is None
    assert recognise(known, spoken("affirm", "new"), ["affirm"], 0.8).text == "对"
    assert recognise(known, spoken("affirm", "new"), ["code"], 0.8).text == ""


def test_every_example_is_tried_against_other_speakers_only() -> None:
    known = taught("a", "b", "c", "d")
    known.learn_threshold()
    trial = tried(known)
    assert (trial.tried, trial.right) == (20, 20)
    assert trial.accepted_wrong == 0
    assert trial.strange_tried == 6
    alone = tried(taught("a"))
    assert alone.tried == 0
    assert "at least two speakers" in " ".join(alone.lines())


def test_the_alignment_forgives_uneven_time_and_not_another_order() -> None:
    whole, half = spoken("am", "a", noise=0.1), spoken("am", "a", noise=0.1)[:20]
    uneven = np.concatenate([np.repeat(half, 2, axis=0), spoken("am", "a", noise=0.1)[20:]])
    mean = np.asarray(spoken("other", "a", noise=0.1).mean(axis=0), dtype=np.float32)
    one = pooled(whole, mean)
    bank = np.stack([pooled(uneven, mean), pooled(whole[::-1], mean)])
    same, backwards = likeness(one, bank, 40, np.array([60.0, 40.0], dtype=np.float32))
    assert same > backwards + 0.1


def test_what_can_be_taught_has_a_meaning_and_a_question() -> None:
    assert {"affirm", "deny", "tomorrow", "am", "book", "digit_9"} <= phrases().keys()
    assert "affirm" in expected(["affirm"])
    assert "digit_3" not in expected(["affirm"])
    assert "person" in expected(["code"])
    assert "book" in expected([])


def recording(seconds: float, level: float = 0.2) -> bytes:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return to_pcm((level * np.sin(2 * np.pi * 300 * at) * np.sin(2 * np.pi * 3 * at)).astype(np.float32))


def test_a_recording_is_kept_under_its_phrase_and_speaker(tmp_path: Path) -> None:
    file = tmp_path / "yes.wav"
    file.write_bytes(wav_bytes(recording(1.0)))
    assert add(tmp_path, "slr", "affirm", "Fatima", file) == tmp_path / "slr" / "affirm" / "Fatima-1.wav"
    second = add(tmp_path, "slr", "affirm", "Fatima", file)
    assert second.name == "Fatima-2.wav"
    with wave.open(str(second)) as kept:
        assert (kept.getframerate(), kept.getnchannels()) == (RATE_HZ, 1)
    assert [(p, who) for p, who, _ in ExampleFolder(tmp_path, "slr").files()] == [("affirm", "Fatima")] * 2


@pytest.mark.parametrize(
    ("phrase", "speaker", "pcm", "code"),
    [
        ("hello", "Fatima", recording(1.0), "phrase_unknown"),
        ("affirm", "a-b", recording(1.0), "speaker"),
        ("affirm", "Fatima", bytes(32_000), "no_speech"),
        ("affirm", "Fatima", b"", "audio_unreadable"),
        ("affirm", "Fatima", recording(6.0), "too_long"),
    ],
)
def test_a_recording_that_is_no_use_is_refused_and_nothing_is_kept(
    tmp_path: Path, phrase: str, speaker: str, pcm: bytes, code: str
) -> None:
    file = tmp_path / "x.wav"
    file.write_bytes(wav_bytes(pcm))
    with pytest.raises(VoiceError) as caught:
        add(tmp_path / "examples", "slr", phrase, speaker, file)
    assert caught.value.code == code
    assert caught.value.remedy
    assert not (tmp_path / "examples").exists()


async def test_a_language_in_which_nothing_was_taught_says_so(tmp_path: Path) -> None:
    recogniser = ByExample(MODEL, tmp_path, ["slr"])
    assert recogniser.languages == frozenset()
    with pytest.raises(VoiceError) as caught:
        await recogniser.transcribe(bytes(3200), "slr", timeout_s=1)
    assert caught.value.code == "untaught"
    await recogniser.close()


@pytest.mark.skipif(not (MODEL / "model.bin").exists(), reason="Whisper is not here: `make prepare` says why")
def test_recordings_become_vectors_once(tmp_path: Path) -> None:
    keep(tmp_path, "slr", "affirm", "Fatima", recording(0.8))
    keep(tmp_path, "slr", STRANGE, "street", recording(1.2))
    first = load_taught(tmp_path, "slr", MODEL)
    assert (first.phrases, first.speakers) == (frozenset({"affirm"}), frozenset({"Fatima"}))
    made = sorted(tmp_path.rglob("*.npy"))
    assert len(made) == 2
    made[0].write_bytes(b"broken")
    assert load_taught(tmp_path, "slr", MODEL).phrases == {"affirm"}
    with pytest.raises(VoiceError, match="Nothing has been taught"):
        load_taught(tmp_path, "mjg", MODEL)


@pytest.mark.skipif(not (MODEL / "model.bin").exists(), reason="Whisper is not here: `make prepare` says why")
async def test_a_taught_language_is_heard_through_the_chain_of_recognisers(tmp_path: Path) -> None:
    for n in range(2):
        keep(tmp_path, "slr", "affirm", f"speaker{n}", recording(0.8 + n / 10))
    taught = ByExample(MODEL, tmp_path, ["slr", "mjg"])
    chain = recognisers({"slr": ["examples"]}, MODEL.parent, more={"examples": taught})
    assert await chain.start() == {}
    hearing = chain.listen("slr", Expectation(slots=("affirm",)))
    hearing.feed(recording(0.85))
    heard = await hearing.final(timeout_s=30)
    assert (heard.text, heard.recogniser) == ("对", "examples")
    cough = chain.listen("slr", Expectation(slots=("affirm",)))
    cough.feed(bytes(6400))
    assert (await cough.final(timeout_s=30)).text == ""
    hearing.close()
    await chain.close()


@pytest.mark.skipif(not (MODEL / "model.bin").exists(), reason="Whisper is not here: `make prepare` says why")
def test_a_recording_that_cannot_be_used_is_passed_over_and_named_with_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = keep(tmp_path, "slr", "affirm", "Fatima", recording(0.8))
    for name, content in (("empty", b""), ("rubbish", b"RIFFrubbish" * 40), ("cut", good.read_bytes()[:9000])):
        good.with_name(f"{name}-1.wav").write_bytes(content)
    good.with_name("silent-1.wav").write_bytes(wav_bytes(bytes(32_000)))
    (tmp_path / "slr" / "hello").mkdir()
    (tmp_path / "slr" / "hello" / "Ma-1.wav").write_bytes(good.read_bytes())
    (tmp_path / "slr" / "affirm" / "Fatima-1.npy").write_bytes(b"")  # the disk was full
    taught = load_taught(tmp_path, "slr", MODEL)
    assert (taught.phrases, taught.speakers) == (frozenset({"affirm"}), frozenset({"Fatima"}))
    said = [record.getMessage() for record in caplog.records]
    for name, remedy in (
        ("empty-1", "again"),
        ("rubbish-1", "again"),
        ("cut-1", "again"),
        ("silent-1", "again"),
        ("hello", "examples.yaml"),
    ):
        assert [remedy in one for one in said if name in one] == [True], name


@pytest.mark.skipif(not (MODEL / "model.bin").exists(), reason="Whisper is not here: `make prepare` says why")
async def test_a_language_whose_recordings_are_no_use_takes_no_other_one_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep(tmp_path, "slr", "affirm", "Fatima", recording(0.8))
    (tmp_path / "bo" / "affirm").mkdir(parents=True)
    (tmp_path / "bo" / "affirm" / "Tashi-1.wav").write_bytes(b"")
    taught = ByExample(MODEL, tmp_path, ["slr", "bo"])
    order = {"slr": ["examples"], "bo": ["examples"]}
    chain = recognisers(order, MODEL.parent, more={"examples": taught})
    assert await chain.start() == {}
    assert [chain.hears(code) for code in ("slr", "bo")] == [True, False], "the other one goes by key"
    assert "yinling examples test bo" in caplog.text
    with pytest.raises(VoiceError) as caught:
        await chain.transcribe(recording(0.85), "bo", timeout_s=30)
    assert caught.value.code == "language_unknown", "which harms no other language"
    assert not taught.knows("bo", Expectation(slots=("affirm",)))
    hearing = chain.listen("slr", Expectation(slots=("affirm",)))
    hearing.feed(recording(0.85))
    assert (await hearing.final(timeout_s=30)).text == "对"
    await chain.close()


@pytest.mark.skipif(not (MODEL / "model.bin").exists(), reason="Whisper is not here: `make prepare` says why")
async def test_examples_none_of_which_can_be_used_say_why_they_do_not_start(tmp_path: Path) -> None:
    (tmp_path / "bo" / "affirm").mkdir(parents=True)
    (tmp_path / "bo" / "affirm" / "Tashi-1.wav").write_bytes(b"")
    taught = ByExample(MODEL, tmp_path, ["bo"])
    with pytest.raises(VoiceError) as caught:
        await taught.start()
    assert caught.value.code == "no_examples", "not only that a process ended"
    await taught.close()
