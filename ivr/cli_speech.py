"""Commands for hearing and speaking without a call: `yinling hear`, `yinling say`, `yinling models`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ivr.settings import Settings, SettingsError, load
from voices.audio import RATE_HZ, pcm_to_rate, phone_line
from voices.audio_files import read_audio, write_audio
from voices.errors import VoiceError
from voices.models import catalogue, complete, fetch, make_mirror, model, verify

REAL_TIMES_MAX = 10
"""A recogniser may take so many times the length of a recording …"""
LEAST_TIMEOUT_S = 60.0
"""… and at least so long."""
PHRASES_MAX = 2000


def _settings() -> Settings:
    try:
        return load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _told() -> Iterator[None]:
    """What went wrong, in one sentence with what to do."""
    try:
        yield
    except VoiceError as error:
        raise click.ClickException(_sentence(error)) from error


def _sentence(error: VoiceError) -> str:
    return f"{str(error).rstrip('.')}. {error.remedy}".strip()


@click.command("hear")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--phone", is_flag=True, help="Send the sound through a phone line first: 300-3400 Hz, 8 kHz, A-law.")
@click.option("--language", default="zh", help="Language that is spoken, for example zh, ko, en.")
@click.option("--engine", default="whisper", help="Recogniser: a model of `yinling models list`, or KIND:PLACE.")
@click.option("--expect", type=click.Path(path_type=Path), help="File with the expected phrases, one a line.")
def hear_command(files: tuple[Path, ...], *, phone: bool, language: str, engine: str, expect: Path | None) -> None:
    """Write down what is said in each of FILES, with the ears of the line: one JSON object a file, in order.

    `delay_s` is the time from the last sound to the words. A file that cannot be read has an `error`; the others are
    heard all the same, and the command ends with status 1."""
    settings = _settings()
    with _told():
        phrases = _phrases(expect)
        good = asyncio.run(_hear_all(settings, files, phrases, phone=phone, language=language, engine=engine))
    if not good:
        raise SystemExit(1)


def _phrases(file: Path | None) -> tuple[str, ...]:
    if file is None:
        return ()
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise VoiceError("phrases_unreadable", f"{file} cannot be read: {error}", "Save it as UTF-8 text.") from error
    phrases = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not phrases:
        raise VoiceError("phrases_unreadable", f"{file} holds no phrases", "Write one phrase on each line.")
    if len(phrases) > PHRASES_MAX:
        raise VoiceError("phrases_unreadable", f"{file} holds {len(phrases)} phrases", f"Use at most {PHRASES_MAX}.")
    return phrases


async def _hear_all(
    settings: Settings, files: tuple[Path, ...], phrases: tuple[str, ...], *, phone: bool, language: str, engine: str
) -> bool:
    from voices.recognition.assembly import recogniser  # noqa: PLC0415 - loads the recognisers' libraries

    made = recogniser(engine, settings.models_dir, workers=1)
    good = True
    try:
        await made.start()
        for file in files:
            try:
                heard = await _hear(made.listen, file, phrases, phone=phone, language=language)
            except VoiceError as error:
                empty = dict.fromkeys(("text", "repaired", "confidence", "audio_s", "delay_s"))
                heard = {"file": str(file), **empty, "error": _sentence(error)}
                good = False
            click.echo(json.dumps(heard, ensure_ascii=False))
    finally:
        await made.close()
    return good


async def _hear(
    listen: Callable[..., Any], file: Path, phrases: tuple[str, ...], *, phone: bool, language: str
) -> dict[str, Any]:
    from voices.recognition.gate import has_speech  # noqa: PLC0415 - loads the detector's library
    from voices.recognition.hearing import UTTERANCE_MAX_BYTES  # noqa: PLC0415 - as above
    from voices.recognition.hints import HINT_MAX  # noqa: PLC0415 - as above
    from voices.recognition.hypothesis import Expectation  # noqa: PLC0415 - as above
    from voices.recognition.repair import repair  # noqa: PLC0415 - as above

    recording = read_audio(file)
    if recording.cut_off:
        whole_s = f" of {recording.duration_s + recording.missing_s:.2f} s" if recording.missing_s else ""
        click.echo(
            f"{file}: cut off: {recording.duration_s:.2f} s{whole_s} are there. "
            "They are heard; record or copy the file again for the rest.",
            err=True,
        )
    pcm = phone_line(recording.pcm) if phone else recording.pcm
    if len(pcm) > UTTERANCE_MAX_BYTES:
        pcm = pcm[:UTTERANCE_MAX_BYTES]
        heard_s = UTTERANCE_MAX_BYTES / RATE_HZ / 2
        click.echo(
            f"{file}: an utterance is at most {heard_s:.0f} s: that much is heard of {recording.duration_s:.0f} s. "
            "Cut it into shorter files for the rest.",
            err=True,
        )
    facts = {"file": str(file), "text": "", "repaired": "", "confidence": 0.0}
    delay_s = 0.0
    if has_speech(pcm):
        words = "，".join(phrases)  # a part of a long list would draw the recogniser to that part
        hearing = listen(language, Expectation(words if len(words) <= HINT_MAX else "", phrases))
        try:
            hearing.feed(pcm)
            began = time.monotonic()
            heard = await hearing.final(timeout_s=max(LEAST_TIMEOUT_S, recording.duration_s * REAL_TIMES_MAX))
            delay_s = time.monotonic() - began
        finally:
            hearing.close()
        repaired = repair(heard, phrases, language)
        facts |= {"text": heard.text, "repaired": repaired.text, "confidence": round(heard.confidence, 3)}
    return {**facts, "audio_s": round(recording.duration_s, 3), "delay_s": round(delay_s, 3)}


@click.command("say")
@click.argument("text")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="WAV, FLAC, OGG or MP3 file to write.")
@click.option("--language", default="zh", help="Language of the text.")
@click.option("--rate", default=16_000, type=click.IntRange(8_000, 48_000), help="Samples a second.")
def say_command(text: str, out: Path, language: str, rate: int) -> None:
    """Speak TEXT into a file, as the line does: by a person's recording of it where there is one, else by its voice."""
    from ivr.saying import say  # noqa: PLC0415 - loads the voices' libraries

    with _told():
        said = asyncio.run(say(_settings(), text, language))
        write_audio(out, pcm_to_rate(said.pcm, RATE_HZ, rate), rate)
    for file in said.recordings:
        click.echo(f"a person says it: {file}")
    click.echo(f"{out}: {len(said.pcm) / RATE_HZ / 2:.2f} s")


