"""A scripted caller for simulated conversations: wants one thing, answers, errs, strays, checks the read-back.

Text in, text out. What the caller says goes through a poor recogniser: homophones, silence, noise."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from pypinyin import lazy_pinyin

TODAY = date(2026, 3, 11)
DEPARTMENTS = ("内科", "外科", "骨科", "眼科", "口腔科", "皮肤科", "神经内科", "妇科", "中医科", "呼吸内科")
NAMES = ("李秀英", "马桂兰", "王建国", "张玉梅", "韩志强", "赵春花")
WEEKDAYS = "一二三四五六日"
DIGITS = "零一二三四五六七八九"
ORDINALS = ("第一个", "第二个", "第三个")

OPENINGS: Mapping[str, tuple[str, ...]] = {
    "book": (
        "我想挂个{department}",
        "姑娘，给我挂个{department}的号",
        "{date}{part}的{department}给我挂一个",
        "我要挂号",
        "喂，我想挂{date}的{department}",
        "我腿脚不便，电话上能不能给我挂个{department}",
        "想看{department}，{date}去",
        "帮我约一个{department}的大夫，{date}{part}",
        "我要看病，挂个号",
        "给{who}挂一个{department}",
        "麻烦你给我预约{date}{part}{department}",
        "那个，我想到医院瞧病，挂{department}",
    ),
    "check": (
        "我想问一下我挂的号是哪天",
        "查一下我的预约",
        "我上次挂的号你给我看看",
        "我忘了我挂的是几号的号了",
        "帮我看看我预约的是哪个科",
        "我的号挂上了没有，查一下",
        "查号",
    ),
    "cancel": (
        "我那个号不去了，退掉",
        "我要退号",
        "把我挂的号取消了",
        "我去不成医院了，号给我退了吧",
        "取消预约",
        "前两天挂的号我不要了",
    ),
    "pension": (
        "我的养老金发了没有",
        "查一下养老金",
        "这个月的养老钱到账了吗",
        "我想问问退休金发了多少",
        "养老金咋还没到",
        "看看我的养老金",
    ),
}
DIGRESSIONS: Mapping[str, tuple[str, ...]] = {
    "book": ("这个要钱吗", "去的时候要带什么", "要是去不了能退吗", "你们几点下班"),
    "check": ("去的时候带身份证吗", "还能退吗"),
    "cancel": ("退号要钱吗", "几点以前能退"),
    "pension": ("养老金几号发", "钱打到哪张卡上", "要身份证干什么"),
}
MUMBLES = ("哎哟我这个", "那个那个啥来着", "等一下我把眼镜戴上", "娃娃你别闹", "你说啥")
YES = ("对", "是的", "对着呢", "嗯对", "好", "可以", "没错", "是")
NO = ("不对", "不是", "错了")


@dataclass(frozen=True, slots=True)
class Errors:
    """How often things go wrong, as shares of what the caller does."""

    misheard: float = 0.20
    """Utterances that the recogniser gets partly wrong."""
    homophones: float = 0.20
    """In those, characters that become another of the same sound."""
    silent: float = 0.05
    noise: float = 0.03
    mumbled: float = 0.03
    digression: float = 0.06
    change_of_mind: float = 0.05


@dataclass(slots=True)
class Goal:
    """What the caller wants."""

    service: str
    department: str = "骨科"
    day: date = TODAY + timedelta(days=1)
    part: str = "am"
    patient: str = "self"
    name: str = ""
    identity: str = ""
    code: str = ""
    """Of the booking to cancel or look up."""
    knows_code: bool = False


def date_words(day: date, chance: random.Random) -> str:
    """A day as callers say it."""
    ahead = (day - TODAY).days
    plain = f"{_number(day.month)}月{_number(day.day)}号"
    choices = [plain, f"{_number(day.day)}号"]
    if ahead <= 3:
        choices += [("今天", "明天", "后天", "大后天")[ahead]] * 4
    if day.isocalendar().week == TODAY.isocalendar().week:
        choices += [f"这个星期{WEEKDAYS[day.weekday()]}", f"星期{WEEKDAYS[day.weekday()]}"]
    elif day.isocalendar().week == TODAY.isocalendar().week + 1:
        choices += [f"下个星期{WEEKDAYS[day.weekday()]}", f"下礼拜{WEEKDAYS[day.weekday()]}"]
    return chance.choice(choices)


def _number(n: int) -> str:
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十") + (DIGITS[ones] if ones or not n else "")


@cache
def _homophones() -> Mapping[str, str]:
    """Sound → the common characters (GB 2312, level 1) that have it."""
    sounds: dict[str, str] = {}
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                char = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            sound = lazy_pinyin(char)[0]
            sounds[sound] = sounds.get(sound, "") + char
    return sounds


def misheard(text: str, share: float, chance: random.Random) -> str:
    """The text with this share of its characters replaced by others of the same sound."""
    sounds = _homophones()
    heard = []
    for char, sound in zip(text, lazy_pinyin(list(text)), strict=False):
        others = sounds.get(sound, "").replace(char, "")
        heard.append(chance.choice(others) if others and chance.random() < share else char)
    return "".join(heard)


@dataclass(slots=True)
class Act:
    """What the caller does: says or presses something, or nothing (`what` is silent or noise)."""

    what: str
    text: str = ""


@dataclass
class SimulatedCaller:
    """Answers prompts by their names, and what is read back by its words."""

    goal: Goal
    chance: random.Random
    errors: Errors = field(default_factory=Errors)
    said_code: int = 0
    """Groups of the number that have been said."""
    asked: dict[str, int] = field(default_factory=dict)
    strayed: int = 0
    finished: bool = False
    wrong: str = ""
    """What the last read-back had wrong."""

    def act(self, prompts: list[str], said: str) -> Act:
        """What the caller does after hearing this."""
        if (odd := self._odd(prompts)) is not None:
            return odd
        question = next((one for one in reversed(prompts) if not one.startswith("choice.")), "main.open")
        self.asked[question] = self.asked.get(question, 0) + 1
        offered = "按一" in said
        act = self._answer(question, said, offered=offered)
        if act.what == "say" and self.chance.random() < self.errors.misheard:
            return Act("say", misheard(act.text, self.errors.homophones, self.chance))
        return act

    def _odd(self, prompts: list[str]) -> Act | None:
        """Now and then: silence, noise, a mumble, a question."""
        roll, errors = self.chance.random(), self.errors
        for what, share in (("silent", errors.silent), ("noise", errors.noise), ("mumble", errors.mumbled)):
            if roll < share:
                return Act("say", self.chance.choice(MUMBLES)) if what == "mumble" else Act(what)
            roll -= share
        begun = any(one.startswith(("appointment.", "bookings.", "pension.")) for one in prompts)
        if roll < errors.digression and begun and self.strayed < 2:
            self.strayed += 1
            return Act("say", self.chance.choice(DIGRESSIONS[self.goal.service]))
        return None

    def _answer(self, question: str, said: str, *, offered: bool) -> Act:
        answer = getattr(self, "_" + question.partition(".")[0], None)
        text = answer(question.partition(".")[2], said, offered) if answer else ""
        return Act("press", text) if text.strip("0123456789*#") == "" and text else Act("say", text or "嗯")

    def _key(self, said: str, words: tuple[str, ...]) -> str:
        """The key after which one of these words was offered; 9 for others when it was not among them."""
        parts = said.replace("。", "，").split("，")
        for key in "一二三":
            if f"按{key}" in parts:
                at = parts.index(f"按{key}")
                before = parts[max(at - 5, 0) : at]
                start = max((n + 1 for n, part in enumerate(before) if part.startswith("按")), default=0)
                if any(word in part for part in before[start:] for word in words):
                    return str("一二三".index(key) + 1)
        return "9" if "按九" in said else ""

    def _main(self, name: str, said: str, offered: bool) -> str:
        goal, chance = self.goal, self.chance
        if name == "more":
            return "没有了" if self.finished else self._opening()
        if name == "menu":
            label = {"book": "挂号", "check": "查号", "cancel": "退号", "pension": "养老金"}[goal.service]
            return self._key(said, (label,)) or label
        if name == "switch":
            right = {"book": "挂号", "check": "查号", "cancel": "退号", "pension": "养老金"}[goal.service] in said
            return chance.choice(YES) if right else chance.choice(NO)
        if name in {"leave", "switch_other", "no_answer", "fraud"}:
            return "不用" if name in {"no_answer", "fraud"} else "不是"
        if name == "no_service":
            return "不用"
        return self._opening()

    def _opening(self) -> str:
        goal, chance = self.goal, self.chance
        lines = [
            line
            for line in OPENINGS[goal.service]
            if not (goal.patient == "self" and "{who}" in line)
            and not (goal.patient == "other" and ("给我" in line or "我要看病" in line))
        ]
        return chance.choice(lines).format(
            department=goal.department,
            date=date_words(goal.day, chance),
            part="上午" if goal.part == "am" else "下午",
            who=chance.choice(("我老伴", "我老汉", "我女儿", "我妈")),
        )

    def _appointment(self, name: str, said: str, offered: bool) -> str:
        asked = {
            "no_such_department": "ask_department",
            "no_such_day": "ask_date",
            "too_early": "ask_date",
            "too_late": "ask_date",
        }.get(name, name)
        answers: Mapping[str, Callable[[], str]] = {
            "ask_department": lambda: self._department(said, offered),
            "ask_date": lambda: self._date(said, offered),
            "ask_part": lambda: self._part(said, offered),
            "nearest": lambda: self.chance.choice(("第一个", "都行", "1")),
            "ask_patient": lambda: self._patient(said, offered),
            "ask_name": lambda: "1" if offered else self.chance.choice((self.goal.name, f"叫{self.goal.name}")),
            "confirm": lambda: self._read_back(said),
            "confirm_other": lambda: self._read_back(said),
            "fix": lambda: self._key(said, (self._fix(),)) or self._fix(),
            "fix_other": lambda: self._key(said, ("换看病的人",)) or "换看病的人",
        }
        return answers.get(asked, self._opening)()

    def _department(self, said: str, offered: bool) -> str:
        goal, chance = self.goal, self.chance
        key = self._key(said, (goal.department,)) if offered and chance.random() < 0.7 else ""
        return key or chance.choice((goal.department, f"{goal.department}吧", f"我要挂{goal.department}"))

    def _date(self, said: str, offered: bool) -> str:
        goal, chance = self.goal, self.chance
        day = date_words(goal.day, chance)
        if chance.random() < self.errors.change_of_mind:
            return f"{date_words(goal.day + timedelta(days=1), chance)}，不对，{day}"
        key = self._key(said, (self._day(),)) if offered else ""
        return key or chance.choice((day, f"就{day}吧", f"{day}{self._half()}"))

    def _day(self) -> str:
        return f"{_number(self.goal.day.month)}月{_number(self.goal.day.day)}号"

    def _half(self) -> str:
        return "上午" if self.goal.part == "am" else "下午"

    def _part(self, said: str, offered: bool) -> str:
        half = self._half()
        key = self._key(said, (half,)) if offered else ""
        return key or self.chance.choice((half, f"{half}去", f"{half}吧"))

    def _patient(self, said: str, offered: bool) -> str:
        own = self.goal.patient == "self"
        key = self._key(said, ("给自己挂" if own else "给别人挂",)) if offered else ""
        words = ("我自己", "给自己挂", "自己看") if own else ("给别人挂", "给我老伴挂", "我老伴")
        return key or self.chance.choice(words)

    def _fix(self) -> str:
        return {"department": "换个科", "patient": "换看病的人"}.get(self.wrong, "换个时间")

    def _read_back(self, said: str) -> str:
        goal, chance = self.goal, self.chance
        parts = said.replace("。", "，").split("，")
        whose = "看病的人是" in said or ("给您自己挂" in parts) == (goal.patient == "self")
        right = {
            "patient": whose,
            "department": goal.department in parts,
            "date": self._day() in said,
            "part": self._half() in said,
        }
        self.wrong = next((name for name, good in right.items() if not good), "")
        day = date_words(goal.day, chance)
        denials: Mapping[str, tuple[str, ...]] = {
            "": (("1", *YES) if "按一" in said else YES),
            "patient": ("不对，给我自己挂" if goal.patient == "self" else "不对，是给我老伴挂",),
            "department": (f"不是，是{goal.department}", f"不对，我要挂{goal.department}"),
            "date": (f"不对，是{day}", f"不是，{day}"),
            "part": (f"不对，是{self._half()}", self._half()),
        }
        return chance.choice(denials[self.wrong])

    def _bookings(self, name: str, said: str, offered: bool) -> str:
        goal, chance = self.goal, self.chance
        if name == "ask_code":
            return goal.code.replace("0", "*") if chance.random() < 0.3 else "".join(DIGITS[int(d)] for d in goal.code)
        if name == "choose":
            key = self._key(said, (goal.department,))
            return key if chance.random() < 0.5 and key else chance.choice((goal.department, f"{goal.department}那个"))
        if name == "confirm_cancel":
            return chance.choice(YES) if goal.department in said.replace("。", "，").split("，") else chance.choice(NO)
        return self._opening()

    def _pension(self, name: str, said: str, offered: bool) -> str:
        goal, chance = self.goal, self.chance
        if name == "confirm_name":
            return chance.choice((*YES, "是我"))
        if chance.random() < 0.25:
            return goal.identity.replace("0", "*")
        if chance.random() < 0.4 and self.said_code == 0:
            self.said_code = 6
            return self._digits(goal.identity[:6])
        return self._digits(goal.identity)

    def _digits(self, digits: str) -> str:
        return "".join(
            "叉" if d == "X" else ("幺" if d == "1" and self.chance.random() < 0.2 else DIGITS[int(d)]) for d in digits
        )

    def _repair(self, name: str, said: str, offered: bool) -> str:
        goal, chance = self.goal, self.chance
        number = goal.identity if goal.service == "pension" else goal.code
        match name:
            case "group" | "group_again":
                rest = number[self.said_code :] if name == "group" else number
                if self.said_code and len(rest) == 12 and chance.random() < 0.5:
                    self.said_code = 14
                    return self._digits(number[6:14])
                self.said_code = 0
                return self._digits(rest or number)
            case "check":
                wanted = (goal.department, date_words(goal.day, chance), goal.name)
                day = f"{_number(goal.day.month)}月{_number(goal.day.day)}号"
                part = "上午" if goal.part == "am" else "下午"
                right = any(word and word in said for word in (goal.department, day, goal.name, part, *wanted))
                return chance.choice(YES) if right else chance.choice(NO)
            case "which":
                day = f"{_number(goal.day.month)}月{_number(goal.day.day)}号"
                return self._key(said, (day, goal.department)) or "第一个"
        return self._opening()
