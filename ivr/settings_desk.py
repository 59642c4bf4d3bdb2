"""Settings of the pages of the staff."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from ivr.settings_oidc import Oidc
from ivr.settings_routing import Section

Port = int


class Desk(Section):
    """The pages of the staff: the agent's desk, the supervisor's wall."""

    enabled: bool = True
    host: str = "127.0.0.1"
    """Where the pages are served. On any address but loopback they are served over TLS, and only so."""
    port: Port = Field(default=8090, ge=1, le=65535)
    phone_port: Port = Field(default=8089, ge=1, le=65535)
    """Asterisk's secure WebSocket for the phones in the pages, when `host` is not loopback."""
    names: list[str] = Field(default=[])
    """Names under which browsers reach the pages, beside `host`: no other is answered."""
    certificate: Path | None = None
    """PEM, with the key in `key`. Without it the hotline makes one itself, which browsers ask about once."""
    key: Path | None = None
    seats: int = Field(default=8, ge=0, le=500)
    """Seats whose phone is the page."""
    idle_s: int = Field(default=3600, ge=60, le=86_400)
    """A sign-in that does nothing for so long ends."""
    longest_s: int = Field(default=43_200, ge=600, le=604_800)
    """A sign-in ends after so long, whatever is done: a shift."""
    listening: Literal["off", "announced"] = "off"
    """Whether supervisors may listen in. Only where callers and agents are told that they may."""

    oidc: Oidc = Oidc()

    @property
    def loopback(self) -> bool:
        """Whether the pages can be reached from this machine only."""
        return self.host in {"127.0.0.1", "::1", "localhost"}
