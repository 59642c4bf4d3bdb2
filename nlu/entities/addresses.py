"""Where somebody lives, good enough to find the door: county, township, village or street, house, stairs, flat."""

from __future__ import annotations

import re

from nlu.entities import places
from nlu.entities.numbers import VALUES, parse
from nlu.entities.readings import Reading, overlaps
from nlu.pinyin import closest
from nlu.understand import ParseContext

_N = r"(?:\d{1,4}|[一二两三四五六七八九十百零〇幺]{1,5})"
_HAN = r"[\u4e00-\u9fff]"
_AREA = re.compile(r"青海省|(?:西宁|海东)市|(?:海北|海南|黄南|果洛|玉树|海西)(?:藏族自治|蒙古族藏族自治)?州")
_VILLAGE = re.compile(rf"(?!{_N}号)(?P<name>{_HAN}{{1,7}}?)(?:村(?!委|医|里)|社区)")
_PART = re.compile(
    rf"(?P<group>{_N}[社组队](?!会))|(?P<street>(?!{_N}号){_HAN}{{1,7}}?(?:大街|大道|路|街|巷))(?!口|边|上|对)"
    rf"|(?P<yard>{_HAN}{{2,8}}?(?:小区|家属院|花园|公寓|新村|佳苑|家园))"
    rf"|(?P<house>{_N})(?P<of>号院|号楼|栋楼?|幢|单元|号|楼|层|室)|(?P<room>{_N})(?=$|[,，。 的])"
)
_LEAD = re.compile(
    r"(?:家里?(?:就)?(?:在|是)|住(?:的地方)?(?:在|是)|地址(?:就)?(?:在|是)|我们?(?:就)?(?:住在|在|住)(?!电|网|家)|送到|来我们?家)(?:那个|了)?"
)
_END = re.compile(r"[,，。.!！?？;；]|就这|你们?(?:来|过来|上)|能不能|请|谢谢|麻烦|吧|呢|啊|(?:要|想|需要)(?:人|个|找)")
_NO_PLACE = re.compile(r"^(?:家里?|这里|那里|哪里|外面|医院|电话|手机|网上|一个|老家|楼上|楼下|一楼|二楼)?$")
_SPEAKS = re.compile(rf"村|社区|小区|家属院|{_N}[号社栋楼]|单元|路|街|巷|对面|旁边|隔壁|后面|附近")
_SOUNDS_LIKE_VILLAGE = 0.8


def _figures(words: str) -> str:
    """五零一 as 501, 二十三 as 23."""
    words = words.replace("幺", "一")
    if all(char in VALUES for char in words):
        return "".join(str(VALUES[char]) for char in words)
    number = parse(words)
    return str(int(number)) if number is not None else words


def _spell(match: re.Match[str]) -> str:
    if match["house"]:
        return _figures(match["house"]) + match["of"]
    return _figures(match["room"]) if match["room"] else match[0]


def _known_village(said: str, names: tuple[str, ...]) -> str:
    """The village of the township that sounds as was said, or what was said."""
    if said in names or not names:
        return said
    best, score = closest(said, names)[0]
    return best if score >= _SOUNDS_LIKE_VILLAGE and len(best) == len(said) else said


class _Reader:
    """Reads an address from a place in the text on."""

    def __init__(self, text: str, at: int, known: list[Reading]) -> None:
        self.text, self.at, self.known = text, at, known
        self.said: list[str] = []
        self.parts = 0
        self.county: str | None = None
        self.township: str | None = None

    def read(self) -> None:
        while self.at < len(self.text) and (self._place() or self._area() or self._village() or self._part()):
            self.parts += 1
            if self.text[self.at : self.at + 1] == "的":
                self.at += 1

    def _take(self, words: str, end: int) -> bool:
        self.said.append(words)
        self.at = end
        return True

    def _area(self) -> bool:
        match = _AREA.match(self.text, self.at)
        return match is not None and self._take(match[0], match.end())

    def _place(self) -> bool:
        here = next((one for one in self.known if one.start == self.at), None)
        if here is None:
            return False
        if here.slot == "county":
            self.county = str(here.value)
        else:
            self.township = str(here.value)
        area = _AREA.match(self.text, self.at, here.end)
        return self._take((area[0] if area else "") + str(here.value), here.end)

    def _village(self) -> bool:
        match = _VILLAGE.match(self.text, self.at)
        if match is None or "路" in match[0] or "街" in match[0]:
            return False
        names = places.villages(self.township, self.county) if self.township else ()
        return self._take(_known_village(match[0], names), match.end())

    def _part(self) -> bool:
        match = _PART.match(self.text, self.at)
        if match is None or (match["room"] and not (self.said and self.said[-1].endswith(("单元", "楼", "栋")))):
            return False
        return self._take(_spell(match), match.end())

    def rest(self) -> None:
        """What is said of the place beyond that: 百货大楼对面那个家属院."""
        end = _END.search(self.text, self.at)
        words = self.text[self.at : end.start() if end else len(self.text)]
        words = re.sub(r"(?:这里|那里|上|的)$", "", words)
        if words and len(words) <= 24:
            self._take(words, self.at + len(words))


def _begins(text: str, context: ParseContext, known: list[Reading]) -> tuple[int, bool]:
    """Where an address begins, and whether it is surely one."""
    lead = _LEAD.search(text)
    if lead is not None:
        return lead.end(), True
    first = min((one.start for one in known), default=None)
    area = _AREA.search(text)
    if area is not None and (first is None or area.start() < first):
        first = area.start()
    if first is not None:
        return first, "address" in context.expect
    begin = next((at for at, char in enumerate(text) if char.isalnum() and char not in "嗯啊就在是到"), len(text))
    return begin, "address" in context.expect


def find(text: str, context: ParseContext, known: list[Reading], taken: list[Reading]) -> list[Reading]:
    """The address in a normalised text; `known` are its counties and townships."""
    if not known and "address" not in context.expect and not _SPEAKS.search(text):
        return []
    start, sure = _begins(text, context, known)
    reader = _Reader(text, start, known)
    reader.read()
    if sure and (reader.parts or _SPEAKS.search(text, start)):
        reader.rest()
    value = "".join(reader.said)
    only_county = reader.parts <= 1 and reader.county is not None
    if len(value) < 3 or _NO_PLACE.match(value) or overlaps(start, reader.at, taken):
        return []
    if not sure and (reader.parts < 2 or not (reader.county or reader.township)):
        return []
    if only_county and "address" not in context.expect:
        return []
    confidence = 0.85 if reader.parts >= 3 else 0.7 if reader.parts == 2 else 0.55
    return [Reading("address", value, start, reader.at, confidence)]
