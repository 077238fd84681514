"""Decoder pools of a test's own, and a picture to decode."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from seine_core.media.decoding import decoder_pool
from seine_core.media.decoding.decoder_pool import DecoderPool
from seine_core.media.decoding.limits import Limits


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., DecoderPool]]:
    """Makes the program use a pool of its own, which ends with the test."""
    pools: list[DecoderPool] = []

    def make(at_once: int = 2, **limits: Any) -> DecoderPool:
        pool = DecoderPool(Limits(**limits), at_once)
        monkeypatch.setattr(decoder_pool, "_pool", pool)
        pools.append(pool)
        return pool

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.png"
    Image.new("RGB", (64, 48), "red").save(path)
    return path
