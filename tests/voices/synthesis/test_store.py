"""Prompts: found on disk, rendered when missing, never half written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio

from ivr.settings import load
from voices.errors import VoiceError
from voices.synthesis.phone import for_phone
from voices.synthesis.store import RATE_HZ, PromptStore, tidy
from voices.synthesis.tempo import stretched

MODEL = load().models_dir / "kokoro"
pytestmark = pytest.mark.skipif(
    not (MODEL / "model.onnx").exists(), reason="the Kokoro voice is not here: `make prepare` says why"
)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does much else takes long to start a voice; how long a caller waits is not the matter here."""
    monkeypatch.setattr("voices.synthesis.store.RENDER_TIMEOUT_S", 100.0)
    monkeypatch.setattr("voices.worker_process.START_TIMEOUT_S", 100.0)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[PromptStore]:
    made = PromptStore(tmp_path / "prompts", MODEL, "zf_xiaobei", tmp_path)
    await made.start()
    yield made
    pids = made.pids
    await made.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_a_prompt_is_rendered_once_and_found_on_disk_afterwards(store: PromptStore, tmp_path: Path) -> None:
    assert store.missing(["好。"]) == ["好。"]
    first, second = await asyncio.gather(store.pcm("好。"), store.pcm("好。"))
    assert first == second
    assert 0.2 < len(first) / RATE_HZ / 2 < 2.0
    assert store.missing(["好。"]) == []
    (file,) = (tmp_path / "prompts").rglob("*.pcm")
    assert for_phone(file.read_bytes(), "normal") == first


async def test_a_slower_prompt_lasts_longer_and_a_loud_one_is_louder(store: PromptStore) -> None:
    normal, slow = await store.pcm("明天上午。"), await store.pcm("明天上午。", rate="slower")
    assert len(slow) > 1.15 * len(normal)
    loud = await store.pcm("明天上午。", loudness="loud")
    level = [np.abs(np.frombuffer(pcm, dtype="<i2").astype(float)).mean() for pcm in (normal, loud)]
    assert level[1] > 1.5 * level[0]
    assert np.abs(np.frombuffer(loud, dtype="<i2").astype(int)).max() <= 32767


async def test_each_rate_and_loudness_is_made_once_and_what_is_kept_is_bounded(
    store: PromptStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[float] = []
    file = store._file(store._key("好。", "normal"))
    file.parent.mkdir(parents=True)
    file.write_bytes((8000 * np.sin(np.arange(RATE_HZ) / 10)).astype("<i2").tobytes())

    def counted(pcm: bytes, factor: float) -> bytes:
        made.append(round(factor, 2))
        return stretched(pcm, factor)

    monkeypatch.setattr("voices.synthesis.store.stretched", counted)
    ways = [(rate, loudness) for rate in ("normal", "slow", "slower") for loudness in ("normal", "loud")]
    first = [await store.pcm("好。", rate=rate, loudness=loudness) for rate, loudness in ways]
    assert len(set(first)) == 6
    assert made == [1.15, 1.15, 1.32, 1.32]
    assert [await store.pcm("好。", rate=rate, loudness=loudness) for rate, loudness in ways] == first
    assert len(made) == 4, "nothing is made a second time"
    monkeypatch.setattr("voices.synthesis.store.MEMORY_MAX_BYTES", len(first[0]))
    store._memory.pop(next(reversed(store._memory)))
    store._memory_bytes = sum(len(one) for one in store._memory.values())
    await store.pcm("好。", rate="slower", loudness="loud")
    assert sum(len(one) for one in store._memory.values()) <= len(first[0])
    assert store._memory_bytes == sum(len(one) for one in store._memory.values())


async def test_a_file_that_was_cut_off_is_rendered_again(store: PromptStore, tmp_path: Path) -> None:
    await store.pcm("好。")
    (file,) = (tmp_path / "prompts").rglob("*.pcm")
    file.write_bytes(b"\x01")
    again = PromptStore(tmp_path / "prompts", MODEL, "zf_xiaobei")
    await again.start()
    assert len(await again.pcm("好。")) > 1000
    await again.close()


async def test_what_cannot_be_spoken_is_an_error_and_the_voice_goes_on(store: PromptStore) -> None:
    with pytest.raises(VoiceError) as caught:
        await store.pcm("   ")
    assert caught.value.code == "text_unspeakable"
    assert await store.pcm("好。")


async def test_a_voice_that_does_not_start_says_so(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "prompts", tmp_path / "nothing", "zf_xiaobei", tmp_path)
    await store.start()
    with pytest.raises(VoiceError) as caught:
        await store.pcm("好。")
    assert caught.value.code == "unavailable"
    await store.close()


def test_silence_around_a_piece_is_cut_to_one_breath() -> None:
    sound = (8000 * np.sin(np.arange(RATE_HZ) / 10)).astype("<i2").tobytes()
    silence = bytes(RATE_HZ * 2)
    assert len(tidy(silence + sound + silence)) / RATE_HZ / 2 == pytest.approx(1.18, abs=0.03)
