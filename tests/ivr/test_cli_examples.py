"""`yinling examples`: phrases that are taught, by calling or from files."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from integrations.database.pauses import Pauses
from integrations.database.store import Database
from ivr.cli_examples import examples
from ivr.invitations import Invitations
from ivr.settings import SettingsError, load
from voices.audio import read_wav_pcm, to_pcm, wav_bytes
from voices.recognition.teaching import keep


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(examples, list(arguments))


def phrase(folder: Path) -> Path:
    at = np.arange(16_000) / 16_000
    file = folder / "phrase.wav"
    file.write_bytes(wav_bytes(to_pcm((0.2 * np.sin(2 * np.pi * 300 * at)).astype(np.float32))))
    return file


def test_a_phrase_is_taught_listed_and_exported(here: Path) -> None:
    file = phrase(here)
    assert run("record", "slr", "affirm", str(file), "--speaker", "Fatima").exit_code == 0
    listed = next(line for line in run("list", "slr").output.splitlines() if line.startswith("affirm"))
    assert "1 recordings, 1 speakers" in listed
    done = run("export", "slr", str(here / "salar.zip"))
    assert done.exit_code == 0
    assert "slr/affirm/Fatima-1.wav" in zipfile.ZipFile(here / "salar.zip").namelist()
    refused = run("record", "slr", "hello", str(file), "--speaker", "Fatima")
    assert refused.exit_code == 1
    assert "There is no phrase “hello”" in refused.output
    assert run("export", "mjg", str(here / "tu.zip")).exit_code == 1


def test_who_teaches_is_told_that_it_counts_from_the_next_start(here: Path) -> None:
    done = run("record", "slr", "affirm", str(phrase(here)), "--speaker", "Fatima")
    assert "next start" in done.output


def test_voices_of_callers_are_exported_only_when_asked_for(here: Path) -> None:
    folder = here / "var" / "examples"
    keep(folder, "slr", "affirm", "Fatima", read_wav_pcm(phrase(here)))
    for caller in ("aa", "bb"):
        kept = keep(folder, "slr", "affirm", f"caller.{caller}", read_wav_pcm(phrase(here)))
        kept.with_suffix(".npy").write_bytes(b"vectors tell of a voice, too")
    done = run("export", "slr", str(here / "teachers.zip"))
    assert done.exit_code == 0, done.output
    assert "2 recordings of callers are left out" in done.output
    assert "--with-callers" in done.output
    assert zipfile.ZipFile(here / "teachers.zip").namelist() == ["slr/affirm/Fatima-1.wav"]
    done = run("export", "slr", str(here / "all.zip"), "--with-callers")
    assert "left out" not in done.output
    assert len([name for name in zipfile.ZipFile(here / "all.zip").namelist() if name.endswith(".wav")]) == 3
    for file in folder.rglob("Fatima*"):
        file.unlink()
    done = run("export", "slr", str(here / "none.zip"))
    assert done.exit_code == 1
    assert "2 recordings of callers" in done.output
    assert not (here / "none.zip").exists()


def test_a_phrase_is_taught_from_any_common_format_and_bad_recordings_are_named(here: Path) -> None:
    """Stereo MP3 at 44.1 kHz; half a file; silence; no sound at all."""
    at = np.arange(44_100) / 44_100
    tone = 0.2 * np.sin(2 * np.pi * 300 * at)
    good, half, silence, text = (here / name for name in ("good.mp3", "half.wav", "silence.wav", "text.wav"))
    soundfile.write(good, np.stack([tone, tone], axis=1), 44_100, format="MP3")
    half.write_bytes(phrase(here).read_bytes()[:10_000])
    silence.write_bytes(wav_bytes(bytes(64_000)))
    text.write_text("no sound", encoding="utf-8")
    cut = here / "cut.mp3"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    told_cut = ((half, "half.wav is cut off"), (cut, "cut.mp3 is cut off"))
    for file, told in ((good, ""), *told_cut, (silence, "speech"), (text, "text.wav")):
        done = run("record", "slr", "affirm", str(file), "--speaker", "Fatima")
        assert (done.exit_code == 0) == (told == ""), done.output
        assert told in done.output
    assert [one.name for one in (here / "var" / "examples").rglob("*.wav")] == ["Fatima-1.wav"]


def test_what_calls_taught_is_deleted_and_what_teachers_recorded_stays(here: Path) -> None:
    examples = here / "var" / "examples"
    keep(examples, "slr", "affirm", "Fatima", read_wav_pcm(phrase(here)))
    for caller in ("aa", "bb"):
        keep(examples, "slr", "affirm", f"caller.{caller}", read_wav_pcm(phrase(here)))
    assert "2 recordings deleted" in run("forget", "slr").output
    assert [one.name for one in examples.rglob("*.wav")] == ["Fatima-1.wav"]


def test_one_caller_can_be_forgotten_by_number(here: Path) -> None:
    (here / "var").mkdir()
    database = Database(load().database_address)
    database.migrate()
    names = {number: Pauses(database).pseudonym(number) for number in ("13909710001", "13909710002")}
    database.close()
    examples = here / "var" / "examples"
    for name in names.values():
        keep(examples, "slr", "affirm", f"caller.{name}", read_wav_pcm(phrase(here)))
    assert "1 recordings deleted" in run("forget", "slr", "--number", "13909710001").output
    assert [one.name for one in examples.rglob("*.wav")] == [f"caller.{names['13909710002']}-1.wav"]


def test_a_speaker_is_invited_by_a_code_that_the_hotline_knows(here: Path) -> None:
    done = run("invite", "--language", "bo", "--speaker", "Droma", "--times", "2")
    assert done.exit_code == 0, done.output
    found = re.search(r"code (\d{3}) (\d{3}): 藏语, Droma, until 20", done.output)
    assert found is not None
    assert "603" in done.output
    invitation = Invitations(load().invitations_file).by_code(found[1] + found[2])
    assert invitation is not None
    assert (invitation.language, invitation.speaker, invitation.times) == ("bo", "Droma", 2)
    assert "Droma" in run("invited").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--language", "xx", "--speaker", "Droma"), "Known: zh, bo"),
        (("--language", "bo", "--speaker", "Dro-ma"), "without “-”"),
        (("--language", "bo", "--speaker", "caller.aa"), "no name for a speaker"),
        (("--language", "bo", "--speaker", "Droma", "--days", "900"), "900"),
    ],
)
def test_who_cannot_be_invited_is_told_why(here: Path, arguments: tuple[str, ...], told: str) -> None:
    done = run("invite", *arguments)
    assert done.exit_code != 0
    assert told in done.output
    assert not (here / "var" / "invitations.json").exists()


def test_the_number_for_teaching_is_not_the_service_number(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINLING_EXAMPLES__NUMBER", "12399")
    assert "or 12399" in run("invite", "--language", "bo", "--speaker", "Droma").output
    monkeypatch.setenv("YINLING_EXAMPLES__NUMBER", "12349")
    with pytest.raises(SettingsError, match="12349 is the service number"):
        load()


def test_forgetting_a_speaker_takes_recordings_of_all_kinds_and_the_code(here: Path) -> None:
    folder = here / "var" / "examples"
    for language, name, speaker in (("slr", "affirm", "Fatima"), ("bo", "strange", "Fatima"), ("bo", "deny", "Droma")):
        keep(folder, language, name, speaker, read_wav_pcm(phrase(here)))
        run("invite", "--language", language, "--speaker", speaker)
    assert "2 recordings and 2 codes deleted" in run("forget", "--speaker", "Fatima").output
    assert [one.name for one in folder.rglob("*.wav")] == ["Droma-1.wav"]
    assert [one.speaker for one in Invitations(load().invitations_file).good()] == ["Droma"]
    assert run("forget").exit_code == 2, "nothing is forgotten by mistake"
    assert run("forget", "--speaker", "Droma", "--number", "139").exit_code == 2


def test_strange_speech_is_taken_from_files_and_folders_and_bad_ones_are_named(here: Path) -> None:
    """Sentences of the callers of other tests, with the voice activity model of the calls."""
    said = sorted((load().parts_dir / "callers").glob("*.wav"), key=lambda file: -file.stat().st_size)[:4]
    if len(said) < 4:
        pytest.skip("no caller's sentences are rendered here yet: any test of tests/calls does")
    talk = b"".join(read_wav_pcm(file) + bytes(32_000) for file in said)
    folder = here / "background"
    folder.mkdir()
    (folder / "radio.wav").write_bytes(wav_bytes(talk))
    (folder / "notes.txt").write_text("no sound", encoding="utf-8")
    (here / "silence.wav").write_bytes(wav_bytes(bytes(64_000)))
    done = run("strange", "add", str(folder), str(here / "silence.wav"), "--language", "bo", "--speaker", "radio")
    assert done.exit_code == 1, "one file was no sound"
    assert "notes.txt" in done.output
    assert "silence.wav: no speech" in done.output
    kept = list((here / "var" / "examples" / "bo" / "strange").glob("radio-*.wav"))
    assert len(kept) >= 4
    assert f"{len(kept)} pieces kept" in done.output
    assert "speakers: radio" in run("list", "bo").output
