"""Shots copied from one story into another, or into the same one again."""

from collections.abc import Iterable, Mapping
from itertools import count

from seine_core.story import edits
from seine_core.story.model import CardSource, Shot, Story
from seine_core.story.sound import Track
from seine_core.story.sound_edits import add_track


def copied(story: Story, shot_ids: Iterable[str]) -> Story:
    """Only these shots of a story, in its order, with the transitions between those that are
    neighbours, and the sounds that move with them.

    Raises:
        BadInput: no such shot.
    """
    chosen = {story.shot(shot_id).id for shot_id in shot_ids}
    tracks = (
        track.model_copy(
            update={"sounds": tuple(sound for sound in track.sounds if sound.anchor in chosen)}
        )
        for track in story.tracks
    )
    return Story(
        shots=tuple(shot for shot in story.shots if shot.id in chosen),
        transitions=tuple(edge for edge in story.edges() if {edge.left, edge.right} <= chosen),
        tracks=tuple(track for track in tracks if track.sounds),
    )


def pasted(
    story: Story, part: Story, *, before: str | None = None, files: Mapping[str, str] | None = None
) -> Story:
    """With the shots of `part`, which `copied` made, standing before the shot `before`, or last
    when None. Transitions that are as the story's new ones are stay unset. Sounds come onto the
    track that has the name and kind of theirs, or onto a new one.

    `files`: what media of `part` are called here, where that is something else.

    Raises:
        BadInput: no such shot, or there would be too many shots or tracks.
    """
    files = files or {}
    index = len(story.shots) if before is None else story.index(before)
    shots, names = list(story.shots), {}
    for offset, shot in enumerate(part.shots):
        names[shot.id] = edits.new_id("shot", (each.id for each in shots))
        shots.insert(index + offset, _renamed(shot, names[shot.id], files))
    edges = [
        edge.model_copy(update={"left": names[edge.left], "right": names[edge.right]})
        for edge in part.transitions
    ]
    new = [edge for edge in edges if edge != story.transition(edge.left, edge.right)]
    made = edits.with_fields(story, shots=tuple(shots), transitions=(*story.transitions, *new))
    for track in part.tracks:
        made = _with_sounds(made, track, names, files)
    return made


def _renamed(shot: Shot, shot_id: str, files: Mapping[str, str]) -> Shot:
    source = shot.source
    if not isinstance(source, CardSource) and source.file in files:
        source = source.model_copy(update={"file": files[source.file]})
    return shot.model_copy(update={"id": shot_id, "source": source})


def _with_sounds(
    story: Story, track: Track, names: Mapping[str, str], files: Mapping[str, str]
) -> Story:
    def alike(other: Track) -> bool:
        return (other.kind, other.title) == (track.kind, track.title)

    there = next((other for other in story.tracks if alike(other)), None)
    if there is None:
        kept = {name: getattr(track, name) for name in ("title", "volume", "muted", "duck_db")}
        story = add_track(story, track.kind, **kept)
        there = story.tracks[-1]
    taken = {sound.id for each in story.tracks for sound in each.sounds}
    free = (name for name in map("sound-{}".format, count(1)) if name not in taken)
    new = tuple(
        sound.model_copy(
            update={
                "id": next(free),
                "anchor": names[sound.anchor],
                "file": files.get(sound.file, sound.file),
            }
        )
        for sound in track.sounds
        if sound.anchor is not None
    )
    full = there.model_copy(update={"sounds": (*there.sounds, *new)})
    return edits.with_fields(
        story, tracks=tuple(full if each.id == full.id else each for each in story.tracks)
    )


def media_of(part: Story) -> list[str]:
    """The names of the media that the shots and sounds of a story are made of, each once."""
    sources = (shot.source for shot in part.shots)
    pictures = [source.file for source in sources if not isinstance(source, CardSource)]
    sounds = [sound.file for track in part.tracks for sound in track.sounds]
    return list(dict.fromkeys(pictures + sounds))
