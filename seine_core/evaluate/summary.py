"""Aggregated results of a run: means with intervals, the best engines of each measure, pairwise
wins, and the tables of them as text."""

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

from seine_core.evaluate.measures import MEASURES, Measure
from seine_core.evaluate.statistics import Estimate, Wins, estimate, paired_wins
from seine_core.evaluate.trial import Result

ARROWS = {"higher": "↑", "lower": "↓", "neither": ""}


@dataclass(frozen=True)
class Summary:
    """The results of `engines`, in their order, aggregated."""

    engines: tuple[str, ...]
    results: tuple[Result, ...]
    seed: int = 0  # of the intervals

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that any clip has a figure of, in the order of `MEASURES`."""
        known = {name for result in self.results for name in result.figures}
        return tuple(measure for measure in MEASURES if measure.name in known)

    @cached_property
    def values(self) -> Mapping[tuple[str, str], Mapping[str, float]]:
        """Figures by (engine, measure), then by item."""
        found: dict[tuple[str, str], dict[str, float]] = {
            (engine, measure.name): {} for engine in self.engines for measure in self.measures
        }
        for result in self.results:
            for name, value in result.figures.items():
                if value is not None and (result.engine, name) in found:
                    found[result.engine, name][result.id] = value
        return found

    @cached_property
    def varying(self) -> tuple[Measure, ...]:
        """The measures of which not all clips have the same figure."""
        return tuple(
            measure
            for measure in self.measures
            if len({v for e in self.engines for v in self.values[e, measure.name].values()}) > 1
        )

    @cached_property
    def judged(self) -> tuple[Measure, ...]:
        """The measures that say what is better; the others are facts."""
        return tuple(measure for measure in self.measures if measure.better != "neither")

    @cached_property
    def estimates(self) -> Mapping[tuple[str, str], Estimate]:
        """Means by (engine, measure); none where an engine has no figure."""
        return {
            key: estimate(list(values.values()), self.seed)
            for key, values in self.values.items()
            if values
        }

    def best(self, measure: Measure) -> frozenset[str]:
        """The engines with the best mean as it is shown; none where all have the same, or where it
        is a fact."""
        shown = {
            engine: round(self.estimates[engine, measure.name].mean, self.decimals(measure))
            for engine in self.engines
            if (engine, measure.name) in self.estimates
        }
        if len(set(shown.values())) < 2 or measure.better == "neither":
            return frozenset()
        top = (max if measure.better == "higher" else min)(shown.values())
        return frozenset(engine for engine, value in shown.items() if value == top)

    def wins(self, ours: str, theirs: str, measure: Measure) -> Wins:
        """Of engine `ours` against `theirs`, over the items that both have."""
        a, b = self.values[ours, measure.name], self.values[theirs, measure.name]
        both = [item for item in a if item in b]
        better: Literal["higher", "lower"] = "higher" if measure.better == "higher" else "lower"
        return paired_wins([a[item] for item in both], [b[item] for item in both], better)

    def engine_pairs(self) -> list[tuple[str, str]]:
        """Every two engines, in order."""
        return list(combinations(self.engines, 2))

    def worst(self, engine: str, measure: Measure) -> tuple[str, float] | None:
        """(item, value) with the worst figure."""
        values = self.values[engine, measure.name]
        pick = min if measure.better == "higher" else max
        return pick(values.items(), key=lambda each: each[1], default=None)

    def decimals(self, measure: Measure) -> int:
        """The number of decimals that gives the largest mean three figures; four for CLIPSIM, as in
        the paper."""
        if measure.needs_clip:
            return 4
        means = [
            abs(self.estimates[engine, measure.name].mean)
            for engine in self.engines
            if (engine, measure.name) in self.estimates
        ]
        largest = max(means, default=0.0)
        return max(0, 2 - math.floor(math.log10(largest))) if largest > 0 else 2

    def formatted(self, value: float, measure: Measure) -> str:
        """`value` with the decimals of the measure."""
        return f"{value:.{self.decimals(measure)}f}"

    def count(self, engine: str) -> int:
        """The number of clips that the engine made."""
        return sum(result.engine == engine and not result.failure for result in self.results)

    def made(self) -> frozenset[str]:
        """The items that an engine made a clip of."""
        return frozenset(result.id for result in self.results if not result.failure)

    def failures(self) -> Counter[tuple[str, str]]:
        """Counts by (engine, kind of failure)."""
        return Counter((r.engine, r.kind) for r in self.results if r.failure)


def heading(measure: Measure, space: str = " ") -> str:
    """Title, unit, and after `space` the arrow that says what is better, if anything is."""
    unit = f" ({measure.unit})" if measure.unit else ""
    arrow = ARROWS[measure.better]
    return f"{measure.title}{unit}{space if arrow else ''}{arrow}"


def as_markdown(summary: Summary) -> str:
    """A Markdown table of means with their 95 % intervals, the best of a column in bold."""
    head = ["Engine", "Clips", *map(heading, summary.measures)]
    rows = [head, ["---", *["--:"] * (len(head) - 1)]]
    best = {measure.name: summary.best(measure) for measure in summary.measures}
    for engine in summary.engines:
        cells = [engine, str(summary.count(engine))]
        for measure in summary.measures:
            found = summary.estimates.get((engine, measure.name))
            if found is None:
                cells.append("–")
                continue
            mean, low, high = (
                summary.formatted(v, measure) for v in (found.mean, found.low, found.high)
            )
            mean = f"**{mean}**" if engine in best[measure.name] else mean
            cells.append(mean if low == high else f"{mean} ({low}–{high})")
        rows.append(cells)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def as_csv(summary: Summary) -> str:
    """A CSV with a row for each engine and item; seconds and memory, which depend on the machine,
    and text from outside are in the JSON alone."""
    names = [measure.name for measure in summary.measures]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["engine", "id", "failure", *names])
    for result in sorted(summary.results, key=lambda r: (summary.engines.index(r.engine), r.id)):
        figures: Sequence[float | None] = [result.figures.get(name) for name in names]
        cells = ["" if value is None else repr(value) for value in figures]
        writer.writerow([result.engine, result.id, result.kind, *cells])
    return out.getvalue()
