"""Clips that come with a story, so that it plays before anything was rendered here.

Only the encoded clips are shipped, not the lossless frames at their ends: enough to be seen, and a
fraction of the size. A render that goes on from such a clip makes those frames anew.
"""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seine_core.errors import RenderFailed
from seine_core.files.atomic import make_folder, new_folder
from seine_core.story.disk.media_store import content_hash
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.entry import CLIP_FILE, Index

LIST_FILE = "clips.json"
_KEY = re.compile(r"[0-9a-f]{64}")


def ship(keys: Iterable[str], cache: ClipCache, folder: Path) -> None:
    """Copy these clips of `cache` to `folder`, in place of what it held.

    Raises:
        KeyError: one is not in the cache.
        OSError: the folder cannot be written, or holds something else.
    """
    entries: dict[str, dict[str, Any]] = {}
    make_folder(folder.parent)
    with new_folder(folder, replace=lambda old: (old / LIST_FILE).is_file()) as part:
        for key in sorted(set(keys)):
            entry = cache.get(key)
            if entry is None:
                raise KeyError(key)
            shutil.copyfile(entry.clip, part / f"{key}.mp4")
            hashes = {CLIP_FILE: content_hash(entry.clip)}
            entries[key] = {"frames": entry.frames, "tail": 0, "sha256": hashes}
            if style := cache.style(key):
                entries[key]["style"] = style
        (part / LIST_FILE).write_text(json.dumps(entries, indent=1) + "\n")


def unpack(folder: Path, cache: ClipCache) -> None:
    """Put the clips of `folder` into `cache` where it lacks them, those that are undamaged. A disk
    that is full is no reason not to start: what is not shown is rendered."""
    try:
        entries = json.loads((folder / LIST_FILE).read_bytes())
        for key, entry in entries.items():
            clip = folder / f"{key}.mp4"
            style = str(entry.get("style", ""))
            index = Index(frames=entry["frames"], tail=0, sha256=entry["sha256"], style=style)
            whole = _KEY.fullmatch(key) and content_hash(clip) == index.sha256[CLIP_FILE]
            if whole and not cache.has(key):
                cache.take_in(key, clip, index)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RenderFailed):
        return
