"""What a study compares: the clips that several methods made of the same items.

A folder as `evaluate` writes it, or any with one subfolder a method and videos of equal names in
them. Prompts (`items.json`) and the pictures that a clip leads from and to (`scenes/`) are shown
where they are there.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from seine_core.errors import BadInput
from seine_core.files.outside_text import read_json
from seine_core.media.video import VIDEO_SUFFIXES, probe

CLIP_TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}  # what browsers play
_MAX_PROMPT = 1000


@dataclass(frozen=True, kw_only=True)
class Material:
    """`clips` by item and method; only items that two methods or more have a clip of."""

    clips: Mapping[str, Mapping[str, Path]]
    prompts: Mapping[str, str]
    scenes: Mapping[tuple[str, str], Path]  # by item and "first" or "last"
    notes: tuple[str, ...]  # what was left out, and what could reveal a method to raters

    @property
    def methods(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted({method for made in self.clips.values() for method in made}))


class _Described(BaseModel):
    id: str
    prompt: str = ""


def read_material(folder: Path) -> Material:
    """The clips, prompts and scenes in `folder`. Every clip is opened, so that no rater meets one
    that cannot be read.

    Raises:
        BadInput: `folder` has no two methods that made a clip of the same item, a method has two
            clips of one item, or items.json is not as `evaluate` writes it.
    """
    if not folder.is_dir():
        raise BadInput(
            "is no folder",
            subject=folder,
            advice="give one with a subfolder of clips for each method",
        )
    clips, notes = _find_clips(folder)
    compared = {item: made for item, made in clips.items() if len(made) > 1}
    if not compared:
        raise BadInput(
            "has no two methods with a clip of the same name",
            subject=folder,
            advice=f"give a folder with one subfolder for each method, "
            f"with {' or '.join(CLIP_TYPES)} files in them",
        )
    alone = [item for item in clips if item not in compared]
    notes += [f"{item}: only one method has it; left out" for item in alone]
    pictures = {
        (item, end): folder / "scenes" / f"{item}-{end}.png"
        for item in compared
        for end in ("first", "last")
    }
    return Material(
        clips=compared,
        prompts=_prompts(folder / "items.json"),
        scenes={key: _inside(path, folder) for key, path in pictures.items() if path.is_file()},
        notes=tuple(notes),
    )


def _find_clips(folder: Path) -> tuple[dict[str, dict[str, Path]], list[str]]:
    """Clips by item and method, and notes. Raises as `read_material` does."""
    root = folder / "clips" if (folder / "clips").is_dir() else folder
    notes: list[str] = []
    clips: dict[str, dict[str, Path]] = {}
    first: dict[str, object] = {}  # the properties of an item's first clip
    unlike: Counter[str] = Counter()  # clips by method that differ from it
    for path in sorted(root.glob("*/*")):
        method, item, kind = path.parent.name, path.stem, path.suffix.lower()
        if kind not in VIDEO_SUFFIXES or method.startswith(".") or item.startswith("."):
            continue
        if not (method + item).isprintable():
            raise BadInput(
                "has signs in its name that cannot be shown",
                subject=f"{str(path)!r}",
                advice="rename it",
            )
        if kind not in CLIP_TYPES:
            notes.append(f"{path}: browsers may not play it; left out")
            continue
        if method in clips.get(item, {}):
            raise BadInput(f"has two clips named {item}", subject=path.parent, advice="keep one")
        try:
            info = probe(_inside(path, folder))
        except BadInput as error:
            notes.append(f"{error}; left out")
            continue
        clips.setdefault(item, {})[method] = path
        properties = (info.width, info.height, round(info.duration_s, 1), kind)
        unlike[method] += first.setdefault(item, properties) != properties
    notes += [
        f"{method}: {count} of its clips differ in size, length or kind from the others of their "
        "name; raters may know them by that"
        for method, count in unlike.items()
        if count
    ]
    return clips, notes


def _inside(path: Path, folder: Path) -> Path:
    """Raises:
    BadInput: a link leads out of the folder; what lies there was not meant to be served.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"is a link to outside of {folder}", subject=path)
    return path


def _prompts(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    try:
        described = TypeAdapter(list[_Described]).validate_python(read_json(file))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise BadInput(
            f"{where}: {fault['msg']}", subject=file, allowed="a list of objects with id and prompt"
        ) from None
    return {item.id: item.prompt[:_MAX_PROMPT] for item in described}
