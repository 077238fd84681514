"""SEINE itself: the published model."""

from typing import Any

from seine_core.engines.local.availability import available
from seine_core.engines.local.local_pipeline import keep
from seine_core.engines.native_clip import Native
from seine_core.engines.protocol import Capabilities
from seine_core.engines.seine.engine import KEPT, TASKS, Recipe, Seine
from seine_core.weights.store import path

# 16 frames at 8 a second is what the model was trained on; longer clips are made window by window.
NATIVE = Native(area=512 * 512, multiple=8, stride=1, max_frames=481, min_fps=8, max_fps=8)
ABOUT = Capabilities(
    name="seine",
    title="SEINE",
    description="Generates transitions, animates pictures and goes on from a clip with the "
    "published SEINE model; camera moves are asked for in words.",
    version=2,  # 1 repeated a suffix that the prompt had already
    tasks=frozenset(TASKS),
    styles=("auto", KEPT),
    context_frames=25,  # four frames of the model, at up to 60 a second
)


def recipe() -> Recipe:
    """As the model store has it."""
    about = available(ABOUT, dict.fromkeys(TASKS, "seine"))
    return Recipe(about=about, load=_load, native=dict.fromkeys(TASKS, NATIVE))


def _load() -> Any:
    checkpoint, base = path("seine", "checkpoint"), path("seine", "base")

    def read() -> Any:
        from seine_core.pipeline.convert import build_pipeline
        from seine_core.pipeline.placement import choose_device, choose_dtype

        dtype = choose_dtype("auto", choose_device())
        return build_pipeline(checkpoint, base, dtype).place()

    return keep(f"seine@{checkpoint}", "SEINE", read)


SEINE = Seine(recipe)
