"""The small SEINE that ships with the project: trained by it from nothing, on painted scenes.

Its frames are 224 x 128 pixels. They say how things move; what things look like comes from the
given pictures, whose detail is carried along that motion (`carry`).
"""

import hashlib
import re
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seine_core
from seine_core.camera import CAMERA_MOVES, move_from_prompt, move_in_words
from seine_core.clips import Clip, Frames, LazyClip, Still
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, ClipSpec, Request, Task
from seine_core.engines.seine.carry import carried
from seine_core.engines.seine.continuation import Continuation
from seine_core.engines.seine.engine import KEPT, Seine, read_folder, stamp
from seine_core.engines.seine.retime import gently, retimed
from seine_core.engines.seine.travel import way_between
from seine_core.engines.video.video_model import Given
from seine_core.errors import MissingWeights
from seine_core.imaging.colour import without_tint
from seine_core.vision.correspondence import one_scene
from seine_core.weights.store import models_folder

if TYPE_CHECKING:
    from seine_core.pipeline.request import Sampling
    from seine_core.pipeline.windows import SeineClip

_TASKS: tuple[Task, ...] = ("transition", "animate", "extend")
_FOLDER = "seine-mini"
_BUNDLED = Path(seine_core.__file__).parents[1] / "assets" / "models" / _FOLDER
_AGAIN = "run `make train-mini`, or choose another engine"
# What goes on does so in windows. A transition is one whole clip of the model, however long it is
# to last: a caption tells of a motion within 16 frames.
_ONWARD = Native(area=224 * 128, multiple=8, stride=1, max_frames=481, min_fps=8, max_fps=8)
_ONE_CLIP = replace(_ONWARD, max_frames=16, min_frames=16)
# Of DPM-Solver++. The given frames are carried in the first; what more steps add is mostly grain.
STEPS = 2
_HOW = re.compile(r"dissolv|fade|cut|morph|scenery|travel", re.IGNORECASE)  # the prompt says it
_TRAVEL = "turns into, travel"  # as captions of such a clip have it
GUIDANCE = 1.0  # the prompt says the motion outright; more would lay two motions over each other


def _missing() -> MissingWeights:
    why = "its weights are not in this copy of the project"
    return MissingWeights(why, subject="SEINE mini", advice=_AGAIN)


def weights() -> Path | None:
    """The model's folder: one of the user's own before the bundled one."""
    for folder in (models_folder() / _FOLDER, _BUNDLED):
        if (folder / "model_index.json").is_file():
            return folder
    return None


@cache
def _content(folder: Path, stamp: int, version: int) -> int:
    """A number for the weights of a folder as they are at `stamp`, used as this `version` of the
    engine does: the same in every copy of the project, so that clips which are shipped with it are
    found."""
    digest = hashlib.blake2b(str(version).encode(), digest_size=6)
    for file in sorted(folder.rglob("*.safetensors")):
        digest.update(file.read_bytes())
    return int.from_bytes(digest.digest(), "big")


def known_phrases(prompt: str, tokenizer: Any) -> list[str]:
    """The parts of `prompt` between its marks all of whose words `tokenizer` has."""
    return [
        phrase.strip()
        for phrase in re.split(r"[,.;:!?\n]+", prompt)
        if phrase.strip()
        and all(len(tokenizer.tokenize(word)) == 1 for word in re.findall(r"\w+|[^\w\s]", phrase))
    ]


