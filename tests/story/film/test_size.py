"""How large a film will be is foretold within 30 %, for calm and for busy films."""

from pathlib import Path

import numpy as np
import pytest

from seine_core.media.encode import write_clip
from seine_core.rates import NTSC
from seine_core.story.film.export import export
from seine_core.story.film.formats import FORMATS
from seine_core.story.film.size import foretold_bytes
from seine_core.story.make.foretell import smaller_gif

SIZE = {"width": 192, "height": 112}


def moving(seed: int, speed: int, noise: float) -> list[np.ndarray]:
    """40 frames of soft blocks that move, with grain."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 255, (7, 12, 3)).astype(float)
    scene = np.kron(blocks, np.ones((16, 16, 1)))
    return [
        np.clip(np.roll(scene, speed * n, 1) + rng.normal(0, noise, scene.shape), 0, 255).astype(
            np.uint8
        )
        for n in range(40)
    ]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("clips")
    kinds = {"calm": [(1, 1, 0.0), (2, 1, 1.0)], "busy": [(3, 5, 6.0), (4, 2, 12.0)]}
    found: dict[str, list[Path]] = {}
    for name, clips in kinds.items():
        found[name] = [folder / f"{name}{n}.mp4" for n in range(len(clips))]
        for path, asked in zip(found[name], clips, strict=True):
            write_clip(moving(*asked), path, fps=NTSC[0], **SIZE)
    return found


@pytest.mark.parametrize("kind", ["calm", "busy"])
@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if form.has_pictures])
def test_the_size_is_foretold(films, tmp_path, kind, name):
    form = FORMATS[name]
    if form.kind == "still":
        pytest.skip("one picture")
    out = tmp_path / f"film{form.suffix}"
    wanted = {"max_width": 128, "max_fps": 12} if form.kind == "moving" else {}
    export(films[kind], out, fps=NTSC[0], codec=form.codec, **wanted)
    files = [out] if out.is_file() else list(out.iterdir())
    took = sum(path.stat().st_size for path in files)
    assert foretold_bytes(films[kind], form, cuts=1, **wanted) == pytest.approx(took, rel=0.3)


def test_of_a_gif_that_is_too_large_less_is_offered():
    assert smaller_gif(19_000_000, 640, 24) is None
    less = smaller_gif(62_000_000, 512, 24)
    assert less is not None and less.bytes <= 20_000_000
    assert (less.max_width, less.max_fps) == (320, 12)
    assert smaller_gif(10**12, 640, 24) is None
