"""The bars of the small model, measured on held-out painted clips.

Every figure is of the frames that the model made, at its own size, before anything is enlarged; but
for `scenes`, which people see at a story's size:

    transition   dB above a cross-fade (plain mix), first and last frame of a moving shot given;
                 that of `layers` beside it
    prediction   dB above repeating the last of the 4 frames that are given, over the next 12
    text         share of clips whose mean optical flow has the direction that the prompt asks
    scenes       `transition_quality` of the engine's transitions between two places, twice as wide
                 and high as the model's: lowest detail, evenness; the model's own detail beside it
    prompt       mean absolute difference, in code values, of clips with the same seed and other
                 prompts, and with the same prompt and guidance 1 and 3
    without_…    by how much the error rises with which the network sees held-out clips through
                 noise (`denoising`), in percent, with a part of it put out of work; the standard
                 error of that, and the dB of `transition` that are lost, beside it
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core.camera import CameraMove, move_in_words
from seine_core.clips import Clip
from seine_core.engines import get_engine
from seine_core.engines.native_clip import resized
from seine_core.engines.protocol import ClipSpec, Task
from seine_core.engines.seine.mini import SeineMini
from seine_core.evaluate.ablation import without_mask, without_time
from seine_core.evaluate.denoising import GIVEN, denoising_errors
from seine_core.evaluate.motion import obeys
from seine_core.evaluate.quality import transition_quality
from seine_core.painter import HELD_OUT, PLACES, paint
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import ClipRequest, Sampling, animation, prediction, transition

MOVING: tuple[CameraMove, ...] = ("pan-left", "zoom-in", "tilt-up", "pan-right", "zoom-out")
ASKED: tuple[CameraMove, ...] = ("pan-left", "pan-right", "zoom-in", "zoom-out", "still")
GUIDED = (1.0, 3.0)  # the two scales that are compared
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A figure, and what it should be; `wanted` None: only stated."""

    name: str
    value: float
    wanted: float | None = None
    at_most: bool = False
    detail: dict[str, float] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        if self.wanted is None:
            return None
        return self.value <= self.wanted if self.at_most else self.value >= self.wanted


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The model and how it is asked for each task. `clips` is for each figure; the text has five
    times its stills."""

    pipe: SeinePipeline
    engine: SeineMini  # over the same weights
    sampling: Mapping[Task, Sampling]
    clips: int = 20
    stills: int = 10
    width: int = 224
    height: int = 128
    say: Say = lambda text: None

    def made(self, task: Task, request: ClipRequest, guidance: float | None = None) -> Clip:
        sampling = self.sampling[task]
        if guidance is not None:
            sampling = replace(sampling, guidance_scale=guidance)
        return self.pipe.generate([request], sampling)[0].frames


def evaluate(trial: Trial, *, ablations: bool = True) -> Iterator[Bar]:
    """The bars one after the other, for they take their time."""
    fade, layers = _baselines(trial)
    whole = transition_psnr(trial)
    yield Bar(
        name="transition: dB above a cross-fade",
        value=whole - fade,
        wanted=2.0,
        detail={"model": whole, "crossfade": fade, "layers": layers},
    )
    model, repeated = prediction_psnr(trial)
    yield Bar(
        name="prediction: dB above repeating the last frame",
        value=model - repeated,
        wanted=1.5,
        detail={"model": model, "repeated": repeated},
    )
    shares = text_control(trial)
    yield Bar(
        name="text: share of clips that move as asked",
        value=float(np.mean(list(shares.values()))),
        wanted=0.9,
        detail=shares,
    )
    detail, evenness, small = between_scenes(trial)
    yield Bar(name="scenes: detail", value=detail, wanted=0.8, detail={"model's own frames": small})
    yield Bar(name="scenes: evenness", value=evenness, wanted=1.8, at_most=True)
    by_prompt, by_guidance = differences(trial)
    yield Bar(name="prompt: difference of two prompts", value=by_prompt, wanted=2.0)
    yield Bar(name="prompt: difference of two guidance scales", value=by_guidance, wanted=1.0)
    if ablations:
        usual = denoising(trial)
        for name, part in (("the mask", without_mask), ("attention along time", without_time)):
            more = 100 * (denoising(trial, part(trial.pipe.unet)) - usual) / usual.mean()
            yield Bar(
                name=f"without {name}: rise of the denoising error, %",
                value=float(more.mean()),
                wanted=1.0,
                detail={
                    "standard error": float(more.std() / np.sqrt(len(more))),
                    "dB lost": whole - transition_psnr(trial, part(trial.pipe.unet)),
                },
            )


def transition_psnr(trial: Trial, part: AbstractContextManager[None] | None = None) -> float:
    """dB of the hidden frames; `part` may put a part of the network out of work meanwhile."""
    values = []
    with part or nullcontext():
        for i, shot in _shots(trial):
            trial.say(f"transition {i + 1} of {trial.clips}")
            request = transition(shot.frames[0], shot.frames[-1], shot.caption, seed=i, suffix="")
            values.append(psnr(trial.made("transition", request)[1:-1], shot.frames[1:-1]))
    return float(np.mean(values))


def denoising(
    trial: Trial, part: AbstractContextManager[None] | None = None
) -> NDArray[np.float64]:
    """[clips]: errors of `denoising_errors`; `part` as for `transition_psnr`."""
    shots = [(shot.frames, shot.caption) for _, shot in _shots(trial)]
    with part or nullcontext():
        trial.say("denoising")
        return denoising_errors(trial.pipe, shots)


def prediction_psnr(trial: Trial) -> tuple[float, float]:
    """dB of the frames that follow: the model's, and of the last given one repeated."""
    model, repeated = [], []
    for i, shot in _shots(trial):
        trial.say(f"prediction {i + 1} of {trial.clips}")
        given, follows = shot.frames[:GIVEN], shot.frames[GIVEN:]
        request = prediction(list(given), len(follows), shot.caption, seed=i, suffix="")
        model.append(psnr(trial.made("extend", request), follows))
        repeated.append(psnr(np.repeat(given[-1:], len(follows), 0), follows))
    return float(np.mean(model)), float(np.mean(repeated))


