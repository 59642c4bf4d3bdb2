"""The dialogue program does not go on without one of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from flows.render import common_dynamic_pieces
from integrations.database.journal import JournalWriter
from ivr import app as module
from ivr.app import App, until_one_ends
from ivr.invitations import Invitations
from ivr.settings import load
from ivr.workbook import all_said
from voices.languages.pack import load_packs
from voices.prompts.catalogue import Catalogue
from voices.synthesis import store
from voices.synthesis.voices import Folders, Voices
from voices.worker_process import Answer


async def for_ever() -> None:
    await asyncio.Event().wait()


async def breaks(after: asyncio.Event) -> None:
    await after.wait()
    raise ValueError("a bug")


async def test_a_part_that_breaks_before_asterisk_is_there_is_not_overlooked() -> None:
    now = asyncio.Event()
    now.set()
    tasks = [asyncio.create_task(for_ever()), asyncio.create_task(breaks(now))]
    with pytest.raises(ValueError, match="a bug"):
        async with asyncio.timeout(5):
            await until_one_ends(tasks, for_ever())
    tasks[0].cancel()


async def test_a_part_that_breaks_while_calls_are_taken_is_not_overlooked() -> None:
    taken = asyncio.Event()

    async def opening() -> None:
        taken.set()

    tasks = [asyncio.create_task(for_ever()), asyncio.create_task(breaks(taken))]
    with pytest.raises(ValueError, match="a bug"):
        async with asyncio.timeout(5):
            await until_one_ends(tasks, opening())
    tasks[0].cancel()


async def test_calls_that_cannot_be_taken_end_the_program_so_that_it_is_started_again() -> None:
    async def opening() -> None:
        raise OSError("the disk is full")

    tasks = [asyncio.create_task(for_ever())]
    with pytest.raises(OSError, match="full"):
        async with asyncio.timeout(5):
            await until_one_ends(tasks, opening())
    tasks[0].cancel()


async def test_whoever_stops_the_program_stops_what_it_waits_for() -> None:
    ended = asyncio.Event()

    async def opening() -> None:
        try:
            await for_ever()
        finally:
            ended.set()

    tasks = [asyncio.create_task(for_ever())]
    running = asyncio.create_task(until_one_ends(tasks, opening()))
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert ended.is_set()
    tasks[0].cancel()


class Now:
    """Does what it is asked to do beside, at once."""

    def do(self, work: Callable[[], None]) -> None:
        work()


@pytest.mark.parametrize("pages", [True, False])
def test_the_callers_last_sentence_is_not_kept_where_no_pages_server_would_delete_it(
    tmp_path: Path, *, pages: bool
) -> None:
    app = App.__new__(App)  # only what keeps sentences: no database, no voice
    app._settings, app._writer = load(var_dir=tmp_path, desk={"enabled": pages}), cast("JournalWriter", Now())
    app._keep_sentence("1700000000.1", b"\1\2" * 100)
    assert (tmp_path / "run/sentences/1700000000.1.wav").exists() is pages


def test_a_state_that_cannot_be_written_down_later_on_ends_no_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = App.__new__(App)  # only what tells its state; there is nowhere to write it
    app._settings, app.states = load(var_dir=tmp_path / "gone"), {"flows": "running"}
    app._tell_change()
    assert "state" in caplog.text
    with pytest.raises(OSError, match="app"):
        app._publish()  # before calls are taken nobody may believe that they are


class UnchangedFlows:
    """Nothing is published."""

    problem, catalogues = None, {"zh": None}

    def refresh(self) -> bool:
        return False


async def test_sentences_with_a_date_are_rendered_ahead_for_each_new_day(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App.__new__(App)  # only what follows flows and days
    app._flows, app.states, app._made_on = UnchangedFlows(), {"flows": "running"}, None  # type: ignore[assignment]
    today = [datetime(2026, 11, 25, 23, 59)]  # noqa: DTZ001 - local time, as everywhere
    made: list[date] = []

    async def render_ahead() -> None:
        app._made_on = today[0].date()
        made.append(app._made_on)

    monkeypatch.setattr(app, "local_now", lambda: today[0])
    monkeypatch.setattr(app, "_render_ahead", render_ahead)
    monkeypatch.setattr(module, "FLOWS_EVERY_S", 0.0)
    connected = asyncio.Event()
    connected.set()
    following = asyncio.create_task(app._follow_flows(connected))
    async with asyncio.timeout(5):
        while not made:
            await asyncio.sleep(0.01)
        today[0] += timedelta(minutes=2)
        while len(made) < 2:
            await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert made == [date(2026, 11, 25), date(2026, 11, 26)]


MANDARIN = Catalogue(
    "zh",
    {f"some.p{n}": {"full": f"第{n}句。"} for n in range(40)} | {"some.day": {"full": "就是|{date}|吗？"}},
    ["some.p0"],
)
KOREAN = Catalogue("ko", {"some.p0": {"full": "네."}, "some.p1": {"full": "아니요."}}, ["some.p0"])


class Worker:
    """Renders without a model; waits while `open` is not set."""

    rendered: list[str]
    open: asyncio.Event
    pid = None

    def __init__(self, _module: str, _arguments: list[str], _log: Path | None = None, niceness: int = 0) -> None:
        self.niceness = niceness

    async def ask(self, header: Mapping[str, Any], payload: bytes = b"", *, timeout_s: float) -> Answer:
        assert self.niceness > 0, f"no caller waits for this, for {timeout_s} s or without end"
        await self.open.wait()
        await asyncio.sleep(0)
        self.rendered.append(str(header["text"]))
        return {}, payload or b"\1\1" * 800

    async def stop(self) -> None:
        pass


class OneVersion:
    """The flows of one publication."""

    def __init__(self, *catalogues: Catalogue) -> None:
        self.prompts, self.catalogues = catalogues[0], {one.language: one for one in catalogues}


class Office:
    """One hospital with one department."""

    def list_departments(self, _hospital: str | None) -> dict[str, list[str]]:
        return {"departments": ["骨科"]}

    def list_hospitals(self) -> dict[str, list[str]]:
        return {"hospitals": ["县人民医院"]}


@asynccontextmanager
async def speaking(tmp_path: Path, flows: OneVersion, language: str) -> AsyncIterator[App]:
    """The part of the program that renders ahead, in a hotline of one language."""
    Worker.rendered, Worker.open = [], asyncio.Event()
    app = App.__new__(App)
    app._settings, app.states, app._made_on = load(var_dir=tmp_path), {"voice": "running"}, None
    app._zone = ZoneInfo("Asia/Shanghai")
    app._settings.invitations_file.parent.mkdir(parents=True, exist_ok=True)
    app._flows, app._appointments = flows, Office()  # type: ignore[assignment]
    folders = Folders(tmp_path / "prompts", tmp_path / "models", tmp_path / "voices")
    app._voice = Voices(folders, {code: load_packs()[code] for code in ("zh", "ko")}, language)
    app._voice._stores.setdefault("zh", store.PromptStore(folders.prompts, folders.models, "zf_xiaobei"))
    await app._voice.start()
    try:
        yield app
    finally:
        await app._voice.close()


async def rendered(*wanted: str) -> None:
    async with asyncio.timeout(10):
        while not {*wanted} <= {*Worker.rendered}:
            await asyncio.sleep(0.01)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "WorkerProcess", Worker)


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("invited", [True, False])
async def test_everything_that_may_be_said_is_rendered_ahead(tmp_path: Path, *, invited: bool) -> None:
    """What is said to those who teach phrases is Mandarin, too, and must not take the place of the rest."""
    async with speaking(tmp_path, OneVersion(MANDARIN, KOREAN), "zh") as app:
        invitations = Invitations(app._settings.invitations_file)
        if invited:
            invitations.invite("ko", "Kim", times=1, days=5)
        Worker.open.set()
        await app._render_ahead()
        likely = common_dynamic_pieces(MANDARIN, app.local_now(), ["骨科"], ["县人民医院"])
        await rendered(*MANDARIN.all_fixed_pieces(), *likely, *all_said(invitations))
        assert len(Worker.rendered) == len({*Worker.rendered}), "nothing is rendered twice"


@pytest.mark.usefixtures("workers")
async def test_those_who_teach_are_told_what_to_say_where_the_hotline_has_another_language(tmp_path: Path) -> None:
    async with speaking(tmp_path, OneVersion(KOREAN, MANDARIN), "ko") as app:
        invitations = Invitations(app._settings.invitations_file)
        invitations.invite("ko", "Kim", times=1, days=5)
        Worker.open.set()
        await app._render_ahead()
        await rendered(*KOREAN.all_fixed_pieces(), *MANDARIN.essential_pieces(), *all_said(invitations))


@pytest.mark.usefixtures("workers")
async def test_a_new_day_does_not_lose_what_was_not_rendered_on_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = [datetime(2026, 11, 25, 23, 59)]  # noqa: DTZ001 - local time, as everywhere
    async with speaking(tmp_path, OneVersion(MANDARIN, KOREAN), "zh") as app:
        monkeypatch.setattr(app, "local_now", lambda: today[0])
        await app._render_ahead()
        await asyncio.sleep(0.01)  # the first piece is in the worker's hands
        today[0] += timedelta(minutes=2)
        await app._render_ahead()
        Worker.open.set()
        likely = common_dynamic_pieces(MANDARIN, today[0], ["骨科"], ["县人民医院"])
        await rendered(*MANDARIN.all_fixed_pieces(), *KOREAN.essential_pieces(), *likely)


@pytest.mark.usefixtures("workers")
async def test_what_is_published_while_the_office_is_asked_is_rendered_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who began first may come last: the flows that were in force when it began may be old by then."""
    newer = Catalogue("zh", {"some.new": {"full": "新的一句。"}}, ["some.new"])
    async with speaking(tmp_path, OneVersion(MANDARIN), "zh") as app:
        publish = app._flows

        def said(_invitations: Invitations) -> list[str]:
            app._flows = OneVersion(newer)  # type: ignore[assignment]
            return []

        monkeypatch.setattr(module, "all_said", said)
        Worker.open.set()
        await app._render_ahead()
        assert app._flows is not publish
        await rendered("新的一句。")
