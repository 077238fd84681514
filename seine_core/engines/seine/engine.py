"""SEINE itself (arXiv 2310.20700): one random-mask model for transitions, animation and prediction.

The model makes 8 frames a second of about 512 x 512 pixels; the clip is brought to the story's size
and rate, with the given frames exact.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seine_core.camera import CAMERA_MOVES, move_in_words
from seine_core.clips import Clip, LazyClip, Still
from seine_core.engines.local.local_pipeline import DECODED, keep
from seine_core.engines.native_clip import Native, clip_at, pinned
from seine_core.engines.protocol import Capabilities, ClipSpec, Request, Task
from seine_core.engines.video.video_model import Given, VideoModel
from seine_core.errors import MissingWeights
from seine_core.weights.store import path

if TYPE_CHECKING:
    from seine_core.pipeline.generate import Progress
    from seine_core.pipeline.request import Sampling
    from seine_core.pipeline.windows import SeineClip

_TASKS: tuple[Task, ...] = ("transition", "animate", "extend")
# 16 frames at 8 a second is what the model was trained on; longer clips are made window by window.
_NATIVE = Native(area=512 * 512, multiple=8, stride=1, max_frames=481, min_fps=8, max_fps=8)
KEPT = "8-fps"  # the style that shows the model's own frames, each for as long as it lasts
STEPS = 25  # of DPM-Solver++, as good as the release's 250 of DDPM (arXiv 2211.01095)


def read_folder(folder: Path, name: str, again: str) -> Any:
    """The pipeline in a folder, placed and kept. `again` says how to come by a whole one.

    Raises:
        MissingWeights: the folder cannot be read.
    """

    def read() -> Any:
        import diffusers

        from seine_core.pipeline.pipeline import SeinePipeline
        from seine_core.pipeline.placement import choose_device, choose_dtype

        diffusers.utils.logging.disable_progress_bar()
        try:
            pipeline = SeinePipeline.from_pretrained(
                folder,
                dtype=choose_dtype("auto", choose_device()),
                local_files_only=True,
                use_safetensors=True,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            said = " ".join(str(error).split())[:200]
            raise MissingWeights(
                "cannot be read", subject=folder, reason=said, advice=again
            ) from None
        return pipeline.place()

    return keep(f"{folder}@{stamp(folder)}", name, read)


def stamp(folder: Path) -> int:
    """Changes with the weights, as far as can be told without reading them."""
    files = [(path, path.stat()) for path in sorted(folder.rglob("*.safetensors"))]
    about = [(path.name, stat.st_size, stat.st_mtime_ns) for path, stat in files]
    return int.from_bytes(hashlib.blake2b(repr(about).encode(), digest_size=6).digest(), "big")


class Seine(VideoModel):
    """The published model, or one of the same layout, behind the engine protocol."""

    about = Capabilities(
        name="seine",
        title="SEINE",
        description="Generates transitions, animates pictures and goes on from a clip with the "
        "published SEINE model; camera moves are asked for in words.",
        version=2,  # 1 repeated a suffix that the prompt had already
        tasks=frozenset(_TASKS),
        styles=("auto", KEPT),
        cameras=CAMERA_MOVES,
        context_frames=25,  # four frames of the model, at up to 60 a second
    )
    models = dict.fromkeys(_TASKS, "seine")
    native = dict.fromkeys(_TASKS, _NATIVE)
    native_context = 4

    def load(self, task: Task) -> Any:
        checkpoint, base = path("seine", "checkpoint"), path("seine", "base")

        def read() -> Any:
            from seine_core.pipeline.convert import build_pipeline
            from seine_core.pipeline.placement import choose_device, choose_dtype

            dtype = choose_dtype("auto", choose_device())
            return build_pipeline(checkpoint, base, dtype).place()

        return keep(f"seine@{checkpoint}", "SEINE", read)

    def at_rate(self, clip: Clip, frames: int, spec: ClipSpec) -> LazyClip:
        if spec.style != KEPT:
            return super().at_rate(clip, frames, spec)
        at = np.rint(np.linspace(0, len(clip) - 1, frames)).astype(int)
        return LazyClip(frames, lambda i: clip[int(at[i])])

    def sampling(self, task: Task) -> "Sampling":
        from seine_core.pipeline.request import Sampling

        return Sampling(num_inference_steps=STEPS)

    def words(self, task: Task, prompt: str, spec: ClipSpec) -> str:
        """What the model is asked, the published suffix of its task included."""
        from seine_core.pipeline.request import SLOW, SMOOTH, with_suffix

        suffix = SMOOTH if task == "transition" else SLOW
        return with_suffix(suffix, prompt, move_in_words(spec.camera, spec.strength))

    def full_size(self, made: "SeineClip", given: Given, spec: ClipSpec) -> Clip:
        """The native clip at the story's size, the given frames exact."""
        return pinned(made.frames, given)

    def _make(self, given: Given, frames: int, request: Request) -> Clip:
        return self.full_size(self.generate(given, frames, request), given, request.spec)

    def generate(self, given: Given, frames: int, request: Request) -> "SeineClip":
        """The native clip of `frames` frames, as the model makes it."""
        task, spec = request.task, request.spec
        request.report(0.0)
        pipeline = self.load(task)
        from seine_core.pipeline.request import ClipRequest

        width, height = self.native[task].size(spec)
        stills: dict[int, Still] = {}
        for at, clip in given.items():
            small = clip_at(clip, width, height)
            stills |= {at + i: still for i, still in enumerate(small)}
        asked = ClipRequest(
            given=stills,
            prompt=self.words(task, request.prompt, spec),
            negative_prompt=spec.negative_prompt,
            num_frames=frames,
            seed=spec.seed,
            width=width,
            height=height,
            order="between" if task == "transition" else "onward",
            context_frames=self.native_context,
        )

        def show(progress: "Progress") -> None:
            strip = progress.preview()
            middle = None if strip is None else strip[len(strip) // 2][None]
            shown = None if middle is None else clip_at(middle, spec.width, spec.height)[0]
            request.report(DECODED * progress.fraction, shown)

        return pipeline.generate([asked], self.sampling(task), show)[0]
