"""A small clip at other moments than those that it was made at."""

from dataclasses import replace

import numpy as np
import pytest

from seine_core.engines.seine.retime import gently, retimed
from seine_core.pipeline.origins import Origin, Source


@pytest.mark.parametrize("frames", [2, 3, 16, 121])
def test_the_way_is_begun_and_ended_gently(frames: int):
    way = gently(frames)
    assert way[0] == 0 and way[-1] == 1
    assert np.allclose(way, 1 - way[::-1])
    steps = np.diff(way) * (frames - 1)
    assert steps.min() > 0 and steps.max() < 1.12
    if frames > 100:
        assert steps[0] < 0.05
        assert np.diff(steps).max() < 0.2


def clip(frames: int):
    """A steady way over a clip whose brightness is its time, in tens."""
    small = np.stack([np.full((6, 8, 3), 10 * i, np.uint8) for i in range(frames)])
    last = frames - 1

    def source(at: int, i: int) -> Source:
        way = np.full((3, 4, 2), 0.02 * (at - i), np.float32)
        share = np.full((3, 4), i / last if at else 1 - i / last, np.float32)
        return Source(at=at, flow=way, weight=share)

    origins = {
        i: Origin(
            sources=(source(0, i), source(last, i)), variance=np.full((3, 4), 0.1, np.float32)
        )
        for i in range(1, last)
    }
    return small, origins


@pytest.mark.parametrize("frames", [3, 9])
def test_at_its_own_moments_it_is_as_it_was(frames: int):
    small, origins = clip(frames)
    again, found = retimed(small, origins, np.linspace(0, 1, frames))
    assert np.array_equal(np.stack(list(again)), small)
    assert found.keys() == origins.keys()
    for i, origin in origins.items():
        for one, other in zip(found[i].sources, origin.sources, strict=True):
            assert one.at == other.at
            assert np.allclose(one.flow, other.flow, atol=1e-6)
            assert np.allclose(one.weight, other.weight, atol=1e-6)


def test_between_its_frames_the_way_goes_on_evenly():
    small, origins = clip(9)
    frames, found = retimed(small, origins, np.linspace(0, 1, 33))
    assert np.abs(np.stack(list(frames))[:, 0, 0, 0] - 2.5 * np.arange(33)).max() <= 0.5
    for i in range(1, 32):
        before, after = found[i].sources
        assert (before.at, after.at) == (0, 32)
        assert np.allclose(before.flow, -0.02 * i / 4, atol=1e-6)
        assert np.allclose(after.flow, 0.02 * (32 - i) / 4, atol=1e-6)
        assert np.allclose(after.weight, i / 32, atol=0.05)
        assert np.allclose(before.weight + after.weight, 1)
    assert found[2].variance.mean() == pytest.approx(0.05)  # given frames miss nothing


def test_an_edge_that_moves_stays_one_edge():
    """Halfway between two frames it is halfway, and not once where it was and once where it is
    going."""
    x = np.arange(64, dtype=np.float32)
    small, origins = clip(9)

    def edge(i: float):
        share = 1 / (1 + np.exp((64 - 8 * i - x) / 1.5))
        return np.broadcast_to(share, (3, 64)).astype(np.float32)

    for i, origin in origins.items():
        before, after = (
            replace(source, weight=share)
            for source, share in zip(origin.sources, (1 - edge(i), edge(i)), strict=True)
        )
        origins[i] = replace(origin, sources=(before, after))
    _, found = retimed(small, origins, np.linspace(0, 1, 17))
    for i in range(1, 16):
        assert np.abs(found[i].sources[1].weight - edge(i / 2)).max() < 0.05
