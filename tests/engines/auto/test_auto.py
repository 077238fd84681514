"""What "auto" chooses for two stills, and that the clip is the one of that style."""

import numpy as np
import pytest

from engine_calls import animate, extend, transition
from seine_core.clips import Still
from seine_core.engines import get_engine, style_chosen
from seine_core.engines.auto import choice
from seine_core.engines.auto.choice import STYLE_WORDS, STYLES, choose
from seine_core.engines.auto.engine import Auto
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.engines.style_words import style_named
from seine_core.vision.faces import Box

WIDTH, HEIGHT = 192, 108
SPEC = ClipSpec(frames=25, width=WIDTH, height=HEIGHT, fps=24)


def texture(seed: int) -> Still:
    """Detail everywhere and a subject nowhere."""
    rng = np.random.default_rng(seed)
    colour = rng.integers(60, 190, 3)
    noise = rng.normal(0, 40, (HEIGHT // 2, WIDTH // 2, 1)).repeat(2, 0).repeat(2, 1)
    return (colour + noise).clip(0, 255).astype(np.uint8)


def subject(seed: int) -> Still:
    """One thing on a plain ground."""
    rng = np.random.default_rng(seed)
    still = np.full((HEIGHT, WIDTH, 3), rng.integers(40, 110, 3), np.uint8)
    thing = rng.integers(0, 2, (9, 9, 3)).repeat(3, 0).repeat(3, 1) * 255
    still[40:67, 60 + 20 * seed : 87 + 20 * seed] = thing
    return still


def test_one_scene_is_morphed() -> None:
    scene = texture(1)
    assert choose(scene, np.roll(scene, 6, axis=1), "", SPEC) == "morph"


def test_a_subject_is_gone_into_or_come_out_of() -> None:
    assert choose(subject(1), texture(2), "", SPEC) == "push"
    assert choose(texture(2), subject(1), "", SPEC) == "pull"


def test_the_camera_travels_only_where_no_face_is_in_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    views = texture(1), texture(2)
    assert choose(*views, "", SPEC) == "pull"  # nobody knows where faces are
    monkeypatch.setattr(choice, "faces_are_known", lambda: True)
    assert choose(*views, "", SPEC) == "travel"
    monkeypatch.setattr(choice, "faces", lambda image: (Box(0.1, 0.1, 0.3, 0.4),))
    assert choose(*views, "", SPEC) == "pull"


def test_a_short_one_is_a_whip() -> None:
    short = ClipSpec(frames=8, width=WIDTH, height=HEIGHT, fps=24)
    assert choose(subject(1), texture(2), "", short) == "whip-pan"


@pytest.mark.parametrize(
    ("words", "style"),
    [
        ("a light leak washes over", "glow"),
        ("Whip pan to the harbour", "whip-pan"),
        ("whip tilt up", "whip-tilt"),
        ("the caterpillar morphs into a butterfly", "morph"),
        ("slow dissolve", "film-dissolve"),
        ("a wipe to the right", "wipe-right"),
        ("wiping down the screen", "wipe-down"),
        ("the camera spins", "spin"),
        ("the camera zooms out", "pull"),
        ("panning right along the shore", "travel"),
        ("static camera", "film-dissolve"),
    ],
)
def test_words_choose(words: str, style: str) -> None:
    assert choose(subject(1), texture(2), words, SPEC) == style


@pytest.mark.parametrize(
    "words",
    [
        *("", "from a harbour to a forest, smooth transition", "the whisper of a swiper"),
        *("a glowing red balloon drifts over the sea", "a spinning wheel", "an iris in the rain"),
        *("day turns into night, revealing the city",),
    ],
)
def test_most_words_choose_nothing(words: str) -> None:
    assert style_named(words, STYLE_WORDS) is None


def test_what_is_set_comes_before_what_is_said() -> None:
    scenes = subject(1), texture(2)
    asked = ClipSpec(frames=25, width=WIDTH, height=HEIGHT, camera="roll-left")
    assert choose(*scenes, "a light leak", asked) == "spin"
    set_ = ClipSpec(frames=25, width=WIDTH, height=HEIGHT, camera="roll-left", style="iris")
    assert choose(*scenes, "a light leak", set_) == "iris"


def test_the_clip_is_that_of_the_style_chosen_and_says_so() -> None:
    scenes = [subject(1), texture(2)]
    engine, short = get_engine("auto"), ClipSpec(frames=5, width=WIDTH, height=HEIGHT, fps=6)
    request = Request(task="transition", given=scenes, spec=short)
    assert style_chosen(engine, request) == "push"
    made = transition(engine, *scenes, "", short)
    push = ClipSpec(frames=5, width=WIDTH, height=HEIGHT, fps=6, style="push")
    assert np.array_equal(made, transition(engine, *scenes, "", push))
    assert np.array_equal(made, transition(get_engine("camera"), *scenes, "", push))
    pinned = Request(task="transition", given=scenes, spec=push)
    assert style_chosen(engine, pinned) == ""  # there is nothing to choose
    assert style_chosen(get_engine("camera"), request) == ""


@pytest.mark.parametrize("style", STYLES)
def test_every_style_can_be_made_with_any_camera(style: str) -> None:
    spec = ClipSpec(frames=2, width=WIDTH, height=HEIGHT, style=style, camera="tilt-up")
    scenes = texture(1), texture(2)
    assert np.array_equal(transition(get_engine("auto"), *scenes, "", spec), np.stack(scenes))


def test_it_animates_and_extends_as_layers_does() -> None:
    spec = ClipSpec(frames=4, width=WIDTH, height=HEIGHT)
    still, layers, auto = subject(1), get_engine("layers"), get_engine("auto")
    moved = animate(auto, still, "", spec)
    assert np.array_equal(moved, animate(layers, still, "", spec))
    assert np.array_equal(extend(auto, moved, "", spec), extend(layers, moved, "", spec))


def test_its_clips_are_stale_when_an_engine_that_it_uses_draws_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import replace

    from seine_core.engines.morph.engine import Morph

    before = Auto().capabilities.version
    newer = replace(Morph.capabilities, version=Morph.capabilities.version + 1)
    monkeypatch.setattr(Morph, "capabilities", newer)
    assert Auto().capabilities.version != before
