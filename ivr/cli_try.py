"""Commands for trying the hotline: `yinling rehearse` by phone, `yinling talk` by typing."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click

from flows.errors import FlowError
from integrations.errors import DatabaseError
from ivr.cli_rehearse import missing_words
from ivr.rehearsal.runner import Result, rehearse
from ivr.rehearsal.script import ScriptError, load_script, script_of_sentences
from ivr.settings import Settings, SettingsError, load
from ivr.supervisor import status
from voices.errors import VoiceError


def _settings() -> Settings:
    try:
        return load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@click.command("rehearse")
@click.argument("what", nargs=-1)
@click.option("--number", default="13909710002", help="The caller's number.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Folder for the recordings.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def rehearse_command(what: tuple[str, ...], number: str, keep: Path | None, *, as_json: bool) -> None:
    """Place a real call. WHAT is the name or file of one rehearsal, or sentences to say in turn (digits are keys).

    Example: yinling rehearse --keep /tmp/call 我想挂后天上午的骨科 给我自己 对 没有了
    """
    settings = _settings()
    facts = status(settings)
    if not facts:
        raise click.ClickException('No hotline is running here. Start it with: make run ARGS="--demo"')
    try:
        single = len(what) == 1 and what[0].isascii() and not what[0].isdigit()
        script = load_script(what[0]) if single else script_of_sentences(what or ("我想挂号",), number)
        result = asyncio.run(rehearse(settings, facts, script, keep, lambda text: click.echo(text, err=True)))
    except (ScriptError, VoiceError) as error:
        raise click.ClickException(str(error)) from error
    _print(result, script.expect, as_json=as_json)
    missing = missing_words(result.heard, script.expect)
    if keep is not None:
        click.echo(f"Listen to {keep / 'call.wav'}", err=True)
    if result.problem or missing:
        raise click.ClickException(result.problem or f"the hotline did not say: {', '.join(missing)}")


def _print(result: Result, expect: list[str], *, as_json: bool) -> None:
    if as_json:
        lines = [{"at_s": round(at, 2), "who": who, "what": text} for at, who, text in result.lines]
        value = {"lines": lines, "delays_s": result.delays_s, "problem": result.problem, "expect": expect}
        click.echo(json.dumps(value, ensure_ascii=False))
        return
    for at, who, text in result.lines:
        click.echo(f"{at:8.2f} s  {who:8} {text}")
    if result.delays_s:
        delays = ", ".join(f"{d:.2f}" for d in result.delays_s)
        click.echo(f"end of the caller's speech → first sound of the answer (s): {delays}")


@click.command("talk")
@click.option("--number", default="13909710002", help="The caller's number; empty for a withheld one.")
@click.option("--view", "with_view", is_flag=True, help="Show what the engine makes of each line, and its state.")
def talk_command(number: str, *, with_view: bool) -> None:
    """Talk to the hotline by typing: sentences as the caller would say them, digits as keys, an empty line is silence.

    Uses this hotline's database: what is booked here is booked.
    """
    from ivr.typed import TypedCall, view  # noqa: PLC0415 - loads the understanding

    try:
        call = TypedCall(_settings(), number or None)
    except (DatabaseError, FlowError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(call.begin())
    while not call.over:
        line = sys.stdin.readline()
        if not line:
            break
        said = call.answer(line.strip())
        if with_view:
            click.echo(view(call.conversation))
        click.echo(said)


@click.command("prompts")
@click.option("--all", "show_all", is_flag=True, help="Also those that are understood well.")
def prompts_command(*, show_all: bool) -> None:
    """Say every prompt over a phone line to the recogniser, and print what it understood, the worst first."""
    from ivr.audition import POOR, audition  # noqa: PLC0415 - loads the recogniser's libraries

    async def listen() -> list[tuple[float, str, str]]:
        return [(one.likeness, one.text, one.heard) async for one in audition(_settings())]

    try:
        heard = asyncio.run(listen())
    except VoiceError as error:
        raise click.ClickException(str(error)) from error
    for likeness, text, words in sorted(heard):
        if show_all or likeness < POOR:
            click.echo(f"{likeness:.2f}  {text}  →  {words}")
    click.echo(f"{len(heard)} pieces, mean likeness by sound {sum(one[0] for one in heard) / len(heard):.3f}")
