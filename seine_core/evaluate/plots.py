"""The chart of one measure: a dot for each clip, the mean with its interval on top."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from seine_core.evaluate.statistics import Estimate
from seine_core.reports.charts import ACCENT, TEXT, svg_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DOTS = 300  # of an engine; of more, evenly spaced ones
_GOLDEN = 0.618034  # spreads the dots of a row without a pattern


def dot_plot(
    title: str,
    values: Mapping[str, Sequence[float]],
    estimates: Mapping[str, Estimate],
    description: str,
) -> Markup:
    """A row for each engine of `values`; an engine without an estimate has no mean.

    Raises:
        BadInput: matplotlib is not installed.
    """

    def draw(axes: "Axes") -> None:
        for row, (engine, all_of) in enumerate(values.items()):
            dots = np.sort(all_of)
            if len(dots) > _DOTS:
                dots = dots[np.linspace(0, len(dots) - 1, _DOTS).round().astype(int)]
            spread = (np.arange(len(dots)) * _GOLDEN % 1 - 0.5) * 0.5
            axes.plot(dots, row + spread, "o", color=ACCENT, alpha=0.6, ms=4.4, mew=0)
            if found := estimates.get(engine):
                axes.plot((found.low, found.high), (row, row), color=TEXT, alpha=0.35, lw=5)
                axes.plot((found.mean,) * 2, (row - 0.26, row + 0.26), color=TEXT, lw=2.5)
        names = [name if len(name) <= 12 else f"{name[:11]}…" for name in values]
        axes.set_yticks(range(len(values)), names)
        axes.set_ylim(len(values) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=5)
        axes.xaxis.set_major_formatter("{x:g}")

    return svg_chart(draw, 360, 34 * len(values) + 32, title=title, description=description)