def text_control(trial: Trial) -> dict[str, float]:
    """For each move that is asked for, how often it is seen."""
    hits: dict[str, list[bool]] = {move: [] for move in ASKED}
    for i in range(trial.stills):
        still = _still(trial, 1000 + i)
        for move in ASKED:
            trial.say(f"text {i * len(ASKED) + len(hits[move]) + 1}: {move}")
            clip = trial.made("animate", animation(still, move_in_words(move), seed=i))
            hits[move].append(obeys(clip, move))
    return {move: float(np.mean(found)) for move, found in hits.items()}


def between_scenes(trial: Trial) -> tuple[float, float, float]:
    """Mean detail and evenness of transitions between two places, as a story gets them; and the
    detail of the model's own frames."""
    found, small = [], []
    for i in range(trial.clips):
        trial.say(f"scenes {i + 1} of {trial.clips}")
        a, b = (_still(trial, seed, scale=2) for seed in (2000 + 2 * i, 2001 + 2 * i))
        spec = ClipSpec(frames=16, width=2 * trial.width, height=2 * trial.height, fps=8, seed=i)
        found.append(transition_quality(a, b, trial.engine.transition(a, b, "", spec)))
        words = trial.engine.words("transition", *trial.engine.asked(a, b, "", spec))
        a, b = (resized(still[None], trial.width, trial.height)[0] for still in (a, b))
        made = trial.made("transition", transition(a, b, words, seed=i, suffix=""))
        small.append(transition_quality(a, b, made).detail)
    details, evenness = [q.detail for q in found], [q.evenness for q in found]
    return float(np.mean(details)), float(np.mean(evenness)), float(np.mean(small))


def differences(trial: Trial) -> tuple[float, float]:
    """Code values between clips of two prompts, and of two guidance scales."""
    by_prompt, by_guidance = [], []
    for i in range(max(1, trial.clips // 4)):
        trial.say(f"prompt {i + 1}")
        still = _still(trial, 3000 + i)
        left = animation(still, "the camera pans left", seed=i)
        clip = trial.made("animate", left).astype(np.float32)
        other = trial.made("animate", animation(still, "the camera zooms in", seed=i))
        by_prompt.append(np.abs(clip - other).mean())
        plain, strong = (trial.made("animate", left, guidance=scale) for scale in GUIDED)
        by_guidance.append(np.abs(plain.astype(np.float32) - strong).mean())
    return float(np.mean(by_prompt)), float(np.mean(by_guidance))


def seconds_a_clip(trial: Trial) -> float:
    """Of one transition, everything loaded."""
    still = _still(trial, 0)
    trial.made("transition", transition(still, still))
    begun = time.perf_counter()
    trial.made("transition", transition(still, still))
    return time.perf_counter() - begun


def psnr(made: Clip, true: Clip) -> float:
    """dB of all pixels and colours together."""
    error = np.square(made.astype(np.float64) - true).mean() / 255**2
    return float(-10 * np.log10(max(error, 1e-10)))


def _baselines(trial: Trial) -> tuple[float, float]:
    """dB of a cross-fade, and of `layers`, on the same clips."""
    fade, layers = [], []
    for i, shot in _shots(trial):
        first, last = (shot.frames[k].astype(np.float64) for k in (0, -1))
        t = np.linspace(0, 1, len(shot.frames))[1:-1, None, None, None]
        mixed = first + (last - first) * t
        fade.append(psnr(np.rint(mixed).astype(np.uint8), shot.frames[1:-1]))
        spec = ClipSpec(
            frames=len(shot.frames), width=trial.width, height=trial.height, fps=8, seed=i
        )
        made = get_engine("layers").transition(shot.frames[0], shot.frames[-1], shot.caption, spec)
        layers.append(psnr(made[1:-1], shot.frames[1:-1]))
    return float(np.mean(fade)), float(np.mean(layers))


def _shots(trial: Trial) -> Iterator[tuple[int, Any]]:
    """Held-out clips of one moving shot each."""
    for i in range(trial.clips):
        yield (
            i,
            paint(
                HELD_OUT + i,
                width=trial.width,
                height=trial.height,
                place=PLACES[i % len(PLACES)],
                move=MOVING[(i // len(PLACES) + i) % len(MOVING)],
            ),
        )


def _still(trial: Trial, number: int, scale: int = 1) -> Any:
    return paint(
        HELD_OUT + number,
        frames=2,
        width=scale * trial.width,
        height=scale * trial.height,
        place=PLACES[number % len(PLACES)],
        move="still",
    ).frames[0]
