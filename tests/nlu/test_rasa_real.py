"""The real Rasa with our project, where `make rasa` has installed it: trained on a few sentences, served, asked."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest

from nlu import rasa_server
from nlu.embedded import EmbeddedUnderstander
from nlu.rasa import RasaError, RasaUnderstander
from tests.nlu.helpers import context

pytestmark = [
    pytest.mark.skipif(
        not (rasa_server.VENV / "bin" / "rasa").exists(),
        reason="Rasa is not installed here; `make rasa` installs it (2.7 GB, Python 3.10)",
    ),
    pytest.mark.timeout(900),
]
FEW = {
    "book_appointment": "我想挂号 给我挂个号 挂骨科的号 想看个大夫挂号 挂一个号 明天挂号",
    "book_taxi": "给我叫个车 打车 叫一辆出租车 我要打车去医院 帮我叫车 打个车",
    "out_of_scope": "今天天气好 吃了没有 股票涨了吗 外面下雨了 你几岁了 讲个笑话",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Rasa that has learnt `FEW`."""
    folder = tmp_path_factory.mktemp("rasa")
    entries = [
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {one}\n" for one in said.split())
        for intent, said in FEW.items()
    ]
    (folder / "few.yml").write_text('version: "3.1"\nnlu:\n' + "".join(entries), encoding="utf-8")
    model = rasa_server.train(folder / "models", folder / "few.yml")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = rasa_server.start(model, port, folder / "log")
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def rasa(served: str, understander: EmbeddedUnderstander) -> Iterator[RasaUnderstander]:
    with RasaUnderstander(served, understander, timeout_s=3.0) as engine:
        until = time.monotonic() + 300
        while True:
            try:
                engine.check_now()
                break
            except RasaError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
        yield engine


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("我想挂号", "book_appointment"),
        ("我想褂好", "book_appointment"),  # the recogniser's characters, the same sounds
        ("您好，请问，给我叫个车。", "book_taxi"),
    ],
)
def test_it_reads_by_characters_and_sounds(rasa: RasaUnderstander, words: str, intent: str) -> None:
    before = rasa.stood_in
    found = rasa.understand(words, context())
    assert (found.intent, rasa.stood_in) == (intent, before), rasa.problem
    assert {name for name, _ in found.ranking} == set(FEW)


def test_the_values_are_ours(rasa: RasaUnderstander) -> None:
    found = rasa.understand("我想挂后天上午的谷科", context())
    assert {name: slot.value for name, slot in found.slots.items()} == {
        "date": "2026-03-13",
        "part_of_day": "am",
        "department": "骨科",
    }


@pytest.mark.parametrize("text", ["", "😀", "\x00\x1b", "嗯" * 10_000, "༄༅། བཀྲ་ཤིས", "hello"])
def test_odd_texts_do_it_no_harm(rasa: RasaUnderstander, text: str) -> None:
    rasa.understand(text, context())
    assert rasa.problem is None


def test_only_this_machine_reaches_it(served: str) -> None:
    port = int(served.rsplit(":", 1)[1])
    listening = [one.laddr for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    assert {address[0] for address in listening if address and address[1] == port} == {"127.0.0.1"}


def test_rasa_itself_finds_no_error_in_the_project() -> None:
    """It warns that no story uses the intents: the conversation is flows/engine.py."""
    words = ["data", "validate", "--domain", "domain.yml", "--data", "data", "--config", "config.yml"]
    done = subprocess.run(
        rasa_server.rasa(*words),
        cwd=rasa_server.PROJECT,
        env=rasa_server.environment(),
        capture_output=True,
        check=False,
        timeout=600,
    )
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, said[-2000:]
    assert "is not found in the NLU training data" not in said
    assert "is not listed in your domain" not in said
