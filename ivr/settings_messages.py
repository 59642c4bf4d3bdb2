"""Settings of text messages."""

from __future__ import annotations

from pydantic import Field, SecretStr

from ivr.settings_routing import Section


class Messages(Section):
    """Text messages to callers, over a Kannel gateway."""

    url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$")
    """Address of the gateway's “sendsms”, such as http://127.0.0.1:13013/cgi-bin/sendsms. Empty: none are sent."""
    user: str = "yinling"
    password: SecretStr = SecretStr("")
    sender: str = Field(default="", pattern=r"^\d{0,20}$")
    """The number that the phone shows; empty leaves it to the gateway."""
    signature: str = Field(default="【银铃热线】", max_length=20)
    """Stands before every text: carriers ask for it, and the caller sees who writes."""
    a_call: int = Field(default=5, ge=1, le=50)
    """At most so many in one call."""
    report_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    """Where the gateway reaches the pages' server for delivery reports; empty: `desk.host`, if it is loopback."""
