"""What is looked at now and then: the same clips, the same noise, every task.

The losses show that the network still learns, the sheet shows what; the distance of the hidden
frames from the true ones (PSNR) is only a figure to compare runs by, for a clip can go on in many
ways.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor, nn

from seine_core import masks
from seine_core.clip_request import ClipRequest, Sampling
from seine_core.frames import Still, save_png
from seine_core.train.chance import tensor_chance
from seine_core.train.clips import Clip
from seine_core.train.config import Validation
from seine_core.train.draws import Draw, MaskKind
from seine_core.train.export import pipeline_of
from seine_core.train.objective import noise_loss
from seine_core.train.start import Models

TASKS: tuple[MaskKind, ...] = ("transition", "first", "first_k")
LEVELS = (125, 375, 625, 875)  # of the 1000: the middle of each quarter
COLUMNS = (
    "step",
    *(f"loss_{task}" for task in TASKS),
    *(f"loss_noise_{i}" for i in range(len(LEVELS))),
    *(f"psnr_{task}" for task in TASKS),
)
_SHOWN = 8  # frames of a clip on the sheet
_WIDTH, _LABEL = 128, 84  # pixels of a frame and of the names on the sheet


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
def fixed_losses(
    network: nn.Module,
    clips: Sequence[Tensor],
    grey: Tensor,
    texts: Callable[[Sequence[str]], Tensor],
    captions: Sequence[str],
) -> dict[str, float]:
    """Mean losses by task and by noise level; clips: latents [c f h w]."""
    losses: dict[tuple[MaskKind, int], list[float]] = {}
    for i, (latents, caption) in enumerate(zip(clips, captions, strict=True)):
        text = texts([caption])
        for task in TASKS:
            for t in LEVELS:
                one = Draw(
                    kind=task,
                    mask=task_mask(task, latents.shape[1]),
                    t=t,
                    eps=torch.randn(latents.shape, generator=tensor_chance("validation", i, t)),
                    reads_text=True,
                )
                loss = noise_loss(network, latents[None], grey, text, [one])
                losses.setdefault((task, t), []).append(float(loss))

    def mean(**wanted: object) -> float:
        return float(
            np.mean(
                [
                    value
                    for (task, t), values in losses.items()
                    for value in values
                    if wanted.get("task", task) == task and wanted.get("t", t) == t
                ]
            )
        )

    by_task = {f"loss_{task}": mean(task=task) for task in TASKS}
    return by_task | {f"loss_noise_{i}": mean(t=t) for i, t in enumerate(LEVELS)}


def made_clips(
    models: Models,
    clips: Sequence[Clip],
    settings: Validation,
    autocast: Callable[[], AbstractContextManager[None]],
) -> dict[MaskKind, list[NDArray[np.uint8]]]:
    """Each clip as the models make it for each task, from the same noise every time."""
    pipeline = pipeline_of(models)
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


def write_sheet(picture: Still, folder: Path, step: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{step:09d}.png"
    save_png(picture, path)
    return path
