"""A phone says goodbye before it is gone: a seat that stays registered is rung for callers whom nobody answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import cast

import pytest

from ivr.rehearsal.caller import Phone
from tests import ports


class Registrar(asyncio.DatagramProtocol):
    """Just enough of Asterisk: it asks for the password each time, and keeps who is registered."""

    def __init__(self) -> None:
        self.registered: set[str] = set()
        self.delay_s = 0.0
        """Of an answer, as on a machine that does something else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data.startswith(b"REGISTER"):
            asyncio.get_running_loop().call_later(self.delay_s, self._answer, data.decode(), addr)

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


def seat(registrar: Registrar) -> Phone:
    return Phone(f"127.0.0.1:{registrar.port}", "seat1", rtp=ports.rtp(), password="secret")


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
        while not any(event["event"] == "ready" for event in phone.events):
            await asyncio.sleep(0.05)
    entering.cancel()
    await asyncio.gather(entering, return_exceptions=True)
    assert registrar.registered == set()


async def test_a_phone_that_has_said_goodbye_is_gone_at_once(registrar: Registrar) -> None:
    async with seat(registrar):
        left = time.monotonic()
    assert time.monotonic() - left < 2
    assert registrar.registered == set()
