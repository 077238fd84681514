"""The report of an evaluation: one HTML file that needs nothing else."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from markupsafe import Markup

from seine_core.evaluate import published
from seine_core.evaluate.datasets import Data
from seine_core.evaluate.film_strips import film_strip
from seine_core.evaluate.measures import MEASURES, Measure
from seine_core.evaluate.pairs import Pair
from seine_core.evaluate.plots import dot_plot
from seine_core.evaluate.summary import Summary, heading
from seine_core.reports.pages import template

_INTERVAL = "95 % bootstrap interval of the mean"
_PROBLEMS = 200  # lines
_STRIP_ITEMS = 6
_STRIP_ENGINES = 8


@dataclass(frozen=True, kw_only=True)
class Record:
    """How a run was made. The names are those of settings.json and results.json."""

    settings: Mapping[str, Any]
    asked: Mapping[str, str]  # how the data were chosen
    engines: Mapping[str, int]  # with their versions
    left_out: Mapping[str, str]  # engines, and why
    versions: Mapping[str, str]
    machine: Mapping[str, str]
    command: str
    date: str


def as_html(record: Record, data: Data, summary: Summary, folder: Path) -> str:
    """The whole file as text; film strips are made of the clips in `folder`.

    Raises:
        BadInput: matplotlib is not installed.
    """
    problems = list(_problems(record, data, summary))
    return template("seine_core.evaluate", "report.html").render(
        record=record,
        summary=summary,
        published=published,
        heading=heading,
        pairs=len(data.pairs),
        headline=_headline(summary),
        interval=_INTERVAL,
        headings=[heading(measure, "\N{NO-BREAK SPACE}") for measure in summary.measures],
        clip_headings=[heading(measure) for measure in MEASURES if measure.needs_clip],
        plots=[(measure, _plot(summary, measure)) for measure in summary.varying],
        strips=list(_strips(record, data.pairs, summary, folder)),
        left_out=len(summary.engines) - _STRIP_ENGINES,
        prompts={pair.id: pair.prompt or pair.source for pair in data.pairs},
        problems=problems,
        problem_counts=Counter(kind for kind, _ in problems).most_common(),
        lines=_PROBLEMS,
        costs=list(_costs(summary)),
        made_with=_made_with(record),
    )


def _headline(summary: Summary) -> str:
    firsts = [best for measure in summary.judged if (best := summary.best(measure))]
    if not firsts:
        return "The engines do not differ in any measure that says what is better."
    counts = Counter(engine for best in firsts for engine in best).most_common()
    leaders = ", ".join(f"{engine} {count}" for engine, count in counts)
    return f"Best mean, of {len(firsts)} verdicts in which the engines differ: {leaders}."


def _plot(summary: Summary, measure: Measure) -> Markup:
    values = {e: list(summary.values[e, measure.name].values()) for e in summary.engines}
    estimates = {
        engine: summary.estimates[engine, measure.name] for engine in values if values[engine]
    }
    means = ", ".join(
        f"{engine} {summary.formatted(found.mean, measure)}" for engine, found in estimates.items()
    )
    return dot_plot(heading(measure), values, estimates, f"{measure.title}, means: {means}")


def _strips(
    record: Record, pairs: Sequence[Pair], summary: Summary, folder: Path
) -> Iterator[tuple[Pair, list[tuple[str, str | None]]]]:
    """Pairs evenly chosen among those that an engine made a clip of, each with the engines' film
    strips."""
    made = [pair for pair in pairs if pair.id in summary.made()]
    count = min(_STRIP_ITEMS, len(made))
    frames, fps = record.settings["frames"], record.settings["fps"]
    for pair in (made[i * len(made) // count] for i in range(count)):
        yield (
            pair,
            [
                (engine, film_strip(folder / "clips" / engine / f"{pair.id}.mp4", frames, fps))
                for engine in summary.engines[:_STRIP_ENGINES]
            ],
        )


def _problems(record: Record, data: Data, summary: Summary) -> Iterator[tuple[str, str]]:
    """Kind and reason of each. A scene that cannot be read fails every engine alike, and is
    listed once."""
    yield from ((fault.kind, fault.reason) for fault in data.faults)
    yield from (("engine left out", f"{name}: {why}") for name, why in record.left_out.items())
    failures: dict[tuple[str, str, str], list[str]] = {}
    for result in summary.results:
        if result.failure:
            failures.setdefault((result.kind, result.id, result.failure), []).append(result.engine)
    for (kind, item, failure), engines in failures.items():
        which = "" if len(engines) == len(summary.engines) else f", {', '.join(engines)}"
        yield kind, f"{item}{which}: {failure}"


def _costs(summary: Summary) -> Iterator[tuple[str, float, tuple[int, int]]]:
    """Of each engine that made a clip: its name, the median of the seconds, and the largest peaks
    in bytes of the process's and the GPU's memory, 0 where unknown."""
    for engine in summary.engines:
        done = [r for r in summary.results if r.engine == engine and not r.failure]
        if done:
            peaks = max(r.peak_bytes or 0 for r in done), max(r.gpu_peak_bytes or 0 for r in done)
            yield engine, median(r.seconds for r in done), peaks


def _made_with(record: Record) -> dict[str, Mapping[str, Any]]:
    return {
        "Data": record.asked,
        "Settings": {n: "none" if v is None else v for n, v in record.settings.items()},
        "Engines": {name: f"version {version}" for name, version in record.engines.items()},
        "Versions": record.versions,
        "Machine": record.machine,
    }
