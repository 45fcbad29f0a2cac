"""A chart for the terminal: each scenario's months as a skyline, its last month as a bar of needs and waste."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tokenscan.forecasting.model import Month

BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
PLAIN_BLOCKS = ".:-=+*#@"
NEEDED, WASTED = "\u2588", "\u2591"


def skyline(months: Sequence[Month], top: Fraction, cells: int, *, ascii_only: bool) -> str:
    """Return spend month by month, from nothing to ``top``; of more months than cells, evenly chosen ones."""
    blocks = PLAIN_BLOCKS if ascii_only else BLOCKS
    if len(months) > cells:
        months = [months[(place * (len(months) - 1)) // (cells - 1)] for place in range(cells)]
    steps = len(blocks)
    heights = (int(month.spend * steps / top) if top else 0 for month in months)
    return "".join(blocks[min(height, steps - 1)] for height in heights)


def bar(month: Month, top: Fraction, cells: int) -> tuple[str, str]:
    """Return the cells of needs and of waste; what is above nothing shows at least one."""
    if not top:
        return "", ""
    whole = max(1, round(month.spend / top * cells)) if month.spend else 0
    wasted = min(whole, max(1, round(month.waste / top * cells))) if month.waste else 0
    return NEEDED * (whole - wasted), WASTED * wasted
