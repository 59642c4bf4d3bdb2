"""Commands for languages and voices: `yinling voices languages`, `coverage`; `teach …` is `yinling examples …`."""

from __future__ import annotations

import asyncio
import json

import click

from ivr.cli_examples import examples
from ivr.cli_told import pack_of, told
from ivr.settings import Settings, load
from voices.errors import VoiceError
from voices.languages.coverage import Coverage, State, catalogue_of, coverage
from voices.languages.pack import Pack, load_packs


@click.group("voices")
def voices() -> None:
    """How each language is spoken and heard: what can be said, and phrases that are taught."""


@voices.command("coverage")
@click.option("--language", help="One language; all when left out.")
@click.option("--missing", is_flag=True, help="List the files to record.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@told
def coverage_command(language: str | None, *, missing: bool, as_json: bool) -> None:
    """Say which prompts have a recording, a good voice, a poor one, or nothing."""
    settings = load()
    packs = [pack_of(language)] if language else list(load_packs().values())
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
@told
def languages_command() -> None:
    """List the languages: key, names, how each is heard and spoken."""
    for pack in load_packs().values():
        hear = ", ".join(f"{one.engine} {one.model}".strip() for one in pack.hear) or "(by key)"
        speak = ", ".join(f"{one.engine} {one.voice}".strip() for one in pack.speak)
        click.echo(f"{pack.key}  {pack.language:4} {pack.name}  {pack.called('zh')}  hears: {hear}  speaks: {speak}")


@voices.command("render")
@click.argument("language")
@told
def render_command(language: str) -> None:
    """Render all fixed sentences of LANGUAGE ahead, so that callers who speak it never wait for its voice."""
    settings, pack = load(), pack_of(language)
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


voices.add_command(examples, "teach")
