"""An evaluation from folders of data to its report."""

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from seine_core.clips import silent
from seine_core.errors import BadInput, RenderFailed
from seine_core.evaluate.datasets import Data
from seine_core.evaluate.machine import machine, versions
from seine_core.evaluate.report import Record, as_html
from seine_core.evaluate.run import WEIGHT_FREE, Progress, run, usable_engines
from seine_core.evaluate.summary import Summary, as_csv
from seine_core.evaluate.trial import Settings, clip_model
from seine_core.files.atomic import write_atomically
from seine_core.reports.charts import check_charts


def evaluate(
    data: Data,
    engines: Sequence[str],
    settings: Settings,
    out: Path,
    *,
    asked: dict[str, str],
    workers: int | None = None,
    retry_failed: bool = False,
    say: Callable[[str], None] = print,
    progress: Progress = silent,
) -> Summary:
    """The summary of all results, after making what is missing in `out` (see `run`) and writing
    `results.csv`, `results.json` and `report.html` there. `asked` says how the data were chosen,
    for the report.

    Raises:
        BadInput: no engine can be used, or the CLIP model cannot, or matplotlib is not installed.
        RenderFailed: `out` cannot be written.
    """
    check_charts()
    if workers is not None and workers < 1:
        raise BadInput(subject="workers", received=workers, allowed="1 and more")
    usable, left_out = usable_engines(engines, settings)
    for name, reason in left_out.items():
        say(f"left out: {name}: {reason}")
    if settings.clip is not None:
        clip_model(settings.clip)  # fails before the work, not after it
    record = Record(
        settings=asdict(settings),
        asked=asked,
        engines={name: about.version for name, about in usable.items()},
        left_out=left_out,
        versions=versions(),
        machine=machine(gpus=not usable.keys() <= set(WEIGHT_FREE) or settings.clip is not None),
        command=_command(),
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
    items = [{"id": pair.id, "prompt": pair.prompt, "source": pair.source} for pair in data.pairs]
    _write(out / "settings.json", json.dumps(asdict(record), indent=2))
    _write(out / "items.json", json.dumps(items, indent=1))
    results = run(
        usable,
        data.pairs,
        settings,
        out,
        workers=workers,
        retry_failed=retry_failed,
        say=say,
        progress=progress,
    )
    summary = Summary(tuple(usable), tuple(results), settings.seed)
    _write(out / "results.csv", as_csv(summary))
    _write(out / "results.json", _as_json(record, summary))
    _write(out / "report.html", as_html(record, data, summary, out))
    return summary


def _as_json(record: Record, summary: Summary) -> str:
    table = {
        engine: {
            measure.name: asdict(summary.estimates[engine, measure.name])
            for measure in summary.measures
            if (engine, measure.name) in summary.estimates
        }
        for engine in summary.engines
    }
    results = [asdict(result) for result in summary.results]
    return json.dumps({**asdict(record), "table": table, "results": results}, indent=1)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise RenderFailed("cannot be written", subject=path, reason=error) from None


def _command() -> str:
    name = "python -m seine_core" if sys.argv[0].endswith("__main__.py") else sys.argv[0]
    return " ".join([name, shlex.join(sys.argv[1:])])
