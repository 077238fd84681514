"""The narrations of a story as sounds among its media."""

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from seine_core.clips import silent
from seine_core.errors import BadInput
from seine_core.media.sound import SAMPLE_RATE
from seine_core.story.disk.media_store import Media
from seine_core.story.disk.storage import add_sound, media_path
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Story
from seine_core.story.narration_edits import Narrated, Spoken, spoken_clip, with_voices
from seine_core.story.speech.voices import Voice


def narrate(
    story: Story, folder: Path, voice: Voice, sounds: SoundStore, *, lengthen: bool = False
) -> Narrated:
    """The story with each narration spoken; see `with_voices`.

    Raises:
        BadInput: the voice cannot speak.
        OSError: the folder cannot be written.
    """
    return with_voices(story, speak(story, folder, voice, sounds), lengthen=lengthen)


def speak(
    story: Story,
    folder: Path,
    voice: Voice,
    sounds: SoundStore,
    report: Callable[[int, int], object] = silent,
    only: Collection[str] | None = None,
) -> dict[str, Spoken]:
    """What is spoken over each shot that has a narration, by its id: as it is on a track already,
    or else made and put among the media in `folder`. `report` is called with how many are made of
    how many; what it raises stops it. With `only` it is these shots alone.

    Raises:
        BadInput: the voice cannot speak.
        OSError: the folder cannot be written.
    """
    found: dict[str, Spoken] = {}
    chosen = [shot for shot in story.shots if only is None or shot.id in only]
    with_words = [shot for shot in chosen if shot.narration.strip()]
    for n, shot in enumerate(with_words):
        report(n, len(with_words))
        clip = spoken_clip(story, shot.id)
        known = clip and clip.spoken == shot.narration and _known(clip.file, folder, sounds)
        if clip and known:
            lasts = min(known - clip.offset_s, clip.duration_s or known)
            found[shot.id] = Spoken(shot.narration, clip.file, lasts)
            continue
        try:
            file = _made(shot.narration, folder, voice)
        except BadInput as error:
            raise error.about(f"the narration of {shot.title or shot.id}") from None
        found[shot.id] = Spoken(shot.narration, file, _known(file, folder, sounds) or 0.0)
    return found


def _made(text: str, folder: Path, voice: Voice) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "voice.wav")
        voice.speak(text, out)
        return add_sound(folder, out)


def _known(file: str, folder: Path, sounds: SoundStore) -> float | None:
    """How long a sound is, seconds; None of one that is missing or damaged."""
    try:
        return sounds.get(Media.of(media_path(folder, file))).samples / SAMPLE_RATE
    except BadInput:
        return None
