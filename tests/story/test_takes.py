"""Variations: what they differ in, and that one alone has the clips that the whole story has."""

import random
from pathlib import Path
from typing import Any

import pytest

from app_stories import write_story
from seine_core.engines import get_engine
from seine_core.engines.protocol import Capabilities
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.make.plan import make_plan
from seine_core.story.model import CardSource, Shot, Transition, VideoSource
from seine_core.story.takes import alone, as_take, variations

MODEL = Capabilities(
    name="model", title="Model", description="", version=1, tasks=frozenset({"transition"})
)
LAYERS = get_engine("layers").capabilities
EDGE = Transition(left="a", right="b", seed=7, prompt="rain")


def vary(wish: Any, engine: Capabilities, count: int = 4, **options: Any) -> list[Any]:
    return variations(wish, engine, count, random.Random(0), **options)


def test_a_model_gets_other_seeds_and_nothing_else() -> None:
    takes = vary(EDGE, MODEL)
    assert len({take.seed for take in takes}) == 4
    assert {take.model_copy(update={"seed": 7}) for take in takes} == {as_take(EDGE)}


def test_where_the_seed_shows_little_the_first_open_choice_varies_too() -> None:
    assert len({take.camera for take in vary(EDGE, LAYERS)}) == 4
    chosen = EDGE.model_copy(update={"camera": "zoom-in"})
    takes = vary(chosen, LAYERS)
    assert {take.camera for take in takes} == {"zoom-in"}
    assert len({take.style for take in takes}) == 4 and "auto" not in {t.style for t in takes}
    takes = vary(chosen.model_copy(update={"style": "iris"}), LAYERS)
    assert {(take.camera, take.style) for take in takes} == {("zoom-in", "iris")}
    assert len({take.strength for take in takes}) == 4
    worded = vary(EDGE.model_copy(update={"prompt": "the camera pans left"}), LAYERS)
    assert {take.camera for take in worded} == {"auto"}, "the prompt has chosen"


def test_a_locked_seed_stays_and_the_move_varies() -> None:
    takes = vary(EDGE, MODEL, keep_seed=True)
    assert {take.seed for take in takes} == {7} and len({take.camera for take in takes}) == 4


@pytest.mark.parametrize(
    ("wish", "engine", "says"),
    [
        (EDGE, get_engine("crossfade").capabilities, "same clip with every seed"),
        (Shot(id="a", source=CardSource()), LAYERS, "title card"),
        (Shot(id="a", source=VideoSource(file="v.mp4")), LAYERS, "look the same"),
    ],
)
def test_what_would_all_look_the_same_is_refused(wish: Any, engine: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        vary(wish, engine)


def test_a_take_alone_has_the_clips_of_the_whole_story(tmp_path: Path) -> None:
    story = write_story(tmp_path, engine="layers")
    story = edits.set_settings(story, fade_in_s=0.2, fade_out_s=0.3)
    whole = make_plan(story, tmp_path)
    owners = [*(shot.id for shot in story.shots), "shot-1>shot-2", "shot-2>shot-3"]
    for owner in owners:
        take = as_take(edits.element_of(story, owner))
        least = make_plan(alone(story, owner, take), tmp_path).only({owner})
        assert [s.key for s in least.timeline] == [
            s.key for s in whole.timeline if s.owner == owner
        ], owner
