"""Versions: published as a whole or not at all, gone back from, and carried through folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.drafts import bring_in, export
from flows.errors import FlowError
from flows.publishing import RefusedError, publish
from flows.sets import FlowFiles, read_set, shipped
from flows.versions import Versions
from tests.flows.desk_helpers import Desk

OPENING = "main.open: 您好，这里是新的开头。\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "flows")


def test_where_nothing_was_published_the_library_is_in_force(desk: Desk) -> None:
    assert desk.versions.current().number == 0
    assert desk.in_force == shipped()
    assert not desk.folder.exists()


def test_a_draft_is_in_force_only_when_it_is_published(desk: Desk) -> None:
    desk.title("pension", "退休金")
    assert desk.titles()["pension"] == "养老金"
    assert desk.publish() == 1
    assert desk.titles()["pension"] == "退休金"
    assert desk.drafts.names() == []


def test_one_flow_is_published_and_the_other_draft_stays(desk: Desk) -> None:
    desk.title("pension", "退休金")
    desk.title("appointments_check", "查号")
    desk.publish("pension")
    assert (desk.titles()["pension"], desk.titles()["appointments_check"]) == ("退休金", "查预约")
    assert desk.drafts.names() == ["appointments_check"]


def test_a_flow_is_taken_out_and_put_in_with_its_rehearsals(desk: Desk) -> None:
    desk.drafts.write("rehearsals/pension/paid.yaml", "x: y\n")
    desk.publish()
    desk.drafts.remove("pension.yaml")
    desk.drafts.remove("rehearsals/pension/paid.yaml")
    desk.publish("pension")
    assert "pension" not in desk.titles()
    assert "rehearsals/pension/paid.yaml" not in desk.in_force.texts
    desk.go_back("pension", to=1)
    assert "rehearsals/pension/paid.yaml" in desk.in_force.texts
    assert desk.titles()["pension"] == "养老金"


def test_an_error_of_the_linter_keeps_everything_from_being_published(desk: Desk) -> None:
    desk.title("pension", "退休金")
    desk.drafts.write("appointments_check.yaml", "flow: appointments_check\nsteps: [\n")
    with pytest.raises(RefusedError) as refused:
        desk.publish()
    assert [finding.code for finding in refused.value.findings] == ["not_yaml"]
    assert desk.versions.newest() == 0
    assert desk.rehearsed == []
    assert desk.drafts.names() == ["appointments_check", "pension"]


def test_a_rehearsal_that_fails_keeps_everything_from_being_published(desk: Desk) -> None:
    desk.title("pension", "退休金")
    desk.failures = ["pension/paid.yaml:3: expected 退休金"]
    with pytest.raises(RefusedError) as refused:
        desk.publish()
    assert refused.value.failures == ("pension/paid.yaml:3: expected 退休金",)
    assert desk.rehearsed == [sorted(shipped().texts)]
    assert desk.titles()["pension"] == "养老金"


def test_a_draft_without_a_change_is_nothing_to_publish(desk: Desk) -> None:
    desk.drafts.edit("pension", shipped())
    with pytest.raises(FlowError, match="in force already"):
        desk.publish()
    assert desk.drafts.names() == []
    with pytest.raises(FlowError, match="no draft of pension"):
        desk.publish("pension")


def test_going_back_is_a_publication_too_and_goes_further_each_time(desk: Desk) -> None:
    for title in ("一", "二"):
        desk.title("pension", title)
        desk.publish()
    assert desk.go_back() == 3
    assert desk.titles()["pension"] == "一"
    assert desk.go_back() == 4
    assert desk.titles()["pension"] == "养老金"
    with pytest.raises(FlowError, match="nothing to go back to"):
        desk.go_back()
    assert desk.go_back(to=2) == 5
    assert desk.titles()["pension"] == "二"
    assert [one.number for one in desk.versions.history()] == [0, 1, 2, 3, 4, 5]


def test_one_flow_goes_back_among_newer_ones_and_is_checked(desk: Desk) -> None:
    desk.title("pension", "一")
    desk.publish()
    desk.title("appointments_check", "查号")
    desk.publish()
    desk.rehearsed.clear()
    desk.go_back("pension", to=0)
    assert (desk.titles()["pension"], desk.titles()["appointments_check"]) == ("养老金", "查号")
    assert len(desk.rehearsed) == 1
    desk.failures = ["no"]
    with pytest.raises(RefusedError):
        desk.go_back("pension", to=1)


def test_who_was_slower_is_told_and_publishes_nothing(desk: Desk) -> None:
    other = shipped().changed({"pension.yaml": None})
    desk.versions.publish(other, after=0)
    with pytest.raises(FlowError, match="Somebody else"):
        desk.versions.publish(shipped(), after=0)
    assert desk.in_force == other

    def meanwhile(_: Path) -> list[str]:
        desk.versions.publish(shipped(), after=1)
        return []

    desk.title("appointments_check", "查号")
    with pytest.raises(FlowError, match="Somebody else"):
        publish(desk.versions, desk.drafts, meanwhile)
    assert desk.in_force == shipped()


class _Killed(BaseException):
    """The program ends at this very call."""


def _kill_at(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let the program end at the `count`-th change of the disk: it does nothing any more from there on."""
    calls = 0

    def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls >= count:
                raise _Killed
            return real(*args, **kwargs)

        return call

    for name in ("fsync", "link", "replace", "unlink", "fchmod"):
        monkeypatch.setattr(os, name, wrap(getattr(os, name)))


