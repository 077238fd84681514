"""`python -m seine_core.train.curve RUN [RUN …] -o curve.png`: the losses of a run as a picture, or
of several that followed each other."""

import argparse
import csv
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from seine_core.errors import BadInput
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
_SIZE = (1600, 800)
_LEFT, _RIGHT, _TOP, _FOOT = 120, 190, 40, 90
_MEAN = 25  # lines of the log that a point is the mean of, for single ones scatter


@dataclass(frozen=True, kw_only=True)
class Losses:
    """What the logs of runs say, one after the other."""

    series: dict[str, list[Point]]  # (step, loss) by the log's column
    ends: list[int]  # the step at which each run ended


def read_losses(runs: Sequence[Path]) -> Losses:
    """Raises:
    BadInput: a run has no log yet.
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
                f"{run}/log.csv: cannot be read ({error}); name a run's folder"
            ) from None
        before += step
        ends.append(before)
    if not series["loss"]:
        raise BadInput(f"{runs[0]}/log.csv: holds no line yet; train first")
    return Losses(series=series, ends=ends)


def smooth(points: Sequence[Point]) -> list[Point]:
    """Each point's loss as the mean of the points up to it, at most so many."""
    return [
        (x, sum(y for _, y in points[max(0, i - _MEAN + 1) : i + 1]) / min(i + 1, _MEAN))
        for i, (x, _) in enumerate(points)
    ]


def draw(losses: Losses) -> Image.Image:
    """Losses on a logarithmic scale over the steps; a line stands where one run follows another."""
    lines = {name: smooth(points) for name, points in losses.series.items() if points}
    values = [y for points in lines.values() for _, y in points if y > 0]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    picture = Image.new("RGB", _SIZE, "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(26)
    width, height = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _FOOT

    def place(x: float, y: float) -> Point:
        return (
            _LEFT + width * x / losses.ends[-1],
            _TOP + height * (high - math.log10(max(y, 10.0**low))) / (high - low),
        )

    for power in range(low, high + 1):
        _, y = place(0, 10.0**power)
        pen.line((_LEFT, y, _LEFT + width, y), fill="#d5d9de", width=2)
        pen.text((_LEFT - 16, y), f"{10.0**power:g}", fill="#4a5058", font=font, anchor="rm")
    for end in (0, *losses.ends):
        x, _ = place(end, 1)
        pen.line((x, _TOP, x, _TOP + height), fill="#d5d9de", width=2)
        pen.text((x, _TOP + height + 30), f"{end:,}", fill="#4a5058", font=font, anchor="mm")
    middle = (_LEFT + width / 2, _SIZE[1] - 24)
    pen.text(middle, "steps", fill="#4a5058", font=font, anchor="mm")
    taken: list[float] = []
    for name, points in lines.items():
        label, colour = SERIES[name]
        pen.line([place(*point) for point in points], fill=colour, width=5 if name == "loss" else 3)
        _, y = place(*points[-1])
        while any(abs(y - other) < 30 for other in taken):
            y += 6
        taken.append(y)
        pen.text((_LEFT + width + 14, y), label, fill=colour, font=font, anchor="lm")
    return picture


def main(asked: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m seine_core.train.curve", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="what `out` named")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG or WebP")
    given = parser.parse_args(asked)
    try:
        picture = draw(read_losses(given.runs))
        picture.save(given.output)
    except BadInput as error:
        sys.exit(f"error: {error}")
    except (OSError, ValueError) as error:
        sys.exit(f"error: {given.output}: cannot be written ({error}); name a .png or .webp file")


if __name__ == "__main__":
    main()
