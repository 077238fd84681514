"""Validation during training: every task on the same clips with the same noise.

The losses show that the network still learns, the contact sheet shows what. The PSNR of the hidden
frames only compares runs, as a clip can continue in many ways.
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
from seine_core.pipeline.generate import Models
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import ClipRequest, Sampling
from seine_core.train.clips import Clip, ClipSource
from seine_core.train.config import Validation
from seine_core.train.draws import Draw, MaskKind
from seine_core.train.encoding import Encoder
from seine_core.train.export import pipeline_of
from seine_core.train.loading import Items
from seine_core.train.logs import BY_NOISE, TASKS
from seine_core.train.objective import noise_loss
from seine_core.train.seeds import torch_generator

LEVELS = (125, 375, 625, 875)  # of the 1000: the middle of each quarter
_SHOWN = 8  # frames of a clip on the sheet
_WIDTH, _LABEL = 128, 84  # pixels of a frame and of the names on the sheet


class Validator:
    """Validates on the first clips of `held_out` that can be read."""

    def __init__(self, settings: Validation, held_out: ClipSource) -> None:
        self.settings = settings
        self.every = settings.every
        items = Items(held_out, seed=0)
        self.clips: list[Clip] = []
        for number in range(min(settings.clips, len(held_out))):
            item = items[number]
            assert item.frames is not None  # there is no cache
            self.clips.append(Clip(frames=item.frames.numpy(), caption=item.caption))

    def run(
        self, network: nn.Module, models: Models, encoder: Encoder
    ) -> tuple[dict[str, float], Still]:
        """Figures by the names of `logs.VALIDATION_COLUMNS`, and a contact sheet [h w 3] uint8."""
        with encoder.autocast():
            values = fixed_losses(network, self.clips, encoder)
        pipeline = pipeline_of(models)
        clips = generated_clips(pipeline, self.clips, self.settings, encoder.autocast)
        return values | psnr_by_task(self.clips, clips), contact_sheet(self.clips, clips)


def task_mask(task: MaskKind, num_frames: int) -> Tensor:
    """[f] 1 = generate, 0 = given; prediction is given a quarter of the clip."""
    match task:
        case "transition":
            return masks.transition(num_frames)
        case "first":
            return masks.animation(num_frames)
        case _:
            return masks.prediction(num_frames, max(2, num_frames // 4))


@torch.no_grad()
def fixed_losses(network: nn.Module, clips: Sequence[Clip], encoder: Encoder) -> dict[str, float]:
    """Mean losses over `clips`, by task and by noise level, each under its name in the log."""
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
                    eps=torch.randn(latents.shape, generator=torch_generator("validation", i, t)),
                    reads_text=True,
                )
                losses[i, j, k], _ = noise_loss(network, latents[None], encoder.grey, text, [one])
    by_task = zip((f"loss_{task}" for task in TASKS), losses.mean(axis=(0, 2)), strict=True)
    by_noise = zip(BY_NOISE, losses.mean(axis=(0, 1)), strict=True)
    return {name: float(loss) for name, loss in (*by_task, *by_noise)}


def generated_clips(
    pipeline: SeinePipeline,
    clips: Sequence[Clip],
    settings: Validation,
    autocast: Callable[[], AbstractContextManager[None]],
) -> dict[MaskKind, list[NDArray[np.uint8]]]:
    """By task, each clip [f h w 3] uint8 as the pipeline generates it, from the same noise every
    time."""
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


def psnr_by_task(
    clips: Sequence[Clip], made: dict[MaskKind, list[NDArray[np.uint8]]]
) -> dict[str, float]:
    """Mean PSNR in dB of the hidden frames, by `psnr_` and the task; clips are [f h w 3] uint8."""
    found = {}
    for task, frames in made.items():
        values = []
        for clip, guess in zip(clips, frames, strict=True):
            hidden = task_mask(task, len(guess)).bool().numpy()
            error = (guess[hidden].astype(np.float64) - clip.frames[hidden]) ** 2
            values.append(10 * np.log10(255**2 / max(float(error.mean()), 1e-2)))
        found[f"psnr_{task}"] = float(np.mean(values))
    return found


def contact_sheet(clips: Sequence[Clip], made: dict[MaskKind, list[NDArray[np.uint8]]]) -> Still:
    """[h w 3] uint8: a row of frames of each clip, below it one for each task as it was generated,
    on which given frames are marked by a bar."""
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
