"""The story as the page shows it.

Nothing here is markup. The page puts every text in place as text, whatever is in it.
"""

import contextlib
import os
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from app.page.catalogue import engines
from app.page.lettering import lettering
from app.page.messages import (
    CaptionView,
    EdgeView,
    FootageView,
    HeardView,
    ShotView,
    SoundView,
    StoryView,
    TrackView,
)
from app.page.versions import versions_view
from app.served.media_files import CARD_WIDTH, STAGE_WIDTH
from app.stories.sessions import Session
from app.work.films import file_words
from app.work.studio import Studio
from seine_core.errors import BadInput
from seine_core.media import video
from seine_core.story.captioning import subtitles_of
from seine_core.story.disk.storage import MEDIA_FOLDER, load_story, media_path
from seine_core.story.disk.subtitle_files import save_subtitles
from seine_core.story.film.captions import left_out
from seine_core.story.footage import Footage, footage
from seine_core.story.make.plan import edge_owner
from seine_core.story.model import Caption, CardSource, Shot, Transition, VideoSource
from seine_core.story.sound import SoundClip, Track
from seine_core.story.subtitles import KINDS, Kind
from seine_core.story.suggest import transition_prompt
from seine_core.story.takes import as_take

_LONGEST_S = 600.0  # that a shot may be
_PLAYED = {".mp4", ".mov", ".webm"}  # files that a browser may play by itself


def story_view(session: Session, studio: Studio, ack: int = 0) -> StoryView:
    """The whole story; the batches up to the number `ack` are done."""
    answer, story = studio.next_answer(), session.story
    return StoryView(
        answer=answer,
        story=session.name,
        rev=session.rev,
        ack=ack,
        title=story.title,
        sample=session.folder == studio.workspace.sample.folder,
        problem=session.problem,
        undo=bool(session.history.past),
        redo=bool(session.history.future),
        engines=engines(),
        revision=studio.pulse.address(session.name),
        scores=studio.pulse.address(session.name, "scores"),
        history=studio.pulse.address(session.name, "history"),
        sizes=studio.pulse.address(session.name, "sizes"),
        shots=_shots(session, studio),
        edges=[
            _edge(edge, *ends)
            for edge, ends in zip(story.edges(), pairwise(story.shots), strict=True)
        ],
        new_edges=story.new_edges,
        template=story.template,
        settings=story.settings,
        shots_channel=story.shots_channel,
        tracks=[_track(track, session, studio) for track in story.tracks],
        markers=story.markers,
        mix=studio.pulse.address(session.name, "mix"),
        total_s=float(story.total_s),
        subtitles=_subtitles(session, studio),
        elsewhere=versions_view(session, studio),
    )


def _edge(edge: Transition, left: Shot, right: Shot) -> EdgeView:
    return EdgeView(
        **dict(edge),
        owner=edge_owner(edge),
        suggestion=transition_prompt(left, right),
        present=_present(edge),
    )


def _present(element: Shot | Transition) -> int:
    take = as_take(element) if element.takes else None
    return element.takes.index(take) if take in element.takes else -1


def _shots(session: Session, studio: Studio) -> list[ShotView]:
    """Made anew only for shots that have changed since: a long story is answered as fast as a short
    one."""
    known, settings = session.shown, session.story.settings
    session.shown = {}
    for shot in session.story.shots:
        looks = settings.size, settings.fps, studio.shelf.edition
        made_of = shot, _identity(shot, session), looks
        before = known.get(shot.id)
        if before is None or before[0] != made_of:
            before = made_of, _shot(shot, session, studio)
        session.shown[shot.id] = before
    return [view for _, view in session.shown.values()]


