"""Places one rehearsed call, and tells what happened: who spoke when, what was said, how long the other waited."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ivr.rehearsal.actor import Actor, CallerVoice
from ivr.rehearsal.caller import Phone
from ivr.rehearsal.script import Script, Step
from ivr.rehearsal.timeline import Segment, answer_delays, segments
from ivr.settings import Settings
from voices.audio import RATE_HZ, from_pcm, pcm_to_rate, read_wav_pcm, to_pcm, wav_bytes
from voices.recognition.pool import RecogniserPool

RECOGNISE_TIMEOUT_S = 20.0


@dataclass(slots=True)
class Result:
    """What came of a rehearsal."""

    lines: list[tuple[float, str, str]] = field(default_factory=list)
    """(second, who, what), in order of time."""
    delays_s: list[float] = field(default_factory=list)
    """From the end of each thing said to the first sound of the answer."""
    heard: str = ""
    """All that the hotline said, as a recogniser hears it over the phone line."""
    problem: str = ""
    """Why the script could not be played to its end; empty when it was."""


def free_rtp_port() -> int:
    """An even UDP port that nobody has just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1]) & ~1


async def rehearse(
    settings: Settings, facts: dict[str, Any], script: Script, keep: Path | None, say: Callable[[str], None]
) -> Result:
    """Call the hotline that `facts` (its status) describes. Recordings go to the folder `keep`, if there is one.

    Raises VoiceError when the caller's voice cannot be had."""
    server = f"{facts['sip']['host']}:{facts['sip']['port']}"
    with tempfile.TemporaryDirectory() as work:
        folder = keep or Path(work)
        folder.mkdir(parents=True, exist_ok=True)
        result = Result()
        async with CallerVoice(settings, script.voice) as voice:
            for step in script.steps:  # rendered ahead: the caller does not think for seconds
                if text := step.say or step.interrupt:
                    await voice.wav(text)
            phone = Phone(server, script.number, rtp=free_rtp_port(), record=folder)
            async with phone:
                try:
                    await _play(Actor(phone, voice), script, facts["service_number"], say)
                except TimeoutError:
                    result.problem = "the hotline did not answer in time"
        await _tell(settings, folder, phone, result)
        return result


async def _play(actor: Actor, script: Script, service: str, say: Callable[[str], None]) -> None:
    await actor.dial(service)
    for step in script.steps:
        if any(e["event"] == "state" and e["state"] == "DISCONNECTED" for e in actor.phone.events):
            return
        say(f"  {_words(step)}")
        await _do(actor, step)
    if not any(e["event"] == "state" and e["state"] == "DISCONNECTED" for e in actor.phone.events):
        await asyncio.sleep(0.5)
        await actor.hang_up()


async def _do(actor: Actor, step: Step) -> None:
    if step.say is not None:
        await actor.say(step.say)
    elif step.press is not None:
        await actor.press(step.press)
    elif step.interrupt is not None:
        await actor.interrupt(step.interrupt, step.after_s)
    elif step.silent_s is not None:
        await asyncio.sleep(step.silent_s)
    elif step.listen:
        await actor.listen()
    else:
        await actor.hang_up()


def _words(step: Step) -> str:
    for name, value in step.model_dump(exclude_none=True, exclude={"after_s"}).items():
        return f"{name}: {value}"
    return ""


async def _tell(settings: Settings, folder: Path, phone: Phone, result: Result) -> None:
    heard_file, said_file = folder / "heard.wav", folder / "said.wav"
    if not heard_file.exists():
        result.problem = result.problem or "no audio came: is the hotline running?"
        return
    heard, said = segments(heard_file), segments(said_file)
    result.delays_s = answer_delays(heard, said)
    texts = await _transcribe(settings, heard_file, heard)
    result.heard = "".join(texts)
    lines = [(s.start_s, "hotline", text) for s, text in zip(heard, texts, strict=True)]
    lines += [(s.start_s, "caller", f"speaks until {s.end_s:.2f} s") for s in said]
    started = next((float(e["t"]) for e in phone.events if e["event"] == "recording"), None)
    if started is not None:
        lines += [(e["t"] - started, "key", e["digits"]) for e in phone.events if e["event"] == "pressed"]
        lines += [(e["t"] - started, "call", e["state"]) for e in phone.events if e["event"] == "state"]
    result.lines = sorted(lines)
    (folder / "call.wav").write_bytes(_both(heard_file, said_file))


async def _transcribe(settings: Settings, file: Path, parts: list[Segment]) -> list[str]:
    pool = RecogniserPool(settings.models_dir / "whisper-base", 1)
    pcm = read_wav_pcm(file)
    await pool.start()
    try:
        texts = []
        for part in parts:
            piece = pcm[int(part.start_s * RATE_HZ) * 2 : int((part.end_s + 0.2) * RATE_HZ) * 2]
            texts.append((await pool.transcribe(piece, "zh", timeout_s=RECOGNISE_TIMEOUT_S)).text)
        return texts
    finally:
        await pool.close()


def _both(heard: Path, said: Path) -> bytes:
    """Both sides in one file, to listen to."""
    first, second = (from_pcm(read_wav_pcm(file)) for file in (heard, said))
    mixed = np.zeros(max(len(first), len(second)), dtype=np.float32)
    mixed[: len(first)] += first
    mixed[: len(second)] += second
    return wav_bytes(pcm_to_rate(to_pcm(mixed), RATE_HZ, 8000), 8000)
