"""Commands for languages and voices: `yinling voices languages`, `coverage`, `teach …`."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from ivr.settings import Settings, SettingsError, load
from voices.errors import VoiceError
from voices.languages.coverage import Coverage, State, catalogue_of, coverage
from voices.languages.pack import Pack, load_packs

P = ParamSpec("P")
R = TypeVar("R")


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Errors of hearing and speaking as a sentence for the person at the terminal."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except VoiceError as error:
            raise click.ClickException(f"{error} {error.remedy}".strip()) from error
        except SettingsError as error:
            raise click.ClickException(str(error)) from error

    return wrapped


def _pack(language: str) -> Pack:
    packs = load_packs()
    if language not in packs:
        raise VoiceError("language_unknown", f"There is no language pack “{language}”.", f"Known: {', '.join(packs)}.")
    return packs[language]


@click.group("voices")
def voices() -> None:
    """How each language is spoken and heard: what can be said, and phrases that are taught."""


@voices.command("coverage")
@click.option("--language", help="One language; all when left out.")
@click.option("--missing", is_flag=True, help="List the files to record.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@_told
def coverage_command(language: str | None, *, missing: bool, as_json: bool) -> None:
    """Say which prompts have a recording, a good voice, a poor one, or nothing."""
    settings = load()
    packs = [_pack(language)] if language else list(load_packs().values())
    found = [coverage(pack, settings.voices_dir, settings.models_dir) for pack in packs]
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
    elif missing:
        for one in found:
            _print_missing(one, settings)
    else:
        _print_table(found)


def _as_json(found: Coverage) -> dict[str, object]:
    lines = [
        {"prompt": line.prompt, "state": line.state.value, "checked": line.checked, "files": list(line.files)}
        for line in found.lines
    ]
    return {"language": found.language, "voice": found.voice, "prompts": lines}


def _print_table(found: list[Coverage]) -> None:
    states = list(State)
    click.echo(f"{'language':10}" + "".join(f"{state.value:>12}" for state in states) + "   unchecked  voice")
    for one in found:
        unchecked = sum(not line.checked and line.state is not State.UNWRITTEN for line in one.lines)
        counts = "".join(f"{one.counts.get(state, 0):12}" for state in states)
        click.echo(f"{one.language:10}{counts}{unchecked:12}  {one.voice or '(none)'}")
        for stray in one.strays:
            click.echo(f"{'':10}{stray}: no prompt is called so, or values go into it", err=True)
    click.echo("“unchecked”: no native speaker has approved the words. `--missing` lists what to record.")


def _print_missing(found: Coverage, settings: Settings) -> None:
    folder = settings.voices_dir / found.language
    for line in found.lines:
        if line.state is State.UNWRITTEN:
            click.echo(f"{line.prompt}: no words yet (voices/prompts/{found.language}.yaml)")
        for file in line.files:
            click.echo(str(folder / file))


@voices.command("languages")
@_told
def languages_command() -> None:
    """List the languages: key, names, how each is heard and spoken."""
    for pack in load_packs().values():
        hear = ", ".join(f"{one.engine} {one.model}".strip() for one in pack.hear) or "(by key)"
        speak = ", ".join(f"{one.engine} {one.voice}".strip() for one in pack.speak)
        click.echo(f"{pack.key}  {pack.language:4} {pack.name}  {pack.called('zh')}  hears: {hear}  speaks: {speak}")


@voices.command("render")
@click.argument("language")
@_told
def render_command(language: str) -> None:
    """Render all fixed sentences of LANGUAGE ahead, so that callers who speak it never wait for its voice."""
    settings, pack = load(), _pack(language)
    catalogue = catalogue_of(pack)
    if catalogue is None:
        raise VoiceError("prompts", f"Nothing is written in “{language}” yet.", f"voices/prompts/{language}.yaml")
    made = asyncio.run(_render(settings, pack, catalogue.all_fixed_pieces()))
    click.echo(f"{made} pieces rendered")


async def _render(settings: Settings, pack: Pack, pieces: list[str]) -> int:
    from voices.synthesis.voices import Folders, Voices  # noqa: PLC0415 - only here

    folders = Folders(settings.prompts_dir, settings.models_dir, settings.voices_dir, settings.var_dir / "log")
    speaking = Voices(
        folders, {pack.language: pack}, pack.language, settings.speech.voice if pack.language == "zh" else ""
    )
    await speaking.start()
    try:
        return await speaking.render_now(pieces)
    finally:
        await speaking.close()


@voices.group("teach")
def teach() -> None:
    """Phrases taught by example: record, list, test, export."""


@teach.command("record")
@click.argument("language")
@click.argument("phrase")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speaker", required=True, help="Who speaks: a short name without “-”.")
@_told
def teach_record(language: str, phrase: str, file: Path, speaker: str) -> None:
    """Add the WAV file FILE, in which SPEAKER says PHRASE once. `strange` is for speech that is no phrase."""
    from voices.recognition.teaching import add  # noqa: PLC0415 - loads the recogniser's libraries

    _pack(language)
    kept = add(load().examples_dir, language, phrase, speaker, file)
    click.echo(f"kept as {kept}")


@teach.command("list")
@click.argument("language")
@_told
def teach_list(language: str) -> None:
    """Say which phrases have been taught, by how many speakers."""
    from voices.recognition.examples import STRANGE, ExampleFolder, phrases  # noqa: PLC0415 - as above

    _pack(language)
    files = ExampleFolder(load().examples_dir, language).files()
    for name in [*phrases(), STRANGE]:
        some = [speaker for phrase, speaker, _ in files if phrase == name]
        meaning = phrases()[name].meaning if name in phrases() else "（不是这些话）"
        click.echo(f"{name:16} {meaning:8} {len(some):4} recordings, {len(set(some))} speakers")


@teach.command("test")
@click.argument("language")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@_told
def teach_test(language: str, *, as_json: bool) -> None:
    """Try every recording against those of all other speakers."""
    from voices.recognition.teaching import load_taught, tried  # noqa: PLC0415 - as above

    settings = load()
    _pack(language)
    taught = load_taught(settings.examples_dir, language, settings.models_dir / "whisper-base")
    result = tried(taught)
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
        return
    for line in result.lines():
        click.echo(line)


@teach.command("export")
@click.argument("language")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_told
def teach_export(language: str, file: Path) -> None:
    """Pack all recordings of a language into the ZIP file FILE, for another hotline."""
    folder = load().examples_dir / _pack(language).language
    if not any(folder.glob("*/*.wav")):
        raise VoiceError("no_examples", f"{folder} holds no recordings.", "yinling voices teach record")
    made = shutil.make_archive(str(file.with_suffix("")), "zip", folder.parent, folder.name)
    click.echo(made)
