"""What is spoken in a sound, as subtitles: faster-whisper, where it and its weights are here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import silent
from seine_core.errors import BadInput, MissingWeights, Wording
from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.story.mix.film_sound import film_sound
from seine_core.story.mix.placing import SHOTS
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Story
from seine_core.story.subtitles import Subtitle
from seine_core.weights.store import path
from seine_core.weights.weight_file import reading

_RATE = 16_000  # what the network hears
_STEP = SAMPLE_RATE // _RATE
_PART_S = 300  # seconds that are listened to at a time
_SEARCHED_S = 15  # at a part's end, for a quiet place to cut
_MOST_CHARACTERS = 84  # of a subtitle: two lines
_LONGEST_S, _PAUSE_S = 6.0, 0.8  # of a subtitle, and between two
_ENDS = (".", "!", "?", "…", "。", "！", "？")

Samples = NDArray[np.float32]  # [n] at _RATE


@dataclass(frozen=True)
class Word:
    """A word that is heard, seconds."""

    start_s: float
    end_s: float
    text: str


def missing_hearing() -> BadInput | None:
    """Why nothing can be heard here, and what to do; None where it can."""
    if find_spec("faster_whisper") is None:
        advice = Wording("run `pip install -r requirements-voice.txt`", "install them")
        return BadInput("its packages are not installed", subject="Whisper", advice=advice)
    try:
        path("whisper")
    except MissingWeights as error:
        return error
    return None


def heard_captions(
    sound: Iterable[Sound], report: Callable[[float], object] = silent
) -> tuple[Subtitle, ...]:
    """What is spoken in a sound as subtitles, at most two lines each, timed in it. `report` is
    called with how many seconds were listened to; what it raises stops it.

    Raises:
        BadInput: faster-whisper is not installed, or its weights are missing or damaged.
    """
    if (fault := missing_hearing()) is not None:
        raise fault
    model, found, at_s = _model(path("whisper")), list[Word](), 0.0
    for part in _parts(sound):
        report(at_s)
        found += [Word(at_s + w.start_s, at_s + w.end_s, w.text) for w in _words(model, part)]
        at_s += len(part) / _RATE
    return as_subtitles(found)


def heard_in_film(
    story: Story, folder: Path, sounds: SoundStore, report: Callable[[float], object] = silent
) -> tuple[Subtitle, ...]:
    """What is spoken in a film, by its shots and its voices, as subtitles timed in it. Music and
    effects are not listened to: the network would hear words in songs.

    Raises:
        BadInput: as `heard_captions`, or a sound is missing or damaged.
    """
    spoken = [SHOTS, *(track.id for track in story.tracks if track.kind == "voice")]
    mix = film_sound(story, folder, sounds, spoken)
    return heard_captions(mix.blocks() if mix else (), report)


def as_subtitles(words: Iterable[Word]) -> tuple[Subtitle, ...]:
    """Words as subtitles, which end with a sentence, before a pause, or where they get too long."""
    groups: list[list[Word]] = []
    for word in words:
        group = groups[-1] if groups else []
        is_new = not group or (
            word.start_s - group[-1].end_s > _PAUSE_S
            or group[-1].text.endswith(_ENDS)
            or word.end_s - group[0].start_s > _LONGEST_S
            or len("".join(w.text for w in (*group, word)).strip()) > _MOST_CHARACTERS
        )
        if is_new:
            groups.append([word])
        else:
            group.append(word)
    subtitles = (
        Subtitle(g[0].start_s, g[-1].end_s, "".join(w.text for w in g).strip()) for g in groups
    )
    return tuple(one for one in subtitles if one.text and one.end_s > one.start_s)


def _model(folder: Path) -> Any:
    from faster_whisper import WhisperModel

    with reading(folder, "model"):
        return WhisperModel(str(folder), local_files_only=True)


def _words(model: Any, part: Samples) -> Iterator[Word]:
    segments, _ = model.transcribe(
        part,
        word_timestamps=True,
        vad_filter=True,  # in silence it would hear words that nobody says
        condition_on_previous_text=False,  # and say one sentence again and again
        temperature=0.0,  # the same sound, the same words
    )
    for segment in segments:
        for word in segment.words or ():
            yield Word(float(word.start), float(word.end), str(word.word))


def _parts(sound: Iterable[Sound]) -> Iterator[Samples]:
    """The sound in mono at `_RATE` in parts, cut where it is quiet."""
    rest = np.zeros(0, np.float32)
    for piece in sound:
        rest = np.concatenate([rest, piece.mean(axis=1)])
        while len(rest) >= _PART_S * SAMPLE_RATE:
            cut = _quiet(rest[: _PART_S * SAMPLE_RATE])
            yield _thinned(rest[:cut])
            rest = rest[cut:]
    if len(rest) >= _STEP:
        yield _thinned(rest)


def _quiet(part: Samples) -> int:
    """The middle of the quietest fifth of a second near the end, in whole samples at `_RATE`."""
    step = SAMPLE_RATE // 5
    tail = part[-_SEARCHED_S * SAMPLE_RATE :]
    power = np.square(tail[: len(tail) // step * step]).reshape(-1, step).mean(axis=1)
    at = len(part) - len(tail) + int(power.argmin()) * step + step // 2
    return at // _STEP * _STEP


def _thinned(part: Samples) -> Samples:
    whole = part[: len(part) // _STEP * _STEP]
    thinned: Samples = whole.reshape(-1, _STEP).mean(axis=1)
    return thinned
