"""Ports for what the tests start. Each worker of the run has a stretch of its own, so that none takes another's.

They lie below the ports that Linux hands out by itself (32768 to 60999) and above Asterisk's RTP (20000 to 20999)."""

from __future__ import annotations

import itertools
import os
import socket

FIRST, STRETCH, WORKERS = 21_000, 2_900, 4
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_START = FIRST + _WORKER * STRETCH
RTP_STEP = 100
"""A phone tries that many ports from its first on."""
SIGNALLING = 900
"""Ports of the stretch for signalling; the others are for RTP."""

_offsets = itertools.count(os.getpid() * 7)  # two runs at once hardly ever look at the same port
_phones = itertools.count(os.getpid())


def free(kind: socket.SocketKind) -> int:
    """A port of 127.0.0.1 that nobody has just now, of type SOCK_DGRAM or SOCK_STREAM."""
    for offset in itertools.islice(_offsets, SIGNALLING):
        port = _START + offset % SIGNALLING
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError(f"of the ports {_START} to {_START + SIGNALLING - 1} none is free")


def rtp() -> int:
    """The first of RTP_STEP ports for a phone; they come round again after twenty phones."""
    return _START + SIGNALLING + next(_phones) % ((STRETCH - SIGNALLING) // RTP_STEP) * RTP_STEP