class SeineMini(Seine):
    about = Capabilities(
        name="seine-mini",
        title="SEINE mini (bundled, learned on painted scenes)",
        description="A small SEINE that runs on any machine. It learned from simple painted "
        "scenes alone: the motion is its own, the detail comes from your pictures. Of a prompt it "
        "reads what it has words for: camera moves, places, the hour, the weather.",
        version=4,  # 3 animated photographs until they melted
        tasks=frozenset(_TASKS),
        styles=("auto", KEPT),
        cameras=CAMERA_MOVES,
        context_frames=25,
        looks_with=("matching",),
    )
    native = {  # noqa: RUF012
        "transition": _ONE_CLIP,
        "animate": _ONWARD,
        "extend": _ONWARD,
    }

    def __init__(self, folder: Path | None = None) -> None:
        """folder: of the weights, where they are not the user's own or the bundled ones."""
        self._folder = folder

    @property
    def folder(self) -> Path | None:
        return self._folder or weights()

    @property
    def capabilities(self) -> Capabilities:
        folder = self.folder
        if folder is None:
            return replace(self.about, missing=_missing())
        return replace(self.about, version=_content(folder, stamp(folder), self.about.version))

    def load(self, task: Task) -> Any:
        folder = self.folder
        if folder is None:
            raise _missing()

        return read_folder(folder, "SEINE mini", _AGAIN)

    def sampling(self, task: Task) -> "Sampling":
        from seine_core.pipeline.request import Sampling

        return Sampling(num_inference_steps=STEPS, guidance_scale=GUIDANCE)

    def transition(self, request: Request) -> Clip:
        """As every model's; between two scenes that are not one, the camera travels from the first
        to the second, for halfway between them there is nothing to show."""
        start, end = request.given
        prompt, spec = self.asked(start, end, request.prompt, request.spec)
        return super().transition(replace(request, prompt=prompt, spec=spec))

    def asked(self, start: Still, end: Still, prompt: str, spec: ClipSpec) -> tuple[str, ClipSpec]:
        """Prompt and options of a transition, with what the user left open filled in."""
        if _HOW.search(prompt) or one_scene(start, end):
            return prompt, spec
        if spec.camera == "auto" and move_from_prompt(prompt) is None:
            spec = replace(spec, camera=way_between(start, end, spec.seed))
        return ", ".join(filter(None, (_TRAVEL, prompt))), spec

    def words(self, task: Task, prompt: str, spec: ClipSpec) -> str:
        """The camera, and the phrases of `prompt` that can be read: an unknown word falls apart
        into letters, which ask for any motion."""
        move = move_from_prompt(prompt) if spec.camera == "auto" else spec.camera
        usual = "smooth transition" if task == "transition" else "slow motion"
        asked = (
            move_in_words(move or "auto", spec.strength),
            "" if _HOW.search(prompt) else usual,
            *known_phrases(prompt, self.load(task).tokenizer),
        )
        return ", ".join(filter(None, asked))

    def full_size(self, made: "SeineClip", given: Given, spec: ClipSpec) -> Clip:
        """A transition at the story's size and rate, begun and ended gently, the given frames
        exact."""
        if not made.origins:  # somebody's own network, which carries nothing
            return super().full_size(made, given, spec)
        small = without_tint(made.frames, chain(*given.values()))
        if spec.style == KEPT:
            return carried(small, given, made.origins)
        frames, origins = retimed(small, made.origins, gently(spec.frames))
        start, end = (given[at] for at in sorted(given))
        return carried(frames, {0: start, spec.frames - 1: end}, origins)

    def onward(self, context: Frames, frames: int, request: Request) -> Clip:
        """As every model's; from where the network would melt the picture, as `layers` has it."""
        native, spec = self.native[request.task], request.spec
        last = len(context) - 1
        steps = native.steps(frames - 1, spec)
        made = self.generate({0: context}, native.frames(last + steps), request)
        if not made.origins:
            follows = self.full_size(made, {0: context}, spec)[last : last + steps + 1]
            return self.at_rate(follows, frames, spec)
        small = without_tint(made.frames[: last + steps + 1], context)
        count = frames
        if spec.style == KEPT:
            count, slow = steps + 1, replace(spec, fps=native.fps(spec))
            request = replace(request, given=context, spec=slow)
        clip = Continuation(small, made.origins, last, request, count)
        return self.at_rate(LazyClip(count, clip.frame), frames, spec)
