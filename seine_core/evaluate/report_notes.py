"""The parts of the report that tell how its figures came about: what went wrong, what it cost, what
the measures are, and with what it was made."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from seine_core.evaluate.datasets import Data
from seine_core.evaluate.markup import Markup, grid, section, tag
from seine_core.evaluate.measures import Measure
from seine_core.evaluate.summary import Summary

_LINES = 200  # of problems


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was asked, and with what it was done."""

    settings: Mapping[str, Any]
    asked: Mapping[str, str]
    engines: Mapping[str, int]  # with their versions
    left_out: Mapping[str, str]  # engines, and why
    versions: Mapping[str, str]
    machine: Mapping[str, str]
    command: str
    date: str


def problems(record: Record, data: Data, summary: Summary) -> Markup:
    faults = [(fault.kind, fault.reason) for fault in data.faults]
    faults += [("engine left out", f"{name}: {why}") for name, why in record.left_out.items()]
    # A scene that cannot be read fails every engine alike, and is told once.
    failures: dict[tuple[str, str, str], list[str]] = {}
    for result in summary.results:
        if result.failure:
            failures.setdefault((result.kind, result.id, result.failure), []).append(result.engine)
    for (kind, item, failure), engines in failures.items():
        whom = "" if len(engines) == len(summary.engines) else f", {', '.join(engines)}"
        faults.append((kind, f"{item}{whom}: {failure}"))
    if not faults:
        return section("Problems", tag("p", "None."))
    counts = Counter(kind for kind, _ in faults)
    told = ", ".join(f"{kind}: {count}" for kind, count in counts.most_common())
    lines = [tag("li", tag("b", kind), f" · {reason}") for kind, reason in faults[:_LINES]]
    if len(faults) > _LINES:
        lines.append(tag("li", f"and {len(faults) - _LINES} more, see results.json"))
    return section("Problems", tag("p", told), tag("ul", lines))


def costs(summary: Summary) -> Markup:
    rows = []
    for engine in summary.engines:
        done = [r for r in summary.results if r.engine == engine and not r.failure]
        if done:
            peak = max((r.peak_bytes or 0 for r in done), default=0)
            gpu = max((r.gpu_peak_bytes or 0 for r in done), default=0)
            seconds = median(r.seconds for r in done)
            size = [f"{amount / 1e9:.2f} GB" if amount else "–" for amount in (peak, gpu)]
            rows.append([engine, f"{seconds:.2f} s", *size])
    return section(
        "Time and memory",
        grid(
            "Of a clip with its measures: the median of the seconds, the largest peak of memory.",
            ["Engine", "Seconds", "Process", "GPU"],
            rows,
        ),
    )


def definitions(summary: Summary) -> Markup:
    rows = [
        [
            measure.title,
            measure.formula,
            _range(measure).replace(" ", "\N{NO-BREAK SPACE}"),
            measure.better,
        ]
        for measure in summary.measures
    ]
    return section(
        "What the measures are",
        grid("Formula and range", ["Measure", "Formula", "Range", "Better"], rows, "words"),
    )


def _range(measure: Measure) -> str:
    if measure.high is None:
        return f"{measure.low:g} up"
    return f"{measure.low:g} to {measure.high:g}"


def made_with(record: Record) -> Markup:
    engines = {name: f"version {version}" for name, version in record.engines.items()}
    settings = {name: "none" if v is None else str(v) for name, v in record.settings.items()}
    groups: dict[str, Mapping[str, str]] = {
        "Data": record.asked,
        "Settings": settings,
        "Engines": engines,
        "Versions": record.versions,
        "Machine": record.machine,
    }
    rows = [
        [title, ", ".join(f"{name} {value}" for name, value in facts.items())]
        for title, facts in groups.items()
    ]
    rows.append(["Date", record.date])
    command = tag("p", "Command: ", tag("code", record.command))
    return section(
        "How it was made", command, grid("Settings and versions", ["What", "Which"], rows, "words")
    )
