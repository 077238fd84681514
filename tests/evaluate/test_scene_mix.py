"""Figures of how two scenes are mixed: anchors, values by hand, and what a viewer would say."""

import importlib.util
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from mixed_scenes import cut, dissolve, scene, torn, whip, wipe
from seine_core.errors import BadInput
from seine_core.evaluate import cut_faces
from seine_core.evaluate.cut_faces import faces_cut
from seine_core.evaluate.scene_mix import ClipMix, Scenes, cut_in, scene_mix
from seine_core.vision.faces import Box

A, B = scene("01"), scene("05")
CLIPS = {"wipe": wipe, "dissolve": dissolve, "torn": torn, "cut": cut, "whip": whip}
MEASURED_ELSEWHERE = next(
    (
        file
        for parent in Path(__file__).parents
        if (file := parent / "shared/tools/scene_mix.py").is_file()
    ),
    None,
)


@cache
def mix(name: str) -> ClipMix:
    return scene_mix(A, B, CLIPS[name](A, B, 6))


def test_a_clip_that_stands_still_has_the_best_of_all() -> None:
    still = scene_mix(A, A, np.stack([A] * 3)).figures
    assert (still["tangle"], still["shreds"], still["island"], still["jump"]) == (0, 0, 0, 1)
    assert still["scene_mix"] == 0.6 * still["strange"] < 0.1
    for name in CLIPS:
        figures = mix(name).figures
        assert all(figures[each] >= still[each] - 0.05 for each in figures), name


def test_a_cut_has_every_change_in_one_step() -> None:
    assert mix("cut").jump == pytest.approx(5) and mix("cut").cut == 3
    assert mix("cut").figures["scene_mix"] < 0.1, "which says nothing of it"


def test_the_edge_of_a_straight_wipe_has_the_length_of_the_frame() -> None:
    checks = np.indices((216, 384)).sum(0) // 24 % 2
    bright = np.stack([150 + 90 * checks, 60 * checks, 30 * checks], axis=2).astype(np.uint8)
    dark = np.stack([20 * checks, 40 + 40 * checks[::-1], 90 + 20 * checks], axis=2)
    dark = dark.astype(np.uint8)
    middle = Scenes(bright, dark).look(wipe(bright, dark, 3)[1])
    assert middle.tangle == pytest.approx(1, abs=0.2)
    assert middle.u == pytest.approx(0.6 * middle.strange + middle.tangle)
    assert middle.shreds == pytest.approx((1 - middle.strange) * middle.tangle)


def test_a_collage_of_shreds_is_worse_than_a_wipe_and_a_dissolve() -> None:
    for figure in ("scene_mix", "scene_mix_worst", "tangle", "shreds"):
        for better in ("wipe", "dissolve", "whip"):
            assert mix("torn").figures[figure] > 2 * mix(better).figures[figure], (figure, better)
    assert mix("dissolve").figures["strange"] > 2 * mix("wipe").figures["strange"]


def test_only_a_cut_is_called_one() -> None:
    assert [name for name in CLIPS if mix(name).cut is not None] == ["cut"]
    moving = [8.0] * 20
    assert cut_in([*moving, 40.0, *moving]) == 21
    assert cut_in([*moving, 12.0, 30.0, 40.0, 28.0, 12.0, *moving]) is None, "a fast move"
    assert cut_in([0.0, 1.0, 0.0]) is None, "too little to be seen"
    assert cut_in([]) is None and cut_in([30.0]) is None


def test_what_lies_detached_in_the_other_scene_is_an_island() -> None:
    def frame(*boxes: tuple[int, int, int, int]) -> np.ndarray:
        made = A.copy()
        for top, left, bottom, right in boxes:
            made[top:bottom, left:right] = B[top:bottom, left:right]
        return made

    scenes = Scenes(A, B)
    half, patch = (0, 200, 216, 384), (60, 40, 132, 136)
    assert scenes.look(frame(half)).island == 0
    assert scenes.look(frame(patch)).island == 0, "all there is of a scene, as by an iris"
    found = scenes.look(frame(half, patch)).island
    assert found == pytest.approx(72 * 96 / (216 * 384), rel=0.35)


@pytest.mark.parametrize("shape", [(1, 1), (5, 2), (16, 16)])
@pytest.mark.parametrize("frames", [2, 3])
def test_any_size_and_length_has_figures(shape: tuple[int, int], frames: int) -> None:
    clip = np.random.default_rng(0).integers(0, 256, (frames, *shape, 3), np.uint8)
    figures = scene_mix(clip[0], clip[-1], clip).figures
    assert all(np.isfinite(value) and value >= 0 for value in figures.values())
    with pytest.raises(BadInput, match="two frames"):
        scene_mix(clip[0], clip[0], clip[:1])


def test_the_same_clip_has_the_same_figures() -> None:
    frame = dissolve(A, B, 3)[1]
    assert Scenes(A, B).look(frame) == Scenes(A, B).look(frame.copy())


def test_of_a_long_clip_some_frames_are_looked_at_and_every_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seine_core.evaluate.scene_mix.MOST_FRAMES", 3)
    for frames, at in ((2, ()), (5, (1, 2, 3)), (8, (1, 3, 5))):
        found = scene_mix(A, A, [A] * frames)
        assert found.at == at and len(found.frames) == len(at) and found.worst("u") in (0, *at)
        assert len(found.changes) == frames - 1


@pytest.mark.skipif(MEASURED_ELSEWHERE is None, reason="the first measurements are not here")
def test_it_agrees_with_the_figures_that_the_eye_was_held_against() -> None:
    spec = importlib.util.spec_from_file_location("first_scene_mix", MEASURED_ELSEWHERE)
    first = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(first)
    clip = CLIPS["torn"](A, B, 6)
    start, end, *frames = (cv2.cvtColor(frame, cv2.COLOR_RGB2BGR) for frame in (A, B, *clip))
    there, here = first.score(start, end, frames), mix("torn").figures
    for theirs, ours in (
        ("U", "scene_mix"),
        ("worst", "scene_mix_worst"),
        ("strange", "strange"),
        ("tangle", "tangle"),
        ("jump", "jump"),
    ):
        assert here[ours] == pytest.approx(there[theirs], rel=0.12, abs=0.04), theirs


def test_a_face_of_both_scenes_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    at = {"middle": Box(0.4, 0.3, 0.6, 0.7), "left": Box(0.1, 0.3, 0.3, 0.7)}
    half = A.copy()
    half[:, 192:] = B[:, 192:]
    scenes, clip = Scenes(A, B), [A, half, B]
    monkeypatch.setattr(cut_faces, "weights_of", lambda part: None)
    assert faces_cut(scenes, clip) is None, "nobody knows"
    monkeypatch.setattr(cut_faces, "weights_of", lambda part: Path(part))
    for found, fraction in (([], 0), ([at["left"]], 0), ([at["left"], at["middle"]], 1)):
        monkeypatch.setattr(cut_faces, "faces", lambda frame, found=found: tuple(found))
        assert faces_cut(scenes, clip) == fraction
    assert faces_cut(scenes, [A, B]) == 0
