"""The bands of callers (优先级), the most urgent first."""

from __future__ import annotations

BANDS = ("emergency", "vulnerable", "elder", "general")
EMERGENCY = BANDS[0]


def more_urgent(band: str, than: str) -> bool:
    """Whether one band is served before another; one that nobody knows is served last."""
    order = {name: place for place, name in enumerate(BANDS)}
    return order.get(band, len(BANDS)) < order.get(than, len(BANDS))


RAISES = {"emergency": EMERGENCY, "scam": "vulnerable"}
"""Sign of an event `flagged` → the band that it gives at least: who is being robbed must not wait until it is done."""


def raised(band: str, by: str) -> str:
    """The more urgent of the two; nothing that is found out later lowers a band."""
    return by if more_urgent(by, band) else band
