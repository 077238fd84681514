"""Clips that come with a story, so that it plays before anything was rendered here.

Only the encoded clips are shipped, not the lossless frames at their ends: enough to be seen, and a
fraction of the size. A render that goes on from such a clip finds it too short and makes it anew.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from seine_core.atomic import make_folder, new_folder
from seine_core.story.cache import CLIP_FILE, INDEX_FILE, ClipCache
from seine_core.story.storage import content_hash

LIST_FILE = "clips.json"
_KEY = re.compile(r"[0-9a-f]{64}")


def ship(keys: Iterable[str], cache: ClipCache, folder: Path) -> None:
    """Copy these clips of `cache` to `folder`, in place of what it held.

    Raises:
        KeyError: one is not in the cache.
        OSError: the folder cannot be written, or holds something else.
    """
    entries = {}
    make_folder(folder.parent)
    with new_folder(folder, replace=lambda old: (old / LIST_FILE).is_file()) as part:
        for key in sorted(set(keys)):
            entry = cache.get(key)
            if entry is None:
                raise KeyError(key)
            shutil.copyfile(entry.clip, part / f"{key}.mp4")
            hashes = {CLIP_FILE: content_hash(entry.clip)}
            entries[key] = {"frames": entry.frames, "tail": 0, "sha256": hashes}
        (part / LIST_FILE).write_text(json.dumps(entries, indent=1) + "\n")


def unpack(folder: Path, cache: ClipCache) -> None:
    """Put the clips of `folder` into `cache` where it lacks them, those that are undamaged. A disk
    that is full is no reason not to start: what is not shown is rendered."""
    try:
        entries = json.loads((folder / LIST_FILE).read_bytes())
        for key, entry in entries.items():
            clip = folder / f"{key}.mp4"
            whole = _KEY.fullmatch(key) and content_hash(clip) == entry["sha256"][CLIP_FILE]
            if whole and not cache.has(key):
                _put(clip, json.dumps(entry), cache.clip_path(key).parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return


def _put(clip: Path, index: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=target.parent.parent, prefix=".part-"))
    try:
        shutil.copyfile(clip, part / CLIP_FILE)
        (part / INDEX_FILE).write_text(index)
        os.replace(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
