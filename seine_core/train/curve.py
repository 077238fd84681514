"""`python -m seine_core.train.curve RUN [RUN …] -o curve.png`: the losses of a run as a picture, or
of several that followed each other."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seine_core.errors import BadInput
from seine_core.reports.charts import check_charts
from seine_core.train.logs import BY_NOISE

Point = tuple[float, float]

SERIES = {
    "loss": ("all", "#202428"),
    BY_NOISE[0]: ("noise 0-249", "#0072b2"),
    BY_NOISE[1]: ("250-499", "#009e73"),
    BY_NOISE[2]: ("500-749", "#d55e00"),
    BY_NOISE[3]: ("750-999", "#cc79a7"),
    "carried": ("carried", "#8a6d00"),
}
_MEAN = 25  # lines of the log that a point is the mean of, for single ones scatter


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The losses in the logs of consecutive runs."""

    series: dict[str, list[Point]]  # (step, loss) by the log's column
    ends: list[int]  # the step at which each run ended


def read_losses(runs: Sequence[Path]) -> Losses:
    """The losses of consecutive runs, their steps counted on.

    Raises:
        BadInput: a run has no log, or it cannot be read.
    """
    series: dict[str, list[Point]] = {name: [] for name in SERIES}
    ends = []
    before = 0
    for run in runs:
        step = 0
        try:
            with (run / "log.csv").open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    step = int(row["step"])
                    for name, points in series.items():
                        if row.get(name):
                            points.append((before + step, float(row[name])))
        except (OSError, KeyError, ValueError) as error:
            raise BadInput(
                "cannot be read",
                subject=run / "log.csv",
                reason=error,
                advice="name a run's folder",
            ) from None
        before += step
        ends.append(before)
    if not series["loss"]:
        raise BadInput("holds no line yet", subject=runs[0] / "log.csv", advice="train first")
    return Losses(series=series, ends=ends)


def smooth(points: Sequence[Point]) -> list[Point]:
    """[n] (step, loss), each loss the mean of the last `_MEAN` up to it; fewer at the beginning."""
    return [
        (x, sum(y for _, y in points[max(0, i - _MEAN + 1) : i + 1]) / min(i + 1, _MEAN))
        for i, (x, _) in enumerate(points)
    ]


def draw(losses: Losses, file: Path) -> None:
    """Write the chart to `file`, a PNG or WebP: smoothed losses on a logarithmic scale over the
    steps, with a vertical line where one run follows another.

    Raises:
        BadInput: matplotlib is not installed.
        OSError, ValueError: `file` cannot be written, or its suffix is of no picture.
    """
    check_charts()
    from matplotlib.figure import Figure

    figure = Figure((8, 4), dpi=200, layout="constrained")
    axes = figure.subplots()
    for name, points in losses.series.items():
        if points:
            label, colour = SERIES[name]
            width = 1.8 if name == "loss" else 1.2
            axes.plot(*zip(*smooth(points), strict=True), color=colour, label=label, lw=width)
    axes.set_yscale("log")
    axes.set_xlim(0, losses.ends[-1])
    axes.set_xticks((0, *losses.ends))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("steps")
    axes.grid(color="#d5d9de")
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    figure.legend(loc="outside right center", frameon=False, labelcolor="linecolor")
    figure.savefig(file)


def main(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="what `out` named")],
    output: Annotated[Path, typer.Option("-o", "--output", help="PNG or WebP")],
) -> None:
    """Draw the losses of a run as a picture, or of several that followed each other."""
    try:
        draw(read_losses(runs), output)
    except BadInput as error:
        sys.exit(f"error: {error}")
    except (OSError, ValueError) as error:
        sys.exit(f"error: {output}: cannot be written ({error}); name a .png or .webp file")


if __name__ == "__main__":
    typer.run(main)
