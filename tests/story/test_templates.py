"""Templates: what pictures become in each kind of film."""

from typing import Any

import pytest

from seine_core.engines import get_engine
from seine_core.errors import BadInput
from seine_core.story import edits, sound_edits
from seine_core.story.model import CardSource, ImageSource, NewEdges, Story, VideoSource
from seine_core.story.naming import named_after
from seine_core.story.templates import TEMPLATES, beat_of, insert_media, template_of, with_template


def pictures(*names: str) -> list[tuple[Any, dict[str, Any]]]:
    return [
        (ImageSource(file=f"{name.lower()}.png"), {"title": name, "duration_s": 3.0})
        for name in names
    ]


def film(template: str, *names: str) -> Story:
    story = named_after(with_template(Story(), template), names)
    return insert_media(story, pictures(*names))


def words(story: Story) -> list[list[str]]:
    return [[caption.text for caption in shot.captions] for shot in story.shots]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_makes_a_film_that_the_engines_can_make(name: str) -> None:
    story = film(name, "Harbour", "Market", "Old town", "Cliff", "Beach")
    styles = get_engine("auto").capabilities.styles
    assert len([shot for shot in story.shots if shot.source.kind == "image"]) == 5
    assert all(edge.style in styles for edge in story.edges())
    assert story.total_s > 5 and template_of(story) is TEMPLATES[name]


def test_before_and_after_comes_in_pairs_wherever_pictures_come_in() -> None:
    story = film("before-after", "Old kitchen", "New kitchen", "Old bath", "New bath")
    assert words(story) == [["Before"], ["After"]] * 2
    assert [edge.style for edge in story.edges()] == ["wipe-right", "dip-to-black", "wipe-right"]
    assert {shot.focus for shot in story.shots} == {(0.5, 0.5)}
    story = insert_media(story, pictures("Old roof", "New roof"), before=story.shots[2].id)
    assert [shot.title for shot in story.shots[2:4]] == ["Old roof", "New roof"]
    assert words(story) == [["Before"], ["After"]] * 3
    assert [edge.style for edge in story.edges()][:4] == [
        *("wipe-right", "dip-to-black", "wipe-right", "dip-to-black")
    ]


def test_an_animatic_has_fixed_lengths_cuts_and_the_pictures_names() -> None:
    story = film("animatic", "Hero enters", "The door shuts")
    assert isinstance(story.shots[0].source, CardSource)
    assert words(story) == [
        *([story.title], ["Hero enters"], ["The door shuts"]),
    ]
    assert [shot.duration_s for shot in story.shots[1:]] == [2.0, 2.0]
    assert {edge.duration_s for edge in story.edges()} == {0.0}
    # One card is enough, and a video is no longer than a drawing, nor than itself.
    clips = [
        (VideoSource(file="a.mp4"), {"title": "", "duration_s": length}) for length in (9.0, 0.8)
    ]
    story = insert_media(story, clips)
    assert [shot.duration_s for shot in story.shots[3:]] == [2.0, 0.8]
    assert words(story)[3:] == [[], []]  # a name that says nothing is not shown


def test_a_reel_is_upright_and_shows_its_title_over_the_first_picture_alone() -> None:
    story = film("travel-reel", "IMG_1", "IMG_2", "IMG_3")
    assert story.settings.size == (720, 1280)
    assert words(story) == [["Title"], [], []]
    assert [edge.style for edge in story.edges()] == ["whip-pan", "push"]
    story = insert_media(story, pictures("Late"), before=story.shots[0].id)
    assert words(story)[0] == []


def test_only_what_differs_is_set_on_a_transition() -> None:
    story = film("travel-reel", "A", "B", "C")
    assert len(story.transitions) == 1  # the rest follows the story's new ones


def test_music_lays_the_cuts_of_a_music_video_on_its_beat() -> None:
    story = sound_edits.add_track(film("music-video", "A", "B"), "music")
    assert beat_of(story) is None
    story = sound_edits.add_sound(story, "track-1", "a.mp3")
    assert beat_of(story) == ("sound-1", 1)
    assert beat_of(edits.remove(story, [shot.id for shot in story.shots])) is None
    assert beat_of(story.model_copy(update={"template": "product"})) is None


def test_without_a_template_pictures_come_as_they_are() -> None:
    story = insert_media(Story(), pictures("A", "B"))
    assert [shot.duration_s for shot in story.shots] == [3.0, 3.0]
    assert words(story) == [[], []] and story.new_edges == NewEdges() and not story.transitions


def test_an_unknown_template_is_refused_and_one_in_a_file_is_none() -> None:
    with pytest.raises(BadInput, match="received 'opera', allowed travel-reel"):
        with_template(Story(), "opera")
    assert template_of(Story(template="opera")) is None
