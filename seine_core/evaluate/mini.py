"""The benchmark of the small model, on held-out painted clips, with the values it should reach.

Every figure is of the model's own frames, before they are enlarged, but for `scenes`, which is at a
story's size:

    transition   dB above a cross-fade (plain mix), first and last frame of a moving shot given;
                 that of the engine `layers` beside it
    prediction   dB above repeating the last of the 4 frames that are given, over the next 12
    text         fraction of clips whose mean optical flow has the direction of the prompt
    scenes       `scene_mix` of the engine's transitions between two places, twice as wide and high
                 as the model's: U and jump; the U of the model's own frames beside it
    prompt       mean absolute difference, in code values, of clips with the same seed and other
                 prompts, and with the same prompt and guidance 1 and 3
    without_…    rise of the denoising error (`denoising`), in percent, with a part of the network
                 ablated; its standard error, and the dB of `transition` lost, beside it
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core.camera import CameraMove, move_in_words
from seine_core.clips import Frames, in_memory
from seine_core.engines import get_engine, make
from seine_core.engines.native_clip import clip_at
from seine_core.engines.protocol import ClipSpec, Engine, Request, Task
from seine_core.engines.seine.mini import words
from seine_core.evaluate.ablation import without_mask, without_time
from seine_core.evaluate.denoising import GIVEN, denoising_errors
from seine_core.evaluate.mean_flow import mean_flow
from seine_core.evaluate.scene_mix import scene_mix
from seine_core.painter import HELD_OUT, PLACES, paint
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import ClipRequest, Sampling, animation, prediction, transition

SHOT_MOVES: tuple[CameraMove, ...] = ("pan-left", "zoom-in", "tilt-up", "pan-right", "zoom-out")
PROMPTED_MOVES: tuple[CameraMove, ...] = ("pan-left", "pan-right", "zoom-in", "zoom-out", "still")
GUIDANCE_SCALES = (1.0, 3.0)  # that are compared
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A figure, and the least (or most) it should be; `wanted` None: only reported."""

    name: str
    value: float
    wanted: float | None = None
    at_most: bool = False
    detail: dict[str, float] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether `value` is as `wanted`; None where nothing is."""
        if self.wanted is None:
            return None
        return self.value <= self.wanted if self.at_most else self.value >= self.wanted


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The model under test and its sampling for each task. `clips` is the number for each figure;
    `text` has five clips for each of `stills`."""

    pipe: SeinePipeline
    engine: Engine  # over the same weights
    sampling: Mapping[Task, Sampling]
    clips: int = 20
    stills: int = 10
    width: int = 224
    height: int = 128
    say: Say = lambda text: None

    def generate(self, task: Task, request: ClipRequest, guidance: float | None = None) -> Frames:
        """[f h w 3] uint8: the frames for one request."""
        sampling = self.sampling[task]
        if guidance is not None:
            sampling = replace(sampling, guidance_scale=guidance)
        return self.pipe.generate([request], sampling)[0].frames


def evaluate(subject: Subject, *, ablations: bool = True) -> Iterator[Bar]:
    """The figures one after the other, as each takes minutes."""
    fade, layers = _baselines(subject)
    whole = transition_psnr(subject)
    yield Bar(
        name="transition: dB above a cross-fade",
        value=whole - fade,
        wanted=2.0,
        detail={"model": whole, "crossfade": fade, "layers": layers},
    )
    model, repeated = prediction_psnr(subject)
    yield Bar(
        name="prediction: dB above repeating the last frame",
        value=model - repeated,
        wanted=1.5,
        detail={"model": model, "repeated": repeated},
    )
    fractions = text_control(subject)
    yield Bar(
        name="text: share of clips that move as asked",
        value=float(np.mean(list(fractions.values()))),
        wanted=0.9,
        detail=fractions,
    )
    u, jump, own = between_scenes(subject)
    yield Bar(
        name="scenes: U", value=u, wanted=0.5, at_most=True, detail={"model's own frames": own}
    )
    yield Bar(name="scenes: jump", value=jump, wanted=2.2, at_most=True)
    by_prompt, by_guidance = differences(subject)
    yield Bar(name="prompt: difference of two prompts", value=by_prompt, wanted=2.0)
    yield Bar(name="prompt: difference of two guidance scales", value=by_guidance, wanted=1.0)
    if ablations:
        usual = denoising(subject)
        for name, part in (("the mask", without_mask), ("attention along time", without_time)):
            more = 100 * (denoising(subject, part(subject.pipe.unet)) - usual) / usual.mean()
            yield Bar(
                name=f"without {name}: rise of the denoising error, %",
                value=float(more.mean()),
                wanted=1.0,
                detail={
                    "standard error": float(more.std() / np.sqrt(len(more))),
                    "dB lost": whole - transition_psnr(subject, part(subject.pipe.unet)),
                },
            )


def transition_psnr(subject: Subject, part: AbstractContextManager[None] | None = None) -> float:
    """Mean PSNR in dB of the hidden frames; `part` may ablate a part of the network meanwhile."""
    values = []
    with part or nullcontext():
        for i, shot in _shots(subject):
            subject.say(f"transition {i + 1} of {subject.clips}")
            request = transition(shot.frames[0], shot.frames[-1], shot.caption, seed=i, suffix="")
            values.append(psnr(subject.generate("transition", request)[1:-1], shot.frames[1:-1]))
    return float(np.mean(values))


def denoising(
    subject: Subject, part: AbstractContextManager[None] | None = None
) -> NDArray[np.float64]:
    """[n] float64: `denoising_errors` of the n clips; `part` as for `transition_psnr`."""
    shots = [(shot.frames, shot.caption) for _, shot in _shots(subject)]
    with part or nullcontext():
        subject.say("denoising")
        return denoising_errors(subject.pipe, shots)


