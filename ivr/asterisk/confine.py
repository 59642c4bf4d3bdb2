"""Runs Asterisk without the two sockets that its SIP stack opens on every address.

`python -m ivr.asterisk.confine PROGRAM ARGUMENT …` becomes that program. PJSIP makes a DNS resolver of its own at load
(`pj_dns_resolver_create`), bound to a random UDP port of 0.0.0.0 and of ::. No setting prevents it. Nothing else in
Asterisk asks for a plain datagram socket without flags, so a seccomp filter refuses just that call; PJSIP then says so
and resolves names through the system, as the hotline needs."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 97  # EAFNOSUPPORT, as on a machine without that family
AF_INET, AF_INET6, SOCK_DGRAM = 2, 10, 2
MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine → its number in audit.h and that of its `socket` call."""
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _filter(machine: int, socket_call: int) -> bytes:
    """Offsets are those of `struct seccomp_data`: call number 0, machine 4, arguments from 16, eight bytes each."""
    steps = [
        (LOAD, 0, 0, 4),
        (JUMP_IF_EQUAL, 0, 8, machine),
        (LOAD, 0, 0, 0),
        (JUMP_IF_EQUAL, 0, 6, socket_call),
        (LOAD, 0, 0, 16),
        (JUMP_IF_EQUAL, 1, 0, AF_INET),
        (JUMP_IF_EQUAL, 0, 3, AF_INET6),
        (LOAD, 0, 0, 24),
        (JUMP_IF_EQUAL, 0, 1, SOCK_DGRAM),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def confine() -> str:
    """Refuse such sockets from now on, in this process and in what it becomes. Returns why it could not be done."""
    if platform.machine() not in MACHINES:
        return f"not known how on {platform.machine()}"
    code = _filter(*MACHINES[platform.machine()])
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*call) != 0:
            return os.strerror(ctypes.get_errno())
    return ""


def main() -> None:
    if problem := confine():
        sys.stderr.write(f"Asterisk runs with two idle UDP sockets on all addresses: {problem}\n")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - becoming that program is what this one is for


if __name__ == "__main__":
    main()
