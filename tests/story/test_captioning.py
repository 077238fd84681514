"""Subtitles onto shots, and captions as subtitles, by a film whose times are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.captioning import shot_spans, subtitles_of, with_subtitles
from seine_core.story.model import (
    MAX_CAPTIONS,
    Caption,
    CardSource,
    ImageSource,
    RenderSettings,
    Story,
)
from seine_core.story.subtitles import Kind, Subtitle, parse_subtitles, write_subtitles


def film(*lengths: float, between: float = 1.0, fps: int = 10) -> Story:
    """Shots of these lengths, seconds, with transitions of the length `between`."""
    story = Story(settings=RenderSettings(fps=fps))
    for length in lengths:
        story = edits.insert(story, [ImageSource(file="a.png")], duration_s=length)
    for left, right in zip(story.shots, story.shots[1:], strict=False):
        story = edits.set_transition(story, left.id, right.id, duration_s=between)
    return story


Timed = list[tuple[str, float, float | None]]


def captions(story: Story) -> list[str | None]:
    """The words of each shot, a line for each caption."""
    return ["\n".join(one.text for one in shot.captions) or None for shot in story.shots]


def times(story: Story) -> list[Timed]:
    return [[(one.text, one.from_s, one.to_s) for one in shot.captions] for shot in story.shots]


def placed(story: Story, *subtitles: tuple[float, float, str]) -> tuple[list[str | None], str]:
    """The captions, and what is said."""
    found = with_subtitles(story, [Subtitle(*one) for one in subtitles])
    return captions(found.story), "; ".join(found.notes)


def test_transitions_lie_between_the_shots() -> None:
    assert shot_spans(film(2, 3, 1)) == [(0, 2), (3, 6), (7, 8)]
    assert shot_spans(film(2, 3, between=0)) == [(0, 2), (2, 5)]
    assert shot_spans(film(0.01)) == [(0, 0.1)], "at least one frame"
    assert shot_spans(film(2, 3, 1))[-1][1] == film(2, 3, 1).total_s


def test_a_subtitle_goes_to_the_shot_that_it_overlaps_most() -> None:
    assert placed(film(2, 3), (1.5, 3.2, "a"), (3.5, 5, "b")) == (["a", "b"], "")
    assert placed(film(2, 3), (1.8, 4, "a")) == ([None, "a"], "")


def test_a_long_one_stands_over_every_shot_that_it_covers_half_of() -> None:
    assert placed(film(2, 2, 2), (0.5, 7.1, "a")) == (["a", "a", "a"], "")
    assert placed(film(2, 2, 2), (0, 5.5, "a")) == (["a", "a", None], "")


def test_one_that_is_seen_in_a_transition_goes_to_the_nearest_shot_which_is_said() -> None:
    moved = "moved into the nearest shot, as transitions show none: "
    assert placed(film(2, 2), (2.1, 2.3, "a")) == (["a", None], moved + "2.1 s 'a'")
    assert placed(film(2, 2), (2.7, 2.9, "a")) == ([None, "a"], moved + "2.7 s 'a'")
    found = with_subtitles(film(2, 2), [Subtitle(2.1, 2.3, "a"), Subtitle(2.7, 2.9, "b")]).story
    assert times(found) == [[("a", 1.8, None)], [("b", 0.0, 0.2)]]


def test_several_in_one_shot_keep_their_times() -> None:
    found = with_subtitles(
        film(9, 9), [Subtitle(0, 1, "a"), Subtitle(1, 2.5, "b"), Subtitle(8, 9, "c")]
    )
    assert found.notes == ()
    assert times(found.story) == [[("a", 0, 1), ("b", 1, 2.5), ("c", 8, None)], []]
    instant = with_subtitles(film(2), [Subtitle(1, 1, "at once")]).story
    assert times(instant) == [[("at once", 1, 1.1)]], "a frame at least"


def test_what_goes_on_behind_a_transition_is_one_subtitle_again() -> None:
    story = with_subtitles(film(2, 2, 2), [Subtitle(1, 4, "a"), Subtitle(4, 5, "b")]).story
    assert times(story) == [[("a", 1, None)], [("a", 0, 1), ("b", 1, None)], []]
    assert subtitles_of(story) == (Subtitle(1, 4, "a"), Subtitle(4, 5, "b"))


def test_a_shot_takes_no_more_than_it_can_have() -> None:
    cues = [Subtitle(n / 10, n / 10 + 0.1, f"cue {n}") for n in range(MAX_CAPTIONS + 1)]
    found = with_subtitles(film(60), cues)
    assert len(found.story.shots[0].captions) == MAX_CAPTIONS
    assert found.notes == (f"left out, as a shot has at most 400: 40.0 s 'cue {MAX_CAPTIONS}'",)


def test_they_look_as_what_was_there() -> None:
    look = Caption(text="old", style="outline", colour="#ffee00", at=(0.5, 0.2), from_s=1)
    story = edits.set_shot(film(4), "shot-1", captions=[look])
    [shot] = with_subtitles(story, [Subtitle(0, 1, "a"), Subtitle(2, 4, "b")]).story.shots
    assert shot.captions == (
        look.model_copy(update={"text": "a", "from_s": 0.0, "to_s": 1.0}),
        look.model_copy(update={"text": "b", "from_s": 2.0, "to_s": None}),
    )


def test_what_does_not_fit_is_named() -> None:
    found, said = placed(film(9), (1, 2, "b" * 301), (2, 3, "c"), (9.5, 10, "d"))
    assert found == ["c"]
    assert "the film is not that long: 9.5 s 'd'" in said
    assert "at most 300 characters: 1.0 s 'bbb" in said


def test_as_much_as_a_caption_holds_fits() -> None:
    assert placed(film(9), (0, 1, "a" * 300)) == (["a" * 300], "")
    assert placed(film(9), (0, 1, "a" * 301))[0] == [None]


def test_captions_stay_where_they_were_and_titles_in_the_middle() -> None:
    story = film(2, 2, 2)
    story = edits.set_shot(story, "shot-1", captions=[Caption(text="old", place="centre")])
    story = edits.set_shot(story, "shot-2", source=CardSource())
    story = edits.set_shot(story, "shot-3", captions=[Caption(text="kept")])
    found = with_subtitles(story, [Subtitle(0, 2, "a"), Subtitle(3, 5, "b")]).story
    assert [one.place for shot in found.shots for one in shot.captions] == [
        "centre",
        "centre",
        "bottom",
    ]
    assert captions(found) == ["a", "b", "kept"]


def test_an_empty_story_takes_none() -> None:
    with pytest.raises(BadInput, match="it has no shots"):
        with_subtitles(Story(), [Subtitle(0, 1, "a")])


@pytest.mark.parametrize("kind", ["srt", "vtt"])
@given(
    shots=st.lists(st.tuples(st.floats(0.1, 9), st.sampled_from([None, "a", "b\nc"])), min_size=1),
    between=st.floats(0, 3),
    fps=st.integers(1, 60),
)
def test_exported_and_loaded_again_the_story_is_the_same(
    kind: Kind, shots: list[tuple[float, str | None]], between: float, fps: int
) -> None:
    story = film(*(length for length, _ in shots), between=between, fps=fps)
    for shot, (_, text) in zip(story.shots, shots, strict=True):
        if text:
            story = edits.set_shot(story, shot.id, captions=[Caption(text=text)])
    if any(captions(story)):
        file = write_subtitles(subtitles_of(story), kind)
        again = with_subtitles(story, parse_subtitles(file.encode()))
        assert (again.story, again.notes) == (story, ())
