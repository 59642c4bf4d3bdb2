"""Commands for the understanding: `yinling nlu parse`, `train`, `evaluate`, `confusions`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import click

from ivr.settings import Settings, SettingsError, load
from nlu.training import languages
from nlu.understand import ParseContext, SlotValue, Understander, Understanding

log = logging.getLogger(__name__)

Command = TypeVar("Command", bound=Callable[..., object])
EngineName: TypeAlias = Literal["embedded", "rasa"]
LINE_BYTES_MAX = 16 * 1024 * 1024
"""What is kept of one line; nobody says more, and a stream without line ends must not fill the memory."""
NOT_SAID = SlotValue(None, "", 0, 0, 0.0)
"""An expected slot for which nothing in the utterance fits."""
LINE_ENDS = str.maketrans({"\x7f": "\\u007f", "\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Characters that JSON allows as they are, but that some readers take for the end of a line."""


def read_settings() -> Settings:
    """The settings, or their fault as a sentence for the terminal."""
    try:
        return load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def nlu() -> None:
    """Read, train and measure the understanding."""


@contextmanager
def engine_named(name: EngineName, *, alone: bool = False) -> Iterator[Understander]:
    """The engine, ready to read. `alone`: it is an error when another engine had to read in its place."""
    # The libraries take seconds to load: not for `--help` of any command.
    from ivr.understanding import load_engine  # noqa: PLC0415
    from nlu.rasa import RasaError, RasaUnderstander  # noqa: PLC0415

    engine = load_engine(read_settings(), name)
    if not isinstance(engine, RasaUnderstander):
        yield engine
        return
    with engine:
        try:
            engine.check_now()
        except RasaError as error:  # it is in the log; the embedded engine reads
            if alone:
                raise click.ClickException(str(error)) from error
        yield engine
        if engine.stood_in:
            told = f"the embedded engine read {engine.stood_in} sentences in Rasa's place ({engine.problem})"
            if alone:
                raise click.ClickException(f"{told}: these are no figures of Rasa's.")
            click.echo(told, err=True)


def engine_option(command: Command) -> Command:
    """`--engine`, the same for every command."""
    choice = click.Choice(["embedded", "rasa"])
    help_text = "Which engine reads. rasa: the server that `make rasa` starts."
    return click.option("--engine", type=choice, default="embedded", show_default=True, help=help_text)(command)


def _moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    """Local time of the call: as given, or now. With a zone it is brought to the hotline's."""
    zone = ZoneInfo(read_settings().timezone)
    if value is None:
        return datetime.now(zone).replace(tzinfo=None)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no date and time; write it like 2026-03-11T10:00") from error
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def _language(_context: click.Context, _option: click.Parameter, value: str) -> str:
    known = languages()
    if value not in known:
        raise click.BadParameter(f"there are no utterances for {value!r}; known: {', '.join(known)}")
    return value


def sentences(stream: BinaryIO) -> Iterator[str]:
    """One text for each line, whatever its bytes; only `\\n` and `\\r\\n` end a line."""
    while line := stream.readline(LINE_BYTES_MAX):
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(LINE_BYTES_MAX)):
            pass  # more than is kept of one line
        yield line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", errors="replace")


def facts(found: Understanding, expect: tuple[str, ...]) -> dict[str, object]:
    """What `parse` prints of one sentence. An expected slot that was not said has the value null."""
    slots = dict.fromkeys(expect, NOT_SAID) | dict(found.slots)
    return {
        "text": found.text,
        "intent": found.intent,
        "confidence": round(found.confidence, 4),
        "accepted": found.accepted,
        "slots": {
            name: {
                "value": slot.value,
                "text": slot.text,
                "start": slot.start,
                "end": slot.end,
                "confidence": round(slot.confidence, 4),
            }
            for name, slot in slots.items()
        },
    }


def as_line(found: Understanding, expect: tuple[str, ...]) -> bytes:
    """One JSON object in one line of UTF-8."""
    return (json.dumps(facts(found, expect), ensure_ascii=False).translate(LINE_ENDS) + "\n").encode()


@nlu.command()
@engine_option
@click.option("--language", default="zh", show_default=True, callback=_language, help="The caller's language.")
@click.option("--now", callback=_moment, help="When it is said, like 2026-03-11T10:00: what 明天 means. Default: now.")
@click.option("--expect", multiple=True, metavar="NAME", help="A slot that the question just asked for. Repeatable.")
def parse(engine: EngineName, language: str, now: datetime, expect: tuple[str, ...]) -> None:
    """Read sentences from standard input, one a line; write one JSON object a line, in order.

    A slot given by --expect that was not said has the value null.
    """
    context = ParseContext(now, language, expect)
    output, broken = sys.stdout.buffer, 0
    with engine_named(engine) as understander:
        for text in sentences(sys.stdin.buffer):
            try:
                found = understander.understand(text, context)
            except Exception:  # a fault of ours: the other sentences are read all the same, and the exit code tells
                log.exception("not read: %.80r", text)
                found, broken = Understanding(text, "out_of_scope", 0.0, accepted=False), broken + 1
            output.write(as_line(found, expect))
            output.flush()
    if broken:
        click.echo(f"{broken} sentences could not be read; this is a fault of Yinling's, please report it.", err=True)
        sys.exit(1)
