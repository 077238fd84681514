"""Pairs of scenes to be joined, out of folders of several layouts.

The first of these that a folder has decides what is read:

    story.json         a story: the neighbouring shots, with the prompts of their edges
    pairs.csv          the columns first, last and, if wanted, prompt: pictures within the folder
    a JSON with `videos` and `sentences`
                       MSR-VTT: its test split, one caption of each video
    a CSV or JSONL     captioned videos, listed as for training
    videos             each with its caption in the .txt of the same name
    pictures           name_a….png and name_b….png are a pair, its prompt is in name.txt

The scenes of a video are two of its frames; the paper takes the first and the 64th. What is of no
use is named and left out; a pair without a caption stays and has no prompt.
"""

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.evaluate.pairs import Pair, Scene
from seine_core.files.outside_text import open_table, read_json
from seine_core.media import video
from seine_core.media.captioned_files import captioned_files, within
from seine_core.media.frames import IMAGE_SUFFIXES
from seine_core.story.disk.storage import STORY_FILE, load_story, media_path
from seine_core.story.footage import footage
from seine_core.story.model import CardSource, ImageSource, RenderSettings, Shot

PAIRS_FILE = "pairs.csv"
PAPER_FRAMES = (1, 64)
_HALF = re.compile(r"(?P<name>.+?)[_-](?P<side>[ab])([_-].*)?", re.IGNORECASE)
_MAX_LIST_BYTES = 500_000_000


@dataclass(frozen=True)
class Fault:
    """Why a scene, a pair or a caption of the data is missing."""

    kind: str  # what they are counted by
    reason: str


@dataclass(frozen=True)
class Data:
    """The pairs that can be read, and what is wrong with the others."""

    pairs: tuple[Pair, ...]
    faults: tuple[Fault, ...]


# (name for the id, prompt or None where there is none, source, first, last), or a fault.
_Found = tuple[str, str | None, str, Scene, Scene] | Fault


def open_data(
    folders: Sequence[Path],
    *,
    seed: int = 0,
    frames: tuple[int, int] = PAPER_FRAMES,
    limit: int | None = None,
    prompt: str | None = None,
) -> Data:
    """The pairs of all `folders`, the first `limit` of them, in an order that depends on names
    alone. Of several captions `seed` chooses one; `prompt` stands in place of all.

    Raises:
        BadInput: a folder or its list cannot be read, or there is no pair.
    """
    if not 1 <= frames[0] < frames[1]:
        raise BadInput(
            f"received {frames[0]} and {frames[1]}", subject="frames", allowed="1 and up, in order"
        )
    if limit is not None and limit < 1:
        raise BadInput(subject="limit", received=limit, allowed="1 and more")
    pairs: list[Pair] = []
    faults: list[Fault] = []
    for folder in folders:
        for found in _layout(folder)(folder, seed, frames):
            if limit is not None and len(pairs) == limit:
                break
            if isinstance(found, Fault):
                faults.append(found)
                continue
            name, own, source, first, last = found
            number = len(pairs) + 1
            slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "pair"
            text = prompt if prompt is not None else own or ""
            pairs.append(
                Pair(
                    id=f"{number:04d}-{slug}",
                    number=number,
                    prompt=" ".join(text.split()),
                    source=source,
                    first=first,
                    last=last,
                )
            )
            if prompt is None and not text:
                faults.append(Fault("no caption", f"{source}: has no caption, so no prompt"))
    if not pairs:
        raise BadInput(
            "has no pair of scenes",
            subject=", ".join(map(str, folders)),
            reason=[fault.reason for fault in faults[:3]],
            advice=f"expected are videos, a story, {PAIRS_FILE}, or pictures "
            "named x_a.png and x_b.png",
        )
    return Data(tuple(pairs), tuple(faults))


_Layout = Callable[[Path, int, tuple[int, int]], Iterator[_Found]]


def _layout(folder: Path) -> _Layout:
    if not folder.is_dir():
        raise BadInput(
            "no such folder", subject=folder, advice="give one with videos, pairs or a story"
        )
    if (folder / STORY_FILE).is_file():
        return _story
    if (folder / PAIRS_FILE).is_file():
        return _listed_pairs
    if any(path.suffix.lower() in video.VIDEO_SUFFIXES for path in folder.rglob("*")):
        return _videos
    return _named_pictures


def _story(folder: Path, seed: int, frames: tuple[int, int]) -> Iterator[_Found]:
    story = load_story(folder)
    for edge in story.edges():
        source = f"{story.title}: {edge.left} to {edge.right}"
        left, right = (story.shot(shot) for shot in (edge.left, edge.right))
        if isinstance(left.source, CardSource) or isinstance(right.source, CardSource):
            yield Fault("no scene", f"{source}: a title card is no scene")
            continue
        try:
            ends = _moment(folder, left, ends=True), _moment(folder, right, ends=False)
        except BadInput as error:
            yield Fault("unreadable", f"{source}: {error}")
            continue
        yield f"{edge.left}-{edge.right}", edge.prompt or None, source, *ends


