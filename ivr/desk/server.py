"""The web server of the pages: built, bound and stopped."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

from aiohttp import web

from integrations.database.knowledge import Knowledge, parse_article
from integrations.errors import DatabaseError
from ivr.asterisk.desk_config import certificate_files
from ivr.desk import (
    routes_bot,
    routes_calls,
    routes_conference,
    routes_form,
    routes_listening,
    routes_messages,
    routes_oidc,
    routes_people,
    routes_recordings,
    routes_urgency,
    routes_wall,
)
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.routes_people import HASHING
from ivr.desk.security import DESK, guard
from ivr.settings import PROJECT_DIR

log = logging.getLogger(__name__)

PAGES_DIR = PROJECT_DIR / "console/dist"
BODY_MAX = 400_000
"""Bytes: a note of the greatest length, and a little."""
HASHING_AT_ONCE = 2
STOP_TIMEOUT_S = 3.0
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}


def application(desk: Desk, pages: Path = PAGES_DIR) -> web.Application:
    """The API and the pages."""
    app = web.Application(middlewares=[guard], client_max_size=BODY_MAX)
    app[DESK] = desk
    app[routes_oidc.OIDC] = routes_oidc.sign_on(desk)
    app[HASHING] = asyncio.Semaphore(HASHING_AT_ONCE)
    during_calls = (routes_calls, routes_conference, routes_bot, routes_messages, routes_form)
    of_supervisors = (routes_wall, routes_listening, routes_urgency, routes_recordings)
    for module in (routes_people, *during_calls, *of_supervisors, routes_oidc):
        app.add_routes(module.routes)
    app.router.add_get("/health", _health)
    app.router.add_get("/{path:.*}", _Pages(pages).serve)
    app.on_shutdown.append(_farewell)
    app.cleanup_ctx.append(_running)
    return app


async def _farewell(app: web.Application) -> None:
    """Pages are told to come back before their connections are waited for; one that does not listen has GOODBYE_S."""
    app[DESK].feed.close()


async def _running(app: web.Application) -> AsyncIterator[None]:
    desk = app[DESK]
    task = asyncio.create_task(desk.run(), name="desk")
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _health(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    return web.json_response({"asterisk": desk.manager.connected.is_set(), "pages": desk.feed.pages})


class _Pages:
    """The built pages. Read into memory at the first look: a few files, and no path from outside reaches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, bytes] | None = None

    async def serve(self, request: web.Request) -> web.Response:
        """`/` and what it loads."""
        if self._files is None:
            self._files = await asyncio.to_thread(self._read) or None
        path = request.match_info["path"] or "index.html"
        if self._files is None:
            raise Refusal(503, "no_pages", "网页还没有生成。 The pages have not been built: install Node.js 20 and "
                          "npm, then `make setup`. Calls are not affected.")  # fmt: skip
        content = self._files.get(path)
        if content is None:
            raise Refusal(404, "http", "没有这个页面。 There is no such page.")
        # What is built has its content's hash in its name; the page itself is asked for each time.
        cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        kind = _TYPES.get(Path(path).suffix, "application/octet-stream")
        charset = "utf-8" if kind.startswith("text/") else None
        return web.Response(body=content, content_type=kind, charset=charset, headers={"Cache-Control": cache})

    def _read(self) -> dict[str, bytes]:
        files = (file for file in self._folder.rglob("*") if file.is_file())
        return {file.relative_to(self._folder).as_posix(): file.read_bytes() for file in files}


def seed_knowledge(knowledge: Knowledge) -> None:
    """The articles that ship, where there are none yet. Raises DatabaseError."""
    if knowledge.find(""):
        return
    for file in resources.files("ivr.desk").joinpath("knowledge").iterdir():
        if file.name.endswith(".md"):
            article = parse_article(file.name.removesuffix(".md"), file.read_text(encoding="utf-8"))
            knowledge.keep("yinling", article)


def tls(desk: Desk) -> ssl.SSLContext | None:
    """TLS, unless only this machine can reach us."""
    if desk.settings.desk.loopback:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate_files(desk.settings))
    return context


async def serve(desk: Desk) -> None:
    """Serve until cancelled. Raises OSError when the port is taken."""
    try:
        await asyncio.to_thread(desk.database.migrate)
        await asyncio.to_thread(seed_knowledge, desk.knowledge)
        await desk.seating.load()
    except DatabaseError as error:  # whoever signs in is told; calls ring all the same
        log.warning("%s %s", error, error.remedy)
    ready = desk.settings.run_dir / "desk.json"
    runner = web.AppRunner(application(desk), shutdown_timeout=STOP_TIMEOUT_S, access_log=None)
    await runner.setup()
    try:
        settings = desk.settings.desk
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=tls(desk)).start()
        ready.write_text(json.dumps({"pid": os.getpid()}), encoding="ascii")
        await asyncio.Event().wait()
    finally:
        ready.unlink(missing_ok=True)
        await runner.cleanup()
