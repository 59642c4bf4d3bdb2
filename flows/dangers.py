"""Which number to call, by the words of other languages than Mandarin: whether it burns, or a crime is being done.

That there is danger is what the understanding tells, but for a few words of English; only fire and crime have advice
of their own. No native speaker has checked these words: where none of them is found it is 120, as for all else."""

from __future__ import annotations

import re

_FIRE = re.compile(
    # English, and the number itself
    r"(?<!\d)119(?!\d)|\bon fire\b|\b(?:is|was|caught|catching) (?:a )?fire\b|\bfire (?:in|at)\b|"
    r"^fire\b|\bflames?\b|\bsmoke\b|\bgas\b|\bthere is a fire\b|"
    r"\b(?:house|home|kitchen|room|roof|bed|blanket|curtains?|stove|car|barn|shed|oven)\b.{0,16}\bburning\b|"
    # Korean, Kazakh, Uyghur
    r"불이|불났|불 났|불길|화재|연기|가스|타고 있|"
    r"өрт|жанып|жалын|түтін|газ|"
    r"ئوت (?:كەت|تۇتاش|چىق)|ئوت كەتتى|^ئوت[،!\s]*$|گاز|تۈتۈن|يالقۇن|(?:^|\s)ئىس\s|"
    # Mongolian: гал alone, for it is a part of other words
    r"(?<!\w)гал(?!\w)|шатаж|шатчих|түймэр|утаа|угаар|(?<!\w)хий(?:н|)(?!\w)|"
    # Tibetan
    r"མེ་(?:ཤོར|འབར|མཆེད|རྒྱབ|ལྕེ|མེ)|^མེ[་།\s]*$|དུ་བ|རླངས་རྫས|གླང་གི་དྲི",
    re.IGNORECASE,
)
_BURNS = re.compile(
    r"\bfire\b|\bflames?\b|burning|불이|불났|불 났|화재|өрт|жанып|ئوت |(?<!\w)гал(?!\w)|шатаж|མེ་(?:ཤོར|འབར|མཆེད)",
    re.IGNORECASE,
)
_POISONED = re.compile(
    r"\b(?:head|dizzy|faint|fainted|unconscious|sick)\b|어지|머리|쓰러|마셨|айнал|ауыр|басым|толгой|ухаан|بېشىم|ھوش|མགོ|(?<!འ)དུག",
    re.IGNORECASE,
)
"""Who has breathed it in needs a doctor first."""
_CRIME = re.compile(
    r"(?<!\d)110(?!\d)|\bburglars?\b|\bthie(?:f|ves)\b|\brobb|\bbreak(?:ing|s)? in|\bbroken into\b|"
    r"\bpolice\b|\bgun\b|\bstrangers?\b|\b(?:got|has|with) a knife\b|"
    r"\b(?:hitting|beating|attacking|threatening) (?:me|her|him|us)\b|\bforc(?:e|ing)\b.{0,12}\b(?:door|window)\b|"
    r"\b(?:gone|is|went) missing\b|\bwandered off\b|\b(?:am|'m|are|'re|is|got) lost\b|"
    r"\bfind my way\b|\bget into my house\b|"
    r"도둑|강도|경찰|칼 든|칼을 (?:든|들)|문을 부[수숴]|침입|때려|때리|때립|없어졌|실종|집을 나갔|길을 잃|"
    r"(?<!\w)ұры(?!п)|тонап|полиция|пышақ|есікті (?:сын|бұз)|ұрып жатыр|жоғалып|адасып|"
    r"ئوغرى|بۇلا|ساقچى|پىچاق تۇت|ئىشىكنى چېق|ئۇرۇۋات|يوقاپ|يوقىلىپ|ئېزىپ قال|"
    r"хулгайч|дээрэм|цагдаа|хутга|хаалга (?:эвд|нүд)|зодо|төөр|алга бол|"
    r"རྐུན་མ|ཇག་པ|ཉེན་རྟོག|གྲི་འཁྱེར|སྒོ་(?:བཅག|བརྡུང)|བོར་སོང|ལམ་ནོར",
    re.IGNORECASE,
)
_HAND = re.compile(r"\b(?:cut|hurt) (?:my|his|her)\b|손을 베|қолымды.{0,12}кес|قولۇم|гараа", re.IGNORECASE)
"""A wound from a tool is no crime."""


_CANNOT = r"(?:can(?:not| not|['’ ]?t)|unable to)"
_NOW = re.compile(
    rf"\b(?:{_CANNOT}|not|isn['’ ]?t|stopped) breath(?:e|ing)\b|\bchest (?:pains?|hurts)\b|\bunconscious\b|\bfainted\b|"
    rf"\bon fire\b|\b{_CANNOT} get up\b(?! (?:the|early|so|at|to the|in the)\b)|\bsmell(?:s|ing)? (?:of |like )?gas\b|"
    r"\b(?:won['’ ]?t|will not|doesn['’ ]?t|not) wak(?:e|ing) up\b(?! (?:early|at|before|so))",
    re.IGNORECASE,
)
_AFAR = re.compile(
    r"(?<!since )\b(?:yesterday|last (?:year|month|week|night|time)|(?:year|month|week|day)s? ago|used to)\b|"
    r"\bif (?:some|any)|\b(?:what|do|help) (?:if|when|in)\b|\bhow (?:do|can|to)\b.{0,12}\b(?:report|prevent|learn)|"
    r"\b(?:was|were|did)\b|(?:\bnot|n['’ ]?t|\bnothing(?: is)?) (?:on fire|smell|unconscious|fainted)\b|"
    r"(?:\b(?<!has )(?<!have )(?<!['’]ve )had|\bfor|\bnot?|\bnot have|n['’ ]?t have|\bwithout)"
    r"(?: (?:my|his|her|the|a|any))? chest\b",
    re.IGNORECASE,
)
"""Told of the past, asked about, denied, or what a doctor is wanted for."""
_PARTS = re.compile(r"[,.;!?]|\b(?:and|but|because|so)\b", re.IGNORECASE)


def happening(text: str) -> bool:
    """Whether English words tell of a danger that is there now, whatever is wished, refused or dated besides.

    The understanding takes “cancel my appointment, I have chest pain” for the wish, and knows no English in a call in
    Mandarin."""
    return any(_NOW.search(part) and not _AFAR.search(part) for part in _PARTS.split(text))


def number(text: str) -> str:
    """119 for fire and gas, 110 for crime and for who is lost, else 120."""
    if _FIRE.search(text):
        return "120" if _POISONED.search(text) and not _BURNS.search(text) else "119"
    return "110" if _CRIME.search(text) and not _HAND.search(text) else "120"
