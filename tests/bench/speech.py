"""How soon the hotline answers speech and falls silent when spoken over, from the recordings at the caller's side."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psutil

from ivr.rehearsal.actor import Actor, CallerVoice
from ivr.rehearsal.timeline import answer_delays, segments, stop_delays
from ivr.settings import load
from tests.calls.conftest import Hotline

SERVICE = "12349"
TURNS = ("我要挂号", "我想看骨科", "后天去", "上午去", "给我自己挂", "不对")
"""Answers of different lengths. The booking is refused at the end, so that each round finds the same places."""
OVER = ("我要挂骨科的号", "我想查一下我的养老金", "我要找人工")
IN_DANGER = ("我摔倒了，起不来了", "我胸口疼得厉害", "家里煤气味大得很")
IDLE_S = 5.0


async def turns(hotline: Hotline, folder: Path, number: str) -> list[float]:
    """Seconds from the end of each sentence to the first sound of the answer."""
    async with CallerVoice(load()) as voice, hotline.caller(number, folder) as phone:
        caller = Actor(phone, voice)
        await caller.dial(SERVICE)
        for sentence in TURNS:
            await caller.say(sentence)
        await caller.listen()
        await caller.hang_up()
    return answer_delays(segments(folder / "heard.wav"), segments(folder / "said.wav"))


async def barge_in(hotline: Hotline, folder: Path, number: str, sentence: str) -> list[float]:
    """Seconds from the beginning of speech over the first prompt to the prompt's last sound."""
    async with CallerVoice(load()) as voice, hotline.caller(number, folder) as phone:
        caller = Actor(phone, voice)
        await caller.dial(SERVICE)
        await caller.interrupt(sentence, 0.7)
        await asyncio.sleep(1.0)
        await caller.hang_up()
    return stop_delays(folder / "heard.wav", segments(folder / "said.wav"))


async def in_danger(hotline: Hotline, n: int) -> float:
    """Seconds from the last word of somebody in danger to a seat that rings."""
    sentence = IN_DANGER[n % len(IN_DANGER)]
    async with (
        CallerVoice(load()) as voice,
        hotline.seat() as seat,
        hotline.caller(f"1397000{n:04}") as phone,
    ):
        caller = Actor(phone, voice)
        await caller.dial(SERVICE)
        await caller.say(sentence)
        said = next(event for event in reversed(phone.events) if event["event"] == "said")
        rang = await seat.wait("ringing", timeout_s=20)
        await caller.hang_up()
    return float(rang["t"]) - float(said["t"])


def family(hotline: Hotline) -> dict[str, psutil.Process]:
    """The hotline's processes by name."""
    return {name: psutil.Process(pid) for name, pid in hotline.pids.items()}


def memory_mb(hotline: Hotline) -> dict[str, float]:
    """Resident memory of each part; that of the dialogue program with its recognisers and voice."""
    table = {}
    for name, process in family(hotline).items():
        members = [process, *process.children(recursive=True)]
        table[name] = sum(p.memory_info().rss for p in members) / 1e6
    return table


async def cpu_per_call(hotline: Hotline) -> dict[str, float]:
    """Share of one core that a call costs each part while nobody speaks, in per cent."""
    before = {name: _seconds(process) for name, process in family(hotline).items()}
    began = time.monotonic()
    await asyncio.sleep(IDLE_S)
    idle = {n: (_seconds(p) - before[n]) / (time.monotonic() - began) for n, p in family(hotline).items()}
    async with hotline.caller("13970000001") as phone:
        await phone.call(SERVICE)
        await phone.state("CONFIRMED")
        await phone.wait("quiet", timeout_s=20)
        before = {name: _seconds(process) for name, process in family(hotline).items()}
        began = time.monotonic()
        await asyncio.sleep(IDLE_S)
        busy = {n: (_seconds(p) - before[n]) / (time.monotonic() - began) for n, p in family(hotline).items()}
        await phone.hangup()
    return {name: 100 * (busy[name] - idle[name]) for name in busy}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
