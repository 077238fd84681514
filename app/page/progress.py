"""How far the clips of a story are, as the page shows it."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from app.page.messages import (
    ClipView,
    ElsewhereView,
    FilmView,
    JobView,
    LikenessView,
    ProgressView,
    ScoreView,
    SearchView,
    Standing,
    TakeView,
)
from app.served.media_files import CARD_WIDTH, TAKE_WIDTH
from app.stories.sessions import Session
from app.work.ranked_takes import TakeState
from app.work.renders import RenderJob
from app.work.studio import Ends, OwnerState, Studio
from seine_core.evaluate.ranking import Rank, Score
from seine_core.imaging.similarity import DISSIMILAR
from seine_core.rates import Rate

_TAKE_PICTURES = 4


def progress_view(session: Session, studio: Studio, others: Sequence[Session] = ()) -> ProgressView:
    """How far the clips are: polled while something renders, so it reads no file's content."""
    answer = studio.next_answer()
    states, ends = studio.states(session), studio.ends(session)
    problem = studio.plan(session).problem if session.story.shots else None
    jobs = studio.queue.of(session.name)
    busy = [job for job in jobs if job.busy]
    shown = busy[0] if busy else (jobs[-1] if jobs else None)
    likeness = studio.likeness.of(session)
    videos = list(_films(session, studio))
    return ProgressView(
        answer=answer,
        story=session.name,
        rev=session.rev,
        states={owner: _standing(state, studio) for owner, state in states.items()},
        plan_problem=problem.for_page() if problem else "",
        to_make=sum(state.state in ("stale", "draft") for state in states.values()),
        ends={owner: _ends(frames, studio) for owner, frames in ends.items()},
        takes={
            owner: [_take(take, studio, session.story.settings.fps) for take in takes]
            for owner, takes in studio.takes.states(session).items()
        },
        likeness={
            owner: LikenessView(value=value, unlike=value is not None and value < DISSIMILAR)
            for owner, value in likeness.items()
        },
        comparing=None in likeness.values(),
        clips={owner: _clips(state, studio) for owner, state in states.items() if state.clips},
        job=shown and _job(shown, studio),
        waiting=max(0, len(busy) - 1),
        jobs=[_job(job, studio) for job in reversed(jobs)],
        others=[_elsewhere(job, other, studio) for other in others for job in _busy(other, studio)],
        changes=studio.queue.changes(session.name),
        interrupted=len(studio.interrupted(session)),
        seconds_to_render=_seconds_to_render(session, studio) if states and not busy else None,
        video=next((video for video in videos if video.kind in _SEEN), None),
        videos=videos,
        scenes=[
            SearchView(id=shot, message=message)
            for shot, message in studio.scenes.of(session).items()
        ],
        sound_works=[
            SearchView(id=what, message=message)
            for what, message in studio.sound_works.of(session).items()
        ],
    )


def _busy(session: Session, studio: Studio) -> list[RenderJob]:
    return [job for job in studio.queue.of(session.name) if job.busy and job.listed]


def _elsewhere(job: RenderJob, session: Session, studio: Studio) -> ElsewhereView:
    view = _job(job, studio).model_copy(update={"clips": None})  # of parts that are not on show
    return ElsewhereView(story=session.name, title=session.story.title, job=view)


_SEEN = ("mp4", "webm", "gif", "webp")  # in the page


def _seconds_to_render(session: Session, studio: Studio) -> float | None:
    seconds = studio.seconds_to_render(session, "mp4")
    return None if seconds is None else round(seconds, 1)


def _standing(state: OwnerState, studio: Studio) -> Standing:
    more: dict[str, Any] = {"job": state.job} if state.job else {}
    more |= {"weights": True} if state.weights else {}
    style = studio.style_chosen(state.clips[0][0]) if state.clips else ""
    more |= {"style": style} if style else {}
    return Standing(state=state.state, percent=state.percent, reason=state.reason, **more)


