"""Recognition in processes of its own: a worker that dies costs time, not words; nothing waits for ever."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio
from rapidfuzz.distance import Levenshtein

from ivr.settings import load
from tests.waits import at_most
from voices.audio import RATE_HZ, phone_line, read_wav_pcm
from voices.errors import VoiceError
from voices.recognition import pool as pool_module
from voices.recognition.pool import RecogniserPool
from voices.recognition.whisper import WINDOW_S, windows

MODEL = load().models_dir / "whisper-base"
SPEECH = Path(__file__).parents[4] / "shared/speech"
needs_model = pytest.mark.skipif(
    not (MODEL / "model.bin").exists(), reason="the Whisper model is not here: `make prepare` says why"
)
SECOND = bytes(RATE_HZ * 2)


@pytest_asyncio.fixture
async def pool(tmp_path: Path) -> AsyncIterator[RecogniserPool]:
    made = RecogniserPool(MODEL, 1, tmp_path)
    await made.start()
    yield made
    pids = made.pids
    await made.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.skipif(not SPEECH.is_dir(), reason="the folder of recordings is not beside the project")
@needs_model
async def test_real_sentences_over_a_phone_line_are_recognised_about_as_well_as_was_measured(
    pool: RecogniserPool,
) -> None:
    wrong = length = 0
    for item in json.loads((SPEECH / "manifest.json").read_text(encoding="utf-8"))[:20]:
        heard = await pool.transcribe(phone_line(read_wav_pcm(SPEECH / item["wav"])), "zh", timeout_s=20)
        words = re.sub(r"\W", "", heard.text)
        wrong += Levenshtein.distance(item["text"], words)
        length += len(item["text"])
    assert wrong / length < 0.33  # 28-32 % with a 30 s window, by other measurements of the same model


@needs_model
async def test_a_worker_killed_at_work_costs_no_utterance(pool: RecogniserPool) -> None:
    noise = (np.random.default_rng(1).normal(0, 2000, RATE_HZ * 5)).astype("<i2").tobytes()
    first = pool.pids[0]
    work = asyncio.create_task(pool.transcribe(noise, "zh", timeout_s=20))
    await asyncio.sleep(0.02)
    os.kill(first, signal.SIGKILL)
    heard = await work
    assert heard.duration_s == pytest.approx(5.0)
    assert pool.pids != [first]


@needs_model
async def test_a_worker_killed_while_it_has_nothing_to_do_is_back_before_the_next_utterance(
    pool: RecogniserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "LIVED_S", 0.0)
    (first,) = pool.pids
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(at_most(20)):
        while not pool.pids or pool.pids == [first]:
            await asyncio.sleep(0.05)
    assert (await pool.transcribe(SECOND, "zh", timeout_s=20)).duration_s == pytest.approx(1.0)


@needs_model
async def test_a_worker_that_ends_again_and_again_is_started_by_the_next_utterance_only(pool: RecogniserPool) -> None:
    os.kill(pool.pids[0], signal.SIGKILL)
    async with asyncio.timeout(at_most(5)):
        while pool.pids:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    assert pool.pids == []
    assert (await pool.transcribe(SECOND, "zh", timeout_s=20)).duration_s == pytest.approx(1.0)


@needs_model
async def test_a_worker_that_hangs_is_given_up_and_replaced(
    pool: RecogniserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "WORK_MAX_S", 1.0)
    os.kill(pool.pids[0], signal.SIGSTOP)
    with pytest.raises(VoiceError) as caught:
        await pool.transcribe(SECOND, "zh", timeout_s=0.5)
    assert caught.value.code == "timeout"
    assert (await pool.transcribe(SECOND, "zh", timeout_s=20)).duration_s == pytest.approx(1.0)


@needs_model
async def test_more_than_the_queue_holds_is_refused_at_once(pool: RecogniserPool) -> None:
    results = await asyncio.gather(
        *(pool.transcribe(SECOND, "zh", timeout_s=30) for _ in range(20)), return_exceptions=True
    )
    refused = [r for r in results if isinstance(r, VoiceError)]
    assert {r.code for r in refused} == {"busy"}
    assert 1 <= len(refused) <= 14


async def test_without_a_model_the_pool_says_what_is_not_there(tmp_path: Path) -> None:
    pool = RecogniserPool(tmp_path / "nothing", 1, tmp_path)
    with pytest.raises(VoiceError) as caught:
        await pool.start()
    assert caught.value.code == "model_unusable"
    assert "nothing" in str(caught.value)
    assert caught.value.remedy
    assert pool.pids == []


def test_long_speech_is_cut_where_it_is_quiet() -> None:
    audio = np.full(int(14 * RATE_HZ), 0.3, dtype=np.float32)
    audio[int(8.5 * RATE_HZ) : int(8.8 * RATE_HZ)] = 0.0
    first, second = windows(audio)
    assert 8.5 <= len(first) / RATE_HZ <= 8.8
    assert len(first) + len(second) == len(audio)
    assert len(first) / RATE_HZ <= WINDOW_S
