"""Suggested prompts read as a person would write them, whatever the shots say."""

from itertools import pairwise
from pathlib import Path

import pytest

from seine_core.story.disk.storage import load_story
from seine_core.story.model import ImageSource, Shot
from seine_core.story.suggest import MAX_LETTERS, transition_prompt


def suggested(left: str, right: str, titles: tuple[str, str] = ("", "")) -> str:
    source = ImageSource(file="a.png")
    shots = [
        Shot(id=name, source=source, prompt=prompt, title=title)
        for name, prompt, title in zip("ab", (left, right), titles, strict=True)
    ]
    return transition_prompt(*shots)


@pytest.mark.parametrize(
    ("prompt", "scene"),
    [
        ("a red balloon over a meadow, pan right", "a red balloon over a meadow"),
        ("The harbour at dusk", "the harbour at dusk"),
        ("the harbour at dusk.", "the harbour at dusk"),
        ("masterpiece, best quality, a fox in the snow, 8k", "a fox in the snow"),
        ("Cinematic, highly detailed oil painting of a ship", "oil painting of a ship"),
        ("close-up of a sleeping cat", "a sleeping cat"),
        ("Wide angle shot of the old town", "the old town"),
        ("a slow pan over the roofs of Paris", "the roofs of Paris"),
        ("The camera zooms in, a lighthouse", "a lighthouse"),
        ("the camera pans left as a train arrives", "a train arrives"),
        ("static camera, waves", "waves"),
        ("a frying pan on a stove", "a frying pan on a stove"),
        ("a tilted house near the crane", "a tilted house near the crane"),
        ("A red balloon drifts over a sea", "a red balloon drifting over a sea"),
        ("a boy runs home", "a boy running home"),
        ("the moon rises", "the moon rising"),
        ("a train passes by", "a train passing by"),
        ("a dog lies in the sun", "a dog lying in the sun"),
        ("An owl flies, 24 fps", "an owl flying"),
        ("At dusk a lighthouse on a cliff", "a lighthouse on a cliff"),
        ("In a forest", "a forest"),
        ("in the early morning the streets are empty", "the streets are empty"),
        ("New York at night", "New York at night"),
        ("NASA engineers at work", "NASA engineers at work"),
        ("Eiffel Tower", "Eiffel Tower"),
        ("a car – slow motion", "a car"),
        ("  a   lake\n\n  calm ", "a lake"),
        ("夜の川", "夜の川"),
        ("x" * 200, "x" * MAX_LETTERS),
        ("a castle " + "and a very tall tower with a flag on the top of it " * 3, None),
    ],
)
def test_what_a_shot_shows(prompt: str, scene: str | None) -> None:
    line = suggested(prompt, "a clock")
    assert line.endswith(" to a clock, smooth transition") and line.startswith("from ")
    found = line.removeprefix("from ").removesuffix(" to a clock, smooth transition")
    assert found == scene or scene is None
    assert len(found) <= MAX_LETTERS and not found.endswith((" the", " of", " a", " and"))


@pytest.mark.parametrize(
    ("left", "right", "titles", "line"),
    [
        ("a", "b", ("", ""), "from a to b, smooth transition"),
        ("", "", ("", ""), ""),
        ("", "", ("Beach", "IMG_2041"), "from beach, smooth transition"),
        ("", "", ("DSC 0042", "Title card"), ""),
        ("4k", "zoom in", ("Old mill", "Dawn"), "from old mill to dawn, smooth transition"),
        ("", "the sea", ("", ""), "to the sea, smooth transition"),
        ("A lake, snow", "a lake, rain", ("", ""), "a lake, smooth transition"),
        ("<b>${a}</b>", "b", ("", ""), "from <b>${a}</b> to b, smooth transition"),
    ],
)
def test_both_shots(left: str, right: str, titles: tuple[str, str], line: str) -> None:
    assert suggested(left, right, titles) == line


def test_the_sample_story() -> None:
    shots = load_story(Path(__file__).parents[2] / "assets/sample_story").shots
    lines = [transition_prompt(a, b) for a, b in pairwise(shots)]
    assert lines[2] == (
        "from a red balloon drifting over a glittering sea at golden hour to a lighthouse on a "
        "rocky cliff sweeping its beam over a violet sea, smooth transition"
    )
    assert all(len(line) < 2 * MAX_LETTERS + 40 for line in lines)
