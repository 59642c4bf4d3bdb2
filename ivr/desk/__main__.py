"""Entry point of the pages' server, run by the supervisor as `python -m ivr.desk`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from ivr.asterisk.config import load_secrets
from ivr.desk.core import Desk
from ivr.desk.demo import demo_users
from ivr.desk.server import serve
from ivr.settings import load
from ivr.supervisor import demo_users_file, write_private

log = logging.getLogger(__name__)


async def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    settings = load()
    error_file = settings.run_dir / "desk.error"
    error_file.unlink(missing_ok=True)
    made = demo_users_file(settings)
    if settings.demo and not made.exists() and (people := demo_users(settings)):  # once: who has signed in stays so
        write_private(made, people)
    task = asyncio.create_task(serve(Desk(settings, load_secrets(settings))), name="desk")
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.gather(task, return_exceptions=True)
    if task.cancelled() or (error := task.exception()) is None:
        return 0
    if isinstance(error, OSError):
        where = f"{settings.desk.host}:{settings.desk.port}"
        told = f"The pages cannot be served at {where}: {error.strerror}. Set desk.port to a free port."
        error_file.write_text(told, encoding="utf-8")
        log.error("%s", told)
        return 1
    raise error


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sys.exit(asyncio.run(main()))
