"""The chart of the ranking: for each method a dot with its interval, on a scale of doublings."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, log2
from typing import TYPE_CHECKING

from markupsafe import Markup

from seine_core.reports.charts import ACCENT, SOFT, TEXT, svg_chart
from seine_core.study.preference import Rank

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LETTERS = 40  # of a name that fit


def ranking_plot(ranking: Sequence[Rank]) -> Markup:
    """A row for each method, its name above the interval; empty text without any.

    Raises:
        BadInput: matplotlib is not installed.
    """
    if not ranking:
        return Markup()
    low = floor(min(log2(rank.low) for rank in ranking))
    high = ceil(max(log2(rank.high) for rank in ranking))

    def draw(axes: "Axes") -> None:
        for row, rank in enumerate(ranking):
            reach = log2(rank.low), log2(rank.high)
            axes.plot(reach, (row, row), color=ACCENT, alpha=0.55, lw=3)
            axes.plot(log2(rank.strength), row, "o", color=ACCENT, ms=12, mew=0)
            name = rank.method
            name = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
            axes.text(low, row - 0.35, name, color=TEXT, weight="bold")
        axes.axvline(0, color=SOFT, ls="--", lw=1)
        axes.set_xlim(low, max(low + 1, high))
        axes.set_ylim(len(ranking) - 0.5, -0.75)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=9, integer=True)
        axes.xaxis.set_major_formatter(lambda doublings, _: str(Fraction(2) ** round(doublings)))

    return svg_chart(
        draw,
        480,
        48 * len(ranking) + 40,
        title="Strength of each method with its 95 % interval; 1 is the average method",
        description=", ".join(f"{rank.method} {rank.strength:.2f}" for rank in ranking),
    )
