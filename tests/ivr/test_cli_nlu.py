"""`yinling nlu …`: what comes in, what goes out, and what the exit code says."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.cli_nlu import LINE_BYTES_MAX
from nlu.embedded import EmbeddedUnderstander
from nlu.training import examples, languages
from nlu.understand import ParseContext, Understander, Understanding
from tests.learnt import share

NOW = ("--now", "2026-03-11T10:00")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests of this file; what was learnt is the whole suite's."""
    folder = tmp_path_factory.mktemp("var")
    share(folder)
    return folder


@pytest.fixture
def folder(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YINLING_VAR_DIR", str(kept))
    monkeypatch.setenv("YINLING_SETTINGS", str(kept / "none.toml"))
    return kept


def run(*words: str, given: bytes = b"", code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["nlu", *words], input=given)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def parsed(given: bytes, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("parse", *words, given=given).stdout_bytes.split(b"\n")[:-1]]


def test_each_sentence_gives_one_object_with_these_names(folder: Path) -> None:
    booked, told = parsed("我想给老伴挂个骨科的号，明天上午\n谢谢，再见\n".encode(), *NOW)
    assert list(booked) == ["text", "intent", "confidence", "accepted", "slots"]
    assert (booked["text"], booked["intent"], booked["accepted"]) == (
        "我想给老伴挂个骨科的号，明天上午",
        "book_appointment",
        True,
    )
    assert booked["slots"]["date"] == {
        "value": "2026-03-12",
        "text": "明天",
        "start": 12,
        "end": 14,
        "confidence": booked["slots"]["date"]["confidence"],
    }
    assert booked["slots"]["part_of_day"]["value"] == "am"
    assert told["intent"] == "goodbye"


def test_tomorrow_hangs_on_now_and_a_zone_is_brought_to_the_hotlines(folder: Path) -> None:
    (here,) = parsed("明天".encode(), "--now", "2026-12-31T23:30")
    (there,) = parsed("明天".encode(), "--now", "2026-12-31T16:30+00:00")
    assert here["slots"]["date"]["value"] == "2027-01-01"
    assert there["slots"]["date"]["value"] == "2027-01-02"


def test_an_expected_slot_is_read_or_null(folder: Path) -> None:
    given = "谷科\n".encode()
    (found,) = parsed(given, "--expect", "department", "--expect", "date", *NOW)
    assert found["intent"] == "inform"
    assert found["slots"]["department"]["value"] == "骨科"
    assert found["slots"]["date"] == {"value": None, "text": "", "start": 0, "end": 0, "confidence": 0.0}


def test_bad_lines_give_one_object_each_in_order(folder: Path) -> None:
    long = "我想挂号".encode() * 900_000
    lines = [
        b"",
        "我要挂号".encode(),
        b"\xff\xfe\x80",
        "😀👵".encode(),
        b"\x00\x01\x07\x1b[2J",
        long,
        b"",
        "再\u2028见\x0b\x0c\x1c\x85".encode(),
        b'{"text": 1}',
        b"   ",
        "我要挂号\r".encode(),
        "最后".encode(),
    ]
    output = run("parse", *NOW, given=b"\n".join(lines)).stdout_bytes
    objects = [json.loads(line) for line in output.decode().splitlines()]
    assert [one["text"] for one in objects] == [line.decode(errors="replace").removesuffix("\r") for line in lines]
    assert [one["intent"] for one in objects if "挂号" in one["text"]] == ["book_appointment"] * 3
    for one in objects:
        assert set(one) == {"text", "intent", "confidence", "accepted", "slots"}


def test_nothing_in_gives_nothing_out(folder: Path) -> None:
    assert parsed(b"") == []


def test_a_line_without_an_end_does_not_fill_the_memory(folder: Path) -> None:
    found = parsed(b"a" * (LINE_BYTES_MAX + 5) + b"\n" + "我要挂号".encode(), *NOW)
    assert [len(one["text"]) for one in found] == [LINE_BYTES_MAX, 4]


def test_a_fault_in_one_sentence_keeps_no_other_from_being_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Understander):
        def understand(self, text: str, context: ParseContext) -> Understanding:
            if text == "坏":
                raise ZeroDivisionError
            return Understanding(text, "affirm", 0.9, accepted=True)

    monkeypatch.setattr("ivr.understanding.load_engine", lambda *_: Broken())
    result = run("parse", given="好\n坏\n好".encode(), code=1)
    assert [json.loads(line)["intent"] for line in result.stdout.splitlines()] == ["affirm", "out_of_scope", "affirm"]
    assert "1 sentences could not be read" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--now", "tomorrow"), "write it like 2026-03-11T10:00"),
        (("--language", "xx"), "known: "),
        (("--engine", "other"), "'embedded', 'rasa'"),
    ],
)
def test_a_wrong_option_is_explained(folder: Path, words: tuple[str, ...], said: str) -> None:
    assert said in run("parse", *words, code=2).output


