"""The random draws for each training clip: mask, noise level, noise, and text dropout."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from seine_core.diffusion.noise_levels import TRAIN_STEPS
from seine_core.pipeline import masks
from seine_core.train.config import MaskProbabilities
from seine_core.train.seeds import torch_generator

MaskKind = Literal["random", "transition", "first", "first_k", "hidden"]
MASK_KINDS: tuple[MaskKind, ...] = get_args(MaskKind)


@dataclass(frozen=True, kw_only=True)
class Draw:
    """The draws for one clip."""

    kind: MaskKind
    mask: Tensor  # [f]: 1 = generate, 0 = given
    t: int  # of the 1000
    eps: Tensor  # [c f h w], the noise to be found
    reads_text: bool  # false: the caption is dropped


def draw(
    shape: torch.Size,
    probabilities: MaskProbabilities,
    drop_text: float,
    seed: int,
    number: int,
    shift: float = 1.0,
) -> Draw:
    """The draws for item `number` of a run, whose latents have the shape [c f h w]. All noise
    levels have the same probability at a `shift` of 1; beyond, noisy ones have more."""
    generator = torch_generator(seed, "draw", number)
    kind, mask = draw_mask(shape[1], probabilities, generator)
    return Draw(
        kind=kind,
        mask=mask,
        t=shifted(int(torch.randint(TRAIN_STEPS, (), generator=generator)), shift),
        eps=torch.randn(shape, generator=generator),
        reads_text=bool(torch.rand((), generator=generator) >= drop_text),
    )


def shifted(t: int, shift: float) -> int:
    """The step 0..999 that replaces step `t`, towards more noise (Esser et al., arXiv 2403.03206,
    eq. 23, on steps for times)."""
    u = (t + 0.5) / TRAIN_STEPS
    return int(TRAIN_STEPS * shift * u / (1 + (shift - 1) * u))


def draw_mask(
    num_frames: int, probabilities: MaskProbabilities, generator: torch.Generator
) -> tuple[MaskKind, Tensor]:
    """A kind of mask drawn by its probability, and the mask [f]: 1 = generate, 0 = given."""
    weights = torch.tensor([getattr(probabilities, kind) for kind in MASK_KINDS])
    kind = MASK_KINDS[int(torch.multinomial(weights, 1, generator=generator))]
    match kind:
        case "random":
            return kind, masks.random_mask(num_frames, generator, probabilities.visible)
        case "transition":
            return kind, masks.transition(num_frames)
        case "first":
            return kind, masks.animation(num_frames)
        case "first_k":
            most = min(probabilities.max_k, num_frames - 1)
            k = int(torch.randint(2, most + 1, (), generator=generator)) if most > 2 else most
            return kind, masks.prediction(num_frames, k)
        case "hidden":
            return kind, masks.all_hidden(num_frames)