def prediction_psnr(subject: Subject) -> tuple[float, float]:
    """Mean PSNR in dB of the frames that follow: the model's, and of the last given one
    repeated."""
    model, repeated = [], []
    for i, shot in _shots(subject):
        subject.say(f"prediction {i + 1} of {subject.clips}")
        given, follows = shot.frames[:GIVEN], shot.frames[GIVEN:]
        request = prediction(list(given), len(follows), shot.caption, seed=i, suffix="")
        model.append(psnr(subject.generate("extend", request), follows))
        repeated.append(psnr(np.repeat(given[-1:], len(follows), 0), follows))
    return float(np.mean(model)), float(np.mean(repeated))


def text_control(subject: Subject) -> dict[str, float]:
    """By camera move in the prompt, the fraction 0..1 of clips that follow it."""
    hits: dict[str, list[bool]] = {move: [] for move in PROMPTED_MOVES}
    for i in range(subject.stills):
        still = _still(subject, 1000 + i)
        for move in PROMPTED_MOVES:
            subject.say(f"text {i * len(PROMPTED_MOVES) + len(hits[move]) + 1}: {move}")
            clip = subject.generate("animate", animation(still, move_in_words(move), seed=i))
            hits[move].append(mean_flow(clip).matches(move))
    return {move: float(np.mean(found)) for move, found in hits.items()}


def between_scenes(subject: Subject) -> tuple[float, float, float]:
    """Mean U and jump of the engine's transitions between two places, and the mean U of the model's
    own frames."""
    found, own = [], []
    for i in range(subject.clips):
        subject.say(f"scenes {i + 1} of {subject.clips}")
        a, b = (_still(subject, seed, scale=2) for seed in (2000 + 2 * i, 2001 + 2 * i))
        spec = ClipSpec(
            frames=16, width=2 * subject.width, height=2 * subject.height, fps=8, seed=i
        )
        asked = Request(task="transition", given=[a, b], spec=spec)
        found.append(scene_mix(a, b, in_memory(make(subject.engine, asked))).figures)
        a, b = (clip_at(still[None], subject.width, subject.height)[0] for still in (a, b))
        prompt = words(asked, subject.pipe.tokenizer)
        made = subject.generate("transition", transition(a, b, prompt, seed=i, suffix=""))
        own.append(scene_mix(a, b, made).figures["scene_mix"])
    u, jump = (float(np.mean([each[name] for each in found])) for name in ("scene_mix", "jump"))
    return u, jump, float(np.mean(own))


def differences(subject: Subject) -> tuple[float, float]:
    """Mean absolute difference in code values between clips of two prompts, and of two guidance
    scales."""
    by_prompt, by_guidance = [], []
    for i in range(max(1, subject.clips // 4)):
        subject.say(f"prompt {i + 1}")
        still = _still(subject, 3000 + i)
        left = animation(still, "the camera pans left", seed=i)
        clip = subject.generate("animate", left).astype(np.float32)
        other = subject.generate("animate", animation(still, "the camera zooms in", seed=i))
        by_prompt.append(np.abs(clip - other).mean())
        plain, strong = (
            subject.generate("animate", left, guidance=scale) for scale in GUIDANCE_SCALES
        )
        by_guidance.append(np.abs(plain.astype(np.float32) - strong).mean())
    return float(np.mean(by_prompt)), float(np.mean(by_guidance))


def seconds_a_clip(subject: Subject) -> float:
    """Seconds of one transition, everything loaded."""
    still = _still(subject, 0)
    subject.generate("transition", transition(still, still))
    begun = time.perf_counter()
    subject.generate("transition", transition(still, still))
    return time.perf_counter() - begun


def psnr(made: Frames, true: Frames) -> float:
    """PSNR in dB, at most 100, over all values of two clips [f h w 3] uint8."""
    error = np.square(made.astype(np.float64) - true).mean() / 255**2
    return float(-10 * np.log10(max(error, 1e-10)))


def _baselines(subject: Subject) -> tuple[float, float]:
    """Mean PSNR in dB of a cross-fade and of `layers`, on the clips of `transition_psnr`."""
    fade, layers = [], []
    for i, shot in _shots(subject):
        first, last = (shot.frames[k].astype(np.float64) for k in (0, -1))
        t = np.linspace(0, 1, len(shot.frames))[1:-1, None, None, None]
        mixed = first + (last - first) * t
        fade.append(psnr(np.rint(mixed).astype(np.uint8), shot.frames[1:-1]))
        spec = ClipSpec(
            frames=len(shot.frames), width=subject.width, height=subject.height, fps=8, seed=i
        )
        given = [shot.frames[0], shot.frames[-1]]
        asked = Request(task="transition", given=given, prompt=shot.caption, spec=spec)
        made = make(get_engine("layers"), asked)
        layers.append(psnr(in_memory(made[1:-1]), shot.frames[1:-1]))
    return float(np.mean(fade)), float(np.mean(layers))


def _shots(subject: Subject) -> Iterator[tuple[int, Any]]:
    """Held-out clips of one moving shot each."""
    for i in range(subject.clips):
        yield (
            i,
            paint(
                HELD_OUT + i,
                width=subject.width,
                height=subject.height,
                place=PLACES[i % len(PLACES)],
                move=SHOT_MOVES[(i // len(PLACES) + i) % len(SHOT_MOVES)],
            ),
        )


def _still(subject: Subject, number: int, scale: int = 1) -> Any:
    return paint(
        HELD_OUT + number,
        frames=2,
        width=scale * subject.width,
        height=scale * subject.height,
        place=PLACES[number % len(PLACES)],
        move="still",
    ).frames[0]
