"""Whether a message of the server is as `types.d.ts` says, to which the page's scripts are held."""

import re
from collections.abc import Iterator
from typing import Any

from app.page.layout import STATIC

TEXT = re.sub(r"//.*", "", (STATIC / "types.d.ts").read_text("utf-8"))
BASIC = {"string": str, "number": (int, float), "boolean": bool, "any": object}


def split(text: str, at: str) -> list[str]:
    """The parts of a type between the `at`s that stand in no bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "{[(<") - (letter in ")]}>")
        if letter in at and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def fields_of(text: str) -> dict[str, tuple[bool, str]]:
    """{name: (whether it may be missing, type)}."""
    pairs = (part.split(":", 1) for part in split(text, ",;"))
    return {name.rstrip("?"): (name.endswith("?"), kind.strip()) for name, kind in pairs}


ALIASES = dict(re.findall(r"^type (\w+) = (.*?);$", TEXT, re.MULTILINE | re.DOTALL))
INTERFACES: dict[str, dict[str, tuple[bool, str]]] = {}
for name, above, body in re.findall(
    r"^interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}", TEXT, re.M | re.S
):
    INTERFACES[name] = INTERFACES.get(above, {}) | fields_of(body)


def misfits(value: Any, kind: str, path: str) -> Iterator[str]:
    """What of a message is not as its type says, each with where it stands."""
    choices = [one for one in split(kind, "|") if one != "null" or value is None]
    if len(choices) > 1:
        found = [list(misfits(value, choice, path)) for choice in choices]
        yield from [] if [] in found else min(found, key=len)
    elif choices != [kind] or kind in ALIASES:
        yield from misfits(value, ALIASES.get(choices[0], choices[0]), path)
    elif kind.endswith("[]") and isinstance(value, list | tuple):
        inner = kind[:-2].removeprefix("(").removesuffix(")")
        for n, one in enumerate(value):
            yield from misfits(one, inner, f"{path}[{n}]")
    elif kind.startswith("[") and isinstance(value, list | tuple):
        kinds = [part.split(":")[-1].strip() for part in split(kind[1:-1], ",")]
        if len(kinds) != len(value):
            yield f"{path}: {value!r} is no {kind}"
        for one, inner in zip(value, kinds, strict=False):
            yield from misfits(one, inner, path)
    elif kind.startswith("Record<") and isinstance(value, dict):
        for key, one in value.items():
            yield from misfits(one, split(kind[7:-1], ",")[1], f"{path}.{key}")
    elif (kind in INTERFACES or kind.startswith("{")) and isinstance(value, dict):
        known = INTERFACES.get(kind) or fields_of(kind[1:-1])
        yield from (f"{path}.{key}: not in the types" for key in value.keys() - known.keys())
        for key, (optional, inner) in known.items():
            if key in value:
                yield from misfits(value[key], inner, f"{path}.{key}")
            elif not optional:
                yield f"{path}.{key}: never sent"
    elif not _is_plain(value, kind):
        yield f"{path}: {value!r} is no {kind}"


def _is_plain(value: Any, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind.startswith("'"):
        return value == kind[1:-1]
    if isinstance(value, bool):
        return kind in ("boolean", "any")
    return isinstance(value, BASIC.get(kind, ()))


def holds(value: Any, kind: str) -> None:
    found = list(misfits(value, kind, kind))
    assert not found, found
