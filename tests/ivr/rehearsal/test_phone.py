"""A phone says goodbye before it is gone: a seat that stays registered is rung for callers whom nobody answers."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import psutil
import pytest

from ivr.rehearsal.caller import Phone
from tests import ports


class Registrar(asyncio.DatagramProtocol):
    """Just enough of Asterisk: it asks for the password each time, and keeps who is registered."""

    def __init__(self) -> None:
        self.registered: set[str] = set()
        self.asked = asyncio.Event()
        """A phone has sent its password, and is yet to be answered."""
        self.delay_s = 0.0
        """Of an answer, as on a machine that does something else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._phone = addr
        if data.startswith(b"REGISTER"):
            if b"Authorization" in data:
                self.asked.set()
            asyncio.get_running_loop().call_later(self.delay_s, self._answer, data.decode(), addr)

    def call(self, method: str) -> None:
        """INVITE the phone to a call; with CANCEL and then ACK the caller has hung up before it answered."""
        here, there = f"127.0.0.1:{self.port}", f"127.0.0.1:{self._phone[1]}"
        lines = (
            f"{method} sip:seat1@{there} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bKcall",
            f"From: <sip:caller@{here}>;tag=caller",
            f"To: <sip:seat1@{there}>",
            "Call-ID: call",
            f"CSeq: 1 {method}",
            f"Contact: <sip:caller@{here}>",
            "Max-Forwards: 70",
            "Content-Length: 0",
        )
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), self._phone)

    def _answer(self, text: str, sender: tuple[str, int]) -> None:
        head = dict(re.findall(r"(?m)^(Via|From|To|Call-ID|CSeq|Contact|Expires|Authorization): *(.*?)\r?$", text))
        lines = [f"{name}: {head[name]}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        if "Authorization" not in head:
            lines = ["SIP/2.0 401 Unauthorized", *lines, 'WWW-Authenticate: Digest realm="x", nonce="y"']
        elif head.get("Expires") == "0":
            self.registered.discard(head["From"].split(";")[0])
            lines = ["SIP/2.0 200 OK", *lines]
        else:
            self.registered.add(head["From"].split(";")[0])
            lines = ["SIP/2.0 200 OK", *lines, f"Contact: {head['Contact']};expires=300"]
        self._transport.sendto(("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode(), sender)


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Registrar, ("127.0.0.1", 0))
    yield protocol
    transport.close()


def seat(registrar: Registrar, answer_after_s: float | None = None) -> Phone:
    server = f"127.0.0.1:{registrar.port}"
    return Phone(server, "seat1", rtp=ports.rtp(), password="secret", answer_after_s=answer_after_s)


async def test_a_phone_that_leaves_a_slow_hotline_is_registered_no_longer(registrar: Registrar) -> None:
    async with seat(registrar):
        assert registrar.registered
        registrar.delay_s = 0.5  # twice: the first answer asks for the password
    assert registrar.registered == set()


async def test_a_phone_that_leaves_while_it_is_being_registered_is_registered_no_longer(registrar: Registrar) -> None:
    registrar.delay_s = 0.5
    phone = seat(registrar)
    entering = asyncio.create_task(phone.__aenter__())
    async with asyncio.timeout(30):
        await registrar.asked.wait()
    entering.cancel()
    await asyncio.gather(entering, return_exceptions=True)
    await asyncio.sleep(registrar.delay_s + 0.3)  # the answer to the first wish would have come by now
    assert registrar.registered == set()


async def test_a_phone_that_has_said_goodbye_is_gone_at_once(registrar: Registrar) -> None:
    async with seat(registrar):
        left = time.monotonic()
    assert time.monotonic() - left < 2
    assert registrar.registered == set()


async def test_what_a_phone_has_heard_is_whole_when_it_has_left(tmp_path: Path) -> None:
    """It leaves in the middle of a call."""
    port = ports.free(socket.SOCK_DGRAM)
    async with Phone("127.0.0.1:9", "other", rtp=ports.rtp(), port=port, answer_after_s=0.1):
        for turn in range(3):
            folder = tmp_path / str(turn)
            folder.mkdir()
            async with Phone(f"127.0.0.1:{port}", "caller", rtp=ports.rtp(), record=folder) as caller:
                await caller.call("12349")
                await caller.wait("recording")
                await asyncio.sleep(0.3)
            for name in ("heard.wav", "said.wav"):
                with wave.open(str(folder / name)) as sound:
                    assert sound.getnframes() > 0


async def test_a_phone_that_cannot_do_what_it_is_told_stays_in_service(registrar: Registrar) -> None:
    """Nobody calls it: there is nothing to hang up, and no key to be pressed."""
    async with seat(registrar) as phone:
        await phone.hangup()
        await phone.press("0")
        await phone.wait("problem", lambda event: "press" in event["text"])
        left = time.monotonic()
    assert time.monotonic() - left < 2
    assert registrar.registered == set()


async def test_a_phone_whose_caller_hangs_up_before_it_would_answer_stays_in_service(registrar: Registrar) -> None:
    async with seat(registrar, answer_after_s=0.3) as phone:
        registrar.call("INVITE")
        await phone.wait("ringing")
        registrar.call("CANCEL")
        await phone.state("DISCONNECTED")
        registrar.call("ACK")
        await asyncio.sleep(0.6)
        await phone.press("0")  # nobody is there any more
        await phone.wait("problem")
    assert registrar.registered == set()


async def test_a_phone_says_goodbye_also_to_who_is_interrupted_by_the_keyboard(registrar: Registrar) -> None:
    """Ctrl-C goes to all that runs in the window, the phones too."""
    async with seat(registrar):
        (process,) = (one for one in psutil.Process().children() if "ivr.rehearsal.phone" in one.cmdline())
        process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.2)
        left = time.monotonic()
    assert time.monotonic() - left < 2
    assert registrar.registered == set()
