"""The small SEINE that ships with the project: trained by it from nothing, on painted scenes.

Its frames are 224 x 128 pixels. They say how things move; what things look like comes from the
given pictures, whose detail is carried along that motion (`carry`).
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seine_core
from seine_core.camera import CAMERA_MOVES, move_in_words
from seine_core.engines.carry import carried
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, Clip, ClipSpec, Task
from seine_core.engines.seine import KEPT, Seine, read_folder, stamp
from seine_core.engines.video_model import Given
from seine_core.errors import MissingWeights
from seine_core.model_store import models_folder

if TYPE_CHECKING:
    from seine_core.clip_request import Sampling

_TASKS: tuple[Task, ...] = ("transition", "animate", "extend")
_FOLDER = "seine-mini"
_BUNDLED = Path(seine_core.__file__).parents[1] / "assets" / "models" / _FOLDER
_AGAIN = "run `make train-mini`, or choose another engine"
_MISSING = f"SEINE mini: its weights are not in this copy of the project; {_AGAIN}"
# A transition is one clip of the model, however long it lasts; what goes on does so in windows.
_ONE_CLIP = Native(area=224 * 128, multiple=8, stride=1, max_frames=16, min_fps=8, max_fps=8)
STEPS = 4  # of DPM-Solver++
# Two given ends say more than a prompt does; a way that begins at one picture must be asked for.
GUIDANCE: dict[Task, float] = {"transition": 1.0, "animate": 3.0, "extend": 1.0}


def weights() -> Path | None:
    """The model's folder: one of the user's own before the bundled one."""
    for folder in (models_folder() / _FOLDER, _BUNDLED):
        if (folder / "model_index.json").is_file():
            return folder
    return None


class SeineMini(Seine):
    about = Capabilities(
        name="seine-mini",
        title="SEINE mini (bundled, learned on painted scenes)",
        description="A small SEINE that runs on any machine. It learned from simple painted "
        "scenes alone: the motion is its own, the detail comes from your pictures.",
        version=1,
        tasks=frozenset(_TASKS),
        styles=("auto", KEPT),
        cameras=CAMERA_MOVES,
        context_frames=25,
    )
    native = {  # noqa: RUF012
        "transition": _ONE_CLIP,
        "animate": replace(_ONE_CLIP, max_frames=481),
        "extend": replace(_ONE_CLIP, max_frames=481),
    }

    @property
    def capabilities(self) -> Capabilities:
        folder = weights()
        if folder is None:
            return replace(self.about, missing=_MISSING)
        return replace(self.about, version=stamp(folder))

    def load(self, task: Task) -> Any:
        folder = weights()
        if folder is None:
            raise MissingWeights(_MISSING)

        return read_folder(folder, "SEINE mini", _AGAIN)

    def sampling(self, task: Task) -> "Sampling":
        from seine_core.clip_request import Sampling

        return Sampling(num_inference_steps=STEPS, guidance_scale=GUIDANCE[task])

    def words(self, task: Task, prompt: str, spec: ClipSpec) -> str:
        """The camera first: long prompts fall apart into letters here, and their end is not
        read."""
        usual = "smooth transition" if task == "transition" else "slow motion"
        return ", ".join(filter(None, (move_in_words(spec.camera, spec.strength), usual, prompt)))

    def full_size(self, clip: Clip, given: Given, spec: ClipSpec) -> Clip:
        return carried(clip, given)
