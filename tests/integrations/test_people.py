"""People sign in with two factors, guessing is slowed, and a cookie is good for one browser at one address."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

import integrations.database.people as people_module
from integrations.database.people import RIGHTS, NewPerson, People, PeopleError, Right, Role
from integrations.database.sessions import SessionError, Sessions
from integrations.database.store import Database

START = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (test)"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def quick_hashing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's parameters are slow on purpose; one test is about them."""
    if "stored" not in request.node.name:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(people_module, "_HASHER", quick)
        monkeypatch.setattr(people_module, "_NOBODY", quick.hash("nobody at all"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    return People(database, clock)


@pytest.fixture
def li(people: People) -> NewPerson:
    return people.add("root", "li.na", "李娜", "agent", password="correct horse")


def code(person: NewPerson, clock: Clock) -> str:
    return pyotp.TOTP(person.totp_secret).at(clock.now)


def refusal(work: Callable[[], object]) -> PeopleError:
    with pytest.raises(PeopleError) as caught:
        work()
    return caught.value


def test_password_and_code_together_let_a_person_in(people: People, li: NewPerson, clock: Clock) -> None:
    person = people.check("li.na", "correct horse", code(li, clock), "127.0.0.1")
    assert (person.name, person.role, person.languages) == ("李娜", Role.AGENT, ("zh",))


@pytest.mark.parametrize(("password", "digits"), [("correct horse", "000000"), ("wrong horse!!", ""), ("x" * 1000, "")])
def test_one_wrong_factor_is_refused_without_saying_which(
    people: People, li: NewPerson, clock: Clock, password: str, digits: str
) -> None:
    error = refusal(lambda: people.check("li.na", password, digits or code(li, clock), "127.0.0.1"))
    unknown = refusal(lambda: people.check("nobody", password, "000000", "127.0.0.1"))
    assert (error.code, str(error)) == ("wrong", str(unknown))


def test_a_code_is_good_once(people: People, li: NewPerson, clock: Clock) -> None:
    seen = code(li, clock)
    people.check("li.na", "correct horse", seen, "127.0.0.1")
    assert refusal(lambda: people.check("li.na", "correct horse", seen, "127.0.0.1")).code == "wrong"


def test_a_clock_that_is_half_a_minute_off_is_forgiven_and_two_minutes_are_not(
    people: People, li: NewPerson, clock: Clock
) -> None:
    totp = pyotp.TOTP(li.totp_secret)
    people.check("li.na", "correct horse", totp.at(clock.now - timedelta(seconds=30)), "127.0.0.1")
    late = totp.at(clock.now + timedelta(seconds=120))
    assert refusal(lambda: people.check("li.na", "correct horse", late, "127.0.0.1")).code == "wrong"


def test_guessing_is_slowed_and_ten_wrong_tries_lock_for_a_quarter_of_an_hour(
    people: People, li: NewPerson, clock: Clock
) -> None:
    waits = []
    for _ in range(10):
        error = refusal(lambda: people.check("li.na", "guess guess", "123456", "127.0.0.1"))
        waits.append(error.wait_s)
        clock.pass_(error.wait_s)
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 900]
    clock.pass_(-1)
    right = refusal(lambda: people.check("li.na", "correct horse", code(li, clock), "127.0.0.1"))
    assert right.code == "locked"
    assert "管理员" in str(right)
    clock.pass_(2)
    assert people.check("li.na", "correct horse", code(li, clock), "127.0.0.1").user == "li.na"


def test_an_administrator_opens_a_locked_account_with_a_new_password(
    people: People, li: NewPerson, clock: Clock
) -> None:
    for _ in range(10):
        clock.pass_(refusal(lambda: people.check("li.na", "guess guess", "1", "127.0.0.1")).wait_s / 2)
    fresh = people.renew("root", "li.na")
    assert people.check("li.na", fresh.password, code(fresh, clock), "127.0.0.1").user == "li.na"
    assert refusal(lambda: people.check("li.na", "correct horse", code(fresh, clock), "127.0.0.1")).code == "wrong"


def test_a_burst_of_guesses_at_once_does_not_slip_past_the_lock(people: People, li: NewPerson) -> None:
    def guess(_: int) -> str:
        return refusal(lambda: people.check("li.na", "guess guess", "123456", "127.0.0.1")).code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(guess, range(16)))
    assert codes.count("wrong") <= 4


