"""Signing in with the town's identity provider, and each way in which it can fail."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from pydantic import ValidationError

from integrations.database.links import Links
from integrations.database.people import NewPerson
from ivr.asterisk.config import load_secrets
from ivr.desk.oidc import CODES
from ivr.desk.server import application
from ivr.settings import PROJECT_DIR, load
from ivr.settings_oidc import Oidc
from tests.desk.conftest import FakeDesk
from tests.oidc_provider import CLIENT, SECRET

GROUPS = {"hotline-bosses": "supervisor", "hotline-agents": "agent"}
LI = {"preferred_username": "Li.Na", "name": "李娜", "groups": ["staff", "hotline-agents"], "amr": ["pwd", "otp"]}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider's address."""
    command = [sys.executable, "-m", "tests.oidc_provider"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT_DIR) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


class Browser:
    """Follows the way out and back, one step at a time."""

    def __init__(self, client: TestClient[Any, Any], issuer: str) -> None:
        self.client, self.issuer = client, issuer
        self.headers = {"User-Agent": "test browser", "Origin": str(client.make_url("/")).rstrip("/")}

    async def control(self, claims: dict[str, Any], fault: str = "") -> None:
        async with ClientSession() as session:
            await (await session.post(f"{self.issuer}/control", json={"claims": claims, "fault": fault})).read()

    async def get(self, path: str) -> ClientResponse:
        return await self.client.get(path, headers=self.headers, allow_redirects=False)

    async def out(self) -> str:
        """To the provider, who agrees; returns where it sends the browser back to (path and query)."""
        answer = await self.get("/api/oidc/start")
        assert answer.status == 302
        async with ClientSession() as session:
            sent = await session.get(answer.headers["Location"], allow_redirects=False)
            back = urlsplit(sent.headers["Location"])
        return f"{back.path}?{back.query}"

    async def sign_in(self) -> str:
        """All of it; returns where the browser ends."""
        answer = await self.get(await self.out())
        assert answer.status == 303
        return answer.headers["Location"]

    async def me(self) -> dict[str, Any]:
        answer = await self.get("/api/me")
        found: dict[str, Any] = await answer.json()
        return found if answer.status == 200 else {}


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issuer: str) -> FakeDesk:
    """A desk whose staff are known to a provider."""
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    oidc = {
        "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "roles": GROUPS, "add_people": True,
        "timeout_s": 1.5,
    }  # fmt: skip
    settings = load(var_dir=tmp_path, demo=True, desk={"oidc": oidc})
    made = FakeDesk(settings, load_secrets(settings))
    made.database.migrate()
    return made


@pytest.fixture
async def browser(town: FakeDesk, tmp_path: Path, issuer: str) -> AsyncIterator[Browser]:
    server = TestServer(application(town, tmp_path))
    async with TestClient(server, cookie_jar=CookieJar(unsafe=True)) as client:
        made = Browser(client, issuer)
        await made.control(LI)
        yield made


async def test_who_comes_with_the_provider_and_its_second_factor_is_in(town: FakeDesk, browser: Browser) -> None:
    assert (await (await browser.get("/api/sign-in")).json())["oidc"] is True
    assert await browser.sign_in() == "/"
    me = await browser.me()
    assert (me["user"], me["name"], me["role"]) == ("li.na", "李娜", "agent")
    entry = next(e for e in town.audit.entries() if e.what == "signed_in")
    assert (entry.who, entry.data["by"], entry.data["second_factor"]) == ("li.na", "oidc", "provider")
    town.people.set_active("root", "li.na", False)
    assert await browser.me() == {}, "the session ends as any other"
    assert await browser.sign_in() == "/?sign-in=closed"


async def test_without_the_providers_second_factor_ours_is_asked_for(town: FakeDesk, browser: Browser) -> None:
    li: NewPerson = town.people.add("root", "li.na", "李娜", "agent")
    Links(town.database).link("root", "li.na", browser.issuer, "person-1")
    await browser.control({**LI, "amr": ["pwd"]})
    assert await browser.sign_in() == "/?sign-in=second"
    assert await browser.me() == {}
    post = browser.client.post
    wrong = await post("/api/oidc/second", json={"code": "000000"}, headers=browser.headers)
    assert (wrong.status, (await wrong.json())["code"]) == (403, "wrong")
    code = pyotp.TOTP(li.totp_secret).at(datetime.now(UTC) + timedelta(seconds=0))
    assert (await post("/api/oidc/second", json={"code": code}, headers=browser.headers)).status == 200
    assert (await browser.me())["user"] == "li.na"
    again = await post("/api/oidc/second", json={"code": code}, headers=browser.headers)
    assert again.status == 401, "each is good once"


