"""What the page shows, as plain JSON: the story, and how far its clips are.

Nothing here is markup. The page puts every text in place as text, whatever is in it.
"""

import contextlib
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from app.served.media_files import CARD_WIDTH, STAGE_WIDTH, TAKE_WIDTH, MediaShelf
from app.stories.samples import SAMPLE, samples
from app.stories.sessions import Session
from app.studio import Ends, OwnerState, Studio
from app.work.films import Film, Format
from app.work.ranked_takes import TakeState
from app.work.renders import RenderJob
from app.work.score_words import meanings
from seine_core.camera import CAMERA_MOVES
from seine_core.engines import engine_names, get_engine
from seine_core.errors import BadInput, MissingWeights
from seine_core.evaluate.ranking import Rank, Score
from seine_core.imaging.similarity import DISSIMILAR
from seine_core.media import video
from seine_core.media.frames import IMAGE_SUFFIXES
from seine_core.media.video import AUDIO_SUFFIXES, VIDEO_SUFFIXES
from seine_core.story.disk.storage import media_path
from seine_core.story.make.plan import edge_owner
from seine_core.story.model import (
    MAX_TAKES,
    Caption,
    CardSource,
    Fit,
    RenderSettings,
    Shot,
    Soundtrack,
    Story,
    Transition,
    VideoSource,
)
from seine_core.story.suggest import transition_prompt
from seine_core.story.takes import as_take

_TAKE_PICTURES = 4
SIZES = (
    ("16:9, 1280 × 720", 1280, 720),
    ("16:9, 1024 × 576", 1024, 576),
    ("16:9, 768 × 432", 768, 432),
    ("9:16, 720 × 1280", 720, 1280),
    ("9:16, 432 × 768", 432, 768),
    ("1:1, 720 × 720", 720, 720),
    ("1:1, 512 × 512", 512, 512),
    ("4:3, 960 × 720", 960, 720),
    ("21:9, 1344 × 576", 1344, 576),
)


def catalogue(shelf: MediaShelf) -> dict[str, Any]:
    """What does not depend on a story: engines, sizes, limits of the fields. Engines are looked at
    anew each time, for their weights may have arrived."""
    return {
        "engines": _engines(),
        "cameras": list(CAMERA_MOVES),
        "sizes": [{"label": label, "width": w, "height": h} for label, w, h in SIZES],
        "fps": [8, 12, 15, 24, 25, 30, 50, 60],
        "formats": list(get_args(Format)),
        "fits": list(get_args(Fit)),
        "media": ",".join((*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)),
        "sounds": ",".join(AUDIO_SUFFIXES),
        "takes": MAX_TAKES,
        "meanings": meanings(),
        "samples": [
            {
                "name": name,
                "title": shot.title,
                "thumb": shelf.picture(media_path(SAMPLE, name), CARD_WIDTH),
            }
            for name, shot in samples().items()
        ],
        "new_edge": Transition(left="left", right="right").model_dump(mode="json"),
        "limits": {
            "shot": _limits(Shot),
            "edge": _limits(Transition),
            "settings": _limits(RenderSettings),
            "soundtrack": _limits(Soundtrack),
            "caption": _limits(Caption),
            "story": _limits(Story),
        },
    }


def _engines() -> list[dict[str, Any]]:
    engines: list[dict[str, Any]] = []
    for name in ("auto", *engine_names()):
        try:
            found = get_engine(name).capabilities
        except MissingWeights as error:
            engines.append({"name": name, "title": name, "missing": error.for_page()})
            continue
        auto = name == "auto"
        engines.append(
            {
                "name": name,
                "title": f"Automatic ({found.title})" if auto else found.title,
                "description": found.description,
                "tasks": sorted(found.tasks),
                "styles": list(found.styles),
                "cameras": list(found.cameras),
                "uses_prompt": found.uses_prompt,
                "uses_seed": found.uses_seed,
                "seed_shows": found.seed_shows,
                "joins_unlike": found.joins_unlike,
                "missing": found.missing.for_page() if found.missing else "",
            }
        )
    return engines


@cache
def _limits(model: Any) -> dict[str, dict[str, Any]]:
    """{field: {min, max, length}} as the model itself says."""
    limits = {}
    for name, field in model.model_json_schema()["properties"].items():
        found = {
            "min": field.get("minimum", field.get("exclusiveMinimum")),
            "max": field.get("maximum"),
            "length": field.get("maxLength"),
        }
        limits[name] = {key: value for key, value in found.items() if value is not None}
    return limits


