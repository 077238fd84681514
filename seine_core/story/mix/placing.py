"""Where each sound of a story is heard, sample by sample.

Positions are samples, 48,000 a second: those of the film count from its first picture, those of a
file from its beginning. A sound belongs to its pictures: that of a shot starts with the sample in
which its first frame begins.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.media.sound import SAMPLE_RATE
from seine_core.media.video import probe
from seine_core.story.disk.media_store import Media
from seine_core.story.disk.storage import media_path
from seine_core.story.footage import footage
from seine_core.story.mix.store import StoredSound
from seine_core.story.model import RenderSettings, Shot, Story, VideoSource
from seine_core.story.sound import ShotSound, SoundClip, Track

SHOTS = ""  # the lane of the shots' own sounds; others have the ids of their tracks
# Where a sound is cut it cross-fades for 10 ms, so that nothing clicks; before the cut, so that
# what begins with it is heard in full.
_EDGE = SAMPLE_RATE // 100

Sounds = Callable[[Media, float], StoredSound]  # a file's at a tempo


@dataclass(frozen=True)
class Ramp:
    """A volume that rises from 0 to 1 between two samples of the film, or falls. Two sounds whose
    "power" ramps cross have together the power of one, two "linear" ones its amplitude."""

    start: int
    end: int
    rises: bool
    law: Literal["power", "linear"] = "linear"

    def at(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        share = np.clip((positions + 0.5 - self.start) / (self.end - self.start), 0, 1)
        share = share if self.rises else 1 - share
        gain = np.sin(share * (np.pi / 2)) if self.law == "power" else share
        return gain.astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A sound of a file at its place: the film's samples `start` … `end` are the file's from
    `offset` on. With `loop` = (first, behind the last) of the file's samples it repeats. Outside
    of its file, and from its sample `until` on, it is silent, or with `room_tone` as quiet as it
    ever is."""

    sound: StoredSound
    lane: str
    start: int
    end: int
    offset: int
    loop: tuple[int, int] | None = None
    until: int | None = None
    room_tone: bool = False
    volume: float = 1.0
    envelope: tuple[tuple[int, float], ...] = ()  # (sample of the film, volume)
    ramps: tuple[Ramp, ...] = ()

    def gain(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Its factor at samples of the film."""
        gain = np.full(len(positions), self.volume, np.float32)
        if self.envelope:
            at, volumes = zip(*self.envelope, strict=True)
            gain *= np.interp(positions, at, volumes).astype(np.float32)
        for ramp in self.ramps:
            gain *= ramp.at(positions)
        return gain


@dataclass(frozen=True)
class Lane:
    """What the mix does to the sounds of one lane."""

    volume: float
    duck_db: float
    is_voice: bool = False


@dataclass(frozen=True)
class Score:
    """All that is heard of a film of `samples`."""

    samples: int
    sounds: tuple[Heard, ...]
    lanes: dict[str, Lane]


@dataclass(frozen=True)
class Audible:
    """A file that is heard from `offset_s` on, and whose it is: a shot's, or "" for a track's."""

    owner: str
    media: Media
    offset_s: float
    name: str  # for people


def audible(story: Story, folder: Path) -> Iterator[Audible | tuple[str, BadInput]]:
    """The files that `story` needs for what is heard; instead of one that is missing or that cannot
    be looked into, its owner and why."""
    for shot in story.shots:
        if _is_heard(story, shot) and isinstance(shot.source, VideoSource):
            try:
                path = media_path(folder, shot.source.file)
                if probe(path).has_audio:
                    yield Audible(shot.id, Media.of(path), 0.0, f"the sound of {shot.source.file}")
            except BadInput as error:
                yield shot.id, error
    for track, sound in _on_tracks(story):
        name = f"{sound.title or sound.file} on {track.title or track.id}"
        try:
            path = media_path(folder, sound.file)
            yield Audible("", Media.of(path), sound.offset_s, name)
        except BadInput as error:
            yield "", error.about(name)


def place(story: Story, folder: Path, sounds: Sounds) -> Score:
    """What is heard of `story`, whose media are in `folder` and are looked up in `sounds`.

    Raises:
        BadInput: a file is missing or cannot be decoded.
    """
    rate = SAMPLE_RATE / Fraction(story.settings.fps)
    starts, frames = story.starts(), story.settings.frames
    bridges = [frames(edge.duration_s) for edge in story.edges()]
    total = round(story.total_frames * rate)
    found: list[Heard] = []
    for n, shot in enumerate(story.shots):
        if _is_heard(story, shot) and isinstance(shot.source, VideoSource):
            first, last = starts[shot.id], starts[shot.id] + max(1, frames(shot.duration_s))
            before = bridges[n - 1] if n else 0
            after = bridges[n] if n < len(bridges) else 0
            at = [round(frame * rate) for frame in (first - before, first, last, last + after)]
            path = media_path(folder, shot.source.file)
            if probe(path).has_audio:
                stored = sounds(Media.of(path), shot.source.speed)
                found.append(_of_shot(shot, path, stored, story.settings, at))
    for track, sound in _on_tracks(story):
        anchor = starts[sound.anchor] * rate if sound.anchor else Fraction(0)
        begins = round(anchor + Fraction(sound.start_s) * SAMPLE_RATE)
        stored = sounds(Media.of(media_path(folder, sound.file)), 1.0)
        found.append(_on_track(track.id, sound, stored, begins, total))
    lanes = {
        track.id: Lane(track.volume, track.duck_db, track.kind == "voice") for track in story.tracks
    }
    lanes[SHOTS] = Lane(story.shots_channel.volume, story.shots_channel.duck_db)
    kept = (replace(heard, end=min(heard.end, total)) for heard in found)
    return Score(total, tuple(h for h in kept if max(0, h.start) < h.end), lanes)


def _of_shot(
    shot: Shot, path: Path, sound: StoredSound, settings: RenderSettings, at: list[int]
) -> Heard:
    """The sound of a video, which comes at its shot's tempo. `at` are the samples in which the
    transition to its shot begins, its shot, the transition from it, and what follows that."""
    own, shown = shot.sound, footage(shot, probe(path).duration_s)
    has_out = isinstance(shot.source, VideoSource) and shot.source.end_s is not None

    def sample(file_s: float) -> int:
        return round(Fraction(file_s) / shown.speed * SAMPLE_RATE)

    begins, loop, until = sample(shown.in_s), None, None
    if shown.backwards:
        sound = replace(sound, backwards=True)
        begins = sound.samples - sample(shown.out_s)
    offset, frames = begins + sample(shown.into_s), shown.frames(settings.fps)
    period = round(frames * SAMPLE_RATE / Fraction(settings.fps))
    _, first, last, _ = at
    if shot.past_end == "loop":
        loop = begins, begins + period
    elif has_out and first + period < last:  # no more of the file than is seen of it
        until = begins + sample(shown.out_s - shown.in_s)
    start, end = (at[0], at[3]) if own.rings else (first, last)
    ramps: list[Ramp] = []
    if start < first:
        ramps.append(Ramp(start, first, rises=True, law="power"))
    elif offset or loop:
        start = first - _EDGE
        ramps.append(Ramp(start, first, rises=True))
    if end > last:
        ramps.append(Ramp(last, end, rises=False, law="power"))
    elif loop or own.room_tone or offset + last - first < sound.samples:
        ramps.append(Ramp(last - _EDGE, last, rises=False))
    if until is not None and until < sound.samples and not own.room_tone:
        ends = first + until - offset
        ramps.append(Ramp(ends - _EDGE, ends, rises=False))
    return Heard(
        sound=sound,
        lane=SHOTS,
        start=start,
        end=end,
        offset=offset + start - first,
        loop=loop,
        until=until,
        room_tone=own.room_tone,
        volume=own.volume,
        ramps=(*ramps, *_fades(own, first, last)),
    )


def _on_track(lane: str, clip: SoundClip, sound: StoredSound, start: int, total: int) -> Heard:
    """A sound of a track that begins to be heard at `start` of a film of `total` samples."""
    offset = min(round(Fraction(clip.offset_s) * SAMPLE_RATE), sound.samples)
    loop = (offset, sound.samples) if clip.loop and offset < sound.samples else None
    there = total - start if loop else sound.samples - offset
    if clip.duration_s is not None:
        there = min(there, round(Fraction(clip.duration_s) * SAMPLE_RATE))
    last = min(start + max(0, there), total)
    ramps = _fades(clip, start, last)
    heard = Heard(
        sound=sound,
        lane=lane,
        start=start,
        end=last,
        offset=offset,
        loop=loop,
        volume=clip.volume,
        envelope=tuple(
            (start + round(point.at_s * SAMPLE_RATE), point.volume) for point in clip.envelope
        ),
        ramps=ramps,
    )
    if offset and not loop and not clip.fade_in_s and start >= _EDGE:
        ramp = Ramp(start - _EDGE, start, rises=True)
        heard = replace(heard, start=ramp.start, offset=offset - _EDGE, ramps=(*heard.ramps, ramp))
    goes_on = loop is not None or offset + last - start < sound.samples
    if goes_on and not clip.fade_out_s and last < total:
        heard = replace(heard, ramps=(*heard.ramps, Ramp(last - _EDGE, last, rises=False)))
    return heard


def _fades(of: ShotSound | SoundClip, first: int, last: int) -> tuple[Ramp, ...]:
    """Its fades, no longer than it is."""
    rise, fall = (
        min(round(seconds * SAMPLE_RATE), last - first) for seconds in (of.fade_in_s, of.fade_out_s)
    )
    ramps = [Ramp(first, first + rise, rises=True)] if rise > 0 else []
    ramps += [Ramp(last - fall, last, rises=False)] if fall > 0 else []
    return tuple(ramps)


def _is_heard(story: Story, shot: Shot) -> bool:
    held = isinstance(shot.source, VideoSource) and shot.source.freeze  # which has no sound
    return not (held or story.shots_channel.muted or shot.sound.muted or not shot.sound.volume)


def _on_tracks(story: Story) -> Iterator[tuple[Track, SoundClip]]:
    for track in story.tracks:
        if not track.muted:
            yield from ((track, sound) for sound in track.sounds if sound.volume)