def _moment(folder: Path, shot: Shot, *, ends: bool) -> Scene:
    source = shot.source
    assert not isinstance(source, CardSource)
    path = media_path(folder, source.file)
    if isinstance(source, ImageSource):
        return Scene(path=path)
    after_s = max(0.0, shot.duration_s - 0.05) * ends
    return Scene(path=path, at_s=footage(shot, math.inf).at_s(after_s, RenderSettings().fps))


def _listed_pairs(folder: Path, seed: int, frames: tuple[int, int]) -> Iterator[_Found]:
    table = folder / PAIRS_FILE
    with open_table(table) as rows:
        if not {"first", "last"} <= set(rows.fieldnames or ()):
            raise BadInput(
                f"has the columns {', '.join(rows.fieldnames or ()) or 'none'}",
                subject=table,
                advice="expected are first, last and prompt",
            )
        for row in rows:
            try:
                first, last = (within(folder, row[side]) for side in ("first", "last"))
            except ValueError as error:
                yield Fault("bad row", f"{table.name}, line {rows.line_num}: {error}")
                continue
            caption = row.get("prompt") or None
            source = f"{folder.resolve().name}: {first.name}, {last.name}"
            yield first.stem, caption, source, Scene(path=first), Scene(path=last)


def _videos(folder: Path, seed: int, frames: tuple[int, int]) -> Iterator[_Found]:
    base, table = _caption_list(folder)
    files, bad_rows = captioned_files(base, table, video.VIDEO_SUFFIXES, split="test")
    # A video that is not there has as many bad rows as captions: one of them is enough.
    for reason in {row.split(": ", 1)[1]: row for row in reversed(bad_rows)}.values():
        yield Fault("bad row", reason)
    for file in files:
        name = file.path.relative_to(base).as_posix()
        captions = [caption for caption in file.captions if caption]
        chosen = random.Random(f"{seed} {name}").choice(captions) if captions else None
        first, last = (Scene(path=file.path, frame=number) for number in frames)
        yield file.path.stem, chosen, f"{name}, frames {frames[0]} and {frames[1]}", first, last


def _caption_list(folder: Path) -> tuple[Path, Path | None]:
    """(the folder that the videos are named from, their list or None)."""
    msr_vtt = [path for path in sorted(folder.glob("*.json")) if _is_msr_vtt(path)]
    if msr_vtt:
        table = next((path for path in msr_vtt if "test" in path.name.lower()), msr_vtt[0])
        places = sorted({path.parent for path in folder.rglob("*.mp4")})

        def count(place: Path) -> int:
            try:
                return len(captioned_files(place, table, (".mp4",), split="test")[0])
            except BadInput:
                return 0

        return (max(places, key=count) if len(places) > 1 else (places or [folder])[0]), table
    tables = sorted([*folder.glob("*.csv"), *folder.glob("*.jsonl")])
    if len(tables) > 1:
        names = ", ".join(path.name for path in tables)
        raise BadInput(
            f"has several lists ({names})", subject=folder, advice="leave the one with the captions"
        )
    return folder, tables[0] if tables else None


def _is_msr_vtt(path: Path) -> bool:
    try:
        content = read_json(path, _MAX_LIST_BYTES)
    except BadInput:
        return False
    return isinstance(content, dict) and {"videos", "sentences"} <= set(content)


def _named_pictures(folder: Path, seed: int, frames: tuple[int, int]) -> Iterator[_Found]:
    halves: dict[Path, dict[str, list[Path]]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in IMAGE_SUFFIXES or not path.is_file():
            continue
        half = _HALF.fullmatch(path.stem)
        if half is None:
            yield Fault("no pair", f"{path.name}: is neither …_a nor …_b of a pair")
            continue
        sides = halves.setdefault(path.parent / half["name"], {"a": [], "b": []})
        sides[half["side"].lower()].append(path)
    for stem, sides in sorted(halves.items()):
        if any(len(files) != 1 for files in sides.values()):
            names = ", ".join(path.name for files in sides.values() for path in files)
            yield Fault("no pair", f"{names}: a pair is one picture …_a and one …_b")
            continue
        (first,), (last,) = sides["a"], sides["b"]
        try:
            text = stem.with_name(f"{stem.name}.txt")
            caption = text.read_text("utf-8", errors="replace")[:2000]
        except OSError:
            caption = ""
        source = f"{folder.resolve().name}: {first.name}, {last.name}"
        yield stem.name, caption.strip() or None, source, Scene(path=first), Scene(path=last)
