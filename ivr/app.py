"""The dialogue program: builds the parts and wires them together. Started by `ivr/program.py`."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Coroutine
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.events import CallerProfile
from flows.live import LiveFlows
from flows.phrasebook import Phrasebook
from flows.render import common_dynamic_pieces
from flows.versions import Versions
from integrations.database.callers import Callers
from integrations.database.journal import CallJournal, JournalWriter
from integrations.database.pauses import Pauses
from integrations.database.store import Database
from integrations.database.stories import StoredStories
from integrations.dispatch import Offices
from integrations.embedded.appointments import Appointments
from integrations.embedded.pension import Pension
from integrations.embedded.seed import seed_demo
from integrations.errors import DatabaseError, OfficeError
from ivr.asterisk.config import load_secrets
from ivr.asterisk.manager import Manager, ManagerEvent
from ivr.call.last_sentence import LastSentences
from ivr.call.parts import Parts
from ivr.call.switchboard import Equipment, Switchboard
from ivr.ears import Ears
from ivr.heartbeat import beat
from ivr.invitations import Invitations
from ivr.learning import Learning
from ivr.routing.bands import keep_bands
from ivr.routing.records import Records
from ivr.routing.story import StoryKeeper
from ivr.routing.work import Routing, go_on
from ivr.settings import Settings
from ivr.talks.writer import TalkWriter
from ivr.understanding import close_engine, load_engine, state_of
from ivr.workbook import Workbooks, all_said
from nlu.understand import Understander
from voices.announced import announced
from voices.errors import VoiceError
from voices.languages.pack import load_packs
from voices.recognition.chain import RecogniserChain
from voices.recognition.vad import VoiceActivity
from voices.synthesis.voices import Folders, Voices

log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 4.0
FLOWS_EVERY_S = 1.0
"""How often it is asked whether flows were published."""


class App:
    """Everything that one dialogue program needs. `run()` serves until cancelled."""

    def __init__(self, settings: Settings, starting: asyncio.Task[Ears]) -> None:
        """`starting`: the recognisers, which load meanwhile. Whoever started them ends them, too."""
        self._settings, self._starting = settings, starting
        self._zone = ZoneInfo(settings.timezone)
        self._logs = settings.var_dir / "log"
        self.states: dict[str, str] = {}
        """Part → `running`, or what is wrong with it and what to do."""
        packs = load_packs()
        self._voice = Voices(
            Folders(settings.prompts_dir, settings.models_dir, settings.voices_dir, self._logs),
            packs,
            settings.language,
            settings.speech.voice if settings.language == "zh" else "",
        )
        self._flows = LiveFlows(Versions(settings.flows_dir), settings.language, packs, self._voice.can_say)
        for catalogue in self._flows.catalogues.values():
            self._voice.take(catalogue)
        self._database = Database(settings.database_address)
        journal = CallJournal(self._database)
        self._writer = JournalWriter(journal, settings.var_dir / "calls-unwritten.jsonl")
        self._callers = Callers(self._database)
        self._pauses = Pauses(self._database)
        self._learning = Learning(settings.examples, settings.examples_dir, self._pauses.pseudonym)
        self._appointments = Appointments(
            self._database,
            self.local_now,
            settings.appointments.last_day_ahead,
            settings.appointments.cancel_until_hour,
        )
        self._made_on: date | None = None
        """The day for which likely sentences were rendered ahead."""
        self._ears: Ears | None = None
        """None when nobody can hear."""
        self._stories: StoryKeeper | None = None
        self._listeners: list[Callable[[ManagerEvent], None]] = []
        """Who hears what Asterisk tells."""
        self._understander: Understander | None = None
        self._journal = journal
        self._warming: asyncio.Task[None] | None = None

    def local_now(self) -> datetime:
        """Local time of the hotline, without a zone, as flows and offices take it."""
        return datetime.now(self._zone).replace(tzinfo=None)

    async def run(self) -> None:
        """Start every part, take calls, and stop every part."""
        await self._open_database()
        await self._start_speech()
        manager, switchboard, records = await self._wire()
        routing = Routing(self._settings, self._database, manager, self._recogniser, self.local_now)
        self._listeners += [routing.estimate.event, routing.keys.event, routing.danger.event]
        talks = TalkWriter(self._settings, self._recogniser, VoiceActivity, records.record)
        tasks = [
            *routing.start(),
            asyncio.create_task(beat(self._settings), name="heartbeat"),
            asyncio.create_task(manager.run(), name="manager"),
            asyncio.create_task(records.run(), name="records"),
            asyncio.create_task(keep_bands(manager, self._callers), name="bands"),
            asyncio.create_task(go_on("learning", self._learning.run), name="learning"),
            asyncio.create_task(self._follow_flows(manager.connected), name="flows"),
            asyncio.create_task(go_on("talks", talks.run), name="talks"),
        ]
        try:
            await until_one_ends(tasks, self._open(manager.connected))
        finally:
            await _within(switchboard.close())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._warming is not None:
                self._warming.cancel()
                await asyncio.gather(self._warming, return_exceptions=True)
            if self._stories is not None:
                await _within(self._stories.close())
            await _within(self._voice.close())
            if self._understander is not None:
                await _within(close_engine(self._understander))
            await asyncio.to_thread(self._writer.close, STOP_TIMEOUT_S)
            self._database.close()

    async def _open(self, connected: asyncio.Event) -> None:
        """Take calls, once there is an Asterisk to take them from."""
        await connected.wait()
        self._publish()
        if self.states["voice"] == "running":  # what calls need is rendered: the voice itself loads beside them
            self._warming = asyncio.create_task(self._warm(), name="voice")
        await self._render_ahead()

    async def _open_database(self) -> None:
        """A database that cannot be used is no reason to be silent: what needs it goes to a person."""
        try:
            await asyncio.to_thread(self._database.migrate)
            if self._settings.demo:
                await asyncio.to_thread(seed_demo, self._database, self.local_now().date())
            self.states["database"] = "running"
        except DatabaseError as error:
            log.warning("%s %s", error, error.remedy)
            self.states["database"] = f"{error} {error.remedy}"

    async def _start_speech(self) -> None:
        await self._voice.start()
        essential = self._flows.prompts.essential_pieces()
        voice, recogniser = await asyncio.gather(self._try(self._voice.render_now(essential)), self._try(self._hear()))
        missing = self._ears.lost if self._ears is not None else {}
        lost = "; ".join(f"{name}: {error} {error.remedy}" for name, error in missing.items())
        self.states |= {"voice": voice, "recogniser": f"{recogniser}, without {lost}" if lost else recogniser}

    async def _hear(self) -> None:
        self._ears = await self._starting

    @property
    def _recogniser(self) -> RecogniserChain | None:
        return self._ears.chain if self._ears is not None else None

    async def _warm(self) -> None:
        """Load the voice for what was not rendered ahead; until then such a piece takes longer."""
        state = await self._try(self._voice.warm())
        if await asyncio.to_thread(lambda: any(self._settings.voices_dir.rglob("*.wav"))):
            # A recording may have another rate: what changes it takes a second to load: no caller waits for it.
            await asyncio.to_thread(importlib.import_module, "scipy.signal")
        if state != "running":
            self.states["voice"] = state
            self._tell_change()

    @staticmethod
    async def _try(work: Awaitable[object]) -> str:
        try:
            await work
        except VoiceError as error:
            log.warning("%s", error)
            return f"missing: {error} {error.remedy} Run `yinling prepare`."
        return "running"

    async def _wire(self) -> tuple[Manager, Switchboard, Records]:
        settings = self._settings
        self._understander = await asyncio.to_thread(load_engine, settings)
        self.states["understanding"] = state_of(self._understander)
        offices = Offices({"appointments": self._appointments, "pension": Pension(self._database)})
        manager = Manager(
            settings.asterisk.manager_port,
            "yinling",
            load_secrets(settings).manager,
            self._heard,
        )
        self._stories = StoryKeeper(manager, StoredStories(self._database), self._writer.do)
        records = Records(settings, self._journal, self._writer, manager, self._stories.event)
        parts = Parts(
            self._flows,
            Phrasebook(self._understander, load_packs()),
            offices,
            records.record,
            self.local_now,
            self._remember_speech,
            self._remember_language,
            keep_sentence=self._keep_sentence,
            hold=self._hold,
            announced=announced(settings.rescue_dir),
            languages=tuple(load_packs()),
            teach=self._learning.take if settings.examples.from_calls else None,
        )
        equipment = Equipment(
            self._voice,
            self._recogniser,
            VoiceActivity,
            self._profile,
            self._unheard,
            lambda number: asyncio.to_thread(self._pauses.of, number),
            lambda number, added_s: self._writer.do(lambda: self._pauses.remember(number, added_s)),
            Workbooks(
                Invitations(settings.invitations_file), settings.examples_dir, lambda: VoiceActivity().probability
            ),
        )
        switchboard = Switchboard(settings, parts, equipment, manager)
        self._listeners += [switchboard.wanted, self._stories.offered]
        return manager, switchboard, records

    def _heard(self, event: ManagerEvent) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # one that breaks must not keep a call from the others
                log.exception("an event %s was not taken by all", event.name)

    def _hold(self, language: str) -> tuple[str, ...]:
        """“One moment, please”; nothing where it can be neither rendered nor was recorded."""
        prompts = self._flows.catalogues.get(language)
        if prompts is None or not prompts.has("main.hold") or not self._voice.can_say(prompts, ["main.hold"]):
            return ()
        return tuple(prompts.template("main.hold").fixed or ())

    def _unheard(self) -> tuple[str, ...]:
        """Languages of calls that go on by key."""
        chain = self._recogniser
        return tuple(code for code in load_packs() if chain is not None and not chain.hears(code))

    async def _profile(self, number: str) -> CallerProfile:
        found = await asyncio.to_thread(self._callers.by_number, number)
        asked = found.language or self._settings.language
        held = asked in self._flows.catalogues
        return CallerProfile(
            number,
            found.name,
            found.person_id,
            found.band,
            language=asked if held else self._settings.language,
            rate=found.rate,
            loudness=found.loudness,
            speaks="" if held else asked,
        )

    def _keep_sentence(self, call: str, audio: bytes) -> None:
        if not self._settings.desk.enabled:
            return  # the pages' server plays it, and deletes it with the call: without one nobody would
        self._writer.do(lambda: LastSentences(self._settings.sentences_dir).keep(call, audio))

    def _remember_speech(self, number: str | None, rate: str, loudness: str) -> None:
        if number is not None:
            self._writer.do(lambda: self._callers.remember_speech(number, rate, loudness))

    def _remember_language(self, number: str | None, language: str) -> None:
        if number is not None:
            self._writer.do(lambda: self._callers.remember_language(number, language))

    async def _follow_flows(self, connected: asyncio.Event) -> None:
        """New calls get what was published since; calls that are going on keep the flows that they began with."""
        await connected.wait()
        while True:
            changed = await asyncio.to_thread(self._flows.refresh)
            state = self._flows.problem or "running"
            if changed or self.states.get("flows") != state:
                self.states["flows"] = state
                self._tell_change()
            if changed:
                await self._voice.take_all(self._flows.catalogues.values())
            if changed or self.local_now().date() != self._made_on:  # 明天 is another day now
                await self._render_ahead()
            await asyncio.sleep(FLOWS_EVERY_S)

    async def _render_ahead(self) -> None:
        """All fixed prompts, then those with likely values, while nobody waits for them."""
        self._made_on = self.local_now().date()
        if self.states["voice"] != "running":
            return
        departments, hospitals = await asyncio.to_thread(self._places)
        said = await asyncio.to_thread(self._said_to_teachers)
        # Nothing is waited for from here on: of two that run at once, the last has what is in force now.
        prompts = self._flows.prompts
        likely = common_dynamic_pieces(prompts, self.local_now(), departments, hospitals)
        # Of other languages only what every call says: `yinling voices render` does the rest while nobody waits.
        wanted = {code: one.essential_pieces() for code, one in self._flows.catalogues.items()}
        wanted[prompts.language] = [*prompts.all_fixed_pieces(), *likely]
        wanted["zh"] = [*wanted.get("zh", ()), *said]
        self._voice.render_ahead(wanted)  # once, with all: a second list of a language would end the first

    def _places(self) -> tuple[list[str], list[str]]:
        """Departments and hospitals; none while the office is away."""
        try:
            departments = self._appointments.list_departments(None)["departments"]
            return departments, self._appointments.list_hospitals()["hospitals"]
        except (OfficeError, DatabaseError) as error:
            log.warning("only fixed prompts are rendered ahead: %s", error)
            return [], []

    def _said_to_teachers(self) -> list[str]:
        """What is said, in Mandarin, to those who were invited to teach phrases."""
        try:
            return all_said(Invitations(self._settings.invitations_file))
        except VoiceError as error:
            log.warning("nothing is rendered ahead for those who teach phrases: %s %s", error, error.remedy)
            return []

    def _publish(self) -> None:
        """Say that calls are taken, and with what."""
        facts: dict[str, Any] = {"pid": os.getpid(), "states": self.states}
        file = self._settings.run_dir / "app.json"
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        fresh.replace(file)

    def _tell_change(self) -> None:
        """While calls are taken: a full disk makes what is told of us old, and is no reason to leave the callers."""
        try:
            self._publish()
        except OSError as error:
            log.warning("the state of the dialogue could not be written down, what is shown of it is old: %s", error)


async def until_one_ends(tasks: Collection[asyncio.Task[None]], opening: Coroutine[Any, Any, None]) -> None:
    """Do `opening`, then wait. None of `tasks` ends by itself, before or after it: whatever ended one is raised."""
    beginning = asyncio.create_task(opening, name="opening")
    try:
        done, _ = await asyncio.wait({beginning, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        if done == {beginning}:
            beginning.result()
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)


async def _within(work: Awaitable[None]) -> None:
    """One part of the stopping; a part that hangs must not keep the others."""
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await work
    except TimeoutError:
        log.warning("a part did not stop within %.0f s", STOP_TIMEOUT_S)
