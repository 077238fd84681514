"""What a visitor's stories hold on the disk, and freeing what can be made again.

Clips are named by what they show, whoever made them. Freed are only those that no one else's story
can need: they show a picture or a video that no other visitor's story has a file of the size of.
What a render uses at that moment stays, and so does what was shipped with the sample.
"""

import os
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.stories.visitors import known_as
from app.stories.workspace import Workspace
from app.work.films import films
from app.work.ranked_takes import take_plans
from seine_core.errors import BadInput, NotFound
from seine_core.story.disk.media_store import Media
from seine_core.story.disk.storage import MEDIA_FOLDER, STORY_FILE, load_story
from seine_core.story.edits import set_settings
from seine_core.story.fields import Quality
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import plan_parts

Part = Literal["clips", "takes", "films"]
Needs = dict[str, frozenset[int]]  # of each clip, by key, the sizes of all the media it shows

_LOOK_S = 2.0  # how long stories are looked through for one answer
_KEPT = 500  # stories whose clips are remembered
_QUALITIES: tuple[Quality, ...] = ("draft", "final")


@dataclass(frozen=True)
class Clips:
    """What a story is made of, and what its takes need beside that."""

    shown: Needs
    takes: Needs


@dataclass(frozen=True)
class StoryUse:
    """What a story holds, bytes; `clips` and `takes` are those that nothing else needs, None while
    nobody has looked yet."""

    name: str
    folder: Path
    deleted: bool
    media: int
    films: int
    clips: int | None = None
    takes: int | None = None


@dataclass(frozen=True)
class Use:
    """All that a visitor's stories hold. `several`: clips that more than one of them needs.
    `earlier`: those that none needs any more, where nobody else's stories are here."""

    stories: tuple[StoryUse, ...]
    several: int
    earlier: int
    waiting: int  # stories that are yet to be looked through


