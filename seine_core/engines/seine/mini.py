"""The small SEINE that ships with the project: trained by it from nothing, on painted scenes.

Its frames are 224 x 128 pixels. They say how things move; what things look like comes from the
given pictures, whose detail is carried along that motion (`carry`).
"""

import hashlib
import re
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seine_core
from seine_core.camera import move_from_prompt, move_in_words
from seine_core.clips import Clip, LazyClip
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities, Reading, Request
from seine_core.engines.seine.carry import carried
from seine_core.engines.seine.continuation import Continuation
from seine_core.engines.seine.engine import KEPT, TASKS, Recipe, Seine, at_rate, enlarged
from seine_core.engines.seine.folder import read_folder, stamp
from seine_core.engines.seine.retime import gently, retimed
from seine_core.engines.seine.travel import way_between
from seine_core.engines.video.completion import NativeRequest
from seine_core.errors import BadInput, MissingWeights
from seine_core.files.outside_text import read_json
from seine_core.imaging.colour import without_tint
from seine_core.vision.correspondence import one_scene
from seine_core.weights.store import models_folder

if TYPE_CHECKING:
    from seine_core.pipeline.windows import SeineClip

_FOLDER = "seine-mini"
_BUNDLED = Path(seine_core.__file__).parents[1] / "assets" / "models" / _FOLDER
_AGAIN = "run `make train-mini`, or choose another engine"
# What goes on does so in windows. A transition is one whole clip of the model, however long it is
# to last: a caption tells of a motion within 16 frames.
_ONWARD = Native(area=224 * 128, multiple=8, stride=1, max_frames=481, min_fps=8, max_fps=8)
_ONE_CLIP = replace(_ONWARD, max_frames=16, min_frames=16)
_HOW = re.compile(r"dissolv|fade|cut|morph|scenery|travel", re.IGNORECASE)  # the prompt says it
_END = "</w>"  # of a word, in its tokenizer
_TRAVEL = "turns into, travel"  # as captions of such a clip have it
_ABOUT = Capabilities(
    name="seine-mini",
    title="SEINE mini (bundled, learned on painted scenes)",
    description="A small SEINE that runs on any machine. It learned from simple painted "
    "scenes alone: the motion is its own, the detail comes from your pictures. Of a prompt it "
    "reads what it has words for: camera moves, places, the hour, the weather.",
    version=4,  # 3 animated photographs until they melted
    tasks=frozenset(TASKS),
    styles=("auto", KEPT),
    context_frames=25,
    looks_with=("matching",),
)


def weights() -> Path | None:
    """The model's folder: one of the user's own before the bundled one."""
    for folder in (models_folder() / _FOLDER, _BUNDLED):
        if (folder / "model_index.json").is_file():
            return folder
    return None


def recipe(folder: Path | None = None) -> Recipe:
    """folder: of the weights, where they are not the user's own or the bundled ones."""
    folder = folder or weights()
    if folder is None:
        why = "its weights are not in this copy of the project"
        missing = MissingWeights(why, subject="SEINE mini", advice=_AGAIN)
        about = replace(_ABOUT, missing=missing)
    else:
        number = stamp(folder)
        about = replace(
            _ABOUT,
            version=_content(folder, number, _ABOUT.version),
            reads=Reading(words=_words_known(folder, number)),
        )
    return Recipe(
        about=about,
        load=partial(read_folder, folder or _BUNDLED, "SEINE mini", _AGAIN),
        native={"transition": _ONE_CLIP, "animate": _ONWARD, "extend": _ONWARD},
        steps=2,  # the given frames are carried in the first; what more add is mostly grain
        guidance_scale=1.0,  # the prompt says the motion outright: more would lay two over another
        words=words,
        full_size=with_detail,
    )


@cache
def _content(folder: Path, stamp: int, version: int) -> int:
    """A number for the weights of a folder as they are at `stamp`, used as this `version` of the
    engine does: the same in every copy of the project, so that clips which are shipped with it are
    found."""
    digest = hashlib.blake2b(str(version).encode(), digest_size=6)
    for file in sorted(folder.rglob("*.safetensors")):
        digest.update(file.read_bytes())
    return int.from_bytes(digest.digest(), "big")


@cache
def _words_known(folder: Path, stamp: int) -> tuple[str, ...]:
    """The words that its tokenizer has, in lower case, as they are at `stamp`: those that it takes
    from a prompt. None where the tokenizer is of another kind."""
    try:
        content = read_json(folder / "tokenizer" / "tokenizer.json")
        known = [str(token) for token in content["model"]["vocab"]]
    except (BadInput, KeyError, TypeError):
        return ()
    found = (token.removesuffix(_END) for token in known if token.endswith(_END))
    return tuple(word for word in found if word.isascii() and word == word.lower())


def words(request: Request, tokenizer: Any) -> str:
    """The camera, and the phrases of the prompt that can be read: an unknown word falls apart into
    letters, which ask for any motion. Between two scenes that are not one, the camera travels from
    the first to the second, for halfway between them there is nothing to show."""
    prompt, camera = request.prompt, request.spec.camera
    if camera == "auto":
        camera = move_from_prompt(prompt) or "auto"
    said = _HOW.search(prompt) is not None
    if request.task == "transition" and not said:
        start, end = request.given
        if not one_scene(start, end):
            if camera == "auto":
                camera = way_between(start, end, request.spec.seed)
            prompt, said = ", ".join(filter(None, (_TRAVEL, prompt))), True
    usual = "smooth transition" if request.task == "transition" else "slow motion"
    asked = (
        move_in_words(camera, request.spec.strength),
        "" if said else usual,
        *known_phrases(prompt, tokenizer),
    )
    return ", ".join(filter(None, asked))


def known_phrases(prompt: str, tokenizer: Any) -> list[str]:
    """The parts of `prompt` between its marks all of whose words `tokenizer` has."""
    return [
        phrase.strip()
        for phrase in re.split(r"[,.;:!?\n]+", prompt)
        if phrase.strip()
        and all(len(tokenizer.tokenize(word)) == 1 for word in re.findall(r"\w+|[^\w\s]", phrase))
    ]


def with_detail(made: "SeineClip", asked: NativeRequest, request: Request) -> Clip:
    """The story's clip from the native one, with the detail of the given frames: a transition,
    begun and ended gently, or what goes on from them, from where the network would melt the picture
    as `layers` has it."""
    if not made.origins:  # somebody's own network, which carries nothing
        return enlarged(made, asked, request)
    spec, frames = request.spec, asked.story_frames
    small = without_tint(made.frames[: asked.part.stop], chain(*asked.given.values()))
    if request.task == "transition":
        if spec.style == KEPT:
            return at_rate(carried(small, asked.given, made.origins), frames, spec)
        clip, origins = retimed(small, made.origins, gently(frames))
        start, end = (asked.given[at] for at in sorted(asked.given))
        return carried(clip, {0: start, frames - 1: end}, origins)
    if spec.style == KEPT:
        frames, slow = asked.steps + 1, replace(spec, fps=asked.fps)
        request = replace(request, given=asked.given[0], spec=slow)
    onward = Continuation(small, made.origins, asked.first, request, frames)
    return at_rate(LazyClip(frames, onward.frame), asked.story_frames, spec)


SEINE_MINI = Seine(recipe)
