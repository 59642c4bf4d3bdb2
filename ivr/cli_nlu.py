"""Commands for the understanding: `yinling nlu parse`, `train`, `evaluate`, `confusions`."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import click

from ivr.settings import Settings, SettingsError, load
from nlu import rasa_server
from nlu.training import examples, languages
from nlu.understand import ParseContext, SlotValue, Understander, Understanding

if TYPE_CHECKING:
    from nlu.evaluate import Report

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
def engine_named(name: EngineName, *, vectors: bool = False, alone: bool = False) -> Iterator[Understander]:
    """The engine, ready to read. `alone`: it is an error when another had to read in its place, or without vectors."""
    _not_for_rasa(name, vectors=vectors)
    # The libraries take seconds to load: not for `--help` of any command.
    from ivr.understanding import load_engine  # noqa: PLC0415
    from nlu.mixed import MixedUnderstander  # noqa: PLC0415
    from nlu.rasa import RasaError, RasaUnderstander  # noqa: PLC0415

    settings = read_settings()
    chosen = settings.nlu.model_copy(update={"sentence_vectors": vectors})
    engine = load_engine(settings.model_copy(update={"nlu": chosen}), name)
    if isinstance(engine, MixedUnderstander):
        with closing(engine):
            yield engine
            if engine.read_without:
                _tell(f"{engine.read_without} sentences were read without sentence vectors ({engine.problem}).", alone)
        return
    if not isinstance(engine, RasaUnderstander):
        if vectors:
            _tell(f"The embedded engine reads {getattr(engine, 'problem', '')}", alone)
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


def _not_for_rasa(name: EngineName, *, vectors: bool) -> None:
    if vectors and name == "rasa":
        raise click.UsageError("--vectors is for the embedded engine; Rasa has features of its own.")


def _tell(said: str, is_error: bool) -> None:
    """What was not as it was asked for; an error where the figures would be another engine's."""
    if is_error:
        raise click.ClickException(said)
    click.echo(said, err=True)


def engine_option(command: Command) -> Command:
    """`--engine`, the same for every command."""
    choice = click.Choice(["embedded", "rasa"])
    help_text = "Which engine reads. rasa: the server that `make rasa` starts."
    return click.option("--engine", type=choice, default="embedded", show_default=True, help=help_text)(command)


def vectors_option(command: Command) -> Command:
    """`--vectors`, the same for every command."""
    help_text = "Mix sentence vectors into the embedded engine (pip install 'yinling[vectors]')."
    return click.option("--vectors", is_flag=True, help=help_text)(command)


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
@vectors_option
@click.option("--language", default="zh", show_default=True, callback=_language, help="The caller's language.")
@click.option("--now", callback=_moment, help="When it is said, like 2026-03-11T10:00: what 明天 means. Default: now.")
@click.option("--expect", multiple=True, metavar="NAME", help="A slot that the question just asked for. Repeatable.")
def parse(engine: EngineName, language: str, now: datetime, expect: tuple[str, ...], *, vectors: bool) -> None:
    """Read sentences from standard input, one a line; write one JSON object a line, in order.

    A slot given by --expect that was not said has the value null.
    """
    context = ParseContext(now, language, expect)
    output, broken = sys.stdout.buffer, 0
    with engine_named(engine, vectors=vectors) as understander:
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


file_argument = click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
unseen_option = click.option("--unseen", is_flag=True, help="Leave out sentences that the engine has learnt.")


def _measured(engine: EngineName, file: Path | None, *, unseen: bool, vectors: bool) -> tuple[Report, int]:
    """The figures of a file, and how many of its sentences were learnt; the test set's when no file is given."""
    from nlu.evaluate import TEST_SET, report  # noqa: PLC0415 - loads scikit-learn
    from nlu.labelled import LabelledError, read_labelled  # noqa: PLC0415

    try:
        rows = read_labelled(file or TEST_SET)
    except LabelledError as error:
        raise click.ClickException(f"{error.code}: {error}") from error
    learnt = {one.text for language in languages() for one in examples(language)}
    known = sum(row.text in learnt for row in rows)
    rows = [row for row in rows if not (unseen and row.text in learnt)]
    if not rows:
        raise click.ClickException(f"the engine has learnt all {known} sentences: none is left to measure by.")
    with engine_named(engine, vectors=vectors, alone=True) as understander:
        return report(understander, rows), 0 if unseen else known


@nlu.command()
@engine_option
@vectors_option
@unseen_option
@json_option
@file_argument
def evaluate(engine: EngineName, file: Path | None, *, unseen: bool, vectors: bool, as_json: bool) -> None:
    """Say how well an engine reads the project's test set, or FILE: Rasa's YAML, CSV with text,intent, or a folder."""
    report, known = _measured(engine, file, unseen=unseen, vectors=vectors)
    if as_json:
        click.echo(
            json.dumps({"engine": engine, "vectors": vectors, "learnt": known, **report.figures()}, ensure_ascii=False)
        )
        return
    click.echo(f"{engine}{' with sentence vectors' if vectors else ''}: {report.summary()}")
    if known:
        click.echo(f"{known} of them are in the training data; --unseen leaves those out.")


@nlu.command()
@engine_option
@vectors_option
@unseen_option
@json_option
@file_argument
def confusions(engine: EngineName, file: Path | None, *, unseen: bool, vectors: bool, as_json: bool) -> None:
    """Print every pair of intents that an engine confuses, with the sentences; `!` is what would be acted on."""
    report, _ = _measured(engine, file, unseen=unseen, vectors=vectors)
    if not as_json:
        click.echo(report.confused() or "No sentence was taken for something else.")
        return
    for (meant, taken), group in report.pairs().items():
        told = [{"text": one.text, "confidence": one.confidence, "accepted": one.accepted} for one in group]
        click.echo(json.dumps({"meant": meant, "taken": taken, "sentences": told}, ensure_ascii=False))


@nlu.command()
@engine_option
@vectors_option
@click.option("--force", is_flag=True, help="Also when nothing has changed.")
def train(engine: EngineName, *, vectors: bool, force: bool) -> None:
    """Learn from nlu/rasa_project/data. Both engines do so by themselves when the data has changed."""
    _not_for_rasa(engine, vectors=vectors)
    began = time.monotonic()
    if vectors:
        _make_vectors()
    kept = _train_rasa(force=force) if engine == "rasa" else _train_embedded(force=force)
    known = [one for language in languages() for one in examples(language)]
    intents = len({one.intent for one in known})
    click.echo(f"{engine}: {len(known)} sentences, {intents} intents, {time.monotonic() - began:.1f} s: {kept}")


def _train_embedded(*, force: bool) -> Path:
    from nlu.embedded import cache_name, load_understander  # noqa: PLC0415 - loads scikit-learn

    folder = read_settings().var_dir / "nlu"
    kept = folder / cache_name(examples())
    if force:
        kept.unlink(missing_ok=True)
    load_understander(folder)
    return kept


def _make_vectors() -> None:
    """Those of the training data, a minute of one core, so that the hotline need not make them beside its calls."""
    from nlu.mixed import learn  # noqa: PLC0415 - loads scikit-learn
    from nlu.vectors import SentenceVectors, VectorsError  # noqa: PLC0415

    try:
        learn(SentenceVectors(), read_settings().var_dir / "nlu")
    except VectorsError as error:
        raise click.ClickException(f"{error.code}: {error}") from error


def _train_rasa(*, force: bool) -> Path:
    try:
        return rasa_server.train(read_settings().var_dir / "rasa", force=force)
    except rasa_server.RasaServerError as error:
        raise click.ClickException(f"{error.code}: {error}") from error
