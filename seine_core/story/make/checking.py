"""Everything that keeps a story from being rendered, said before an hour of rendering is lost.

`check` and `render`, in a terminal, in the editor and over HTTP, all begin with this: what the one
is content with, the other can begin. Nothing is written.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from seine_core.engines import get_engine
from seine_core.errors import BadInput, MissingWeights, Wording
from seine_core.files.atomic import check_writable
from seine_core.media.frames import load_image
from seine_core.story.film.export import check_output
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.decode import decoded
from seine_core.story.make.jobs import Animate, Decode, Job, Join, Plan
from seine_core.story.make.plan import Engines, plan_parts
from seine_core.story.mix.placing import Audible, audible
from seine_core.story.mix.store import SOUNDS, SoundStore
from seine_core.story.model import Story


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; `owner` is the shot or edge, "" where it is none of them."""

    owner: str
    error: BadInput


class NotReady(BadInput):
    """A story cannot be rendered as it is. `failed` has the reason for each shot and edge."""

    def __init__(self, faults: list[Fault]) -> None:
        more = f"and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(faults[0].error, reason=more)
        self.failed = {fault.owner: fault.error for fault in faults if fault.owner}


def examine(
    story: Story,
    folder: Path,
    cache: ClipCache,
    out: Path | str | None = None,
    engines: Engines = get_engine,
) -> tuple[Plan, list[Fault]]:
    """The plan of `story`, as far as it can be made, and all that keeps it from being rendered to
    `out`: places that cannot be written, what no engine can do, and whatever of pictures, videos,
    words and sound cannot be used. Clips in `cache` need no media any more.

    Raises:
        RenderFailed: a disk does not answer.
    """
    faults = list(_places(cache, out))
    plan = plan_parts(story, folder, engines)
    faults += [Fault(owner, error) for owner, error in plan.refusals().items()]
    faults += _media(plan, cache)
    known = {fault.owner for fault in faults}
    faults += [fault for fault in _sounds(story, folder, cache) if fault.owner not in known - {""}]
    return plan, faults


def refuse(faults: list[Fault]) -> None:
    """Nothing, where `examine` found no faults.

    Raises:
        NotReady: it found some.
        MissingWeights: the first is that an engine has none.
    """
    if faults:
        first = faults[0].error
        raise first if isinstance(first, MissingWeights) else NotReady(faults)


def _places(cache: ClipCache, out: Path | str | None) -> Iterator[Fault]:
    try:
        if out is not None:
            check_output(out)
    except BadInput as error:
        yield Fault("", error)
    there = next(path for path in (cache.root, *cache.root.absolute().parents) if path.exists())
    try:
        check_writable(there)
    except OSError as error:
        yield Fault(
            "",
            BadInput(
                "cannot be written",
                subject=cache.root,
                reason=error,
                advice=Wording(
                    "choose another folder for the clips (--cache)", "tell whoever runs the server"
                ),
            ),
        )


def _media(plan: Plan, cache: ClipCache) -> Iterator[Fault]:
    """The shots whose picture or video cannot be shown. Of a video the first clip is enough:
    where it has a picture, later ones can hold it."""
    jobs = {job.key: job for job in plan.jobs}
    known: dict[object, BadInput | None] = {}  # of each medium once, however many shots show it
    begun: set[str] = set()
    wrong: set[str] = set()
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for segment in plan.timeline:
        owner = segment.owner
        for job in _made_from(jobs[segment.key], jobs, seen[owner]):
            is_later = isinstance(job, Decode) and owner in begun
            if isinstance(job, Decode):
                begun.add(owner)
            if is_later or owner in wrong or cache.has(job.key):
                continue
            what = _shown(job)
            if what not in known:
                known[what] = _reason(job)
            if error := known[what]:
                wrong.add(owner)
                yield Fault(owner, plan.named(owner, error))


def _sounds(story: Story, folder: Path, cache: ClipCache) -> Iterator[Fault]:
    """The sounds that cannot be heard; those that were decoded before can, wherever they begin."""
    store, tried = SoundStore(cache.root / SOUNDS), set()
    for found in audible(story, folder):
        if not isinstance(found, Audible):
            yield Fault(*found)
        elif (found.media, found.offset_s) not in tried:
            tried.add((found.media, found.offset_s))
            try:
                store.check(found.media, found.offset_s)
            except BadInput as error:
                yield Fault(found.owner, error.about(found.name))


def _made_from(job: Job, jobs: Mapping[str, Job], seen: set[str]) -> Iterator[Job]:
    """A clip and those of its own shot that it is made from, the first of them first, but those
    that were `seen`."""
    chain = [job]
    while chain[-1].inputs and not isinstance(chain[-1], Join):
        chain.append(jobs[chain[-1].inputs[0]])
        if chain[-1].key in seen:
            chain.pop()
            break
    seen.update(each.key for each in chain)
    return reversed(chain)


def _shown(job: Job) -> object:
    """What a clip is made of from outside, equal for clips that show the same."""
    match job:
        case Animate():
            return job.image
        case Decode():
            return job.video, job.offset_s, job.start
    return None


def _reason(job: Job) -> BadInput | None:
    try:
        match job:
            case Animate():
                load_image(job.image.path)
            case Decode():
                next(decoded(job))
    except BadInput as error:
        return error
    return None
