"""A SIP phone in a process of its own: `python -m ivr.rehearsal.phone`, commands and events as JSON lines.

pjsua2 owns its process (one endpoint, threads of its own), so each caller and each seat is one of these. It ends when
its standard input does. Commands: call, press, play, hush, transfer, hangup. Events carry `t`, wall-clock seconds."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pjsua2 as pj

from ivr.rehearsal.sound import RATE_HZ, Sound

GOODBYE_S = 5.0
"""How long it waits for its goodbyes to be answered. Where nothing else goes on that takes a few milliseconds."""


def tell(event: str, **fields: Any) -> None:
    """One event to whoever drives us."""
    with contextlib.suppress(BrokenPipeError):  # nobody drives us any more: there is a goodbye to be said all the same
        sys.stdout.write(json.dumps({"t": time.time(), "event": event, **fields}) + "\n")
        sys.stdout.flush()


def _own_headers(message: str) -> dict[str, str]:
    """The headers in which the hotline tells what a call is about, small letters → value."""
    lines = (line.partition(":") for line in message.splitlines())
    return {name.lower(): value.strip() for name, _, value in lines if name.lower().startswith("x-yinling-")}


class Call(pj.Call):  # type: ignore[misc]  # pjsua2 publishes no types
    """One call of this phone."""

    def __init__(self, account: Account, number: int = -1) -> None:
        super().__init__(account, number)
        self._sound = account.sound
        self.ended = False

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802 - named by pjsua2
        """The audio is up."""
        del prm
        info = self.getInfo()  # kept: its list of media lives only as long as it does
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self._sound.open(self.getAudioMedia(index))

    def onCallState(self, prm: Any) -> None:  # noqa: N802 - named by pjsua2
        """Tell every change of state."""
        del prm
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.ended = True
            self._sound.close()
        tell("state", state=info.stateText, code=info.lastStatusCode)


class Account(pj.Account):  # type: ignore[misc]  # pjsua2 publishes no types
    """The line of this phone."""

    answer_after_s: float | None = None

    def __init__(self, sound: Sound) -> None:
        super().__init__()
        self.sound = sound
        self.calls: list[Call] = []
        self.answer_at = 0.0
        self.asking = False
        """Whether the registrar has yet to answer."""
        self._registered = self._leaving = False

    def onRegState(self, prm: Any) -> None:  # noqa: N802 - named by pjsua2
        """Tell the registration's result."""
        self.asking = False
        self._registered = prm.code == 200 and not self._leaving
        tell("registered", code=prm.code)

    def gone(self) -> bool:
        """Whether nobody counts on this phone any more: its calls are over, and the registrar knows that it leaves."""
        if self._registered and not (self.asking or self._leaving):
            with contextlib.suppress(pj.Error):  # it is just registering anew: asked again in a moment
                self.setRegistration(False)
                self.asking = self._leaving = True
        return not (self.asking or self._registered) and all(call.ended for call in self.calls)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802 - named by pjsua2
        """Ring; answer later if told so."""
        call = Call(self, prm.callId)
        self.calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 180
        call.answer(answer)
        info = call.getInfo()
        tell("ringing", remote=info.remoteUri, local=info.localUri, headers=_own_headers(prm.rdata.wholeMsg))
        if self.answer_after_s is not None:
            self.answer_at = time.time() + self.answer_after_s


class Phone:
    """The endpoint and its command loop."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._host, self._server, self._name = arguments.host, arguments.server, arguments.name
        self._endpoint = pj.Endpoint()
        self._endpoint.libCreate()
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
        config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
        config.medConfig.clockRate = RATE_HZ
        self._endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress, transport.publicAddress = arguments.port, self._host, self._host
        self._endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self._endpoint.libStart()
        self._endpoint.audDevManager().setNullDev()
        for codec in self._endpoint.codecEnum2():
            self._endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMA") else 0)
        self._sound = Sound(arguments.record, tell)
        self._account = Account(self._sound)
        self._account.answer_after_s = arguments.answer
        self._account.asking = bool(arguments.password)
        self._account.create(self._line(arguments))

    def _line(self, arguments: argparse.Namespace) -> Any:
        line = pj.AccountConfig()
        line.idUri = f"sip:{self._name}@{self._host}"
        if arguments.password:
            line.regConfig.registrarUri = f"sip:{self._server}"
            line.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", self._name, 0, arguments.password))
        media = line.mediaConfig.transportConfig
        media.port, media.portRange = arguments.rtp, 100
        media.boundAddress = media.publicAddress = self._host
        return line

    def run(self) -> None:
        """Serve until standard input ends."""
        tell("ready")
        os.set_blocking(sys.stdin.fileno(), False)
        rest = b""
        while True:
            self._endpoint.libHandleEvents(10)
            self._answer_when_due()
            self._sound.listen(time.time())
            if not select.select([sys.stdin], [], [], 0)[0]:
                continue
            data = os.read(sys.stdin.fileno(), 65536)
            if not data:
                self._leave()
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._try(json.loads(line))

    def _leave(self) -> None:
        """End what is going on and unregister, or the seat would count as busy until its call times out. The recordings
        are whole afterwards."""
        self._endpoint.hangupAllCalls()
        until = time.monotonic() + GOODBYE_S
        while not (self._account.gone() and self._sound.whole()) and time.monotonic() < until:
            self._endpoint.libHandleEvents(10)

    def _answer_when_due(self) -> None:
        if self._account.answer_at and time.time() >= self._account.answer_at:
            self._account.answer_at = 0.0
            answer = pj.CallOpParam()
            answer.statusCode = 200
            if not self._account.calls[-1].ended:  # who called may have hung up meanwhile
                self._account.calls[-1].answer(answer)

    def _try(self, command: dict[str, Any]) -> None:
        """What cannot be done is told. A phone that ended for it would stay registered, and be rung."""
        try:
            self._do(command)
        except (pj.Error, IndexError) as error:  # the call has just ended, or there is none
            tell("problem", text=f"{command['do']}: {error}")

    def _do(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "call":
                call = Call(self._account)
                call.makeCall(f"sip:{command['number']}@{self._server}", pj.CallOpParam(True))
                self._account.calls.append(call)
            case "press":
                self._account.calls[-1].dialDtmf(command["digits"])
                tell("pressed", digits=command["digits"])
            case "play":
                self._sound.play(command["file"])
            case "hush":
                self._sound.hush()
            case "transfer":
                self._account.calls[-1].xfer(f"sip:{command['number']}@{self._server}", pj.CallOpParam())
            case "hangup":
                self._account.answer_at = 0.0  # it may be declined before it would be answered
                self._account.calls[-1].hangup(pj.CallOpParam())


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--server", required=True, help="host:port")
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, default=0, help="where calls are taken; 0 is any")
    parser.add_argument("--password", default="")
    parser.add_argument("--answer", type=float)
    parser.add_argument("--record", type=Path, help="folder for heard.wav and said.wav")
    parser.add_argument("--rtp", type=int, required=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who ends us by Ctrl-C ends our input, and we say goodbye
    phone = Phone(parser.parse_args())  # the name keeps it, and so its calls, alive until the exit below
    phone.run()
    os._exit(0)  # pjsua2's destructors hang when Python's order of destruction is not theirs


if __name__ == "__main__":
    main()
