"""A story's shots laid on the beats of its music, out of its files."""

from pathlib import Path

from seine_core.errors import BadInput
from seine_core.media.sound import SAMPLE_RATE
from seine_core.media.video import probe
from seine_core.story.beat_edits import cut_to_beat
from seine_core.story.disk.media_store import Media
from seine_core.story.disk.storage import media_path
from seine_core.story.footage import footage
from seine_core.story.mix.beats import find_beats
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Shot, Story, VideoSource
from seine_core.story.templates import beat_of


def cut_as_template(story: Story, folder: Path, sounds: SoundStore) -> Story:
    """The story in `folder` with its cuts on the beat where its template wants that and there is
    music.

    Raises:
        BadInput: the music is damaged or has no beat.
        OSError: what is found out about it cannot be kept.
    """
    beat = beat_of(story)
    if beat is None:
        return story
    sound_id, every = beat
    stored = sounds.get(Media.of(media_path(folder, story.sound(sound_id)[1].file)))
    beats = [float(at_s) for at_s in find_beats(stored)]
    length_s, longest_s = stored.samples / SAMPLE_RATE, video_lengths(story, folder)
    return cut_to_beat(story, sound_id, beats, length_s, every=every, longest_s=longest_s)


def video_lengths(story: Story, folder: Path) -> dict[str, float]:
    """How long each video is that does not repeat, from where its shot begins."""

    def left(shot: Shot) -> float | None:
        source = shot.source
        if not isinstance(source, VideoSource) or shot.past_end == "loop":
            return None
        try:
            length_s = probe(media_path(folder, source.file)).duration_s
        except BadInput:  # it says so itself where it is shown
            return None
        return None if source.freeze else footage(shot, length_s).seconds

    found = ((shot.id, left(shot)) for shot in story.shots)
    return {shot_id: left_s for shot_id, left_s in found if left_s is not None}
