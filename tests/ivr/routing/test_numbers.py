"""One caller, one number, however the network writes it."""

from __future__ import annotations

import pytest

from ivr.routing.numbers import caller_number


@pytest.mark.parametrize(
    "given", ["13909710001", "+8613909710001", "008613909710001", " 139-0971-0001 ", "+86 139 0971 0001"]
)
def test_the_same_number_in_several_forms(given: str) -> None:
    assert caller_number(given) == "13909710001"


@pytest.mark.parametrize("given", ["", "anonymous", "Restricted", "sip:bob", "王秀英", "1", "1" * 30, "139097'; DROP"])
def test_a_withheld_number_or_one_of_an_unknown_form_is_none(given: str) -> None:
    assert caller_number(given) is None