async def test_guessing_codes_is_bounded_and_counts_against_the_account(town: FakeDesk, browser: Browser) -> None:
    await browser.control({**LI, "amr": []})
    await browser.sign_in()
    answers = [
        await browser.client.post("/api/oidc/second", json={"code": f"{n:06}"}, headers=browser.headers)
        for n in range(7)
    ]
    assert {one.status for one in answers[:4]} == {403}
    assert {one.status for one in answers[5:]} <= {401, 429}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("denied", "refused"), ("nonce", "token"), ("audience", "token"), ("azp", "token"), ("issuer", "token"),
        ("signature", "token"), ("unknown_key", "token"), ("none", "token"), ("hmac", "token"),
        ("expired", "clock"), ("future", "clock"),
    ],
)  # fmt: skip
async def test_a_token_that_is_not_good_lets_nobody_in(town: FakeDesk, browser: Browser, fault: str, code: str) -> None:
    await browser.control(LI, fault)
    assert await browser.sign_in() == f"/?sign-in={code}"
    assert await browser.me() == {}
    assert town.people.list() == []
    assert [e.target for e in town.audit.entries() if e.what == "sign_in_failed"] == [code]


@pytest.mark.parametrize("fault", ["slow", "other_issuer", "plain_address"])
async def test_a_provider_that_is_away_or_not_itself_is_said_so_in_time(
    town: FakeDesk, browser: Browser, fault: str
) -> None:
    await browser.control(LI, fault)
    answer = await browser.get("/api/oidc/start")
    assert (answer.status, answer.headers["Location"]) == (303, "/?sign-in=away")


async def test_the_way_back_is_good_once_and_in_that_browser_only(
    town: FakeDesk, browser: Browser, tmp_path: Path
) -> None:
    back = await browser.out()
    async with TestClient(TestServer(application(town, tmp_path)), cookie_jar=CookieJar(unsafe=True)) as thief:
        stolen = await thief.get(back, allow_redirects=False)
        assert stolen.headers["Location"] == "/?sign-in=state"
    forged = re.sub(r"state=[^&]+", "state=guess", back)
    assert (await browser.get(forged)).headers["Location"] == "/?sign-in=state"
    assert await browser.me() == {}
    back = await browser.out()
    assert (await browser.get(back)).headers["Location"] == "/"
    assert (await browser.get(back)).headers["Location"] == "/?sign-in=state"


async def test_a_code_without_its_verifier_is_worth_nothing(town: FakeDesk, browser: Browser) -> None:
    """PKCE: a code that was seen on its way is exchanged for nothing without what only we know."""
    await browser.control(LI)
    code = parse_qs(urlsplit(await browser.out()).query)["code"][0]
    another = urlsplit(await browser.out())
    state = parse_qs(another.query)["state"][0]
    answer = await browser.get(f"{another.path}?state={state}&code={code}")
    assert answer.headers["Location"] == "/?sign-in=refused"


async def test_the_role_is_the_providers_and_who_has_none_stays_outside(town: FakeDesk, browser: Browser) -> None:
    await browser.control({**LI, "groups": ["staff"]})
    assert await browser.sign_in() == "/?sign-in=no_role"
    assert town.people.list() == []
    await browser.control({**LI, "groups": ["hotline-agents", "hotline-bosses"]})
    assert await browser.sign_in() == "/"
    assert (await browser.me())["role"] == "supervisor"
    await browser.control({**LI, "groups": "hotline-agents"})
    await browser.sign_in()
    assert (await browser.me())["role"] == "agent"
    assert [e.data["after"] for e in town.audit.entries() if e.what == "staff_role"] == ["agent"]


async def test_a_name_alone_takes_over_nobodys_account(town: FakeDesk, browser: Browser) -> None:
    town.people.add("root", "chen", "陈静", "administrator")
    await browser.control({**LI, "preferred_username": "chen", "groups": ["hotline-bosses"]})
    assert await browser.sign_in() == "/?sign-in=no_person"
    assert [(p.user, p.role.value) for p in town.people.list()] == [("chen", "administrator")]


async def test_the_administrator_of_our_own_comes_in_while_the_provider_is_away(
    town: FakeDesk, browser: Browser
) -> None:
    await browser.control(LI, "slow")
    chen = town.people.add("root", "chen", "陈静", "administrator")
    code = pyotp.TOTP(chen.totp_secret).at(datetime.now(UTC) + timedelta(seconds=0))
    given = {"user": "chen", "password": chen.password, "code": code}
    assert (await browser.client.post("/api/sign-in", json=given, headers=browser.headers)).status == 200
    assert (await browser.me())["role"] == "administrator"


async def test_a_provider_that_changes_its_keys_is_asked_for_the_new_ones(
    town: FakeDesk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.desk.oidc.KEYS_AGAIN_S", 0.0)
    assert await browser.sign_in() == "/"
    await browser.control(LI, "new_key")
    assert await browser.sign_in() == "/"


def test_the_page_has_a_sentence_for_every_failure() -> None:
    words = (PROJECT_DIR / "console/src/words.ts").read_text(encoding="utf-8")
    assert [code for code in CODES if f"  sign_in_{code}: [" not in words] == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"issuer": "http://login.example"}, "https"),
        ({"issuer": "https://login.example"}, "client_id"),
        ({"issuer": "https://login.example", "client_id": "x"}, "roles"),
        ({"issuer": "https://login.example", "client_id": "x", "roles": {"a": "king"}}, "administrator"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_what_to_write(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Oidc(**given)
