"""An SMS gateway for demonstrations and tests: Kannel's “sendsms” interface, and nothing is sent.

    python -m integrations.sandbox.sms --port 13013

`/cgi-bin/sendsms` takes messages and calls their `dlr-url` a moment later; `/sent` lists them as JSON. Faults on demand
by the last digits of the number: …0403 is refused, …0503 is a gateway without a carrier, …0002 is taken and not
delivered, …0000 hangs for a minute."""

from __future__ import annotations

import argparse
import json
import logging
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

log = logging.getLogger(__name__)

KEPT = 1000
REPORT_AFTER_S = 0.3
HANG_S = 60.0


class Gateway(ThreadingHTTPServer):
    """One gateway with one account."""

    daemon_threads = True

    def __init__(self, port: int, user: str = "yinling", password: str = "sandbox") -> None:  # noqa: S107 - of a sandbox
        super().__init__(("127.0.0.1", port), _Handler)
        self.user, self.password = user, password
        self.sent: deque[dict[str, str]] = deque(maxlen=KEPT)


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_GET(self) -> None:
        """Take a message, or list those that were taken."""
        path, _, query = self.path.partition("?")
        if path == "/sent":
            self._answer(200, json.dumps(list(self.server.sent), ensure_ascii=False))
            return
        if path != "/cgi-bin/sendsms":
            self._answer(404, "Not found")
            return
        asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        to = asked.get("to", "")
        if (asked.get("username"), asked.get("password")) != (self.server.user, self.server.password):
            self._answer(403, "Authorization failed for sendsms")
        elif not to or "text" not in asked:
            self._answer(400, "Missing receiver number or text, rejected")
        elif to.endswith("0403"):
            self._answer(403, "Authorization failed for sendsms")
        elif to.endswith("0503"):
            self._answer(503, "Temporal failure, try again later.")
        else:
            if to.endswith("0000"):
                time.sleep(HANG_S)
            kept = ("from", "to", "text", "coding", "charset")
            self.server.sent.append({name: asked[name] for name in kept if name in asked})
            self._answer(202, "0: Accepted for delivery")
            if url := asked.get("dlr-url"):
                report = "2" if to.endswith("0002") else "1"
                threading.Timer(REPORT_AFTER_S, _report, (url.replace("%d", report),)).start()

    def _answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the address holds the text and the password."""


def _report(url: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - the address that the sender gave, as Kannel does
            pass
    except (OSError, ValueError, urllib.error.URLError) as error:
        log.warning("a delivery report was not taken: %s", type(error).__name__)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="An SMS gateway that speaks Kannel's interface and sends nothing.")
    parser.add_argument("--port", type=int, default=13013)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with Gateway(chosen.port) as gateway:
        log.info("http://127.0.0.1:%d/cgi-bin/sendsms, user yinling, password sandbox", chosen.port)
        gateway.serve_forever()


if __name__ == "__main__":
    main()