class DiskUse:
    """For all visitors of a workspace. Slow where much is there: for no event loop."""

    def __init__(
        self, workspace: Workspace, cache: ClipCache, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._workspace, self._cache, self._clock = workspace, cache, clock
        self._known: OrderedDict[Path, tuple[int, Clips]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, token: Any) -> Use:
        """What the visitor's stories hold, as far as it is found out in a moment: ask again while
        some wait."""
        found = _Found(self, token, self._clock() + _LOOK_S)
        sizes = {key: self._cache.size(key) for key in found.ours}
        stories = tuple(
            StoryUse(
                name,
                folder,
                name in found.deleted,
                media=_media_bytes(folder),
                films=sum(film.size for film in self._films(name)),
                clips=_sum(sizes, found.freeable(name, "clips")) if name in found.clips else None,
                takes=_sum(sizes, found.freeable(name, "takes")) if name in found.clips else None,
            )
            for name, folder in found.stories
        )
        several, earlier = _sum(sizes, found.several), _sum(sizes, found.earlier)
        return Use(stories, several, earlier, len(found.stories) - len(found.clips))

    def free(self, token: Any, name: str, part: Part) -> None:
        """Remove the rendered clips of one of the visitor's stories, or those of its takes alone,
        or its exported films.

        Raises:
            BadInput: it is none of theirs, it is being rendered, or the disk refuses.
        """
        if name not in dict(self._workspace.stories(token)):
            raise NotFound("that is none of yours", subject="story")
        if part == "films":
            for film in self._films(name):
                _unlink(film.path)
            return
        self._cache.remove(_Found(self, token).freeable(name, part))

    def free_several(self, token: Any) -> None:
        """Remove the clips that more than one of the visitor's stories needs.

        Raises:
            BadInput: the disk refuses.
        """
        self._cache.remove(_Found(self, token).several)

    def free_earlier(self, token: Any) -> None:
        """Remove the clips that none of the visitor's stories needs any more, unless somebody else
        may.

        Raises:
            BadInput: the disk refuses.
        """
        self._cache.remove(_Found(self, token).earlier)

    def purge(self, token: Any, names: Iterable[str] | None = None) -> None:
        """Remove stories for good that are in the visitor's trash, with their clips and films; all
        of them where none is named.

        Raises:
            BadInput: one is not in their trash, or the disk refuses.
        """
        trash = dict(self._workspace.deleted(token))
        chosen = list(trash) if names is None else list(names)
        for name in chosen:
            if name not in trash:
                raise NotFound("it is not in your trash any more", subject="story")
        found = _Found(self, token)
        for name in chosen:
            if self._workspace.purge(self._workspace.records.get(name)):
                keys = {*found.freeable(name, "clips"), *found.freeable(name, "takes")}
                self._cache.remove(keys)

    def clips(self, folder: Path) -> Clips:
        """What the story in `folder` is made of; nothing for one that is damaged."""
        try:
            stamp = (folder / STORY_FILE).stat().st_mtime_ns
        except OSError:
            return Clips({}, {})
        with self._lock:
            known = self._known.get(folder)
        if known is None or known[0] != stamp:
            known = stamp, _clips(folder)
            with self._lock:
                self._known[folder] = known
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return known[1]

    def looked_through(self, folder: Path) -> bool:
        with self._lock:
            return folder in self._known

    def _films(self, name: str) -> list[Any]:
        return films(self._workspace.root / "videos" / name)


class _Found:
    """What of the cache is whose. `until`: looked through are only stories that are known by then,
    and one more."""

    def __init__(self, use: DiskUse, token: Any, until: float | None = None) -> None:
        workspace, clock = use._workspace, use._clock
        self.deleted = {name for name, _ in workspace.deleted(token)}
        self.stories = [
            (name, folder)
            for name, folder in (*workspace.stories(token), *workspace.deleted(token))
            if folder != workspace.sample.folder  # which is nobody's
        ]
        self.clips: dict[str, Clips] = {}
        for name, folder in self.stories:
            if until is None or clock() < until or use.looked_through(folder):
                self.clips[name] = use.clips(folder)
        who = known_as(token)
        alone = not workspace.for_one and all(r.who == who for r in workspace.records.every())
        shipped = use.clips(workspace.sample.folder)
        cached = set(use._cache.keys()) - {*shipped.shown, *shipped.takes}
        needs: Needs = {}
        counts = Counter[str]()
        for one in self.clips.values():
            counts.update({*one.shown, *one.takes})
            needs |= one.shown | one.takes
        if alone:
            whole = len(self.clips) == len(self.stories)
            self.ours, self.earlier = cached, cached - needs.keys() if whole else set[str]()
        else:
            foreign = _foreign(workspace, {folder for _, folder in self.stories})
            theirs = {key for key, sizes in needs.items() if sizes <= foreign}
            self.ours, self.earlier = (cached & needs.keys()) - theirs, set[str]()
        self.several = {key for key in self.ours if counts[key] > 1}

    def freeable(self, name: str, part: Part) -> set[str]:
        """The clips of a story, or those of its takes, that none of the others needs."""
        clips = self.clips.get(name, Clips({}, {}))
        keys = clips.shown if part == "clips" else clips.takes
        return (keys.keys() & self.ours) - self.several


def _clips(folder: Path) -> Clips:
    try:
        story = load_story(folder)
    except BadInput:
        return Clips({}, {})
    plans = [plan_parts(set_settings(story, quality=q), folder) for q in _QUALITIES]
    shown = _needs(plans)
    takes = _needs(take_plans(story, folder))
    return Clips(shown, {key: sizes for key, sizes in takes.items() if key not in shown})


def _needs(plans: Iterable[Plan]) -> Needs:
    found: Needs = {}
    for plan in plans:
        for job in plan.jobs:  # each after those that it is made from
            media = (one for one in vars(job).values() if isinstance(one, Media))
            sizes = {size for one in media if (size := _size(one.path))}
            found[job.key] = frozenset(sizes).union(*(found.get(key, ()) for key in job.inputs))
    return found


def _foreign(workspace: Workspace, own: set[Path]) -> frozenset[int]:
    """The sizes of all media of stories that are not the visitor's."""
    places = [workspace.sample.folder]
    for place in (workspace.folders.stories, workspace.folders.trash):
        places += [folder for folder in place.glob("*") if folder not in own]
    return frozenset(size for folder in places for size, _ in _files(folder / MEDIA_FOLDER))


def _media_bytes(folder: Path) -> int:
    """What the files take that no other name has; of those that several stories have, a part."""
    return sum(size // links for size, links in _files(folder / MEDIA_FOLDER))


def _files(folder: Path) -> Iterator[tuple[int, int]]:
    """(bytes, names) of each file."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                stat = entry.stat(follow_symlinks=False)
                yield stat.st_size, max(1, stat.st_nlink)
    except OSError:  # none, or gone meanwhile
        return


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sum(sizes: dict[str, int], keys: Iterable[str]) -> int:
    return sum(sizes.get(key, 0) for key in keys)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput("cannot be removed", subject=path.name, reason=error) from None
