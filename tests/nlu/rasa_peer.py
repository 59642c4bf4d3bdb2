"""A program that speaks Rasa's `POST /model/parse`, well or badly: `python -m tests.nlu.rasa_peer`.

Prints its port. `POST /mode` with a name of `MODES` changes how it behaves; `GET /count`: how many sentences came."""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG_S = 20.0
RANKINGS: dict[str, list[Any]] = {
    "well": [["order_goods", 0.8], ["out_of_scope", 0.15], ["affirm", 0.05]],
    "human": [["human_agent", 0.95], ["out_of_scope", 0.05]],
    "unsure": [["order_goods", 0.3], ["book_taxi", 0.3], ["affirm", 0.2], ["deny", 0.2]],
    "nothing": [],
    "zero": [["order_goods", 0.0]],
    "other_model": [["mood_great", 0.9], ["affirm", 0.1]],
    "above_one": [["order_goods", 1.5]],
    "not_a_number": [["order_goods", float("nan")]],
    "no_name": [[None, 0.4]],
}
BODIES = {
    "not_json": b"<html>It works!</html>",
    "array": b"[1]",
    "empty": b"",
    "deep": b"[" * 100_000,
    "other_keys": b'{"version": "3.6.21"}',
    "not_text": b"\xff\xfe\x00",
}
MODES = (*RANKINGS, *BODIES, "hang", "drip", "endless", "half", "refuse", "elsewhere")


def reply(text: str, ranking: list[Any]) -> dict[str, Any]:
    """A reply in the form of Rasa 3.6."""
    ranked = [{"name": name, "confidence": chance} for name, chance in ranking]
    best = ranked[0] if ranked else {"name": None, "confidence": 0.0}
    tokens = [[at, at + 1] for at in range(len(text))]
    return {"text": text, "intent": best, "entities": [], "text_tokens": tokens, "intent_ranking": ranked}


class Peer(BaseHTTPRequestHandler):
    """One request."""

    mode = "well"
    count = 0
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(200, str(Peer.count).encode())

    def do_POST(self) -> None:
        given = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/mode":
            Peer.mode = given.decode()
            self._send(200, b"")
            return
        Peer.count += 1
        if self.path != "/model/parse":
            self._send(404, b"")
            return
        self._answer(Peer.mode, json.loads(given)["text"])

    def _answer(self, mode: str, text: str) -> None:
        if mode in RANKINGS:
            self._send(200, json.dumps(reply(text, RANKINGS[mode])).encode())
        elif mode in BODIES:
            self._send(200, BODIES[mode])
        elif mode == "hang":
            time.sleep(HANG_S)
        elif mode == "drip":
            self._head(200, 1000)
            until = time.monotonic() + HANG_S
            while time.monotonic() < until:
                self.wfile.write(b" ")
                time.sleep(0.05)
        elif mode == "endless":
            self._head(200, 10**9)
            while True:
                self.wfile.write(b" " * 65536)
        elif mode == "half":
            self._head(200, 1000)
            self.wfile.write(b'{"text": ')
            self.close_connection = True
        elif mode == "elsewhere":
            self.send_response(307)
            self.send_header("Location", "/model/parse")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send(500, b'{"status": "failure"}')

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, status: int, body: bytes) -> None:
        self._head(status, len(body))
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Tests print what matters."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the other side has had enough: that is what is tested


class Server(ThreadingHTTPServer):
    """A thread for each request, ended with the program."""

    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    server = Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Peer)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
