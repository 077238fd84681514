"""Narrations onto tracks and into captions: pure functions from a story to a new, validated story.

A shot has one spoken clip at most: it lies on a track of voices, is anchored to the shot, and says
in `spoken` which words it was made from.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seine_core.story import edits, sound_edits
from seine_core.story.caption import MAX_CAPTION
from seine_core.story.model import Caption, CardSource, Shot, Story
from seine_core.story.sound import SoundClip, Track

_LONGEST_S = 600.0  # of a shot
_SENTENCE = re.compile(r".+?(?:[.!?…]+[\"'”’»)]*(?=\s|$)|[。！？]+|$)", re.DOTALL)


@dataclass(frozen=True)
class Spoken:
    """Words as a sound: a file of the story's media that lasts `length_s`."""

    text: str
    file: str
    length_s: float


@dataclass(frozen=True)
class Narrated:
    """A story whose shots are spoken over; `too_short` are the seconds that shots lack for their
    words."""

    story: Story
    too_short: dict[str, float]


def with_voices(story: Story, spoken: Mapping[str, Spoken], *, lengthen: bool = False) -> Narrated:
    """With what is `spoken` over each shot, by its id, in place of what was before; on a track of
    voices, made if there is none. A shot whose narration is empty loses its clip, and one whose
    words have changed meanwhile keeps what it has. With `lengthen` shots last until their words are
    over."""
    too_short: dict[str, float] = {}
    for shot in story.shots:
        known, new = spoken_clip(story, shot.id), spoken.get(shot.id)
        if known and not shot.narration.strip():
            story = sound_edits.remove_sounds(story, [known.id])
        if new is None or new.text != shot.narration:
            continue
        if known is None:
            story, track = _voices_of(story)
            fields: dict[str, Any] = {"anchor": shot.id, "spoken": new.text, "title": _title(shot)}
            story = sound_edits.add_sound(story, track.id, new.file, **fields)
        elif (known.file, known.spoken) != (new.file, new.text):
            fields = {"spoken": new.text, "offset_s": 0.0, "duration_s": None, "envelope": ()}
            story = sound_edits.set_sound(story, known.id, file=new.file, **fields)
        lacking = (known.start_s if known else 0.0) + new.length_s - shot.duration_s
        if lacking > 0.5 / story.settings.fps:
            too_short[shot.id] = lacking
    for shot_id, lacking in too_short.items() if lengthen else ():
        fps, duration_s = story.settings.fps, story.shot(shot_id).duration_s + lacking
        frames = math.ceil(min(duration_s, _LONGEST_S) * fps - 1e-6)
        story = edits.set_shot(story, shot_id, duration_s=float(frames / fps))
    return Narrated(story, {} if lengthen else too_short)


def spoken_clip(story: Story, shot_id: str) -> SoundClip | None:
    """The clip that a shot is spoken over with."""
    for track in story.tracks:
        for sound in track.sounds:
            if track.kind == "voice" and sound.anchor == shot_id and sound.spoken:
                return sound
    return None


def captioned_from_narration(story: Story) -> tuple[Story, tuple[str, ...]]:
    """With the narration of each shot as its caption where it has none, and the shots, by their
    ids, whose narration is too long for one: they get the sentences from its beginning that are
    not, and none where the first is."""
    shots, long = list(story.shots), []
    for n, shot in enumerate(shots):
        words = " ".join(shot.narration.split())
        if shot.captions or not words:
            continue
        text = _beginning(words)
        if text != words:
            long.append(shot.id)
        if text:
            place = "centre" if isinstance(shot.source, CardSource) else "bottom"
            caption = edits.validated(Caption, {"text": text, "place": place})
            shots[n] = shot.model_copy(update={"captions": (caption,)})
    return edits.with_fields(story, shots=tuple(shots)), tuple(long)


def _beginning(words: str) -> str:
    """As many whole sentences as a caption can have."""
    end = 0
    for sentence in _SENTENCE.finditer(words):
        if sentence.end() > MAX_CAPTION:
            break
        end = sentence.end()
    return words[:end].strip()


def _voices_of(story: Story) -> tuple[Story, Track]:
    for track in story.tracks:
        if track.kind == "voice":
            return story, track
    story = sound_edits.add_track(story, "voice", title="Narration")
    return story, story.tracks[-1]


def _title(shot: Shot) -> str:
    return f"Voice of {shot.title}"[:200] if shot.title else "Voice"
