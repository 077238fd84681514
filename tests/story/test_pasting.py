"""Shots copied from one story into another."""

import pytest

from seine_core.errors import BadInput
from seine_core.story import edits, sound_edits
from seine_core.story.many_edits import set_new_edges
from seine_core.story.model import CardSource, ImageSource, Story
from seine_core.story.pasting import copied, media_of, pasted


def story_of(shots: int) -> Story:
    return edits.insert(Story(), [CardSource()] * shots)


def test_shots_come_with_the_transitions_between_them() -> None:
    story = edits.set_transition(story_of(4), "shot-1", "shot-2", style="iris")
    part = copied(story, ["shot-4", "shot-2", "shot-1"])
    assert [shot.id for shot in part.shots] == ["shot-1", "shot-2", "shot-4"]
    assert [(edge.left, edge.right) for edge in part.transitions] == [("shot-1", "shot-2")]
    made = pasted(story_of(2), part, before="shot-2")
    assert [shot.id for shot in made.shots] == ["shot-1", "shot-3", "shot-4", "shot-5", "shot-2"]
    assert [edge.style for edge in made.edges()] == ["auto", "iris", "auto", "auto"]
    with pytest.raises(BadInput):
        copied(story, ["shot-9"])


def test_transitions_look_as_they_did_where_new_ones_look_different() -> None:
    part = copied(story_of(2), ["shot-1", "shot-2"])
    made = pasted(set_new_edges(Story(), style="iris"), part)
    assert [edge.style for edge in made.edges()] == ["auto"]
    same = pasted(Story(), part)
    assert same.transitions == (), "as new ones are, so they stay unset"


def test_sounds_move_with_them_and_media_may_have_other_names() -> None:
    story = edits.insert(story_of(1), [ImageSource(file="a.png")])
    story = sound_edits.add_track(story, "voice", title="Her", volume=0.5)
    for anchor in ("shot-2", None):
        story = sound_edits.add_sound(story, "track-1", "v.wav", anchor=anchor)
    part = copied(story, ["shot-2"])
    assert media_of(part) == ["a.png", "v.wav"]
    made = pasted(story_of(1), part, files={"a.png": "b.png", "v.wav": "w.wav"})
    [track] = made.tracks
    assert (track.kind, track.title, track.volume) == ("voice", "Her", 0.5)
    assert [(s.id, s.anchor, s.file) for s in track.sounds] == [("sound-1", "shot-2", "w.wav")]
    assert media_of(made) == ["b.png", "w.wav"]
    again = pasted(story, part)
    assert [(s.id, s.anchor) for s in again.tracks[0].sounds] == [
        ("sound-1", "shot-2"),
        ("sound-2", None),
        ("sound-3", "shot-3"),
    ]
