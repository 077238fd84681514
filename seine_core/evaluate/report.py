"""The report of an evaluation: one HTML file that needs nothing else."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seine_core.evaluate.datasets import Data
from seine_core.evaluate.film_strips import film_strip
from seine_core.evaluate.markup import Markup, grid, scroll, section, tag, trusted
from seine_core.evaluate.measures import MEASURES, Measure
from seine_core.evaluate.pairs import Pair
from seine_core.evaluate.plots import dot_plot
from seine_core.evaluate.published import COMPARABLE, PROTOCOL, PUBLISHED, SOURCE
from seine_core.evaluate.report_notes import Record, costs, definitions, made_with, problems
from seine_core.evaluate.summary import ARROWS, Summary, heading

_STYLE = Path(__file__).with_name("report.css")
_STRIP_ITEMS = 6
_STRIP_ENGINES = 8
_INTERVAL = "95 % bootstrap interval of the mean"


def as_html(record: Record, data: Data, summary: Summary, folder: Path) -> str:
    """The whole file; film strips are made of the clips in `folder`."""
    clips = f"{len(data.pairs)} pairs of scenes, {len(summary.engines)} engines"
    sections = [
        _table(summary),
        _published(summary),
        _wins(summary),
        _plots(summary),
        _strips(record, data.pairs, summary, folder),
        _worst(data.pairs, summary),
        problems(record, data, summary),
        costs(summary),
        definitions(summary),
        made_with(record),
    ]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", "Transitions compared"),
        tag("style", trusted(_STYLE.read_text("utf-8"))),
    )
    title = tag(
        "header",
        tag("h1", "Transitions compared"),
        tag("p", f"{clips} · {record.date}", class_="soft"),
        tag("p", _headline(summary), class_="lead"),
    )
    page = tag("html", head, tag("body", tag("main", title, sections)), lang="en")
    return f"<!doctype html>\n{page}\n"


def _headline(summary: Summary) -> str:
    compared = [(m, summary.best(m)) for m in summary.measures]
    compared = [(measure, best) for measure, best in compared if best]
    if not compared:
        return "The engines do not differ in any measure."
    firsts = Counter(engine for _, best in compared for engine in best)
    told = ", ".join(f"{engine} {count}" for engine, count in firsts.most_common())
    return f"Best mean, of {len(compared)} measures in which the engines differ: {told}."


def _table(summary: Summary) -> Markup:
    best = {measure.name: summary.best(measure) for measure in summary.measures}

    def cell(engine: str, measure: Measure) -> Markup:
        found = summary.estimates.get((engine, measure.name))
        if found is None:
            return tag("td", "–")
        mean, low, high = (summary.shown(v, measure) for v in (found.mean, found.low, found.high))
        leads = engine in best[measure.name]
        return tag(
            "td",
            tag("b" if leads else "span", mean),
            tag("span", " (best)", class_="unseen") if leads else None,
            tag("small", f"{low}–{high}") if low != high else None,
            class_="best" if leads else None,
        )

    rows = [
        [engine, str(summary.count(engine)), *(cell(engine, m) for m in summary.measures)]
        for engine in summary.engines
    ]
    clip_is_missing = not any(measure.needs_clip for measure in summary.measures)
    hint = (
        "The three CLIPSIM measures are left out: they need a CLIP model. Get one with "
        "python -m seine_core models download clip, or name a folder with --clip."
    )
    return section(
        "Measures",
        tag("p", hint, class_="soft") if clip_is_missing else None,
        grid(
            f"Means over the clips, below them the {_INTERVAL}. "
            "↑ higher is better, ↓ lower is better; the best mean of a column is marked.",
            ["Engine", "Clips", *(heading(m, "\N{NO-BREAK SPACE}") for m in summary.measures)],
            rows,
        ),
    )


def _published(summary: Summary) -> Markup:
    rows = [
        [
            row.method,
            row.engine,
            *(f"{v:.4f}" for v in (row.clipsim_text, row.clipsim_scenes, row.clipsim_frames)),
            "–" if row.preferred is None else f"{row.preferred:.0%}",
        ]
        for row in PUBLISHED
    ]
    titles = [f"{m.title} {ARROWS[m.better]}" for m in MEASURES if m.needs_clip]
    return section(
        "Published figures",
        tag("p", COMPARABLE, class_="soft"),
        grid(
            f"{SOURCE}. {PROTOCOL}.",
            ["Method", "Engine here", *titles, "SEINE preferred over it"],
            rows,
        ),
    )


def _wins(summary: Summary) -> Markup | None:
    if len(summary.engines) < 2:
        return None

    def cell(ours: str, theirs: str, measure: Measure) -> Markup:
        wins = summary.wins(ours, theirs, measure)
        kind = ("win" if wins.rate > 0.5 else "loss") if wins.decided else None
        counts = f"{wins.wins} · {wins.ties} · {wins.losses}"
        return tag("td", tag("span", f"{wins.rate:.0%}", class_=kind), tag("small", counts))

    rows = [
        [f"{ours} over {theirs}", *(cell(ours, theirs, m) for m in summary.measures)]
        for ours, theirs in summary.rivals()
    ]
    return section(
        "Pair by pair",
        grid(
            "In how many pairs of scenes the first engine has the better figure, a tie counting "
            "half; below: wins · ties · losses. In colour where chance alone would give so uneven "
            "a result in less than 5 % of all cases.",
            ["Engines", *(measure.title for measure in summary.measures)],
            rows,
        ),
    )


def _plots(summary: Summary) -> Markup:
    figures = []
    for measure in summary.telling:
        values = {
            engine: list(summary.values[engine, measure.name].values())
            for engine in summary.engines
        }
        estimates = {
            engine: summary.estimates[engine, measure.name]
            for engine in summary.engines
            if (engine, measure.name) in summary.estimates
        }
        words = ", ".join(
            f"{engine} {summary.shown(found.mean, measure)}" for engine, found in estimates.items()
        )
        plot = dot_plot(
            measure, summary.engines, values, estimates, f"{measure.title}, means: {words}"
        )
        caption = tag("figcaption", tag("b", heading(measure)))
        figures.append(tag("figure", caption, plot))
    note = (
        f"A dot is a clip, the line the mean, the bar its {_INTERVAL}. "
        "Measures that are the same for all clips are left out."
    )
    return section("All clips", tag("p", note, class_="soft"), tag("div", figures, class_="plots"))


def _strips(record: Record, pairs: Sequence[Pair], summary: Summary, folder: Path) -> Markup | None:
    made = {result.id for result in summary.results if not result.failure}
    shown = [pair for pair in pairs if pair.id in made]
    count = min(_STRIP_ITEMS, len(shown))
    shown = [shown[i * len(shown) // count] for i in range(count)]
    items = []
    for pair in shown:
        strips = []
        for engine in summary.engines[:_STRIP_ENGINES]:
            clip = folder / "clips" / engine / f"{pair.id}.mp4"
            picture = film_strip(clip, record.settings["frames"], record.settings["fps"])
            words = f"Frames of {engine}, in order"
            strip = tag("img", src=picture, alt=words) if picture else tag("small", "no clip")
            strips.append(tag("div", tag("span", engine), strip, class_="strip"))
        told = tag("p", pair.prompt or "No prompt", class_="soft")
        name = tag("h3", pair.source)
        wide = scroll(tag("div", strips, class_="strips"), f"Film strips of {pair.source}")
        items.append(tag("div", name, told, wide, class_="item"))
    if not items:
        return None
    more = len(summary.engines) - _STRIP_ENGINES
    note = f"{count} of {len(made)} pairs, evenly chosen, each from its first scene to its last."
    note += f" The last {more} engines are left out." if more > 0 else ""
    return section("Film strips", tag("p", note, class_="soft"), items)


def _worst(pairs: Sequence[Pair], summary: Summary) -> Markup:
    prompts = {pair.id: pair.prompt or pair.source for pair in pairs}

    def cell(engine: str, measure: Measure) -> Markup:
        found = summary.worst(engine, measure)
        if found is None:
            return tag("td", "–")
        item, value = found
        said = prompts[item] if len(prompts[item]) <= 60 else f"{prompts[item][:59]}…"
        return tag(
            "td",
            summary.shown(value, measure),
            " ",
            tag("code", item),
            tag("small", said),
        )

    rows = [
        [heading(measure), *(cell(engine, measure) for engine in summary.engines)]
        for measure in summary.telling
    ]
    return section(
        "Worst clips",
        grid(
            "Each engine's worst figure, and of which pair it is: clips/<engine>/<pair>.mp4.",
            ["Measure", *summary.engines],
            rows,
            "worst",
        ),
    )
