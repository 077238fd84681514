"""Which frames of a clip are given: the one place where the mask's meaning stands.

In a mask 1 = generate, 0 = given, as in the released code (the paper, arXiv 2310.20700, writes it
the other way round). Every task of SEINE is only a mask; the model sees it as its fifth input
channel, constant over a frame.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

VISIBLE_IN_TRAINING = 0.15  # each frame's chance to be given; of 16 frames 2.4 on average


def keyframes(num_frames: int, given: Iterable[int]) -> Tensor:
    """[f] float32: the frames of `given` are given, wherever they are.

    Raises:
        ValueError: a frame lies outside the clip.
    """
    mask = torch.ones(num_frames)
    for index in given:
        if not 0 <= index < num_frames:
            raise ValueError(f"given frame: received {index}, allowed 0 to {num_frames - 1}")
        mask[index] = 0
    return mask


def transition(num_frames: int, k: int = 1) -> Tensor:
    """[f]: the first and the last `k` frames are given."""
    return keyframes(num_frames, [*range(k), *range(num_frames - k, num_frames)])


def animation(num_frames: int) -> Tensor:
    """[f]: the first frame is given."""
    return prediction(num_frames, 1)


def prediction(num_frames: int, k: int) -> Tensor:
    """[f]: the first `k` frames are given."""
    return keyframes(num_frames, range(k))


def all_hidden(num_frames: int) -> Tensor:
    """[f]: nothing is given, which makes the model text-to-video."""
    return torch.ones(num_frames)


def random_mask(
    num_frames: int, generator: torch.Generator, visible: float = VISIBLE_IN_TRAINING
) -> Tensor:
    """[f]: each frame is given with the chance `visible` (section 3.2 of the paper)."""
    return (torch.rand(num_frames, generator=generator) >= visible).float()


def over_latents(mask: Tensor, height: int, width: int) -> Tensor:
    """The model's mask channel [b 1 f h w] of one mask a clip [b f]."""
    return mask[:, None, :, None, None].expand(-1, 1, -1, height, width)


def hide(pixels: Tensor, mask: Tensor) -> Tensor:
    """`pixels` [f c h w] in [-1, 1] with every frame that is not given set to 0, which is mid-grey.

    It must be done before the VAE: what the model learned for a hidden frame is the latent of a
    grey frame, not zeros.
    """
    return torch.where(mask[:, None, None, None] == 0, pixels, 0.0)