def story_view(session: Session, studio: Studio) -> dict[str, Any]:
    """The whole story for the page."""
    story = session.story
    return {
        "story": session.name,
        "rev": session.rev,
        "title": story.title,
        "problem": session.problem,
        "undo": bool(session.history.past),
        "redo": bool(session.history.future),
        "engines": _engines(),
        "revision": studio.pulse.address(session.name),
        "scores": studio.pulse.address(session.name, "scores"),
        "shots": [_shot(shot, session, studio) for shot in story.shots],
        "edges": [
            _edge(edge, *ends)
            for edge, ends in zip(story.edges(), pairwise(story.shots), strict=True)
        ],
        "settings": story.settings.model_dump(mode="json"),
        "soundtrack": story.soundtrack and _soundtrack(story.soundtrack, session, studio),
        "total_s": total_s(story),
    }


def _edge(edge: Transition, left: Shot, right: Shot) -> dict[str, Any]:
    return {
        "owner": edge_owner(edge),
        **edge.model_dump(mode="json"),
        "suggestion": transition_prompt(left, right),
        "present": _present(edge),
    }


def _present(wish: Shot | Transition) -> int:
    """Which of its takes it is made as now; -1 for none."""
    take = as_take(wish) if wish.takes else None
    return wish.takes.index(take) if take in wish.takes else -1


def _shot(shot: Shot, session: Session, studio: Studio) -> dict[str, Any]:
    view = shot.model_dump(mode="json", exclude={"source"})
    source = shot.source
    view |= {"kind": source.kind, "present": _present(shot)}
    if isinstance(source, CardSource):
        return view | {"colour": source.colour}
    try:
        path = media_path(session.folder, source.file)
    except BadInput:
        return view | {"missing": f"{source.file}: the file is missing"}
    at_s = 0.0
    if isinstance(source, VideoSource):
        at_s = source.offset_s
        view["video_s"] = max(0.0, _video_s(path, path.stat().st_mtime_ns) - at_s)
    path = studio.workspace.sample.original(path)
    return view | {
        "thumb": studio.shelf.picture(path, CARD_WIDTH, at_s),
        "picture": studio.shelf.picture(path, STAGE_WIDTH, at_s),
    }


@lru_cache(maxsize=4096)
def _video_s(path: Path, mtime_ns: int) -> float:
    """How long a video is; 0 for one that cannot be read."""
    try:
        return video.probe(path).duration_s
    except BadInput:
        return 0.0


def _soundtrack(track: Soundtrack, session: Session, studio: Studio) -> dict[str, Any]:
    view = track.model_dump(mode="json")
    with contextlib.suppress(BadInput, OSError):  # without its file it is silent
        path = media_path(session.folder, track.file)
        view["url"] = studio.shelf.file(path, track.file)
    return view


def total_s(story: Story) -> float:
    """How long the finished video is, seconds."""
    frames = story.settings.frames
    total = sum(max(1, frames(shot.duration_s)) for shot in story.shots)
    total += sum(frames(edge.duration_s) for edge in story.edges())
    return total / story.settings.fps


def progress_view(session: Session, studio: Studio) -> dict[str, Any]:
    """How far the clips are: polled while something renders, so it reads no file's content."""
    states, ends = studio.states(session), studio.ends(session)
    problem = studio.plan(session).problem if session.story.shots else None
    jobs = studio.queue.of(session.name)
    busy = [job for job in jobs if job.busy]
    shown = busy[0] if busy else (jobs[-1] if jobs else None)
    likeness = studio.likeness.of(session)
    waiting = sum(state.state in ("stale", "draft") for state in states.values())
    videos = [_film(film, studio) for film in studio.films(session)]
    return {
        "story": session.name,
        "rev": session.rev,
        "states": {owner: _state(state, studio) for owner, state in states.items()},
        "plan_problem": problem.for_page() if problem else "",
        "to_make": waiting,
        "ends": {owner: _ends(frames, studio) for owner, frames in ends.items()},
        "takes": {
            owner: _takes(takes, studio, session.story.settings.fps)
            for owner, takes in studio.takes.states(session).items()
        },
        "likeness": {
            owner: {"value": value, "unlike": value is not None and value < DISSIMILAR}
            for owner, value in likeness.items()
        },
        "comparing": None in likeness.values(),
        "clips": {owner: _clips(state, studio) for owner, state in states.items() if state.clips},
        "job": shown and _job(shown, studio),
        "waiting": max(0, len(busy) - 1),
        "jobs": [_job(job, studio) for job in reversed(jobs)],
        "changes": studio.queue.changes(session.name),
        "interrupted": len(studio.interrupted(session)),
        "seconds_to_render": _seconds_to_render(session, studio) if states and not busy else None,
        "video": next((video for video in videos if video["kind"] != "zip"), None),
        "videos": videos,
        "scenes": [
            {"id": shot, "message": message} for shot, message in studio.scenes.of(session).items()
        ],
    }