def test_a_program_that_is_killed_at_any_moment_has_published_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, count, outcomes = shipped(), 0, set[str]()
    while True:
        count += 1
        desk = Desk(tmp_path / str(count))
        desk.title("pension", "新")
        whole = desk.drafts.over(old).texts  # rehearsals are left out: each file is one more moment to be killed at
        new = FlowFiles({path: text for path, text in whole.items() if not path.startswith("rehearsals/")})
        with monkeypatch.context() as patch:
            _kill_at(patch, count)
            try:
                desk.versions.publish(new, after=0)
            except _Killed:
                pass
            else:
                break
        assert desk.in_force in (old, new)
        outcomes.add(desk.in_force.identity)
        again = Versions(tmp_path / str(count))
        after = again.newest()
        again.publish(new, after=after)
        assert again.files(again.current().version) == new
    assert count > 10
    assert outcomes == {old.identity, new.identity}


@pytest.mark.parametrize("damage", ["publications/000002.json", "set", "object"])
def test_what_was_damaged_on_the_disk_is_passed_over(desk: Desk, damage: str) -> None:
    desk.title("pension", "一")
    desk.publish()
    desk.title("pension", "二")
    desk.publish()
    if damage == "set":
        path = desk.folder / "sets" / f"{desk.in_force.identity}.json"
    elif damage == "object":
        path = next(one for one in (desk.folder / "objects").iterdir() if "title: 二" in one.read_text())
    else:
        path = desk.folder / damage
    path.write_bytes(b'{"half')
    assert desk.titles()["pension"] == "一"
    desk.title("pension", "三")
    assert desk.publish() == 3
    assert desk.titles()["pension"] == "三"


def test_a_disk_that_refuses_gives_a_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FlowError, match="No space left") as error:
        desk.title("pension", "一")
    assert error.value.remedy
    with pytest.raises(FlowError, match="No space left"):
        desk.versions.publish(shipped().changed({"pension.yaml": None}), after=0)
    assert desk.in_force == shipped()


# ---- folders for git


def test_an_exported_folder_comes_back_unchanged(desk: Desk, tmp_path: Path) -> None:
    desk.title("pension", "一")
    desk.drafts.write("prompts/zh.yaml", f"prompts:\n  {OPENING}")
    desk.drafts.write("rehearsals/pension/付了.yaml", "x: y\n")
    desk.publish()
    folder = tmp_path / "git"
    (folder / ".git").mkdir(parents=True)
    (folder / "README.md").write_text("ours", encoding="utf-8")
    assert export(desk.in_force, folder) == sorted(desk.in_force.texts)
    assert read_set(folder) == desk.in_force
    assert export(desk.in_force, folder) == []
    assert bring_in(folder, desk.drafts, desk.in_force) == []
    other = Desk(tmp_path / "other")
    assert len(bring_in(folder, other.drafts, other.in_force)) == 3
    other.publish()
    assert other.in_force.identity == desk.in_force.identity


def test_export_takes_away_what_the_set_has_no_more_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "git"
    export(shipped(), folder)
    (folder / "notes.txt").write_text("ours", encoding="utf-8")
    assert export(shipped().changed({"pension.yaml": None}), folder) == ["pension.yaml"]
    assert (folder / "notes.txt").exists()
    assert not (folder / "pension.yaml").exists()


def test_import_of_a_whole_folder_takes_out_what_it_lacks(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "git"
    export(shipped().changed({"pension.yaml": None}), folder)
    assert bring_in(folder, desk.drafts, desk.in_force) == []
    assert bring_in(folder, desk.drafts, desk.in_force, whole=True) == ["pension.yaml"]
    desk.publish()
    assert "pension" not in desk.titles()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("pension.yaml", b"\x00\xff", "not_text"),
        ("pension.yaml", b"a: b\n" * 2_000_000, "too_large"),
        ("Upper.yaml", b"flow: x\n", "file_name"),
        ("rehearsals/pension/a b.yaml", b"x: y\n", "file_name"),
    ],
)
def test_a_folder_with_a_bad_file_is_not_taken_in_part(
    desk: Desk, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    folder = tmp_path / "git"
    export(shipped().changed({"appointments_check.yaml": "flow: other\n"}), folder)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    with pytest.raises(FlowError) as error:
        bring_in(folder, desk.drafts, desk.in_force)
    assert error.value.code == code
    assert str(folder) in error.value.file
    assert desk.drafts.changes() == {}


@pytest.mark.parametrize("path", ["../pension.yaml", "/etc/x.yaml", "pension.yml", "prompts/../x.yaml", "a/b.yaml", ""])
def test_a_draft_stays_in_its_folder(desk: Desk, path: str) -> None:
    with pytest.raises(FlowError, match="called so"):
        desk.drafts.write(path, "x: y\n")
    with pytest.raises(FlowError, match="called so"):
        desk.drafts.remove(path)
