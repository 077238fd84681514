"""The sound of a film: its mix, as loud as the story asks for."""

from collections.abc import Collection
from pathlib import Path

from seine_core.story.mix.loudness import gain_to, integrated_lufs
from seine_core.story.mix.mixer import Mix
from seine_core.story.mix.placing import place
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Story


def film_sound(
    story: Story, folder: Path, store: SoundStore, solo: Collection[str] = ()
) -> Mix | None:
    """What is heard of `story`, whose media are in `folder`; None of a film without any sound. With
    `solo` only these lanes are: ids of tracks, "" for the shots' own sound.

    Raises:
        BadInput: a file is missing or cannot be decoded.
        OSError: the store cannot be written.
    """
    score = place(story, folder, store.get)
    if not score.sounds:
        return None
    target = story.settings.loudness
    gain = 1.0 if target == "off" else gain_to(target, integrated_lufs(Mix(score).unlimited()))
    return Mix(score, gain, solo)
