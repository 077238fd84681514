"""Lists of captioned files, in the layouts that data sets come in.

- CSV or JSONL with `path` and `caption`, paths within the folder
- WebVid: a CSV with `videoid`, `page_dir` and `name`; files are page_dir/videoid.mp4
- MSR-VTT: a JSON with `videos` and `sentences`; files are video_id.mp4, twenty captions each
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput, quoted
from seine_core.files.outside_text import open_table, open_text, parse_json, read_json

MAX_LIST_BYTES = 500_000_000
MAX_CAPTION = 2000  # characters; the text encoder reads 77 tokens
_MOST_FAULTS = 3  # faulty rows that a message names


@dataclass(frozen=True, kw_only=True)
class Captioned:
    path: Path
    captions: tuple[str, ...]  # at least one, which may be empty


def captioned_files(
    folder: Path, captions: Path | None, suffixes: tuple[str, ...], *, split: str | None = None
) -> tuple[list[Captioned], tuple[str, ...]]:
    """The files of a data set, in an order that depends on their names alone; and what is wrong
    with the rows of `captions` that are left out, a line each. Of an MSR-VTT list that tells its
    videos' splits, those of `split` are taken, where there are any.

    A row may only name files within `folder`. Whether they can be decoded is seen later.

    Raises:
        BadInput: the folder or the list cannot be read, or nothing is in it.
    """
    if not folder.is_dir():
        raise BadInput("no such folder", subject=folder, advice="name the one with the clips")
    faults: list[str] = []
    found: dict[Path, list[str]] = {}
    if captions is None:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in suffixes and path.is_file():
                found[path] = [_beside(path)]
    else:
        for row, (name, caption) in _rows(captions, split):
            try:
                found.setdefault(within(folder, name), []).append(_clean(caption))
            except ValueError as error:
                faults.append(f"{captions}, {row}: {error}")
    if not found:
        raise BadInput(
            "names no file that is there",
            subject=captions or folder,
            reason=faults[:_MOST_FAULTS],
            advice=f"expected are files ending in {', '.join(suffixes)}",
        )
    files = [Captioned(path=path, captions=tuple(texts)) for path, texts in found.items()]
    return sorted(files, key=lambda file: file.path), tuple(faults)


def _beside(path: Path) -> str:
    """The caption in the text file next to it."""
    try:
        return _clean(path.with_suffix(".txt").read_text("utf-8", errors="replace"))
    except OSError:
        return ""


def _clean(caption: Any) -> str:
    if not isinstance(caption, str):
        raise ValueError(f"the caption is {quoted(caption)}, expected is text")
    return " ".join(caption.split())[:MAX_CAPTION]


def within(folder: Path, name: Any) -> Path:
    """The file that a row names.

    Raises:
        ValueError: it names none, or one outside `folder`.
    """
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        raise ValueError(f"the path is {quoted(name)}, expected is a file's name")
    path = folder / name.strip()
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
        there = inside and path.is_file()
    except (OSError, RuntimeError):  # a name that is too long; links in a circle
        raise ValueError(f"{name[:80]!r} cannot be looked up") from None
    if not inside:
        raise ValueError(f"{quoted(name)} lies outside {folder}")
    if not there:
        raise ValueError(f"{path} is not there")
    return path


def _rows(captions: Path, split: str | None) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """(which row, (path, caption)) of a list of any layout."""
    match captions.suffix.lower():
        case ".csv":
            with open_table(captions) as rows:
                yield from _csv_rows(captions, rows)
        case ".jsonl":
            with open_text(captions) as lines:
                yield from _jsonl_rows(lines)
        case ".json":
            yield from _msr_vtt(captions, read_json(captions, MAX_LIST_BYTES), split)
        case _:
            raise BadInput(
                "received a list of unknown kind",
                subject=captions,
                allowed=".csv, .jsonl and MSR-VTT's .json",
            )


def _csv_rows(captions: Path, rows: "csv.DictReader[str]") -> Iterator[tuple[str, tuple[Any, Any]]]:
    columns = set(rows.fieldnames or ())
    if {"path", "caption"} <= columns:
        for row in rows:
            yield f"line {rows.line_num}", (row["path"], row["caption"])
    elif {"videoid", "page_dir", "name"} <= columns:
        for row in rows:
            yield f"line {rows.line_num}", (f"{row['page_dir']}/{row['videoid']}.mp4", row["name"])
    else:
        raise BadInput(
            f"has the columns {', '.join(sorted(columns)) or 'none'}",
            subject=captions,
            advice="expected are path and caption, or WebVid's videoid, page_dir and name",
        )


def _jsonl_rows(lines: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = parse_json(line)
        except BadInput:
            row = None
        if not isinstance(row, Mapping):
            row = {}
        yield f"line {number}", (row.get("path"), row.get("caption"))


def _msr_vtt(
    captions: Path, content: Any, split: str | None
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    content = content if isinstance(content, Mapping) else {}
    sentences = content.get("sentences")
    if not isinstance(sentences, list):
        raise BadInput(
            "has no list `sentences`", subject=captions, advice="expected is MSR-VTT's layout"
        )
    videos = content.get("videos")
    videos = [v for v in videos if isinstance(v, Mapping)] if isinstance(videos, list) else []
    wanted = {str(v.get("video_id")) for v in videos if split and v.get("split") == split}
    for number, sentence in enumerate(sentences, 1):
        known = sentence if isinstance(sentence, Mapping) else {}
        video = known.get("video_id")
        if wanted and str(video) not in wanted:
            continue
        yield f"sentence {number}", (f"{video}.mp4" if video else None, known.get("caption"))
