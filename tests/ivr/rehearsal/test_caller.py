"""A phone that does not come up is not left behind."""

from __future__ import annotations

import socket

import psutil
import pytest

from ivr.rehearsal.caller import Phone


def phones() -> list[psutil.Process]:
    """The phone processes that this test has started."""
    children = psutil.Process().children(recursive=True)
    return [one for one in children if "ivr.rehearsal.phone" in one.cmdline()]


async def test_a_phone_that_cannot_register_ends_with_the_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.rehearsal.caller.REGISTER_TIMEOUT_S", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        phone = Phone(f"127.0.0.1:{silent.getsockname()[1]}", "seat1", rtp=31000, password="secret")
        with pytest.raises(TimeoutError):
            await phone.__aenter__()
        assert phones() == []
