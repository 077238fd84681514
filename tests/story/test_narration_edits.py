"""Narrations as captions, and voices onto a story that has changed meanwhile."""

from seine_core.story import edits
from seine_core.story.model import CardSource, ImageSource, Story
from seine_core.story.narration_edits import Spoken, captioned_from_narration, with_voices


def story(*narrations: str) -> Story:
    made = Story()
    for text in narrations:
        made = edits.insert(made, [ImageSource(file="a.png")], narration=text)
    return made


def captions(made: Story) -> list[str]:
    return ["".join(one.text for one in shot.captions) for shot in made.shots]


def test_a_shot_is_captioned_with_its_narration() -> None:
    made = story("Said.", "", " Two\n lines. ")
    made = edits.set_shot(made, "shot-1", captions=[{"text": "Own"}])
    captioned, long = captioned_from_narration(made)
    assert captions(captioned) == ["Own", "", "Two lines."] and long == ()


def test_a_long_narration_ends_with_a_sentence() -> None:
    sentence = "This is said in fifty characters, or nearly so far. "
    captioned, long = captioned_from_narration(story(sentence * 9, "word " * 80, "短い文。" * 100))
    whole, none, other = captions(captioned)
    assert whole == (sentence * 5).strip() and none == "" and other == "短い文。" * 75
    assert long == ("shot-1", "shot-2", "shot-3")


def test_a_card_is_captioned_in_its_middle() -> None:
    made = edits.insert(Story(), [CardSource()], narration="The end.")
    (shot,) = captioned_from_narration(made)[0].shots
    assert [one.place for one in shot.captions] == ["centre"]


def test_words_that_changed_while_they_were_spoken_are_not_put_over_the_shot() -> None:
    made = with_voices(
        story("new", "same"),
        {
            "shot-1": Spoken("old", "a.wav", 1.0),
            "shot-2": Spoken("same", "b.wav", 1.0),
            "shot-9": Spoken("gone", "c.wav", 1.0),
        },
    ).story
    (track,) = made.tracks
    assert [sound.anchor for sound in track.sounds] == ["shot-2"]