def _identity(shot: Shot, session: Session) -> tuple[int, ...]:
    """Of the file that a shot shows; a replaced or missing one has another."""
    if isinstance(shot.source, CardSource):
        return ()
    try:
        stat = os.lstat(session.folder / MEDIA_FOLDER / shot.source.file)
    except OSError:
        return (0,)
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _shot(shot: Shot, session: Session, studio: Studio) -> ShotView:
    source = shot.source
    view: dict[str, Any] = {**dict(shot), "kind": source.kind, "present": _present(shot)}
    view["captions"] = tuple(_caption(caption, session, studio) for caption in shot.captions)
    if isinstance(source, CardSource):
        return ShotView(**view, colour=source.colour)
    at_s = subject_s = 0.0
    try:
        path = media_path(session.folder, source.file)
        if isinstance(source, VideoSource):
            at_s = source.offset_s
            subject_s = at_s if source.subject_s is None else source.subject_s
            view["video_s"] = 0.0
            if info := _video(path, path.stat().st_mtime_ns):
                shown = footage(shot, info.duration_s)
                at_s = shown.at_s(0.0, session.story.settings.fps)
                view["video_s"] = min(_LONGEST_S, shown.seconds)
                view["footage"] = _footage(source, shown, info, path, studio)
                if info.has_audio and not shown.held:
                    view["heard"] = _heard(shown, info, path, studio)
    except (BadInput, FileNotFoundError):
        return ShotView(**view, missing=f"{source.file}: the file is missing")
    path = studio.workspace.sample.original(path)
    return ShotView(
        **view,
        thumb=studio.shelf.picture(path, CARD_WIDTH, at_s, shot.orientation),
        picture=studio.shelf.picture(path, STAGE_WIDTH, at_s, shot.orientation),
        crop=studio.shelf.crop(path, session.story.settings.size, subject_s, shot.orientation),
    )


def _caption(caption: Caption, session: Session, studio: Studio) -> CaptionView:
    view = dict(caption)
    try:
        size = session.story.settings.size
        view["lettering"] = lettering(studio.shelf, caption, size, STAGE_WIDTH)
    except BadInput as error:
        view["unwritable"] = error.for_page()
    else:
        if lacking := left_out(caption.text):
            view["unwritable"] = f"Not in the film, as no font here has it: {lacking}"
    return CaptionView(**view)


def _subtitles(session: Session, studio: Studio) -> dict[Kind, str]:
    if not any(shot.captions for shot in session.story.shots):
        return {}
    folder, title = session.folder, file_words(session.story.title)

    def write(out: Path) -> None:
        save_subtitles(subtitles_of(load_story(folder)), out)

    return {
        kind: studio.shelf.made_anew((folder, kind), f".{kind}", f"{title}.{kind}", write)
        + "?download=1"
        for kind in KINDS
    }


@lru_cache(maxsize=4096)
def _video(path: Path, mtime_ns: int) -> video.VideoInfo | None:
    """What a video is; None for one that cannot be read."""
    try:
        return video.probe(path)
    except BadInput:
        return None


def _footage(
    source: VideoSource, shown: Footage, info: video.VideoInfo, path: Path, studio: Studio
) -> FootageView:
    played = path.suffix in _PLAYED
    return FootageView(
        file_s=info.duration_s,
        in_s=shown.in_s,
        out_s=shown.out_s,
        into_s=shown.into_s,
        end=shown.out_s > info.duration_s - 1e-3,
        speed=source.speed,
        reverse=source.reverse,
        freeze=source.freeze,
        frames=studio.shelf.frames(path, info.duration_s),
        file=studio.shelf.file(path, path.name) if played else None,
    )


def _heard(shown: Footage, info: video.VideoInfo, path: Path, studio: Studio) -> HeardView:
    """In seconds of the sound as it is played: at its tempo, and backwards from the file's end."""
    begin_s = info.duration_s - shown.out_s if shown.backwards else shown.in_s
    speed = float(shown.speed)
    return HeardView(
        peaks=studio.shelf.peaks(path, speed, info.duration_s if shown.backwards else None),
        from_s=(begin_s + shown.into_s) / speed,
        again_s=begin_s / speed,
    )


def _track(track: Track, session: Session, studio: Studio) -> TrackView:
    sounds = tuple(_sound(sound, track, session, studio) for sound in track.sounds)
    return TrackView(**{**dict(track), "sounds": sounds})


def _sound(sound: SoundClip, track: Track, session: Session, studio: Studio) -> SoundView:
    view = dict(sound)
    with contextlib.suppress(BadInput, OSError):  # without its file it is silent
        view["peaks"] = studio.shelf.peaks(media_path(session.folder, sound.file))
        if track.kind == "music":
            view["beats"] = f"{studio.pulse.address(session.name, 'beats')}?sound={sound.id}"
    return SoundView(**view)
