"""The results as tables in the terminal, as a page, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from seine_core.reports.pages import template
from seine_core.study.plot import ranking_plot
from seine_core.study.preference import Preference, WinRate, preference
from seine_core.study.votes import Vote, Votes

# A spreadsheet computes a cell that begins with one of these (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = ("rater", "name", "item", "left", "right", "choice", "preferred", "at")
_Row = Sequence[object]


def as_text(found: Preference) -> str:
    """The statistics as text tables."""
    ranks = [("ranking", "strength", "95 %"), *_ranks(found)]
    duels = [("method", "against", "wins", "losses", "ties", "skipped", "win rate"), *_duels(found)]
    tables = [_aligned(ranks), _aligned(duels)] if found.ranking else []
    return "\n\n".join([_overview(found), *tables])


def as_json(votes: Votes) -> str:
    """The settings and statistics of a study as JSON, without its secrets."""
    settings = votes.settings
    public = {"question": settings.question, "seed": settings.seed, "trials": settings.length}
    return json.dumps(public | asdict(preference(votes.votes())), indent=2) + "\n"


def as_csv(votes: Iterable[Vote]) -> str:
    """A CSV with a row for each vote. A cell that a spreadsheet would take for a formula begins
    with a quote."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for vote in votes:
        cells = (getattr(vote, column) for column in _COLUMNS)
        writer.writerow(f"'{cell}" if str(cell).startswith(_FORMULA) else cell for cell in cells)
    return out.getvalue()


def as_page(votes: Votes) -> str:
    """The results page as HTML; whatever came from outside is escaped.

    Raises:
        BadInput: matplotlib is not installed.
    """
    found = preference(votes.votes())
    methods = [rank.method for rank in found.ranking]
    items = [
        (item.item, item.votes, *(_percent(item.shares[method]) for method in methods))
        for item in found.items
    ]
    return template("seine_core.study", "results.html").render(
        question=votes.settings.question,
        overview=_overview(found),
        key=votes.settings.results_key,
        methods=methods,
        plot=ranking_plot(found.ranking),
        ranks=_ranks(found),
        duels=_duels(found),
        items=items,
    )


def _overview(found: Preference) -> str:
    """The numbers of raters and votes, the bias for a side and the agreement, in a few
    sentences."""
    raters = f"{found.raters} rater{'' if found.raters == 1 else 's'}"
    sentences = [f"{raters}, {found.votes} votes, {found.skipped} skipped."]
    if found.votes:
        sentences.append(
            f"The left clip won {_interval(found.left)}; about 50 % is as it should be."
        )
    if found.agreement:
        alpha = found.agreement.alpha
        known = "" if alpha is None else f", Krippendorff's alpha {alpha:.2f}"
        sentences.append(
            f"Raters of the same pair agree {_percent(found.agreement.share)} of the time{known}."
        )
    return " ".join(sentences)


def _ranks(found: Preference) -> list[_Row]:
    return [
        (rank.method, f"{rank.strength:.2f}", f"{rank.low:.2f} to {rank.high:.2f}")
        for rank in found.ranking
    ]


def _duels(found: Preference) -> list[_Row]:
    return [
        (
            duel.first,
            duel.second,
            duel.first_wins,
            duel.second_wins,
            duel.ties,
            duel.skipped,
            _interval(duel.rate),
        )
        for duel in found.duels
    ]


def _interval(rate: WinRate) -> str:
    if rate.share is None:
        return "–"
    return f"{_percent(rate.share)} ({rate.low * 100:.0f} to {rate.high * 100:.0f})"


def _percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{fraction * 100:.0f} %"


def _aligned(rows: Sequence[_Row]) -> str:
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell!s:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
