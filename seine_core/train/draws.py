"""What is drawn for each clip that is trained on: which frames are given, how much noise, whether
the text is read."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from seine_core.noise_levels import TRAIN_STEPS
from seine_core.pipeline import masks
from seine_core.train.chance import tensor_chance
from seine_core.train.config import MaskShares

MaskKind = Literal["random", "transition", "first", "first_k", "hidden"]
MASK_KINDS: tuple[MaskKind, ...] = get_args(MaskKind)


@dataclass(frozen=True, kw_only=True)
class Draw:
    kind: MaskKind
    mask: Tensor  # [f]: 1 = generate, 0 = given
    t: int  # of the 1000
    eps: Tensor  # [c f h w], the noise to be found
    reads_text: bool


def draw(
    shape: torch.Size,
    shares: MaskShares,
    drop_text: float,
    seed: int,
    number: int,
    shift: float = 1.0,
) -> Draw:
    """What item `number` of a run meets; `shape` is its latents' [c f h w]. All steps are
    drawn alike at a `shift` of 1, and the noisy ones more often beyond."""
    chance = tensor_chance(seed, "draw", number)
    kind, mask = draw_mask(shape[1], shares, chance)
    return Draw(
        kind=kind,
        mask=mask,
        t=shifted(int(torch.randint(TRAIN_STEPS, (), generator=chance)), shift),
        eps=torch.randn(shape, generator=chance),
        reads_text=bool(torch.rand((), generator=chance) >= drop_text),
    )


def shifted(t: int, shift: float) -> int:
    """Step `t` of the 1000, moved to where more noise is (Esser et al., arXiv 2403.03206, eq. 23,
    on steps for times)."""
    u = (t + 0.5) / TRAIN_STEPS
    return int(TRAIN_STEPS * shift * u / (1 + (shift - 1) * u))


def draw_mask(
    num_frames: int, shares: MaskShares, chance: torch.Generator
) -> tuple[MaskKind, Tensor]:
    """One of the tasks by its share, and its mask [f]."""
    weights = torch.tensor([getattr(shares, kind) for kind in MASK_KINDS])
    kind = MASK_KINDS[int(torch.multinomial(weights, 1, generator=chance))]
    match kind:
        case "random":
            return kind, masks.random_mask(num_frames, chance, shares.visible)
        case "transition":
            return kind, masks.transition(num_frames)
        case "first":
            return kind, masks.animation(num_frames)
        case "first_k":
            most = min(shares.max_k, num_frames - 1)
            k = int(torch.randint(2, most + 1, (), generator=chance)) if most > 2 else most
            return kind, masks.prediction(num_frames, k)
        case "hidden":
            return kind, masks.all_hidden(num_frames)
