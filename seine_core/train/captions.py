"""Pretraining of the small text encoder: to predict a clip's motion from its caption.

Together with the network, at eight clips a step, words are learned slowly, as the loss hardly
depends on one of them. Alone they take a minute.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import CLIPTextModel, CLIPTokenizer

from seine_core.model.carried.cost_volume import speeds_in
from seine_core.model.carried.finder import read_off
from seine_core.pipeline.prompts import tokenize
from seine_core.train.loading import Item, Items
from seine_core.train.objective import speed_differences
from seine_core.train.seeds import torch_generator

_CELL = 8  # pixels
_CONTRAST = 2.5  # of mean colours, to that of latents
_BATCH = 64


def speeds_of_frames(frames: Tensor) -> Tensor:
    """[4]: how the places of a clip uint8 [f h w 3] move on average, by the colours of its cells
    (`cost_volume.speeds_in`)."""
    pixels = rearrange(frames, "f h w c -> f c h w").float() / 127.5 - 1
    cells = rearrange(F.avg_pool2d(pixels, _CELL), "f c h w -> 1 c f h w") * _CONTRAST
    return speeds_in(cells)[0].mean(dim=(0, 2, 3))


def teach_captions(
    text_encoder: CLIPTextModel,
    ask: nn.Linear,
    tokenizer: CLIPTokenizer,
    items: Items,
    *,
    steps: int,
    rate: float = 1e-3,
) -> float:
    """Train `text_encoder` and `ask`, the network's own layer, on the captions of all `items`; the
    mean absolute error of the speeds over the last tenth of the steps."""
    captions, speeds = [], []
    for item in _read(items):
        assert item.frames is not None
        captions.append(item.caption)
        speeds.append(speeds_of_frames(item.frames))
    tokens, wanted = tokenize(tokenizer, captions), torch.stack(speeds)
    weights = [*text_encoder.parameters(), *ask.parameters()]
    for weight in weights:
        weight.requires_grad_(True)
    optimiser = torch.optim.AdamW(weights, lr=rate, betas=(0.9, 0.99))
    generator = torch_generator("captions")
    left = []
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min((step + 1) / 50, 2 * (1 - step / steps), 1.0)
        batch = torch.randint(len(captions), (_BATCH,), generator=generator)
        found = read_off(ask, text_encoder(tokens[batch]).last_hidden_state)
        loss = speed_differences(found, wanted[batch]).mean()
        left.append(float((found - wanted[batch]).detach().abs().mean()))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
    last = left[-max(1, steps // 10) :]
    return sum(last) / len(last)


def _read(items: Items) -> Iterator[Item]:
    numbers = [[number] for number in range(len(items.source))]
    for batch in DataLoader(items, batch_sampler=numbers, num_workers=2, collate_fn=list):
        yield batch[0]