def test_passwords_are_not_stored(database: Database, li: NewPerson) -> None:
    with database.session() as session:
        hashed = session.connection().exec_driver_sql("SELECT password_hash FROM staff").scalar()
    assert str(hashed).startswith("$argon2id$")
    assert "correct horse" not in str(hashed)


@pytest.mark.parametrize(
    ("user", "role", "password", "expected"),
    [
        ("Li Na", "agent", "", "bad_user"),
        ("<b>li</b>", "agent", "", "bad_user"),
        ("wang", "boss", "", "bad_role"),
        ("wang", "agent", "short", "bad_password"),
        ("li.na", "agent", "", "user_exists"),
    ],
)
def test_a_person_who_cannot_be_added_is_refused(
    people: People, li: NewPerson, user: str, role: str, password: str, expected: str
) -> None:
    assert refusal(lambda: people.add("root", user, "x", role, password=password)).code == expected
    assert [p.user for p in people.list()] == ["li.na"]


def test_only_those_who_need_a_callers_story_see_it() -> None:
    assert [role for role in Role if Right.SEE_CALLS in RIGHTS[role]] == [Role.AGENT, Role.SUPERVISOR]
    assert [role for role in Role if Right.READ_AUDIT in RIGHTS[role]] == [Role.AUDITOR]


@pytest.fixture
def sessions(database: Database, clock: Clock) -> Sessions:
    return Sessions(database, idle_s=1800, longest_s=36_000, now=clock)


def gone(sessions: Sessions, token: str, address: str = "10.0.0.5", browser: str = BROWSER) -> str:
    with pytest.raises(SessionError) as caught:
        sessions.look(token, address, browser)
    return caught.value.code


def test_a_session_knows_its_person_until_they_sign_out(sessions: Sessions, li: NewPerson) -> None:
    opened = sessions.open(li.person, "10.0.0.5", BROWSER)
    found = sessions.look(opened.token, "10.0.0.5", BROWSER)
    assert (found.person.user, found.csrf) == ("li.na", opened.csrf)
    sessions.end(found.key, "li.na")
    assert gone(sessions, opened.token) == "ended"


@pytest.mark.parametrize(("address", "browser"), [("10.0.0.6", BROWSER), ("10.0.0.5", "curl/8")])
def test_a_stolen_cookie_is_refused_and_ends_the_session(
    sessions: Sessions, li: NewPerson, address: str, browser: str
) -> None:
    opened = sessions.open(li.person, "10.0.0.5", BROWSER)
    assert gone(sessions, opened.token, address, browser) == "elsewhere"
    assert gone(sessions, opened.token) == "ended"


def test_a_session_ends_when_nothing_is_done_and_at_the_latest_after_the_shift(
    sessions: Sessions, li: NewPerson, clock: Clock
) -> None:
    idle, busy = (sessions.open(li.person, "10.0.0.5", BROWSER) for _ in range(2))
    for _ in range(24):
        clock.pass_(1490)
        sessions.look(busy.token, "10.0.0.5", BROWSER)
    assert gone(sessions, idle.token) == "ended"
    clock.pass_(300)
    assert gone(sessions, busy.token) == "ended"


def test_closing_an_account_ends_its_sessions_at_once(people: People, sessions: Sessions, li: NewPerson) -> None:
    opened = sessions.open(li.person, "10.0.0.5", BROWSER)
    key = sessions.look(opened.token, "10.0.0.5", BROWSER).key
    people.set_active("root", "li.na", False)
    assert gone(sessions, opened.token) == "ended"
    assert not sessions.still_open(key)


def test_the_cookie_itself_is_not_stored(sessions: Sessions, database: Database, li: NewPerson) -> None:
    opened = sessions.open(li.person, "10.0.0.5", BROWSER)
    with database.session() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM staff_session").all()
    assert opened.token not in str(rows)
