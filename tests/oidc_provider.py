"""A small identity provider that speaks OpenID Connect on loopback, a process of its own (`-m tests.oidc_provider`).

It knows one client and one person, who always agrees. `POST /control` says who that is and what goes wrong:
{"claims": {…}, "fault": "…"}. It prints its port. Keys are made at its start."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import sys
import time
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "yinling", "client secret of the test"


class IdentityProvider:
    """One issuer. Faults: see `token`."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = "k1"
        self.claims: dict[str, Any] = {}
        self.fault = ""
        self.codes: dict[str, dict[str, str]] = {}

    async def control(self, request: web.Request) -> web.Response:
        given = await request.json()
        self.claims, self.fault = given.get("claims", {}), given.get("fault", "")
        if self.fault == "new_key":  # as providers do: the old one signs no more, the new one is in the list
            self.key, self.kid = self.other, "k2"
        return web.json_response({})

    async def discovery(self, _: web.Request) -> web.Response:
        if self.fault == "slow":
            await asyncio.sleep(30)
        issuer = "https://evil.example" if self.fault == "other_issuer" else self.issuer
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        found = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        if self.fault == "plain_address":
            found["token_endpoint"] = "ftp://127.0.0.1/token"
        return web.json_response({"issuer": issuer, **found, "response_types_supported": ["code"]})

    async def keys(self, _: web.Request) -> web.Response:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return web.json_response({"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "RS256"}]})

    async def authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        back: dict[str, str] = {"state": query["state"]}
        if self.fault == "denied":
            back["error"] = "access_denied"
        else:
            code = back["code"] = secrets.token_urlsafe(16)
            self.codes[code] = query
        return web.Response(status=302, headers={"Location": f"{query['redirect_uri']}?{urlencode(back)}"})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.codes.pop(str(form.get("code")), None)
        sent = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        challenge = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        good = (
            asked is not None
            and sent == f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}"
            and base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked["code_challenge"]
            and form.get("redirect_uri") == asked["redirect_uri"]
        )
        if not good or asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked)})

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "person-1", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], **self.claims,
        }  # fmt: skip
        key, algorithm, kid = self.key, "RS256", self.kid
        match self.fault:
            case "nonce":
                claims["nonce"] = "of another sign-in"
            case "audience":
                claims["aud"] = "somebody else"
            case "azp":
                claims |= {"aud": [CLIENT, "other"], "azp": "other"}
            case "issuer":
                claims["iss"] = "https://evil.example"
            case "expired":
                claims |= {"iat": now - 7200, "exp": now - 3600}
            case "future":
                claims |= {"iat": now + 7200, "exp": now + 9000}
            case "signature":
                key = self.other
            case "unknown_key":
                kid = "k9"
            case "none":
                return jwt.encode(claims, "", "none", headers={"kid": kid})
            case "hmac":  # signed with what everybody knows
                return jwt.encode(claims, "k" * 32, "HS256", headers={"kid": kid})
        return jwt.encode(claims, key, algorithm, headers={"kid": kid})


async def main() -> None:
    """Serve until standard input ends."""
    provider = IdentityProvider()
    app = web.Application()
    app.add_routes([
        web.get("/.well-known/openid-configuration", provider.discovery),
        web.get("/authorize", provider.authorize),
        web.post("/token", provider.token),
        web.get("/keys", provider.keys),
        web.post("/control", provider.control),
    ])  # fmt: skip
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(provider.issuer, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
