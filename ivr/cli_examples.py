"""`yinling examples …`: phrases that are taught by example."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ivr.cli_told import pack_of, told
from ivr.invitations import Invitations
from ivr.settings import Settings, load
from ivr.workbook import wanted
from voices.errors import VoiceError
from voices.whole import write_whole

SEAT_ONLY = "603 at a seat's phone (the setting examples.number opens a number of the trunk, too)"

NEXT_START = "A hotline that is running hears by it from its next start."


@click.group("examples")
def examples() -> None:
    """Phrases taught by example: by calling or from files; list, test, export, forget."""


@examples.command("record")
@click.argument("language")
@click.argument("phrase")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speaker", required=True, help="Who speaks: a short name without “-”.")
@told
def examples_record(language: str, phrase: str, file: Path, speaker: str) -> None:
    """Add the recording FILE, of any common format, in which SPEAKER says PHRASE once.

    `strange` is for speech that is no phrase."""
    from voices.recognition.teaching import add  # noqa: PLC0415 - loads the recogniser's libraries

    pack_of(language)
    kept = add(load().examples_dir, language, phrase, speaker, file)
    click.echo(f"kept as {kept}")
    click.echo(NEXT_START)


@examples.command("list")
@click.argument("language")
@told
def examples_list(language: str) -> None:
    """Say which phrases have been taught, by how many speakers."""
    from voices.recognition.examples import STRANGE, ExampleFolder  # noqa: PLC0415 - as above
    from voices.recognition.taught_phrases import phrases  # noqa: PLC0415 - as above

    pack_of(language)
    files = ExampleFolder(load().examples_dir, language).files()
    for name in [*phrases(), STRANGE]:
        some = [speaker for phrase, speaker, _ in files if phrase == name]
        meaning = phrases()[name].meaning if name in phrases() else "（不是这些话）"
        click.echo(f"{name:16} {meaning:8} {len(some):4} recordings, {len(set(some))} speakers")
    click.echo(f"speakers: {', '.join(sorted({speaker for _, speaker, _ in files})) or '(none)'}")


@examples.command("test")
@click.argument("language")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@told
def examples_test(language: str, *, as_json: bool) -> None:
    """Try every recording against those of all other speakers."""
    from voices.recognition.teaching import load_taught, tried  # noqa: PLC0415 - as above

    settings = load()
    pack_of(language)
    taught = load_taught(settings.examples_dir, language, settings.models_dir / "whisper-base")
    result = tried(taught)
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
        return
    for line in result.lines():
        click.echo(line)


@examples.command("export")
@click.argument("language")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--with-callers", is_flag=True, help="Also what callers said: with their voices, which are personal data."
)
@told
def examples_export(language: str, file: Path, *, with_callers: bool) -> None:
    """Pack the recordings of a language into the ZIP file FILE, for another hotline.

    What came from calls is left out: it was kept to hear callers better here, not to be given away."""
    from voices.recognition.teaching import FROM_CALL  # noqa: PLC0415 - loads the recogniser's libraries

    folder = load().examples_dir / pack_of(language).language
    found = sorted(folder.glob("*/*.*"))
    kept = [one for one in found if with_callers or not one.name.startswith(FROM_CALL)]
    count = len([one for one in found if one.suffix == ".wav"]) - len([one for one in kept if one.suffix == ".wav"])
    left_out = f"{count} recordings of callers are left out; --with-callers takes them along." if count else ""
    if not any(one.suffix == ".wav" for one in kept):
        raise VoiceError("no_examples", f"{folder} holds no recordings. {left_out}".strip(), "yinling examples record")
    made = file.with_suffix(".zip")
    write_whole(made, _zipped(kept, folder.parent), mode=0o600)  # voices of people, as in their folder
    click.echo(f"{made}: {len([one for one in kept if one.suffix == '.wav'])} recordings")
    if left_out:
        click.echo(left_out)


def _zipped(files: list[Path], root: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in files:
            packed.write(one, one.relative_to(root))
    return content.getvalue()


@examples.command("forget")
@click.argument("language", required=False)
@click.option("--number", help="Only what the caller of this number said.")
@click.option("--speaker", help="Everything of this speaker: recordings, speech that is no phrase, and codes.")
@told
def examples_forget(language: str | None, number: str | None, speaker: str | None) -> None:
    """Delete the examples that came from calls, in LANGUAGE or in all; with --speaker whatever that speaker recorded.

    A hotline that is running hears by them until its next start. ZIP files of `export` are not touched."""
    from voices.recognition.teaching import forget_calls, forget_speaker  # noqa: PLC0415 - the recogniser's libraries

    if language is not None:
        pack_of(language)
    if language is None and number is None and speaker is None:
        raise click.UsageError("Say what to forget: a LANGUAGE, --number, or --speaker.")
    if number is not None and speaker is not None:
        raise click.UsageError("Either --number or --speaker.")
    settings, where = load(), language or "*"
    if speaker is not None:
        # First, so that a call which is going on keeps nothing more.
        codes = Invitations(settings.invitations_file).forget(speaker, language)
        gone = forget_speaker(settings.examples_dir, speaker, where)
        click.echo(f"{gone} recordings and {codes} codes deleted")
    else:
        gone = forget_calls(settings.examples_dir, where, _pseudonym(number, settings))
        click.echo(f"{gone} recordings deleted")


def _pseudonym(number: str | None, settings: Settings) -> str:
    from integrations.database.pauses import Pauses  # noqa: PLC0415 - the database is not needed by the others
    from integrations.database.store import Database  # noqa: PLC0415 - as above
    from integrations.errors import DatabaseError  # noqa: PLC0415 - as above

    if number is None:
        return "*"
    database = Database(settings.database_address)
    try:
        return Pauses(database).pseudonym(number)
    except DatabaseError as error:
        raise click.ClickException(f"{error} {error.remedy}".strip()) from error
    finally:
        database.close()


@examples.command("invite")
@click.option("--language", required=True, help="In which the phrases are said.")
@click.option("--speaker", required=True, help="Who speaks: a short name without “-”.")
@click.option("--times", type=click.IntRange(1, 10), default=1, show_default=True, help="How often each phrase.")
@click.option("--days", type=click.IntRange(1, 60), default=7, show_default=True, help="How long the code is good.")
@told
def examples_invite(language: str, speaker: str, times: int, days: int) -> None:
    """Print a code with which a native speaker teaches all phrases by calling, in one call or several.

    Each call goes on where the last one ended. A code that the speaker had for this language is good no longer."""
    from voices.recognition.teaching import check_speaker  # noqa: PLC0415 - loads the recogniser's libraries

    settings, pack = load(), pack_of(language)
    check_speaker(speaker)
    made = Invitations(settings.invitations_file).invite(language, speaker, times=times, days=days)
    until = datetime.fromisoformat(made.until).astimezone(ZoneInfo(settings.timezone))
    where = f"603 at a seat's phone, or {settings.examples.number}" if settings.examples.number else SEAT_ONLY
    click.echo(f"code {made.code[:3]} {made.code[3:]}: {pack.called('zh')}, {speaker}, until {until:%Y-%m-%d %H:%M}")
    click.echo(f"dial {where}")


@examples.command("invited")
@told
def examples_invited() -> None:
    """List the codes that are good, and how far each speaker has come."""
    settings = load()
    for one in Invitations(settings.invitations_file).good():
        left = len(wanted(settings.examples_dir, one))
        click.echo(f"{one.code}  {one.language:4} {one.speaker:20} {left:4} left  until {one.until}")


@examples.group("strange")
def strange() -> None:
    """Speech that is no phrase, by which it is learnt what to refuse."""


@strange.command("add")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--language", required=True, help="In which the phrases are taught.")
@click.option("--speaker", default="others", show_default=True, help="Who is heard: a short name without “-”.")
@told
def strange_add(files: tuple[Path, ...], language: str, speaker: str) -> None:
    """Take recordings of any length, or folders of them: talk, radio, background.

    Each is cut at its pauses into pieces as long as phrases. None of them may consist of taught phrases; 30 pieces by
    several voices are wanted."""
    from voices.recognition.strange import add_strange  # noqa: PLC0415 - loads the recogniser's libraries
    from voices.recognition.vad import VoiceActivity  # noqa: PLC0415 - as above

    pack_of(language)
    folder, kept, refused = load().examples_dir, 0, 0
    found = [one for file in files for one in (sorted(file.iterdir()) if file.is_dir() else [file]) if one.is_file()]
    for file in found:
        try:
            count = add_strange(folder, language, speaker, file, VoiceActivity().probability)
        except VoiceError as error:  # one bad file of a folder keeps none of the others out
            click.echo(f"{error} {error.remedy}".strip(), err=True)
            refused += 1
            continue
        click.echo(f"{file}: {count} pieces" if count else f"{file}: no speech of 1 s or more in it")
        kept += count
    click.echo(f"{kept} pieces kept. {NEXT_START}" if kept else "0 pieces kept")
    if refused or not kept:
        raise SystemExit(1)