def test_without_rasa_the_embedded_engine_reads_and_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINLING_NLU__RASA_URL", "http://127.0.0.1:9")
    result = run("parse", "--engine", "rasa", *NOW, given="我要挂号\n".encode())
    assert json.loads(result.stdout)["intent"] == "book_appointment"
    assert "in Rasa's place" in result.stderr


def test_evaluate_tells_the_figures_of_the_test_set(folder: Path) -> None:
    facts = json.loads(run("evaluate", "--json").stdout)
    assert facts["engine"] == "embedded"
    assert facts["sentences"] >= 240
    assert facts["accuracy"] >= 0.9
    assert facts["accepted_and_wrong"] <= 0.04
    assert 0.9 <= facts["auroc"] <= 1.0
    assert "macro-F1" in run("evaluate").stdout


def test_evaluate_and_confusions_take_a_file(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,intent\n我要挂号,book_appointment\n我要挂号呢姑娘,book_taxi\n", encoding="utf-8")
    facts = json.loads(run("evaluate", "--json", str(path)).stdout)
    assert (facts["sentences"], facts["accuracy"], facts["accepted_and_wrong"]) == (2, 0.5, 0.5)
    assert facts["auroc"] is None
    (pair,) = [json.loads(line) for line in run("confusions", "--json", str(path)).stdout.splitlines()]
    assert (pair["meant"], pair["taken"]) == ("book_taxi", "book_appointment")
    assert [(one["text"], one["accepted"]) for one in pair["sentences"]] == [("我要挂号呢姑娘", True)]
    printed = run("confusions", str(path)).stdout.splitlines()
    assert printed[0] == "book_taxi taken for book_appointment: 1"
    assert printed[1].endswith("我要挂号呢姑娘")


def test_learnt_sentences_are_counted_and_can_be_left_out(folder: Path, tmp_path: Path) -> None:
    learnt = examples()[0]
    path = tmp_path / "mine.yml"
    path.write_text(
        f'version: "3.1"\nnlu:\n- intent: {learnt.intent}\n  examples: |\n    - {learnt.text}\n', encoding="utf-8"
    )
    assert json.loads(run("evaluate", "--json", str(path)).stdout)["learnt"] == 1
    assert "none is left to measure by" in run("evaluate", "--unseen", str(path), code=1).output


@pytest.mark.parametrize("command", ["evaluate", "confusions"])
def test_a_file_that_cannot_be_used_gives_a_sentence(folder: Path, tmp_path: Path, command: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\xff\x00")
    assert "labelled_file: " in run(command, str(path), code=1).output
    assert "does not exist" in run(command, str(tmp_path / "none.csv"), code=2).output


@pytest.fixture
def no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The optional package is not installed."""

    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("nlu.vectors.version", absent)


@pytest.mark.usefixtures("no_vectors")
def test_without_the_package_of_vectors_sentences_are_read_and_no_figures_are_told(folder: Path) -> None:
    result = run("parse", "--vectors", *NOW, given="我要挂号\n".encode())
    assert json.loads(result.stdout)["intent"] == "book_appointment"
    assert "pip install 'yinling[vectors]'" in result.stderr
    output = run("evaluate", "--vectors", code=1).output
    assert "without sentence vectors" in output
    assert "right" not in output


@pytest.mark.parametrize("command", ["parse", "evaluate", "confusions", "train"])
def test_vectors_are_not_for_rasa(folder: Path, command: str) -> None:
    assert "--vectors is for the embedded engine" in run(command, "--vectors", "--engine", "rasa", code=2).output


@pytest.mark.usefixtures("no_vectors")
def test_train_says_how_to_install_the_vectors(folder: Path) -> None:
    assert "vectors_missing: " in run("train", "--vectors", code=1).output


def test_rasas_figures_are_not_the_embedded_engines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINLING_NLU__RASA_URL", "http://127.0.0.1:9")
    output = run("evaluate", "--engine", "rasa", code=1).output
    assert "cannot be reached" in output
    assert "right" not in output


def test_train_learns_once_and_again_when_forced(
    folder: Path, trained: EmbeddedUnderstander, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[str] = []

    def again() -> EmbeddedUnderstander:
        learnt.append("again")
        return trained

    monkeypatch.setattr("nlu.embedded.train", again)  # the real one takes seconds
    line = run("train").stdout
    kept = Path(line.rsplit(": ", 1)[1].strip())
    count = sum(len(examples(language)) for language in languages())
    assert line.startswith(f"embedded: {count} sentences, 34 intents")
    before = kept.stat().st_mtime_ns
    run("train")
    assert kept.stat().st_mtime_ns == before
    assert learnt == []
    run("train", "--force")
    assert kept.stat().st_mtime_ns > before
    assert learnt == ["again"]


def test_train_says_how_to_install_rasa(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlu.rasa_server.VENV", tmp_path / "none")
    assert "make rasa" in run("train", "--engine", "rasa", code=1).output
