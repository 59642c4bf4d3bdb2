"""The pages' server without Asterisk: its events are given by hand, its actions are noted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

import integrations.database.people as people_module
from integrations.database.people import NewPerson
from ivr.asterisk.config import load_secrets
from ivr.asterisk.manager import ManagerEvent
from ivr.desk.core import Desk
from ivr.desk.server import application, seed_knowledge
from ivr.settings import load
from ivr.settings_routing import Recording

CALL = "1700000000.1"
CALLER_LEG, SEAT_LEG = "PJSIP/trunk-00000001", "PJSIP/web1-00000002"


class FakeDesk(Desk):
    """A desk whose Asterisk takes every action and is silent by itself."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.actions: list[tuple[str, dict[str, str]]] = []
        self.manager.action = self._note  # type: ignore[method-assign]  # no Asterisk here: actions are noted
        self.manager.connected.set()
        self.board.sync([])

    async def _note(self, name: str, **fields: str) -> Mapping[str, str]:
        self.actions.append((name, fields))
        return {}

    async def run(self) -> None:
        """Only what does not need Asterisk."""
        await self._follow_events()

    def said(self, name: str, **fields: str) -> None:
        """Asterisk tells an event."""
        self.board.on_manager(ManagerEvent(name, fields))

    def rings(self, seat: str = "web1", call_id: str = CALL) -> None:
        """A caller who pressed 0 rings at a seat."""
        self.said("UserEvent", UserEvent="MediaWanted", Call=call_id, Number="13909710001", Channel=CALLER_LEG)
        self.said("UserEvent", UserEvent="HumanWanted", Call=call_id, Why="key0", Band="elder", Channel=CALLER_LEG)
        self.said(
            "DialBegin", Uniqueid=call_id, Linkedid=call_id, Channel=CALLER_LEG, DestChannel=f"PJSIP/{seat}-00000002"
        )

    def answers(self, seat: str = "web1", call_id: str = CALL) -> None:
        """The seat answers."""
        leg = f"PJSIP/{seat}-00000002"
        self.said("DialEnd", Linkedid=call_id, DestLinkedid=call_id, DestChannel=leg, DialStatus="ANSWER")

    def taped(self, what: str = "sound", leg: str = SEAT_LEG, call_id: str = CALL) -> None:
        """The dialplan keeps the talk from now on, by that leg; `nothing`: no more."""
        self.said("UserEvent", UserEvent="DeskTape", Call=call_id, Leg=leg, What=what)

    def seat_hangs_up(self, seat: str = "web1", call_id: str = CALL) -> None:
        """The agent ends the call, and Asterisk then the caller's leg."""
        self.said("Hangup", Channel=f"PJSIP/{seat}-00000002", Uniqueid="1700000000.2", Linkedid=call_id)
        self.said("Hangup", Channel=CALLER_LEG, Uniqueid=call_id, Linkedid=call_id)


class Browser:
    """One signed-in browser."""

    def __init__(self, client: TestClient[Any, Any], agent: str = "test browser") -> None:
        self.client, self.agent, self.csrf = client, agent, ""

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> ClientResponse:
        """A request as our page makes it; headers that are given replace its own."""
        own = {
            "User-Agent": self.agent,
            "X-Yinling-CSRF": self.csrf,
            "Origin": str(self.client.make_url("/")).rstrip("/"),
        }
        return await self.client.request(method, path, json=body, headers={**own, **headers})

    async def ok(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of an answer that must be good."""
        answer = await self.ask(method, path, body)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def sign_in(self, person: NewPerson, password: str = "") -> ClientResponse:
        """With the right code."""
        code = pyotp.TOTP(person.totp_secret).at(datetime.now(UTC) + timedelta(seconds=0))
        body = {"user": person.person.user, "password": password or person.password, "code": code}
        answer = await self.ask("POST", "/api/sign-in", body)
        if answer.status == 200:
            self.csrf = (await answer.json())["csrf"]
        return answer


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's parameters are slow on purpose."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(people_module, "_HASHER", quick)
    monkeypatch.setattr(people_module, "_NOBODY", quick.hash("nobody at all"))


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    settings = load(var_dir=tmp_path, demo=True)
    made = FakeDesk(settings, load_secrets(settings))
    made.database.migrate()
    seed_knowledge(made.knowledge)
    return made


@pytest.fixture
async def server(desk: FakeDesk, tmp_path: Path) -> AsyncIterator[TestServer]:
    pages = tmp_path / "pages"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").write_text("<!doctype html><title>银铃</title>", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    made = TestServer(application(desk, pages))
    await made.start_server()
    yield made
    await made.close()


@pytest.fixture
async def new_browser(server: TestServer) -> AsyncIterator[Any]:
    """Makes browsers, each with cookies of its own."""
    clients: list[TestClient[Any, Any]] = []

    def make(agent: str = "test browser") -> Browser:
        client = TestClient(server, cookie_jar=CookieJar(unsafe=True))  # a cookie of an address, not of a name
        clients.append(client)
        return Browser(client, agent)

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
async def li(desk: FakeDesk) -> NewPerson:
    return desk.people.add("root", "li.na", "李娜", "agent")


@pytest.fixture
async def zhao(desk: FakeDesk) -> NewPerson:
    return desk.people.add("root", "zhao.min", "赵敏", "supervisor")


@pytest.fixture
async def agent(new_browser: Any, li: NewPerson) -> Browser:
    """李娜, at the seat web1, ready."""
    made: Browser = new_browser()
    assert (await made.sign_in(li)).status == 200
    await made.ok("POST", "/api/seat", {"seat": "web1", "language": "zh"})
    await made.ok("POST", "/api/state", {"state": "ready"})
    return made


@pytest.fixture
def recorded(desk: FakeDesk) -> FakeDesk:
    """A town that records talks with persons."""
    desk.settings = desk.settings.model_copy(update={"recording": Recording(policy="persons")})
    return desk


@pytest.fixture
async def talking(recorded: FakeDesk, agent: Browser) -> Browser:
    """李娜, who talks with the caller."""
    recorded.rings()
    recorded.answers()
    recorded.taped()
    return agent
