"""What is looked at now and then: the same clips, the same noise, every task.

The losses show that the network still learns, the sheet shows what; the distance of the hidden
frames from the true ones (PSNR) is only a figure to compare runs by, for a clip can go on in many
ways.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor, nn

from seine_core.clips import Still
from seine_core.pipeline import masks
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import ClipRequest, Sampling
from seine_core.train.chance import tensor_chance
from seine_core.train.clips import Clip, ClipSource
from seine_core.train.config import Validation
from seine_core.train.draws import Draw, MaskKind
from seine_core.train.encoding import Encoder
from seine_core.train.export import pipeline_of
from seine_core.train.loading import Items
from seine_core.train.logs import BY_NOISE, TASKS
from seine_core.train.objective import noise_loss
from seine_core.train.start import Models

LEVELS = (125, 375, 625, 875)  # of the 1000: the middle of each quarter
_SHOWN = 8  # frames of a clip on the sheet
_WIDTH, _LABEL = 128, 84  # pixels of a frame and of the names on the sheet


class Looks:
    """The clips that a run always looks at: the first of `held_out` that can be read."""

    def __init__(self, settings: Validation, held_out: ClipSource) -> None:
        self.settings = settings
        self.every = settings.every
        items = Items(held_out, seed=0)
        self.clips: list[Clip] = []
        for number in range(min(settings.clips, len(held_out))):
            item = items[number]
            assert item.frames is not None  # there is no cache
            self.clips.append(Clip(frames=item.frames.numpy(), caption=item.caption))

    def take(
        self, network: nn.Module, models: Models, encoder: Encoder
    ) -> tuple[dict[str, float], Still]:
        """Figures by the names of `logs.LOOKED`, and a sheet."""
        with encoder.autocast():
            values = fixed_losses(network, self.clips, encoder)
        made = made_clips(pipeline_of(models), self.clips, self.settings, encoder.autocast)
        return values | distances(self.clips, made), sheet(self.clips, made)


def task_mask(task: MaskKind, num_frames: int) -> Tensor:
    """[f]; prediction is given a quarter of the clip."""
    match task:
        case "transition":
            return masks.transition(num_frames)
        case "first":
            return masks.animation(num_frames)
        case _:
            return masks.prediction(num_frames, max(2, num_frames // 4))


@torch.no_grad()
def fixed_losses(network: nn.Module, clips: Sequence[Clip], encoder: Encoder) -> dict[str, float]:
    """Mean losses by task and by noise level."""
    losses = np.zeros((len(clips), len(TASKS), len(LEVELS)))
    for i, clip in enumerate(clips):
        latents = encoder.clip(torch.from_numpy(clip.frames))
        text = encoder.texts([clip.caption])
        for j, task in enumerate(TASKS):
            for k, t in enumerate(LEVELS):
                one = Draw(
                    kind=task,
                    mask=task_mask(task, len(clip.frames)),
                    t=t,
                    eps=torch.randn(latents.shape, generator=tensor_chance("validation", i, t)),
                    reads_text=True,
                )
                losses[i, j, k], _ = noise_loss(network, latents[None], encoder.grey, text, [one])
    by_task = zip((f"loss_{task}" for task in TASKS), losses.mean(axis=(0, 2)), strict=True)
    by_noise = zip(BY_NOISE, losses.mean(axis=(0, 1)), strict=True)
    return {name: float(loss) for name, loss in (*by_task, *by_noise)}


def made_clips(
    pipeline: SeinePipeline,
    clips: Sequence[Clip],
    settings: Validation,
    autocast: Callable[[], AbstractContextManager[None]],
) -> dict[MaskKind, list[NDArray[np.uint8]]]:
    """Each clip as the pipeline makes it for each task, from the same noise every time."""
    sampling = Sampling(
        num_inference_steps=settings.sampling_steps, guidance_scale=settings.guidance_scale
    )
    made: dict[MaskKind, list[NDArray[np.uint8]]] = {}
    for task in TASKS:
        for i, clip in enumerate(clips):
            given = (task_mask(task, len(clip.frames)) == 0).nonzero().flatten().tolist()
            request = ClipRequest(
                given={at: clip.frames[at] for at in given},
                prompt=clip.caption,
                num_frames=len(clip.frames),
                seed=i,
            )
            with autocast():
                frames = pipeline.generate([request], sampling)[0].frames
            made.setdefault(task, []).append(np.stack(list(frames)))
    return made


def distances(
    clips: Sequence[Clip], made: dict[MaskKind, list[NDArray[np.uint8]]]
) -> dict[str, float]:
    """PSNR in dB of the hidden frames, by task."""
    found = {}
    for task, frames in made.items():
        values = []
        for clip, guess in zip(clips, frames, strict=True):
            hidden = task_mask(task, len(guess)).bool().numpy()
            error = (guess[hidden].astype(np.float64) - clip.frames[hidden]) ** 2
            values.append(10 * np.log10(255**2 / max(float(error.mean()), 1e-2)))
        found[f"psnr_{task}"] = float(np.mean(values))
    return found


def sheet(clips: Sequence[Clip], made: dict[MaskKind, list[NDArray[np.uint8]]]) -> Still:
    """Each clip as it is and below it as it was made for each task; given frames have a bar."""
    height, width = clips[0].frames.shape[1:3]
    size = (_WIDTH, max(1, round(_WIDTH * height / width)))
    count = len(clips[0].frames)
    shown = np.unique(np.linspace(0, count - 1, min(_SHOWN, count)).round().astype(int))
    rows: list[tuple[str, NDArray[np.uint8], NDArray[np.bool_]]] = []
    for i, clip in enumerate(clips):
        rows.append(("true", clip.frames, np.zeros(count, bool)))
        for task, guesses in made.items():
            rows.append((task, guesses[i], task_mask(task, count).numpy() == 0))
    picture = Image.new(
        "RGB", (_LABEL + len(shown) * (size[0] + 2), len(rows) * (size[1] + 2)), "white"
    )
    pen = ImageDraw.Draw(picture)
    for r, (name, frames, given) in enumerate(rows):
        top = r * (size[1] + 2)
        pen.text((4, top + size[1] // 2 - 6), name, fill="black")
        for c, at in enumerate(shown):
            left = _LABEL + c * (size[0] + 2)
            frame = Image.fromarray(frames[at]).resize(size, Image.Resampling.LANCZOS)
            picture.paste(frame, (left, top))
            if given[at]:
                pen.rectangle((left, top, left + size[0] - 1, top + 3), fill="orange")
    return np.asarray(picture)
