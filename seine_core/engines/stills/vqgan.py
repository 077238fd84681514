"""Interpolation inside a VQGAN (Esser et al. 2021, arXiv 2012.09841), a baseline of SEINE's paper:
what the encoder says of both stills is mixed before it is quantised, then decoded."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seine_core.clips import Frames, Still
from seine_core.engines.local.lean_load import load_model
from seine_core.engines.local.local_pipeline import keep, readable
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, Request
from seine_core.engines.stills.image_model import Between, ImageModel, Tick
from seine_core.errors import RenderFailed
from seine_core.weights.store import path

if TYPE_CHECKING:
    from torch import Tensor


def _open(stills: Frames, request: Request, steps: int, tick: Tick) -> Between:
    folder = path("vqgan")
    return _Codes(keep(f"vqgan@{folder}", "VQGAN", lambda: _read(folder)), stills, tick)


def _read(folder: Path) -> Any:
    """In float32: half precision overflows here, and moves what is near the border of two codes."""
    import torch

    from seine_core.pipeline.placement import choose_device

    with readable("vqgan", folder):
        return load_model("VQModel", folder / "vqvae", torch.float32).to(choose_device())


class _Codes:
    """What the encoder says of two stills, not yet quantised."""

    def __init__(self, model: Any, stills: Frames, tick: Tick) -> None:
        self.model = model
        self.latents = [self._encode(still) for still in stills]
        tick()
        self.ends = self([0, 1], tick)

    def __call__(self, at: Sequence[float], tick: Tick) -> Frames:
        first, second = self.latents
        frames = []
        for t in at:
            frames.append(self._decode(first.lerp(second, t)))
            tick()
        return np.stack(frames)

    def _encode(self, still: Still) -> "Tensor":
        """[1 c h/16 w/16]."""
        import torch

        pixels = torch.from_numpy(still).to(self.model.device).permute(2, 0, 1)[None]
        return self.model.encode(pixels / 255).latents  # this VQGAN's pixels are 0..1

    def _decode(self, latents: "Tensor") -> Still:
        pixels = self.model.decode(latents, return_dict=False)[0][0]
        if not pixels.isfinite().all():
            raise RenderFailed(
                "it gave values that are no numbers",
                subject="VQGAN",
                advice="check its files with `python -m seine_core models status vqgan --verify`",
            )
        levels = (pixels.clamp(0, 1) * 255).round().byte()
        return levels.permute(1, 2, 0).cpu().numpy()


# A place between two pictures is mostly no picture, so half way this is little more than a
# cross-fade, drawn with the codes of its codebook.
VQGAN = ImageModel(
    about=Capabilities(
        name="vqgan",
        title="VQGAN interpolation (baseline)",
        description="Mixes both scenes in the codes of a VQGAN and draws each mix; a baseline of "
        "SEINE's paper, for comparison.",
        version=1,
        tasks=frozenset({"transition"}),
        cameras=("auto", "still"),
        piece_frames=240,
        uses_prompt=False,
        uses_seed=False,
    ),
    model="vqgan",
    # aMUSEd, whose autoencoder it is, makes pictures of 512 x 512 of 16 x 16 pixels a code.
    native=Native(area=512 * 512, multiple=16, stride=1, max_frames=240, min_fps=1, max_fps=120),
    open=_open,
    opening=3,
)
