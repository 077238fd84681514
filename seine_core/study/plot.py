"""The ranking as an SVG: for each method a dot with its interval, on a scale of doublings."""

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log2

from seine_core.study.preference import Rank

_WIDTH, _ROW, _MARGIN = 480, 48, 20  # of the drawing; a row is a name and its bar under it
_LETTERS = 40  # of a name that fit
_MOST_TICKS = 9


def ranking_plot(ranking: Sequence[Rank]) -> str:
    """Classes instead of colours, which the page's style gives for light and dark."""
    if not ranking:
        return ""
    low = floor(min(log2(rank.low) for rank in ranking))
    high = max(low + 1, ceil(max(log2(rank.high) for rank in ranking)))
    bottom = len(ranking) * _ROW + 8
    step = ceil((high - low + 1) / _MOST_TICKS)

    def x(doublings: float) -> float:
        return _MARGIN + (_WIDTH - 2 * _MARGIN) * (doublings - low) / (high - low)

    parts = []
    for tick in range(low, high + 1):
        if tick % step == 0:  # so that 1, the average, always has its line
            kind = "average" if tick == 0 else "grid"
            parts.append(
                f'<line class="{kind}" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="0" y2="{bottom}"/>'
                f'<text class="tick" x="{x(tick):.1f}" y="{bottom + 20}" text-anchor="middle">'
                f"{_number(tick)}</text>"
            )
    for i, rank in enumerate(ranking):
        y = i * _ROW + 36
        ends = x(log2(rank.low)), x(log2(rank.high))
        name = rank.method if len(rank.method) <= _LETTERS else f"{rank.method[: _LETTERS - 1]}…"
        parts.append(
            f'<text class="name" x="0" y="{y - 17}">{escape(name)}</text>'
            f'<line class="reach" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y}" y2="{y}"/>'
            f'<circle class="dot" cx="{x(log2(rank.strength)):.1f}" cy="{y}" r="6"/>'
        )
    title = "Strength of each method with its 95 % interval; 1 is the average method"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {bottom + 28}" role="img" aria-label="{title}">'
        f"{''.join(parts)}</svg>"
    )


def _number(doublings: int) -> str:
    return str(2**doublings) if doublings >= 0 else f"1/{2**-doublings}"
