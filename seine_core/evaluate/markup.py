"""HTML and SVG as nested calls. Whatever is not markup already is escaped, so that text from
outside cannot become any."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

_VOID = {"meta", "img", "br"}

Child: TypeAlias = "str | int | float | Iterable[Child] | None"


class Markup(str):
    """Text that is HTML; made by `tag` and `trusted` alone."""


def trusted(text: str) -> Markup:
    """`text` as it is: for what this project wrote itself."""
    return Markup(text)


def tag(name: str, /, *children: Child, **attributes: str | int | float | None) -> Markup:
    """`<name attributes>children</name>`. Names lose a last underscore and have hyphens for the
    others (`class_`, `aria_label`); an attribute that is None is left out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{_inside(children)}</{name}>")


def _inside(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int | float):
        return escape(str(child))
    return "".join(map(_inside, child))


def section(title: str, *children: Child) -> Markup:
    """A part of a page under a heading."""
    return tag("section", tag("h2", title), children)


def grid(
    caption: str, head: Sequence[Child], rows: Sequence[Sequence[Child]], kind: str = "figures"
) -> Markup:
    """A table whose first column names the rows; cells that are `td` already stay."""
    columns = [tag("th", cell, scope="col") for cell in head]
    body = []
    for first, *cells in rows:
        others = [
            cell if isinstance(cell, Markup) and cell.startswith("<td") else tag("td", cell)
            for cell in cells
        ]
        body.append(tag("tr", tag("th", first, scope="row"), others))
    table = tag(
        "table",
        tag("caption", tag("span", caption)),
        tag("thead", tag("tr", columns)),
        tag("tbody", body),
        class_=kind,
    )
    return scroll(table, caption)


def scroll(child: Child, label: str) -> Markup:
    """What may be wider than the window scrolls by itself, and by keys."""
    return tag("div", child, class_="scroll", tabindex=0, role="region", aria_label=label)
