"""The register takes a town's list: people are added and changed, never removed, and what they chose stays."""

from __future__ import annotations

from integrations.database.audit import AuditLog
from integrations.database.callers import Callers
from integrations.database.figures import Figures
from integrations.database.register import AT_ONCE, Change, Register, Registered
from integrations.database.store import Database

ELDER = Registered("13909710001", "王秀英", "elder", "湟源县", "bo")


def test_who_is_new_is_known_from_then_on(database: Database) -> None:
    assert Register(database).take([ELDER], "shell:root") == Change(1, 0, 0)
    found = Callers(database).by_number(ELDER.number)
    assert (found.name, found.band, found.language) == ("王秀英", "elder", "bo")
    assert Register(database).take([ELDER], "shell:root") == Change(0, 0, 1)


def test_who_is_known_is_changed_and_keeps_what_the_list_does_not_say(database: Database) -> None:
    Register(database).take([ELDER], "shell:root")
    later = Registered(ELDER.number, "王秀英", "vulnerable")
    assert Register(database).take([later], "shell:root") == Change(0, 1, 0)
    assert Callers(database).bands() == {ELDER.number: "vulnerable"}
    assert Figures(database).counties([ELDER.number]) == {ELDER.number: "湟源县"}
    assert Callers(database).by_number(ELDER.number).language == "bo"


def test_a_language_that_was_chosen_by_telephone_stays(database: Database) -> None:
    Callers(database).remember_language(ELDER.number, "mn")
    Register(database).take([ELDER], "shell:root")
    assert Callers(database).by_number(ELDER.number).language == "mn"


def test_counting_alone_changes_nothing(database: Database) -> None:
    assert Register(database).take([ELDER], "shell:root", write=False) == Change(1, 0, 0)
    assert Callers(database).bands() == {}
    assert AuditLog(database).verify().entries == 0


def test_a_long_list_is_taken_and_on_record_once_without_names(database: Database) -> None:
    people = [Registered(f"139{n:08d}", "老人", "elder") for n in range(AT_ONCE * 2 + 1)]
    assert Register(database).take(people, "shell:root") == Change(len(people), 0, 0)
    entry = next(iter(AuditLog(database).entries()))
    assert (entry.who, entry.what, entry.data["new"]) == ("shell:root", "callers_imported", len(people))
    assert "139" not in str(entry.data)


def test_a_list_that_names_no_band_takes_priority_from_nobody(database: Database) -> None:
    Register(database).take([Registered(ELDER.number, "王秀英", "vulnerable")], "shell:root")
    others = [Registered(ELDER.number, "王秀英"), Registered("13909710002", "马占祥")]
    assert Register(database).take(others, "shell:root") == Change(1, 0, 1)
    assert Callers(database).bands() == {ELDER.number: "vulnerable", "13909710002": "elder"}
