"""The questions of the flows as calls put them: what a caller is listened to with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from flows.actions import Listen
from flows.events import CallerProfile
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk


@cache
def asked() -> Mapping[tuple[str, ...], Listen]:
    """Slots of a scene → the question of the flows that asks for them. Those of no flow are not there."""
    book = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am", "patient": "self"}
    questions: dict[tuple[str, ...], Listen] = {(): Talk().listening}
    for n, slot in enumerate(book):
        given = dict(list(book.items())[:n])
        questions[slot,] = Talk().hear("我要挂号", "book_appointment", **given).listening
    questions["affirm",] = Talk().hear("我要挂号", "book_appointment", **book).listening
    withheld = CallerProfile(number=None)
    questions["code",] = Talk(caller=withheld).hear("查一下我的号", "check_appointment").listening
    questions["identity_number",] = Talk(caller=withheld).hear("查养老金", "query_pension").listening
    return questions
