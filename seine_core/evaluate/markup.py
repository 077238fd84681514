"""HTML and SVG as nested calls. Whatever is not markup already is escaped, so that text from
outside cannot become any."""

from collections.abc import Iterable
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
