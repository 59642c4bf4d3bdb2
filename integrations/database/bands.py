"""The bands of callers (优先级), the most urgent first."""

from __future__ import annotations

BANDS = ("emergency", "vulnerable", "elder", "general")
EMERGENCY = BANDS[0]


def more_urgent(band: str, than: str) -> bool:
    """Whether one band is served before another; one that nobody knows is served last."""
    order = {name: place for place, name in enumerate(BANDS)}
    return order.get(band, len(BANDS)) < order.get(than, len(BANDS))
