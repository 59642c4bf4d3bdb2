"""Entry point of the dialogue program, run by the supervisor as `python -m ivr.program`.

The models of the recognisers load in their own processes while this one imports the rest (`ivr.app`), which takes as
long: on two cores that halves the time until a caller is heard. So nothing large may be imported here."""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
import sys

from flows.errors import FlowError
from ivr.ears import Ears, start_ears
from ivr.settings import Settings, load
from voices.errors import VoiceError

log = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Run the dialogue until SIGTERM or Ctrl-C. A signal while it still imports ends the process at once, and with it
    its workers."""
    ears = asyncio.create_task(start_ears(settings), name="recognisers")
    try:
        app = (await asyncio.to_thread(importlib.import_module, "ivr.app")).App(settings, ears)
        task = asyncio.create_task(app.run(), name="app")
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
    finally:
        ears.cancel()
        for one in await asyncio.gather(ears, return_exceptions=True):
            if isinstance(one, Ears):
                await one.chain.close()  # bounded: each worker is killed and waited for, 2 s at most


def main() -> None:
    """Entry point of the process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = load()
    try:
        asyncio.run(serve(settings))
    except (VoiceError, FlowError) as error:  # a broken file: the operator needs the sentence, not the trace
        (settings.run_dir / "app.error").write_text(str(error), encoding="utf-8")
        log.exception("the dialogue cannot start")
        sys.exit(1)


if __name__ == "__main__":
    main()
