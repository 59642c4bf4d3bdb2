"""What stands in Asterisk's way is said before anything is started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ivr.asterisk.runtime import AsteriskProcess
from ivr.asterisk.unpack import AsteriskError, AsteriskTree
from ivr.settings import Asterisk, Settings, Sip


def _process(settings: Settings) -> AsteriskProcess:
    return AsteriskProcess(settings, AsteriskTree(Path("/nowhere"), "22.10.1"), settings.var_dir / "asterisk.conf")


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("act", ["check", "start"])
def test_a_port_that_another_phone_has_is_named_with_its_setting_and_nothing_is_started(
    tmp_path: Path, act: str
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        asterisk = Asterisk(http_port=_free(), manager_port=_free())
        process = _process(Settings(var_dir=tmp_path, sip=Sip(port=port), asterisk=asterisk))
        with pytest.raises(AsteriskError, match=str(port)) as refused:
            getattr(process, act)()
    assert refused.value.code == "port_in_use"
    assert "sip.port" in refused.value.remedy
    assert process.pid == 0
    assert not (tmp_path / "run/asterisk.pid").exists()


def test_an_address_that_this_machine_does_not_have_is_named(tmp_path: Path) -> None:
    asterisk = Asterisk(http_port=_free(), manager_port=_free())
    with pytest.raises(AsteriskError, match=r"192\.0\.2\.1"):
        _process(Settings(var_dir=tmp_path, sip=Sip(host="192.0.2.1"), asterisk=asterisk)).check()
