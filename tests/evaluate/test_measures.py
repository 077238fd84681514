"""The measures that need no weights: anchors, values by hand, and clips of every odd kind."""

import math

import cv2
import numpy as np
import pytest

from seine_core.errors import BadInput
from seine_core.evaluate import measures
from seine_core.evaluate.measures import (
    MEASURES,
    SEAM_SHOWS,
    colour_drift,
    drift_curve,
    find_measure,
    join_sharpness,
    measure,
    seam,
    seam_jump,
    visible,
    warp_error,
)
from seine_core.evaluate.quality import transition_quality

PIXELS = [each.name for each in MEASURES if not each.needs_clip and each.name != "faces_cut"]
FACTS = {
    *("strange", "tangle", "detail", "motion_ratio", "warp_error", "colour_drift", "seam_jump")
}


def grey(value: int, side: int = 32) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)


def blotches(seed: int, height: int, width: int) -> np.ndarray:
    """A picture with texture of several sizes."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.integers(0, 256, (n, n, 3)).astype(np.float32), (width, height))
        for n in (6, 24, 64)
    ]
    return np.mean(layers, axis=0).astype(np.uint8)


def pan(frames: int = 4, step: int = 6, seed: int = 0) -> np.ndarray:
    """A camera that moves over one picture, whole pixels at a time, at the size that flow has."""
    wide = blotches(seed, 512, 512 + frames * step)
    return np.stack([wide[:, i * step : i * step + 512] for i in range(frames)])


def dissolve(a: np.ndarray, b: np.ndarray, frames: int) -> np.ndarray:
    share = np.linspace(0, 1, frames)[:, None, None, None]
    return np.round(a * (1 - share) + b * share).astype(np.uint8)


def test_the_table_names_each_measure_once_and_explains_it():
    names = [each.name for each in MEASURES]
    assert len(set(names)) == len(names) == 17
    for each in MEASURES:
        assert find_measure(each.name) is each
        assert each.title and each.formula.endswith(".") and ". " not in each.formula
        assert (each.better == "neither") == (each.name in FACTS)
        assert each.high is None or each.low < each.high
        assert each.needs_clip == each.name.startswith("clipsim")
    with pytest.raises(BadInput, match=r"received 'sharpness', allowed clipsim_text"):
        find_measure("sharpness")


def test_a_clip_that_stands_still_has_the_best_of_all():
    still = blotches(0, 40, 60)
    figures = measure(still, still, np.stack([still] * 3))
    figures.pop("faces_cut", None)  # where the detector is
    assert list(figures) == PIXELS
    assert figures == {
        "start_psnr": 100,
        "end_psnr": 100,
        "scene_mix": pytest.approx(0, abs=0.1),
        "scene_mix_worst": pytest.approx(0, abs=0.1),
        "jump": 1,
        "island": 0,
        "strange": pytest.approx(0, abs=0.2),
        "tangle": 0,
        "detail": 1,
        "motion_ratio": 1,
        "warp_error": 0,
        "colour_drift": 0,
        "seam_jump": 0,
    }


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 2), (16, 16)])
@pytest.mark.parametrize("frames", [2, 3])
def test_any_size_and_length_gives_figures_in_their_ranges(shape, frames, monkeypatch):
    monkeypatch.setattr(measures, "FLOW_SIDE", 64)
    clip = np.random.default_rng(0).integers(0, 256, (frames, *shape, 3), np.uint8)
    for name, value in measure(clip[0], clip[-1], clip).items():
        bounds = find_measure(name)
        assert math.isfinite(value)
        assert bounds.low <= value <= (math.inf if bounds.high is None else bounds.high)


def test_one_frame_is_no_transition():
    with pytest.raises(BadInput, match="two frames"):
        measure(grey(0), grey(0), grey(0)[None])


def test_more_noise_is_worse():
    clip = pan(3)
    noise = np.random.default_rng(0).normal(size=clip.shape)
    found = []
    for level in (0, 4, 12):
        noisy = (clip + level * noise).clip(0, 255).astype(np.uint8)
        figures = measure(clip[0], clip[-1], noisy)
        found.append([figures[name] for name in ("warp_error", "start_psnr", "end_psnr")])
    (error, *errors), *psnrs = zip(*found, strict=True)
    assert error < errors[0] < errors[1]
    assert all(best > middle > worst for best, middle, worst in psnrs)


def test_a_stronger_tint_is_a_worse_drift():
    still = blotches(0, 40, 60) // 2
    tints = [still + np.array([0, level, 0], np.uint8) for level in (0, 4, 12)]
    drifts = [colour_drift(still, still, [still, tint]) for tint in tints]
    assert 0 == drifts[0] < drifts[1] < drifts[2]


def test_shuffled_frames_are_less_consistent():
    clip = dissolve(blotches(0, 512, 512), blotches(1, 512, 512), 4)
    shuffled = clip[[0, 2, 1, 3]]  # steps of 2, 1 and 2 thirds
    assert warp_error(shuffled) > 2 * warp_error(clip)
    uneven, even = (transition_quality(clip[0], clip[-1], c) for c in (shuffled, clip))
    assert uneven.evenness > even.evenness == pytest.approx(1, abs=0.02)


def test_a_flicker_of_light_is_warp_error_by_hand():
    clip = np.stack([grey(100), grey(100), grey(151), grey(151)])
    assert warp_error(clip) == pytest.approx((51 / 255) ** 2 / 3, rel=1e-3)


def test_motion_alone_is_hardly_a_warp_error():
    moving = pan(3)
    faded = dissolve(moving[0], blotches(1, 512, 512), 4)
    assert warp_error(moving) < 1e-5 < 1e-4 < warp_error(faded)


def test_only_what_both_frames_show_is_compared():
    flow = np.zeros((40, 40, 2), np.float32)
    flow[..., 0] = 5  # all goes to the right: what is last has left
    assert visible(flow, -flow)[:, :35].all() and not visible(flow, -flow)[:, 35:].any()
    assert not visible(flow, flow).any()  # does not come back
    torn = flow.copy()
    torn[:, 20:, 0] = -5
    seen = visible(torn, -torn)
    assert not seen[:, 19:21].any() and visible(np.zeros_like(flow), np.zeros_like(flow)).all()


def test_colour_drift_by_hand():
    black, white = grey(0), grey(255)
    walk = [grey(v) for v in (0, 40, 200, 255)]
    assert colour_drift(black, white, walk) == pytest.approx(0, abs=0.1)
    # Beyond the line's end by the difference of two greys: L* of sRGB 128 is 53.585.
    assert colour_drift(black, grey(128), [black, white]) == pytest.approx(100 - 53.585, abs=0.1)
    # sRGB red is L* 53.24, a* 80.09, b* 67.20; the line of greys is L* alone.
    red = grey(0)
    red[..., 0] = 255
    away = math.hypot(80.09, 67.20)
    assert colour_drift(black, white, [black, red, white]) == pytest.approx(away, abs=0.2)
    assert colour_drift(black, black, [red]) == pytest.approx(math.hypot(53.24, away), abs=0.2)


def test_drift_curve_by_hand():
    assert drift_curve(grey(0), [grey(0), grey(128), grey(255)]) == pytest.approx(
        [0, 53.585, 100], abs=0.1
    )
    assert drift_curve(grey(0), []) == []


def test_seam_jump_by_hand():
    start, end = grey(0), grey(100)
    walk = [grey(v) for v in (0, 30, 40, 50, 60, 100)]
    assert seam_jump(start, end, walk) == pytest.approx(4)
    assert seam_jump(start, end, walk[1:-1]) == pytest.approx(4)  # the stills not held
    assert seam_jump(start, end, [grey(0), *walk]) == pytest.approx(4)  # and held for long
    assert seam_jump(start, end, [grey(v) for v in (0, 20, 40, 60, 80, 100)]) == pytest.approx(1)


def test_a_joint_that_is_coded_is_still_the_joint():
    noise = np.random.default_rng(0).integers(-1, 2, (32, 32, 3))
    coded = (grey(50) + noise).astype(np.uint8)
    walk = [grey(v) for v in (80, 90, 100, 110)]
    # Not the step into the coded still is measured, but the one that leaves it.
    assert seam_jump(grey(50), grey(120), [coded, *walk]) == pytest.approx(3, rel=0.02)


def test_a_wider_jump_is_a_worse_joint_and_a_cut_the_worst():
    start, end = grey(0), grey(200)
    jumps = [
        seam_jump(start, end, np.stack([grey(int(v)) for v in np.linspace(low, 200 - low, 6)]))
        for low in (30, 50, 80)
    ]
    cut = seam_jump(start, end, [start, start, end, end])
    assert jumps[0] < jumps[1] < jumps[2] < cut


def test_a_seam_of_one_flowing_clip_is_usual_and_a_cut_shows():
    moving = pan(12)
    assert seam(moving[:6], moving[6:]) == pytest.approx(1, abs=0.3)
    assert seam(moving[:6], pan(6, seed=1)) > 3 * SEAM_SHOWS
    assert seam(moving[:1], moving[:1]) == 0


def test_a_seam_shows_by_its_light():
    calm = np.stack([blotches(0, 64, 64) // 2 + 40] * 5)
    jumps = [seam(calm, calm + np.uint8(shift)) for shift in (0, 1, 4, 12)]
    assert jumps == sorted(jumps) and jumps[0] == 0
    assert jumps[1] < SEAM_SHOWS < jumps[3]
    # L* of sRGB 100 and 128 are 42.4 and 53.6; in clips that stand still one Lab unit counts as 1.
    assert seam([grey(100)], [grey(128)]) == pytest.approx(11.2, abs=0.2)


def test_what_goes_on_softer_shows_in_the_sharpness_at_the_join():
    last = blotches(0, 64, 96)
    found = [
        join_sharpness([grey(0), last], [cv2.GaussianBlur(last, (0, 0), blur) if blur else last])
        for blur in (0, 1, 3)
    ]
    assert found[0] == 1 > found[1] > found[2] > 0
    assert join_sharpness([grey(9)], [grey(9)]) == 1
    half = (last // 2 + 64).astype(np.uint8)
    assert join_sharpness([last], [half]) == pytest.approx(0.25, abs=0.02)  # half of each slope


def test_a_seam_needs_frames_on_both_sides():
    with pytest.raises(BadInput, match="without frames"):
        seam([], [grey(0)])