def _clips(state: OwnerState | TakeState, studio: Studio) -> list[ClipView]:
    clips = []
    for key, frames in state.clips:
        with contextlib.suppress(OSError):  # the cache is pruned by whoever uses it
            url = studio.shelf.file(studio.cache.clip_path(key), "clip.mp4")
            clips.append(ClipView(url=url, frames=frames))
    return clips


def _ends(ends: Ends, studio: Studio) -> list[str | None]:
    """Pictures of the two frames that a transition joins; None for one that is not made yet."""
    return [end and studio.shelf.picture(end[0], CARD_WIDTH, end[1]) for end in ends]


def _take(take: TakeState, studio: Studio, fps: Rate) -> TakeView:
    return TakeView(
        state=take.state,
        percent=take.percent,
        reason=take.reason,
        score=_score(take.score, take.rank) if take.score and take.rank else None,
        best=bool(take.rank and take.rank.best),
        clips=_clips(take, studio),
        pictures=_pictures(take.clips, studio, fps),
    )


def _score(score: Score, rank: Rank) -> ScoreView:
    return ScoreView(
        value=round(rank.value, 3),
        says=score.explanation,
        differs=rank.differs,
        parts=[(name, round(part, 3), name in rank.most) for name, part in rank.parts.items()],
    )


def _pictures(clips: tuple[tuple[str, int], ...], studio: Studio, fps: Rate) -> list[str]:
    """Pictures of a take at even steps from near its beginning to near its end."""
    total = sum(frames for _, frames in clips)
    found = []
    for step in range(_TAKE_PICTURES):
        frame = round((step + 0.5) / _TAKE_PICTURES * total - 0.5)
        for key, frames in clips:
            if frame < frames:
                path = studio.cache.clip_path(key)
                found.append(studio.shelf.picture(path, TAKE_WIDTH, (frame + 0.5) / float(fps)))
                break
            frame -= frames
    return found


def _job(job: RenderJob, studio: Studio) -> JobView:
    progress, live, state = job.progress, job.live, job.state
    busy = state in ("queued", "running")
    more: dict[str, Any] = {}
    if progress is not None:
        more |= {
            "done": progress.done,
            "total": progress.total,
            "fraction": round(progress.fraction, 4),
            "making": progress.owner,
            "writing": progress.clip_fraction if not progress.owner else 0,
        }
    if state == "running":
        left = job.pace.seconds_left(progress) if job.pace else None
        more |= {
            "clips": _parts(job, studio),
            "seconds_left": None if left is None else round(left, 1),
        }
    if live.shown and busy:
        more["live"] = f"{studio.shelf.live(live)}?n={live.shown}"
    return JobView(
        id=job.id,
        kind=job.kind,
        label=job.label,
        state="cancelling" if busy and job.cancel.is_set() else state,
        busy=busy,
        message=job.message,
        ahead=studio.queue.ahead(job) if state == "queued" else 0,
        owner=job.owner,
        doing=progress.label if progress is not None else "",
        format=(job.command or {}).get("format", ""),
        again=job.command is not None,
        ended=job.finished,
        failed={owner: error.for_page() for owner, error in job.failed.items()},
        **more,
    )


def _parts(job: RenderJob, studio: Studio) -> list[tuple[str, int]]:
    progress, parts = job.progress, list[tuple[str, int]]()
    for owner, keys in job.owners.items():
        done = sum(map(studio.cache.has, keys))
        making = progress is not None and progress.owner == owner and done < len(keys)
        part = progress.clip_fraction if progress is not None and making else 0.0
        parts.append((owner, int(100 * (done + part) / len(keys))))
    return parts


def _films(session: Session, studio: Studio) -> Iterator[FilmView]:
    for film in studio.films(session):
        with contextlib.suppress(FileNotFoundError):  # a newer one took its place
            url = studio.shelf.file(film.path, film.name)
            yield FilmView(
                url=url,
                name=film.name,
                download=f"{url}?download=1",
                kind=film.kind,
                bytes=film.size,
                made=film.made,
                outdated=studio.filmed.is_outdated(film, session.story),
            )
