"""`yinling flows …`: what is printed, and what the exit code says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.loader import LIBRARY
from flows.schema_json import schema_text
from flows.sets import shipped
from ivr.cli import main
from tests.remembering import Remembering

BROKEN = "flow: broken\ntitle: x\nlanguages: [zh]\nsteps:\n  - step: over\n    end: done\n    colour: red\n"


class Terminal:
    """Runs commands against a hotline of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["flows", *words])
        assert result.exit_code == code, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def draft(self, flow: str, old: str, new: str) -> Path:
        paths = self.run("draft", "edit", flow).output.split()
        path = Path(next(one for one in paths if one.endswith(f"/{flow}.yaml")))
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        return path


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, learnt: Remembering) -> Terminal:
    monkeypatch.setattr("ivr.understanding.load_engine", lambda _: learnt)  # publishing rehearses
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    return Terminal(tmp_path)


def test_lint_warns_of_nothing_in_what_ships_but_that_five_languages_must_be_recorded(terminal: Terminal) -> None:
    for paths in ([], [str(LIBRARY)]):
        done = terminal.run("lint", *paths, "--json")
        findings = json.loads(done.output)
        assert done.exit_code == 0
        assert {one["code"] for one in findings} == {"poor_voice", "not_spoken"}
        assert {one["message"].split()[0] for one in findings} == {"Korean", "Kazakh", "Uyghur", "Tibetan", "Mongolian"}


def test_lint_names_file_line_and_remedy_and_fails(terminal: Terminal) -> None:
    path = terminal.folder / "broken.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    assert f"{path}:7: error: " in terminal.run("lint", str(path), code=1).output
    found = json.loads(terminal.run("lint", "--json", str(path), str(terminal.folder), code=1).output)
    assert [(one["file"], one["line"], one["code"], one["severity"]) for one in found] == [
        (str(path), 7, "unknown_key", "error")
    ]
    assert set(found[0]) == {"file", "line", "code", "message", "remedy", "severity"}


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"", b"a: [", b"- &a [*a]", "标题".encode("gbk")])
def test_no_file_gives_a_traceback(terminal: Terminal, content: bytes) -> None:
    path = terminal.folder / "bad.yaml"
    path.write_bytes(content)
    assert str(path) in terminal.run("lint", str(path), code=1).output
    assert str(path) in terminal.run("format", str(path), code=1).output
    assert path.read_bytes() == content


def test_a_path_that_is_not_there_is_said(terminal: Terminal) -> None:
    assert "does not exist" in terminal.run("lint", "nowhere.yaml", code=2).output


def test_format_checks_and_then_changes(terminal: Terminal) -> None:
    path = terminal.folder / "small.yaml"
    path.write_text("a:   1  # one\n", encoding="utf-8")
    assert str(path) in terminal.run("format", "--check", str(terminal.folder), code=1).output
    assert path.read_text(encoding="utf-8") == "a:   1  # one\n"
    terminal.run("format", str(terminal.folder))
    assert path.read_text(encoding="utf-8") == "a: 1  # one\n"
    terminal.run("format", "--check", str(path))


def test_schema_is_what_ships(terminal: Terminal) -> None:
    assert terminal.run("schema").output == schema_text()


def test_a_draft_is_shown_published_listed_and_gone_back_from(terminal: Terminal) -> None:
    terminal.draft("pension", "title: 养老金", "title: 退休金")
    assert "+title: 退休金" in terminal.run("draft", "diff").output
    assert "title: 养老金" in terminal.run("show", "pension").output
    assert "title: 退休金" in terminal.run("show", "pension", "--draft").output
    assert "publication 1" in terminal.run("publish", "pension", "--note", "shorter").output
    assert "退休金" in terminal.run("list").output
    assert "publication 2" in terminal.run("rollback").output
    assert "养老金" in terminal.run("list").output
    assert "title: 退休金" in terminal.run("show", "pension", "--publication", "1").output
    history = [json.loads(line) for line in terminal.run("history", "--json").output.splitlines()]
    assert [(one["number"], one["note"], one["in_force"]) for one in history] == [
        (0, "the library that ships", False),
        (1, "shorter", False),
        (2, "all flows back to publication 0", True),
    ]


def test_publishing_is_refused_with_the_reasons(terminal: Terminal) -> None:
    terminal.draft("pension", "go: paid", "go: nowhere")
    output = terminal.run("publish", code=1).output
    assert "pension.yaml:" in output
    assert "no_step" in output
    assert "Nothing was published" in output
    assert json.loads(terminal.run("list", "--json").output)["publication"] == 0
    assert "pension.yaml\n" in terminal.run("draft", "discard").output
    terminal.run("lint")


def test_publish_cannot_be_forced(terminal: Terminal) -> None:
    assert "No such option" in terminal.run("publish", "--force", code=2).output


def test_export_and_import_go_round(terminal: Terminal) -> None:
    folder = terminal.folder / "git"
    terminal.run("export", str(folder))
    assert sorted(path.name for path in folder.glob("*.yaml")) == sorted(
        path for path in shipped().texts if "/" not in path
    )
    assert "nothing differs" in terminal.run("import", str(folder)).output
    path = folder / "pension.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("title: 养老金", "title: 退休金"), encoding="utf-8")
    assert "pension.yaml" in terminal.run("import", str(folder)).output
    facts = json.loads(terminal.run("list", "--json").output)
    assert [row["flow"] for row in facts["flows"] if row["draft"]] == ["pension"]
    terminal.run("publish")


def test_a_flow_is_taken_out(terminal: Terminal) -> None:
    terminal.run("draft", "remove", "pension")
    terminal.run("publish")
    names = [row["flow"] for row in json.loads(terminal.run("list", "--json").output)["flows"]]
    assert "pension" not in names


@pytest.mark.parametrize(
    "words",
    [
        ("show", "nothing"),
        ("show", "pension", "--publication", "9"),
        ("publish", "nothing"),
        ("publish",),
        ("rollback",),
        ("rollback", "nothing", "--to", "0"),
        ("draft", "edit", "nothing"),
        ("draft", "remove", "nothing"),
        ("import", "."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(terminal: Terminal, words: tuple[str, ...]) -> None:
    words = tuple(str(terminal.folder) if word == "." else word for word in words)
    assert terminal.run(*words, code=1).output.startswith("Error: ")
