"""Where a caller is sent back to travels in one variable of the leg, whatever it holds."""

from __future__ import annotations

import pytest

from flows.events import Back
from ivr.routing.back import BYTES_MAX, returned, start_variable


def test_what_is_written_is_read() -> None:
    back = Back("appointments_book", {"department": "骨科", "date": "2026-03-12"}, "date")
    assert returned(start_variable(back)) == back


def test_what_is_too_long_goes_without_the_last_values() -> None:
    made = start_variable(Back("f", {"department": "骨科", "note": "长" * 2000}, ""))
    assert len(made) <= BYTES_MAX
    assert returned(made) == Back("f", {"department": "骨科"}, "")


def test_an_ordinary_call_is_none() -> None:
    assert returned("") is None


@pytest.mark.parametrize("variable", ["x", "e30=", "W10=", "bnVsbA==", "====", "eyJmbG93IjoxfQ=="])
def test_what_cannot_be_read_is_the_open_question(variable: str) -> None:
    assert returned(variable) == Back("")
