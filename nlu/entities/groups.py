"""A long number that comes in groups: over several turns, with corrections, echoes and hesitation, or on the keypad."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from nlu.entities.numbers import DAY, parse, small, surely
from nlu.text import bare, normalise

Fits = Callable[[str], str | None]
"""Digits → the whole number when they make one, else None."""
_DIGIT = "[0-9零〇洞一幺二两三四五六七八九拐勾x叉]"
_ANEW = re.compile(r"从头|重头|全部?错|都错|全不对|都不对|从第一个|从开头")
"""All that was given is wrong, whatever comes now."""
_AGAIN = re.compile(r"重来|重新[说报念讲来]|我再?重[说报念]|(?:我|让我|我给你)(?:慢慢)?再[说报念讲]一[遍次]")
"""What comes now was said before: a part of it, or all."""
_BACK = re.compile(r"不对|不不|[说报念记听写讲看]错了?|错了|不算|重说|(?<!是)不是|[说报念]岔了")
_SWAP = (
    re.compile(f"是({_DIGIT}+).{{0,2}}不是({_DIGIT}+)"),
    re.compile(f"不是({_DIGIT}+).{{0,2}}(?:而是|应该是|是)({_DIGIT}+)"),
)
_YES = re.compile(r"^[嗯啊哦哎诶]*(?:对|是的|没错|就是|好|行|嗯|是这个)")
_NO_BEGINNING = re.compile(r"[不对错了说是的]*(?:最后|末[尾了]|后[两三四五六]位)|.*年(?:的|生|出生|属)|.*生人")
"""最后四位是…, 我是一九四八年的: no number begins so."""
_LAST = re.compile("最后|末[尾了]|尾数")
_ASSENT = re.compile(r"(?:对|是|好|行|嗯|没错|可以|哦|啊|记下了|的|了|呢|吧|着|呀)+")
_HESITATION = re.compile(r"[嗯啊呃哦额哎诶那个这就是的呢嘛了然后还有接着后面最再来]")
_NO_DIGIT = re.compile(
    rf"等一?[下会]儿?|[一两几]下|一会儿?|一[点样般起直定些共块边面旦辈]|[一两几][遍次]|万一|第{_DIGIT}+|"
    rf"(?:我|今年|都)[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]?十[一二三四五六七八九]?(?:多|来|岁)|{_DIGIT}+岁|(?:[一二两三四五六七八九]|[1-9])(?:位|段|组|串|截)|"
    rf"(?:十[一二三四五六七八九]?|1[0-9])位|[一两二三四]个(?!{_DIGIT})|[一二三]儿"
)
"""等一下, 后四位, 七十八岁: figures that are no part of the number."""
_AMOUNT = re.compile(
    r"[一二两三四五六七八九](?:千|百)[零一二两三四五六七八九十百]*|[二三四五六七八九]?十[一二三四五六七八九]?"
)
"""六百三十 for 六三零."""
_DATE = re.compile(rf"(?:(?P<year>{_DIGIT}{{4}}|{_DIGIT}{{2}})年)?(?P<month>{DAY})月份?(?P<day>{DAY})(?:号|日|$)")
_YEAR = re.compile(rf"(?<!{_DIGIT})(?P<year>{_DIGIT}{{2}})年")
_LIKE, _SAME = 0.5, 0.2
"""Share of digits that may differ: where a correction was announced, and where none was."""
_ECHO = 4
"""Digits that nobody says twice by chance."""


def said(text: str) -> str:
    """The digits of a number that a text gives, one by one: a birthday as eight, nothing of 等一下."""
    plain = _YEAR.sub(lambda year: f"一九{year['year']}", _DATE.sub(_as_digits, normalise(text)))
    return surely(_AMOUNT.sub(lambda amount: f"{parse(amount[0]) or 0:.0f}", _NO_DIGIT.sub("，", plain)))


def _as_digits(date: re.Match[str]) -> str:
    """五二年五月七号 as it stands in an identity number: 19520507."""
    year = surely(date["year"] or "")
    month, day = small(date["month"]), small(date["day"])
    if month is None or day is None:
        return date[0]
    return f"{'19' if len(year) == 2 else ''}{year}{month:02d}{day:02d}"


@dataclass(frozen=True, slots=True)
class Groups:
    """What has been given of a number so far. Plain values: it can be kept between any two turns."""

    parts: tuple[str, ...] = ()
    """Digits (and a final X) that stand, as they were given."""
    changed: int = 0
    """The first of the parts that the last turn gave or changed; as many as there are when it took something away."""
    whole: str | None = None
    """The number once it is complete."""

    @property
    def given(self) -> str:
        """All digits that stand."""
        return "".join(self.parts)

    def press(self, keys: str, fits: Fits) -> Groups:
        """Another group from the keypad."""
        begun = self.parts if not _begins_anew(self.given, keys) else ()
        return self._complete(fits, keys, self.given + keys) or replace(
            self, parts=(*begun, keys), changed=len(begun), whole=None
        )

    def say(self, text: str, fits: Fits) -> Groups | None:
        """Another group as spoken, or a correction: 不对 takes the place of what it is like, or takes the last group
        back; 从头来 takes all; a whole number stands over its parts. None where nothing of a number is said."""
        words, heard = bare(normalise(text)), said(text)
        pieces = _BACK.split(normalise(text))
        # 八零七八，不对，八零七九 is no code of eight digits, in two turns or in one.
        whole = self._complete(fits, *(map(said, reversed(pieces)) if len(pieces) > 1 else (heard, self.given + heard)))
        if whole is not None:
            return whole
        if self.parts:
            now = self._gone_on(text, words, heard, fits)
        else:
            now = self._in_turn(text, fits) if _is_group(words, heard) and not _NO_BEGINNING.match(words) else None
        return now and (now._complete(fits, now.given, *_once(now.given)) or now)

    def _gone_on(self, text: str, words: str, heard: str, fits: Fits) -> Groups | None:
        if _ANEW.search(words):
            return Groups()._in_turn(text, fits) if len(heard) > 1 else Groups()
        if _AGAIN.search(words):
            return self._repeated(heard)
        back = _BACK.search(words) is not None
        one = len(heard) == 1 and (len(self.parts[-1]) == 1 or _LAST.search(words) is not None)  # 不对，最后是六
        if back and not one and (len(heard) < 2 or self._swapped(text) is not None):
            return self._swapped(text) or Groups(self.parts[:-1], len(self.parts) - 1)
        if not back and not _is_group(words, heard):
            return replace(self, changed=len(self.parts) - 1) if _ASSENT.fullmatch(words) else None
        if not back and self._echoes(heard, assent=_YES.match(words) is not None):
            return replace(self, changed=len(self.parts) - 1)
        return self._in_turn(text, fits)

    def _echoes(self, heard: str, *, assent: bool) -> bool:
        """对，零五零七: what was said back is right, and nothing new."""
        if len(heard) < _ECHO:
            return assent and self.given.endswith(heard)
        return heard in self.given if assent else self.given.endswith(heard)

    def _in_turn(self, text: str, fits: Fits) -> Groups:
        """The groups of a text one after the other; those behind 不对 take the place of what they are like."""
        now, first = self, len(self.parts)
        plain = normalise(text)
        pieces = _BACK.split(plain)
        for n, piece in enumerate(pieces):
            heard = said(piece)
            wrong = n + 1 < len(pieces) and len(heard) > 1 and now.given.endswith(heard)  # 八零七八错了，是…
            if heard and not wrong:
                now = now._amended(heard) if n and now.parts else now._added(heard, fits)
                first = min(first, now.changed)
            if now.whole is not None:
                return now
        return replace(now, changed=min(first, max(0, len(now.parts) - 1)))

    def _repeated(self, heard: str) -> Groups:
        """我再说一遍: the part that it is like is said again, or all from the beginning."""
        place = self._place(heard, _LIKE) if heard else None
        return self._put(place, heard) if place is not None else Groups((heard,) if heard else ())

    def _added(self, heard: str, fits: Fits) -> Groups:
        """A further group; what was said before already is not counted twice."""
        whole = self._complete(fits, heard, self.given + heard)
        if whole is not None:
            return whole
        last = self.parts[-1] if self.parts else ""
        if _begins_anew(self.given, heard):
            return Groups((heard,))
        if len(last) >= _ECHO and heard.startswith(last):
            rest = heard[len(last) :]
            parts = (*self.parts, rest) if rest else self.parts
            return Groups(parts, len(parts) - 1)
        place = self._place(heard, _SAME, least=_ECHO + 1)
        if place is not None:
            return self._put(place, heard)
        return Groups((*self.parts, heard), len(self.parts))

    def _amended(self, heard: str) -> Groups:
        """What was said after 不对 takes the place of what it is like, else of the last group or its end."""
        last = self.parts[-1]
        if len(heard) > len(last) and (heard.startswith(last) or heard.endswith(last)):  # 四三，不对，零零四三
            return Groups((*self.parts[:-1], heard), len(self.parts) - 1)
        place = self._place(heard, _LIKE) if len(heard) > 1 else None
        return self._put(len(self.given) - min(len(heard), len(self.parts[-1])) if place is None else place, heard)

    def _place(self, heard: str, most: float, *, least: int = 1) -> int | None:
        """Where in the number that was given the digits lie closest, if no more than `most` of them differ from what
        stands there, over `least` digits. The longest such place, then the last."""
        given, starts = self.given, {*self._starts(), len(self.given) - len(heard)}
        best: tuple[float, int, int] | None = None
        for place in range(len(given)):
            there = given[place : place + len(heard)]
            # A few digits are like others by chance: they begin or end where a group does.
            if len(there) < least or (place not in starts and (len(there) < 3 or len(heard) < _ECHO)):
                continue
            differ = sum(one != other for one, other in zip(there, heard, strict=False)) / len(there)
            if differ <= most and (best is None or (differ, -len(there), -place) < best):
                best = (differ, -len(there), -place)
        return None if best is None else -best[2]

    def _put(self, place: int, heard: str) -> Groups:
        """The digits in the place of as many others."""
        number = self.given[:place] + heard + self.given[place + len(heard) :]
        starts = [start for start in self._starts() if start < len(number)]
        parts = tuple(number[start:end] for start, end in zip(starts, [*starts[1:], len(number)], strict=True))
        return Groups(parts, max(n for n, start in enumerate(starts) if start <= place))

    def _starts(self) -> Iterator[int]:
        at = 0
        for part in self.parts:
            yield at
            at += len(part)

    def _swapped(self, text: str) -> Groups | None:
        """“是二不是七”: in the last group that has the wrong digits."""
        for n, pattern in enumerate(_SWAP):
            found = pattern.search(normalise(text))
            if found is None:
                continue
            right, wrong = surely(found[1 + n]), surely(found[2 - n])
            for place in range(len(self.parts) - 1, -1, -1):
                part = self.parts[place]
                at = part.rfind(wrong) if wrong else -1
                if at >= 0:
                    put = part[:at] + right + part[at + len(wrong) :]
                    return Groups((*self.parts[:place], put, *self.parts[place + 1 :]), place)
        return None

    def _complete(self, fits: Fits, *candidates: str) -> Groups | None:
        """The first of the candidates that makes the whole number."""
        whole = next((number for one in candidates if one and (number := fits(one)) is not None), None)
        return None if whole is None else Groups(self.parts, len(self.parts), whole)


def _once(given: str) -> Iterator[str]:
    """The number without what was said twice in a row: 零三，零三一二 is 零三一二."""
    for length in range(1, len(given) // 2 + 1):
        for at in range(len(given) - 2 * length + 1):
            if given[at : at + length] == given[at + length : at + 2 * length]:
                yield given[:at] + given[at + length :]


def _begins_anew(given: str, heard: str) -> bool:
    """Begun anew, with what is known already; one digit is no sign of that: a code may begin with two of a kind."""
    return len(given) > 1 and heard.startswith(given)


def _is_group(words: str, heard: str) -> bool:
    """Two digits and more, or one with nothing else but hesitation."""
    return len(heard) > 1 or (len(heard) == 1 and len(_HESITATION.sub("", words)) <= 1)
