"""Counties and townships of Qinghai: by official name, by what people call them, and by sound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu.entities.lexicon import DATA, Entry, Hit, Lexicon, load
from nlu.entities.readings import EXACT, Reading, by_sound, overlaps
from nlu.pinyin import SoundIndex
from nlu.understand import ParseContext

_LEAST = 0.85
_KIND = re.compile(r"(?:自治县|行政区|街道|[县区市镇乡])$")
_PEOPLE = re.compile(r"(?:回族|土族|藏族|撒拉族|蒙古族)+")
_ORDINARY = frozenset(
    re.findall(
        r"\S+",
        "平安 互助 共和 大通 同德 同仁 城东 城西 城中 城北 和平 建设 团结 灯塔 "
        "雪山 黄河 温泉 朝阳 清水 新庄 河西 河东 东山 西山 北山 火车站 大华 河北 "
        "新源 龙门 热水 中铁 和日 日月 古城 立新 多彩 新街 新民 前河 中川 三合 "
        "青山 青林 石山 斜沟 极乐 东川 西滩 金滩 城关 东沟 东和 大庄 松树 五十 "
        "江河 青海湖 黄家寨 白玉 门堂 巴塘 东坝 秋智 转导 建国 大才 二塘 中坝 新寨 ",
    )
)
"""Names without their 县 or 镇 that are words as well."""
_LEADS = re.compile(r"(?:我是|我们是|家在|家是|住在|住的是|我在|我们在|户口在|老家|搬到|老家在|人在)(?:那个|的)?$")
_PLACE_BEFORE = re.compile(r"(?:在|到|从|去|来|回|是|住|家|省|州|市|县|区)$")
_PEOPLE_AFTER = re.compile(r"(?:的?人|县城|街上|城里|的?农村|来的|那边的|这边的|户口)")
_PLACE_AFTER = re.compile(r"(?:的|人|县城|街上|城里|这边|那边|这里|农村|来的|户口|[,，。 ]|$)")
_STREETS = frozenset("路街巷")
_TOWN_AFTER = re.compile(r"(?:县|的)?[\u4e00-\u9fff]{2,4}[镇乡](?!下|里)")
_SPEAKS_OF_PLACE = re.compile(r"家在|住|户口|老家|[县区镇乡]|街道")


@dataclass(frozen=True, slots=True)
class Township:
    """A township and the county that it belongs to."""

    name: str
    county: str


def _short(name: str) -> str:
    """湟源 for 湟源县, 向化 for 向化藏族乡; the whole name where nothing would be left."""
    short = _PEOPLE.sub("", _KIND.sub("", name)) if not name.endswith("自治县") else name
    return short if len(short) >= 2 and short[-1] not in "路街" else name


@lru_cache(maxsize=1)
def counties() -> Lexicon:
    """All phrases that name a county; what people call it has the kind `short`."""
    phrases: dict[str, Entry] = {}
    for one in load("places", "counties"):
        for alias in one["aliases"]:
            whole = _KIND.search(alias) is not None
            phrases[alias] = Entry(one["name"], "name" if whole else "short")
        phrases.setdefault(_short(one["name"]), Entry(one["name"], "short"))
        phrases[one["name"]] = Entry(one["name"])
    return Lexicon(phrases)


@lru_cache(maxsize=1)
def _towns() -> tuple[Lexicon, dict[str, tuple[str, ...]]]:
    phrases: dict[str, Entry] = {}
    where: dict[str, list[str]] = {}
    for one in load("places", "counties"):
        for name in one["townships"]:
            where.setdefault(name, []).append(one["name"])
            phrases[name] = Entry(name)
            plain = _PEOPLE.sub("", name)
            phrases.setdefault(plain, Entry(name))
    for name in where:
        phrases.setdefault(_short(name), Entry(name, "short"))
    return Lexicon(phrases), {name: tuple(found) for name, found in where.items()}


def townships() -> Lexicon:
    """All phrases that name a township."""
    return _towns()[0]


def counties_of(township: str) -> tuple[str, ...]:
    """The counties that have a township of this name."""
    return _towns()[1].get(township, ())


@lru_cache(maxsize=1)
def _villages() -> dict[Township, tuple[str, ...]]:
    found = {}
    for line in (DATA / "villages.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            county, town, names = line.split("\t")
            found[Township(town, county)] = tuple(names.split(" "))
    return found


def villages(township: str, county: str | None = None) -> tuple[str, ...]:
    """Villages and neighbourhoods of a township, in one county or in all that have one of that name."""
    where = (county,) if county else counties_of(township)
    return tuple(name for one in where for name in _villages().get(Township(township, one), ()))


@lru_cache(maxsize=2)
def _ear(slot: str) -> SoundIndex:
    lexicon = counties() if slot == "county" else townships()
    return SoundIndex(phrase for phrase in lexicon.phrases if len(phrase) >= 2)


def _stands(text: str, hit: Hit, *, asked: bool) -> bool:
    """A whole name is a place; a short one is where a place is spoken of."""
    if hit.entry.kind == "name" or asked:
        return True
    before, after = text[max(0, hit.start - 6) : hit.start], text[hit.end :]
    if _LEADS.search(before) or _TOWN_AFTER.match(after) or _PEOPLE_AFTER.match(after):
        return True
    around = _PLACE_BEFORE.search(before) is not None and _PLACE_AFTER.match(after) is not None
    return hit.phrase not in _ORDINARY and around


def _sounding(text: str, slot: str, taken: list[Reading], *, asked: bool) -> list[Reading]:
    lexicon = counties() if slot == "county" else townships()
    readings: list[Reading] = []
    for one in _ear(slot).find_all(text, _LEAST):
        entry = lexicon.phrases[one.phrase]
        least = 0.95 if len(one.phrase) == 2 else _LEAST
        short = entry.kind == "short" and (not asked or text[one.end : one.end + 1] in _STREETS)
        if short or one.score < least or overlaps(one.start, one.end, [*taken, *readings]):
            continue
        readings.append(Reading(slot, entry.value, one.start, one.end, by_sound(one.score, least)))
    return readings


def _of(text: str, slot: str, taken: list[Reading], *, asked: bool) -> list[Reading]:
    lexicon = counties() if slot == "county" else townships()
    hits = [hit for hit in lexicon.exact(text) if not overlaps(hit.start, hit.end, taken)]
    hits = [hit for hit in hits if hit.entry.kind == "name" or text[hit.end : hit.end + 1] not in _STREETS]
    found = [
        Reading(slot, hit.entry.value, hit.start, hit.end, EXACT if hit.entry.kind == "name" else 0.85)
        for hit in hits
        if _stands(text, hit, asked=asked)
    ]
    if not found and (asked or _SPEAKS_OF_PLACE.search(text)):
        exact = [Reading("", None, hit.start, hit.end) for hit in townships().exact(text) if hit.entry.kind == "name"]
        found = _sounding(text, slot, [*taken, *exact], asked=asked)  # 共和乡 is no 共和县
    return found


def find(text: str, context: ParseContext, taken: list[Reading]) -> list[Reading]:
    """Counties and townships in a normalised text."""
    asked = {"county", "township", "address"} & set(context.expect)
    county = _of(text, "county", taken, asked="county" in asked or "address" in asked)
    town = _of(text, "township", [*taken, *county], asked="township" in asked or "address" in asked)
    return [*county, *town]
