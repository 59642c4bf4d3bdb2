"""A waiting caller hears their place in the queue."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.settings import load
from nlu.pinyin import find_in
from tests.calls.conftest import Hotline
from voices.audio import read_wav_pcm
from voices.recognition.pool import RecogniserPool

pytestmark = [pytest.mark.calls, pytest.mark.speech]
SERVICE = "12349"
MODEL = load().models_dir / "whisper-base"


@pytest.mark.skipif(not (MODEL / "model.bin").exists(), reason="the Whisper model is not here: `make prepare` says why")
async def test_the_second_in_the_queue_hears_that_they_are_second(hotline: Hotline, tmp_path: Path) -> None:
    async with hotline.caller("13900000081") as first, hotline.caller("13900000082", tmp_path) as second:
        await first.call(SERVICE)
        await first.state("CONFIRMED", timeout_s=5)
        await hotline.queued("13900000081")
        await second.call(SERVICE)
        await second.state("CONFIRMED", timeout_s=5)
        await hotline.queued("13900000082")
        await asyncio.sleep(8)
        await second.hangup()
        await second.state("DISCONNECTED")
        await first.hangup()
    pool = RecogniserPool(MODEL, 1)
    await pool.start()
    try:
        heard = await pool.transcribe(read_wav_pcm(tmp_path / "heard.wav"), "zh", timeout_s=20)
    finally:
        await pool.close()
    assert find_in(heard.text, ["您现在排在第二位"], least=0.6) is not None, heard.text


async def test_a_key_pressed_while_the_place_is_told_is_not_lost(talking: Hotline) -> None:
    async with talking.caller("13900000083") as first, talking.caller("13900000084") as second:
        for caller, number in ((first, "13900000083"), (second, "13900000084")):
            await caller.call(SERVICE)
            await caller.wait("sound", timeout_s=15)
            await caller.press("0")
            await talking.queued(number)
            await asyncio.sleep(0.7)  # the second is now being told their place
        await second.press("1")
        await second.state("DISCONNECTED", timeout_s=20)
        await first.hangup()
    assert talking.outcome("13900000084") == "callback_owed"
