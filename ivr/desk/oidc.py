"""The town's identity provider: OpenID Connect, authorization code flow with PKCE.

Rules: OpenID Connect Core 1.0 (section 3.1), Discovery 1.0, RFC 7636 (PKCE, S256), RFC 9700 (best practice)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import jwt
from aiohttp import ClientError, ClientSession, ClientTimeout, encode_basic_auth

from ivr.settings_oidc import Oidc

log = logging.getLogger(__name__)

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures by public key only: `none`, and HMAC with a key that somebody might guess, are never taken."""
ANSWER_MAX = 262_144
"""Bytes that the provider may send at once."""
KNOWN_S = 3600.0
"""How long addresses and keys are used without asking again."""
KEYS_AGAIN_S = 60.0
"""Keys that are not known are asked for at most this often."""
LEEWAY_S = 60
"""How far the clocks of provider and hotline may differ."""

CODES = ("away", "database", "state", "refused", "token", "clock", "no_role", "no_person", "closed")
"""Of an OidcError; the page has a sentence for each (`sign_in_CODE` in console/src/words.ts)."""


class OidcError(Exception):
    """Signing in with the provider did not work. `code`: one of CODES; `str()` is for the log."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has been sent to the provider."""

    state: str
    nonce: str
    verifier: str
    redirect: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says that this is."""

    subject: str
    user: str
    name: str
    role: str
    second_factor: bool
    """Whether the provider has asked for one."""


class Provider:
    """One provider. Methods that ask it raise OidcError `away` or `token`; each waits `timeout_s` at most."""

    def __init__(self, settings: Oidc) -> None:
        self._settings = settings
        self._facts: Mapping[str, Any] = {}
        self._facts_at = self._keys_at = -KNOWN_S
        self._keys: list[jwt.PyJWK] = []
        self._asking = asyncio.Lock()

    async def begin(self, redirect: str) -> tuple[str, Begun]:
        """(where the browser goes, what must be remembered until it comes back)."""
        facts = await self._discovered()
        begun = Begun(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), redirect)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect,
            "scope": self._settings.scopes,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in facts["authorization_endpoint"] else "?"
        return f"{facts['authorization_endpoint']}{separator}{urlencode(query)}", begun

    async def finish(self, begun: Begun, code: str) -> Identity:
        """Exchange the code for the `id_token`, and read that. Also raises `clock`, `no_role`, `refused`."""
        facts = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect,
            "client_id": self._settings.client_id,
            "code_verifier": begun.verifier,
        }
        secret = self._settings.client_secret.get_secret_value()
        # Both are encoded before they are joined (RFC 6749, 2.3.1).
        auth = encode_basic_auth(quote_plus(self._settings.client_id), quote_plus(secret)) if secret else ""
        answer = await self._ask(facts["token_endpoint"], form, auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcError("token", "the provider's answer has no id_token")
        return self._identity(await self._verified(token, begun.nonce))

    async def _verified(self, token: str, nonce: str) -> Mapping[str, Any]:
        key = await self._key_of(token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._settings.client_id,
                issuer=self._settings.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
            raise OidcError("clock", f"the id_token is not of this time: {error}") from error
        except jwt.PyJWTError as error:
            raise OidcError("token", f"the id_token is not good: {error}") from error
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise OidcError("token", "the id_token belongs to another sign-in (nonce)")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._settings.client_id) != self._settings.client_id:
            raise OidcError("token", "the id_token was given to another client (azp)")
        return claims

    async def _key_of(self, token: str) -> jwt.PyJWK:
        try:
            wanted = jwt.get_unverified_header(token).get("kid")
        except jwt.PyJWTError as error:
            raise OidcError("token", f"the id_token cannot be read: {error}") from error
        for again in (False, True):
            keys = await self._known_keys(again=again)
            fitting = [key for key in keys if key.key_id == wanted or (wanted is None and len(keys) == 1)]
            if fitting:
                return fitting[0]
        raise OidcError("token", f"the provider has no key {wanted!r}")

    async def _known_keys(self, *, again: bool) -> list[jwt.PyJWK]:
        facts = await self._discovered()
        async with self._asking:
            age_s = time.monotonic() - self._keys_at
            if age_s > (KEYS_AGAIN_S if again else KNOWN_S):
                answer = await self._ask(facts["jwks_uri"])
                try:
                    self._keys = [
                        key
                        for key in jwt.PyJWKSet.from_dict(dict(answer)).keys
                        if key.public_key_use in {None, "sig"} and key.key_type != "oct"
                    ]
                except (jwt.PyJWTError, AttributeError, TypeError) as error:
                    raise OidcError("away", f"the provider's keys cannot be read: {error}") from error
                self._keys_at = time.monotonic()
            return self._keys

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        settings = self._settings
        told = claims.get(settings.roles_claim)
        groups = {told} if isinstance(told, str) else {one for one in told or () if isinstance(one, str)}
        role = next((role for group, role in settings.roles.items() if group in groups), None)
        if role is None:
            raise OidcError("no_role", f"{claims['sub']!r} is in none of the groups that have a role: {sorted(groups)}")
        amr = claims.get("amr")
        methods = {str(one) for one in amr} if isinstance(amr, list) else set()
        second = bool(methods & set(settings.second_factor_amr)) or claims.get("acr") in settings.second_factor_acr
        user = str(claims.get(settings.user_claim, "")).strip().lower()
        return Identity(str(claims["sub"])[:255], user, str(claims.get(settings.name_claim) or user), role, second)

    async def _discovered(self) -> Mapping[str, Any]:
        async with self._asking:
            if time.monotonic() - self._facts_at > KNOWN_S:
                address = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
                facts = await self._ask(address)
                if facts.get("issuer") != self._settings.issuer:
                    raise OidcError("away", f"{address} speaks for {facts.get('issuer')!r}, not for the issuer")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    self._check_address(name, facts.get(name))
                self._facts, self._facts_at = facts, time.monotonic()
            return self._facts

    def _check_address(self, name: str, address: object) -> None:
        scheme = urlsplit(address).scheme if isinstance(address, str) else ""
        if scheme not in {"https", urlsplit(self._settings.issuer).scheme}:
            raise OidcError("away", f"the provider's {name} is no address that is safe to use: {address!r}")

    async def _ask(self, address: str, form: Mapping[str, str] | None = None, auth: str = "") -> Mapping[str, Any]:
        """The JSON object behind an address; redirects are not followed."""
        headers = {"Accept": "application/json"} | ({"Authorization": auth} if auth else {})
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=self._settings.timeout_s)) as session,
                session.request(
                    "GET" if form is None else "POST", address, data=form, headers=headers, allow_redirects=False
                ) as answer,
            ):
                raw = await answer.content.read(ANSWER_MAX + 1)
                while not answer.content.at_eof() and len(raw) <= ANSWER_MAX:
                    raw += await answer.content.read(ANSWER_MAX + 1 - len(raw))
                status = answer.status
        except (ClientError, TimeoutError, OSError) as error:
            raise OidcError("away", f"{address}: {type(error).__name__}: {error}") from error
        if len(raw) > ANSWER_MAX:
            raise OidcError("away", f"{address}: the answer is longer than {ANSWER_MAX} bytes")
        try:
            found = json.loads(raw)
        except ValueError as error:
            raise OidcError("away", f"{address}: {status}, no JSON") from error
        if status != 200 or not isinstance(found, dict):
            told = found.get("error") if isinstance(found, dict) else None
            raise OidcError("refused" if form is not None and status < 500 else "away", f"{address}: {status}, {told}")
        return found