def _seconds_to_render(session: Session, studio: Studio) -> float | None:
    seconds = studio.seconds_to_render(session, "mp4")
    return None if seconds is None else round(seconds, 1)


def _state(state: OwnerState, studio: Studio) -> dict[str, Any]:
    view = {"state": state.state, "percent": state.percent, "reason": state.reason}
    view |= {"job": state.job} if state.job else {}
    return view | ({"weights": True} if state.weights else {})


def _clips(state: OwnerState | TakeState, studio: Studio) -> list[dict[str, Any]]:
    clips = []
    for key, frames in state.clips:
        with contextlib.suppress(OSError):  # the cache is pruned by whoever uses it
            url = studio.shelf.file(studio.cache.clip_path(key), "clip.mp4")
            clips.append({"url": url, "frames": frames})
    return clips


def _ends(ends: Ends, studio: Studio) -> list[str | None]:
    """Pictures of the two frames that a transition joins; None for one that is not made yet."""
    return [end and studio.shelf.picture(end[0], CARD_WIDTH, end[1]) for end in ends]


def _takes(takes: list[TakeState], studio: Studio, fps: int) -> list[dict[str, Any]]:
    return [
        {
            "state": take.state,
            "percent": take.percent,
            "reason": take.reason,
            "score": take.score and take.rank and _score(take.score, take.rank),
            "best": bool(take.rank and take.rank.best),
            "clips": _clips(take, studio),
            "pictures": _pictures(take.clips, studio, fps),
        }
        for take in takes
    ]


def _score(score: Score, rank: Rank) -> dict[str, Any]:
    """`parts` are [name, value, whether no other take has more of it]."""
    return {
        "value": round(rank.value, 3),
        "says": score.explanation,
        "differs": rank.differs,
        "parts": [[name, round(part, 3), name in rank.most] for name, part in rank.parts.items()],
    }


def _pictures(clips: tuple[tuple[str, int], ...], studio: Studio, fps: int) -> list[str]:
    """Pictures of a take at even steps from near its beginning to near its end."""
    total = sum(frames for _, frames in clips)
    found = []
    for step in range(_TAKE_PICTURES):
        frame = round((step + 0.5) / _TAKE_PICTURES * total - 0.5)
        for key, frames in clips:
            if frame < frames:
                path = studio.cache.clip_path(key)
                found.append(studio.shelf.picture(path, TAKE_WIDTH, (frame + 0.5) / fps))
                break
            frame -= frames
    return found


def _job(job: RenderJob, studio: Studio) -> dict[str, Any]:
    progress = job.progress
    view: dict[str, Any] = {
        "id": job.id,
        "kind": job.kind,
        "label": job.label,
        "state": "cancelling" if job.busy and job.cancel.is_set() else job.state,
        "busy": job.busy,
        "message": job.message,
        "ahead": studio.queue.ahead(job) if job.state == "queued" else 0,
        "owner": job.owner,
        "doing": "",
        "format": job.out.suffix[1:] if job.out else "",
        "again": job.wish is not None,
        "ended": job.finished,
        "failed": {owner: why.for_page() for owner, why in job.failed.items()},
    }
    if progress is not None:
        view |= {
            "doing": progress.label,
            "done": progress.done,
            "total": progress.total,
            "fraction": round(progress.fraction, 4),
            "making": progress.owner,
            "writing": progress.clip_fraction if not progress.owner else 0,
        }
    if job.state == "running":
        view["clips"] = _parts(job, studio)
        left = job.pace.seconds_left(progress) if job.pace else None
        view["seconds_left"] = None if left is None else round(left, 1)
    live = job.live
    if live.shown and job.busy:
        view["live"] = f"{studio.shelf.live(live)}?n={live.shown}"
    return view


def _parts(job: RenderJob, studio: Studio) -> list[list[Any]]:
    """[owner, percent] of all that a job makes. Short, since it is sent again and again."""
    progress, parts = job.progress, list[list[Any]]()
    for owner, keys in job.owners.items():
        done = sum(map(studio.cache.has, keys))
        making = progress is not None and progress.owner == owner and done < len(keys)
        part = progress.clip_fraction if progress is not None and making else 0.0
        parts.append([owner, int(100 * (done + part) / len(keys))])
    return parts


def _film(film: Film, studio: Studio) -> dict[str, Any]:
    url = studio.shelf.file(film.path, film.name)
    return {
        "url": url,
        "name": film.name,
        "download": f"{url}?download=1",
        "kind": film.kind,
        "bytes": film.size,
        "made": film.made,
    }
