"""Interpolation of noise in Stable Diffusion, a baseline of SEINE's paper: the noise of each still
is found by DDIM inversion under the prompt, and what lies between both is denoised.

Steps and guidance are chosen here, not the paper's: 50 steps each way, as Stable Diffusion has
them, no guidance while inverting and its usual 7.5 while denoising. The frames follow the prompt
more than the stills, as the paper's figures for it say too. Without a prompt there is no guidance.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seine_core.clips import Frames
from seine_core.engines.local.lean_load import load_model
from seine_core.engines.local.local_pipeline import keep, readable
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, Request
from seine_core.engines.stills.image_model import Between, ImageModel, Tick
from seine_core.weights.store import path

if TYPE_CHECKING:
    from seine_core.pipeline.stable_diffusion import StableDiffusion

STEPS = 50
GUIDANCE = 7.5


def _open(stills: Frames, request: Request, steps: int, tick: Tick) -> Between:
    unet, base = path("sd", "unet"), path("sd", "base")

    def read() -> "StableDiffusion":
        import transformers

        from seine_core.pipeline.convert import base_parts, check_match
        from seine_core.pipeline.placement import choose_device, choose_dtype
        from seine_core.pipeline.stable_diffusion import StableDiffusion

        transformers.utils.logging.disable_progress_bar()
        device = choose_device()
        dtype = choose_dtype("auto", device)
        parts = base_parts(base, dtype)
        with readable("sd", unet):
            network = load_model("UNet2DConditionModel", unet / "unet", dtype)
        check_match(parts, network, base)
        return StableDiffusion(unet=network, device=device, **parts)

    return _Noise(keep(f"sd@{unet}", "Stable Diffusion", read), stills, request, steps, tick)


class _Noise:
    """The noise that makes two stills."""

    def __init__(
        self, model: "StableDiffusion", stills: Frames, request: Request, steps: int, tick: Tick
    ) -> None:
        self.model, self.prompt, self.spec, self.steps = model, request.prompt, request.spec, steps
        latents, self.noise = model.invert(stills, request.prompt, steps, lambda _: tick())
        self.ends = model.decode(latents)

    def __call__(self, at: Sequence[float], tick: Tick) -> Frames:
        import torch

        from seine_core.pipeline.stable_diffusion import spherical

        a, b = self.noise
        linear = self.spec.style == "linear"
        latents = self.model.denoise(
            torch.stack([a.lerp(b, t) if linear else spherical(a, b, t) for t in at]),
            self.prompt,
            self.spec.negative_prompt,
            GUIDANCE,
            self.steps,
            lambda _: tick(),
        )
        return self.model.decode(latents)


# There is no chance in it: DDIM adds no noise, and the noise it begins with is the stills'.
SD_INTERPOLATION = ImageModel(
    about=Capabilities(
        name="sd",
        title="Stable Diffusion interpolation (baseline)",
        description="Draws each frame anew from noise between both scenes' own, under the prompt; "
        "a baseline of SEINE's paper, for comparison. Frames differ much; a GPU is needed.",
        version=1,
        tasks=frozenset({"transition"}),
        styles=("auto", "spherical", "linear"),  # auto is spherical
        cameras=("auto", "still"),
        piece_frames=240,
        uses_seed=False,
    ),
    model="sd",
    native=Native(area=512 * 512, multiple=8, stride=1, max_frames=240, min_fps=1, max_fps=120),
    open=_open,
    at_once=2,  # with guidance four rows of the network
    opening=STEPS,
    steps=STEPS,
)
