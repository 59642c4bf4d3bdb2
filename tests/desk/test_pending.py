"""What waits for its browser to come back: a flood from one address costs the others nothing."""

from __future__ import annotations

from ivr.desk.pending import ALL_MAX, EACH_MAX, KEPT_S, Pending


def test_what_is_kept_is_good_once_and_for_ten_minutes() -> None:
    now = [0.0]
    kept = Pending[str](lambda: now[0])
    kept.keep("a", "one", "10.0.0.1")
    kept.keep("b", "two", "10.0.0.1")
    assert kept.get("a") == kept.pop("a") == "one"
    assert kept.pop("a") is None
    now[0] = KEPT_S + 1
    assert kept.get("b") is None
    assert len(kept) == 0


def test_one_address_keeps_its_newest_and_pushes_out_nobody_elses() -> None:
    kept = Pending[int]()
    kept.keep("office", -1, "10.0.0.2")
    for number in range(10 * ALL_MAX):
        kept.keep(f"flood {number}", number, "10.0.0.1")
    assert kept.get("office") == -1
    assert kept.get(f"flood {10 * ALL_MAX - 1}") is not None
    assert len(kept) == EACH_MAX + 1


def test_a_flood_from_many_addresses_has_a_limit_and_leaves_who_has_fewer() -> None:
    kept = Pending[int]()
    kept.keep("office", -1, "10.0.0.2")
    for number in range(3 * ALL_MAX):
        kept.keep(f"flood {number}", number, f"10.1.0.{number % 100}")
    assert len(kept) == ALL_MAX
    assert kept.get("office") == -1


def test_who_has_one_address_of_a_network_of_ipv6_has_them_all() -> None:
    kept = Pending[int]()
    for number in range(2 * EACH_MAX):
        kept.keep(f"six {number}", number, f"2001:db8::{number + 1:x}")
    assert len(kept) == EACH_MAX
    kept.keep("four", 1, "::ffff:10.0.0.1")
    kept.keep("none", 1, "?")
    assert len(kept) == EACH_MAX + 2
