"""Subtitles onto shots, and captions as subtitles, by a film whose times are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.captioning import shot_spans, subtitles_of, with_subtitles
from seine_core.story.model import Caption, CardSource, ImageSource, RenderSettings, Story
from seine_core.story.subtitles import Kind, Subtitle, parse_subtitles, write_subtitles


def film(*lengths: float, between: float = 1.0, fps: int = 10) -> Story:
    """Shots of these lengths, seconds, with transitions of the length `between`."""
    story = Story(settings=RenderSettings(fps=fps))
    for length in lengths:
        story = edits.insert(story, [ImageSource(file="a.png")], duration_s=length)
    for left, right in zip(story.shots, story.shots[1:], strict=False):
        story = edits.set_transition(story, left.id, right.id, duration_s=between)
    return story


def captions(story: Story) -> list[str | None]:
    return [shot.caption and shot.caption.text for shot in story.shots]


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


def test_one_that_is_seen_in_a_transition_goes_to_the_nearest_shot() -> None:
    assert placed(film(2, 2), (2.1, 2.3, "a")) == (["a", None], "")
    assert placed(film(2, 2), (2.7, 2.9, "a")) == ([None, "a"], "")
    assert placed(film(2, 2), (1, 1, "at once")) == (["at once", None], "")


def test_several_in_one_shot_become_its_lines_which_is_said() -> None:
    assert placed(film(9, 9), (0, 1, "a"), (1, 2, "b"), (2, 3, "a")) == (
        ["a\nb", None],
        "subtitles seen all at once: 2 in shot 1",
    )


def test_what_does_not_fit_is_named() -> None:
    found, said = placed(film(9), (0, 1, "a" * 290), (1, 2, "b" * 20), (2, 3, "c"), (9.5, 10, "d"))
    assert found == ["a" * 290 + "\nc"]
    assert "the film is not that long: 9.5 s 'd'" in said
    assert f"at most 300 characters: 1.0 s '{'b' * 20}'" in said


def test_as_much_as_a_caption_holds_fits() -> None:
    assert placed(film(9), (0, 1, "a" * 300)) == (["a" * 300], "")
    assert placed(film(9), (0, 1, "a" * 301))[0] == [None]


def test_captions_stay_where_they_were_and_titles_in_the_middle() -> None:
    story = film(2, 2, 2)
    story = edits.set_shot(story, "shot-1", caption=Caption(text="old", place="centre"))
    story = edits.set_shot(story, "shot-2", source=CardSource())
    story = edits.set_shot(story, "shot-3", caption=Caption(text="kept"))
    found = with_subtitles(story, [Subtitle(0, 2, "a"), Subtitle(3, 5, "b")]).story
    assert [shot.caption and shot.caption.place for shot in found.shots] == [
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
            story = edits.set_shot(story, shot.id, caption=Caption(text=text))
    if any(captions(story)):
        file = write_subtitles(subtitles_of(story), kind)
        again = with_subtitles(story, parse_subtitles(file.encode()))
        assert (again.story, again.notes) == (story, ())