@click.group("models")
def models_group() -> None:
    """Speech models: what there is, and getting, checking and copying them."""


@models_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_command(*, as_json: bool) -> None:
    """List all models, with licence, languages and sources."""
    root = _settings().models_dir
    for name, one in catalogue().items():
        here = complete(name, root)
        source = one.url or ", ".join(dict.fromkeys(package for file in one.files for package, _ in file.parts))
        if as_json:
            facts = {"name": name, "here": here, "engine": one.engine, "languages": one.languages}
            facts |= {"licence": one.licence, "origin": one.origin, "source": source}
            click.echo(json.dumps(facts, ensure_ascii=False))
            continue
        click.echo(f"{'*' if here else ' '} {name}")
        click.echo(f"    {one.engine}; {one.languages}; licence: {one.licence}")
        click.echo(f"    {one.origin}")
        checked = "" if one.files or one.sha256 else " (no checksum is published)"
        click.echo(f"    from {source}{checked}")
    if not as_json:
        click.echo(f"* is in {root}. Get another with: yinling models fetch NAME")


def _mirror_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--mirror", type=click.Path(path_type=Path), help="Folder to look in first (settings: speech.mirror_dir)."
    )(command)


@models_group.command("fetch")
@click.argument("names", nargs=-1, required=True)
@_mirror_option
def fetch_command(names: tuple[str, ...], mirror: Path | None) -> None:
    """Fetch models. An interrupted fetch goes on where it was."""
    settings = _settings()
    with _told():
        for name in names:
            wanted = model(name)
            click.echo(f"{name}: licence: {wanted.licence}; {wanted.origin}")
            click.echo(f"{name}: {fetch(name, settings.models_dir, click.echo, mirror or settings.speech.mirror_dir)}")


@models_group.command("verify")
@click.argument("names", nargs=-1)
@click.option("--in", "root", type=click.Path(path_type=Path), help="Another folder than the hotline's, e.g. a mirror.")
def verify_command(names: tuple[str, ...], root: Path | None) -> None:
    """Read every byte of the models (all that are here, or NAMES) and compare checksums."""
    place = root or _settings().models_dir
    wrong = []
    with _told():
        chosen = names or tuple(name for name in catalogue() if (place / name).is_dir())
        for name in chosen:
            found = verify(name, place)
            wrong += found
            click.echo(f"{name}: {'good' if not found else 'not good'}")
    if not chosen:
        raise click.ClickException(f"there is no model in {place}. Get one with: yinling models fetch NAME")
    if wrong:
        lines = "\n".join(wrong)
        raise click.ClickException(f"{lines}\nDelete what has changed and fetch it again: yinling models fetch NAME")


@models_group.command("mirror")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1)
def mirror_command(folder: Path, names: tuple[str, ...]) -> None:
    """Copy models (all that are here, or NAMES) to FOLDER, checked, for a town without internet.

    There, set speech.mirror_dir to that folder, or use: yinling models fetch --mirror FOLDER NAME"""
    root = _settings().models_dir
    with _told():
        chosen = names or tuple(name for name in catalogue() if complete(name, root))
        for name in chosen:
            click.echo(f"{name}: {make_mirror(name, root, folder)}")
    if not chosen:
        raise click.ClickException(f"there is no model in {root}. Get one with: yinling models fetch NAME")
