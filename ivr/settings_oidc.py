"""Settings of signing in with the town's identity provider (OpenID Connect)."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, model_validator

from ivr.settings_routing import Section

RoleName = Literal["agent", "supervisor", "editor", "administrator", "auditor"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Oidc(Section):
    """Off while `issuer` is empty. Passwords of our own stay, for when the provider is away."""

    issuer: str = ""
    """Address of the provider, as its `iss` says it; https, or http on loopback."""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    """Empty: a public client; PKCE protects either kind."""
    scopes: str = "openid profile"
    user_claim: Text = "preferred_username"
    name_claim: Text = "name"
    roles_claim: Text = "groups"
    """A string, or a list of strings."""
    roles: dict[Text, RoleName] = Field(default={})
    """Value of that claim → role here. Who has several gets the first of this table; who has none is not let in."""
    add_people: bool = False
    """Whether someone who was never here becomes a member of staff at their first sign-in. Else an administrator adds
    them, and `yinling users link` says who they are at the provider."""
    second_factor_amr: list[Text] = Field(default=["mfa", "otp", "hwk", "sms"])
    """Values of `amr` (RFC 8176) that mean: the provider has asked for a second factor. Else ours is asked for."""
    second_factor_acr: list[Text] = Field(default=[])
    """The same, as values of `acr`."""
    timeout_s: float = Field(default=5.0, ge=1, le=30)

    @property
    def enabled(self) -> bool:
        """Whether there is a provider."""
        return bool(self.issuer)

    @model_validator(mode="after")
    def _usable(self) -> Oidc:
        if not self.issuer:
            return self
        address = urlsplit(self.issuer)
        on_loopback = address.hostname in {"127.0.0.1", "localhost", "::1"}
        if address.scheme != "https" and not (address.scheme == "http" and on_loopback):
            raise ValueError("issuer: write https://…; http is for this machine only")
        if not self.client_id:
            raise ValueError("client_id: write the name under which the provider knows the hotline")
        if not self.roles:
            raise ValueError("roles: name at least one group and its role, or nobody can sign in with the provider")
        return self
