"""A diffusers pipeline from this machine's disk: loaded once, placed where it fits, run so that it
can be stopped. torch and diffusers are imported when the first clip is made, not before."""

import gc
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from seine_core.clips import Frames, Report
from seine_core.engines.local.lean_load import load_model
from seine_core.engines.local.resident import release, resident
from seine_core.errors import MissingWeights, RenderCancelled, RenderFailed, Wording, download
from seine_core.weights.store import path

T = TypeVar("T")
Placement = Literal["resident", "model", "group"]
_ROOM = 6_000_000_000  # bytes that a clip itself takes beside the weights
_DENOISED, DECODED = 0.85, 0.9  # of the work, when the last step is done, and the decoding

_running = threading.Lock()  # a pipeline holds the state of one run


def load(
    model: str,
    pipeline_class: str,
    transformer_class: str,
    *,
    keep_float32: tuple[str, ...] = (),
    prepare: Callable[[Any], None] = lambda pipeline: None,
) -> Any:
    """The pipeline of `model`, from the folder that the model store names; kept until another takes
    its place. Components named in `keep_float32` stay so where the others are halved; `prepare` may
    change a pipeline that was just loaded.

    Raises:
        MissingWeights: the folder is not whole.
        RenderFailed: there is too little memory for it.
    """
    folder = path(model)

    def read() -> Any:
        pipeline = _read(model, folder, pipeline_class, transformer_class, keep_float32)
        prepare(pipeline)
        _place(pipeline)
        return pipeline

    return keep(f"{model}@{folder}", model, read)


def keep(name: str, title: str, read: Callable[[], Any]) -> Any:
    """What `read` loads, kept as the resident `name`; `title` names it in a failure.

    Raises:
        RenderFailed: there is too little memory for it.
    """
    try:
        return resident(name, read)
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        failure = RenderFailed(
            "not enough memory to load it",
            subject=title,
            advice="close other programs, or choose another engine",
        )
    release()
    raise failure


@contextmanager
def readable(model: str, folder: Path) -> Iterator[None]:
    """Turns what libraries say of a folder that they cannot read into one line.

    Raises:
        MissingWeights: they cannot.
    """
    from safetensors import SafetensorError

    try:
        yield
    except MissingWeights:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        said = " ".join(str(error).split())[:200]
        raise MissingWeights(
            Wording(f"its folder {folder} cannot be read", "its folder cannot be read"),
            subject=model,
            reason=said,
            advice=download(model),
        ) from None


def run(
    pipeline: Any, arguments: Mapping[str, Any], *, what: str, steps: int, report: Report
) -> Frames:
    """The clip that `pipeline(**arguments)` makes. `what` says in a failure what was asked for.

    Raises:
        RenderCancelled: `report` asked for it.
        RenderFailed: out of memory, or what came out are no numbers.
    """

    def after_step(_: Any, step: int, t: Any, state: dict[str, Any]) -> dict[str, Any]:
        if not bool(state["latents"].isfinite().all()):
            raise RenderFailed(
                f"step {step + 1} of {steps} gave values that are no numbers",
                subject=what,
                advice="check the model's files with `python -m seine_core models status`",
            )
        report(_DENOISED * (step + 1) / steps)
        return {}

    def make() -> Frames:
        try:
            made = pipeline(
                **arguments,
                num_inference_steps=steps,
                output_type="np",
                callback_on_step_end=after_step,
            ).frames[0]
            clip = np.rint(np.clip(np.nan_to_num(made), 0, 1) * 255).astype(np.uint8)
            report(DECODED)
            return clip
        finally:
            pipeline.maybe_free_model_hooks()

    try:
        return alone(make, what)
    finally:
        arguments = {}  # the trace of a failure would hold them


def alone(make: Callable[[], T], what: str) -> T:
    """What `make` gives, when no other clip is worked on. If it fails, what it had in memory is let
    go of; `what` says in the failure what was asked for.

    Raises:
        RenderFailed: out of memory.
    """
    failure: BaseException
    with _running:
        try:
            return make()
        except (RenderCancelled, RenderFailed) as error:
            # Without its trace, which holds on to everything that the run had in memory.
            failure = error.with_traceback(None)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            failure = RenderFailed(
                "out of memory",
                subject=what,
                advice="choose draft quality, a smaller size or a shorter duration",
            )
    _collect()
    raise failure


def generator(seed: int) -> Any:
    """Chance that is the same on every device."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def out_of_memory(error: BaseException) -> bool:
    """Whether that is what the error says: each device's allocator says it its own way."""
    import torch

    said = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        "out of memory" in said or "can't allocate memory" in said
    )


def placement(weights: int, largest: int, free: int, *, accelerate: bool) -> Placement:
    """How a pipeline of `weights` bytes, its `largest` component among them, uses a GPU that has
    `free`: all of it there, one component at a time, or layer by layer."""
    if weights + _ROOM <= free:
        return "resident"
    return "model" if accelerate and largest + _ROOM <= free else "group"


def _read(
    model: str,
    folder: Path,
    pipeline_class: str,
    transformer_class: str,
    keep_float32: tuple[str, ...],
) -> Any:
    import diffusers
    import torch
    import transformers

    diffusers.utils.logging.disable_progress_bar()  # the editor and the command line show their own
    transformers.utils.logging.disable_progress_bar()
    dtype = _dtype()
    with readable(model, folder):
        pipeline = getattr(diffusers, pipeline_class).from_pretrained(
            folder,
            transformer=load_model(transformer_class, folder / "transformer", dtype),
            dtype={"default": dtype} | dict.fromkeys(keep_float32, torch.float32),
            local_files_only=True,
            use_safetensors=True,
            low_cpu_mem_usage=find_spec("accelerate") is not None,
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _dtype() -> Any:
    """bfloat16, in which these models were trained, where the machine computes in it."""
    import torch

    from seine_core.pipeline.placement import cpu_has_bfloat16

    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if torch.backends.mps.is_available():
        return torch.bfloat16
    return torch.bfloat16 if cpu_has_bfloat16() else torch.float32


def _place(pipeline: Any) -> None:
    import torch

    if not torch.cuda.is_available():
        if torch.backends.mps.is_available():
            pipeline.to("mps")
        pipeline.vae.enable_tiling()
        return
    sizes = [
        sum(p.numel() * p.element_size() for p in component.parameters())
        for component in pipeline.components.values()
        if isinstance(component, torch.nn.Module)
    ]
    free = torch.cuda.mem_get_info()[0]
    has_accelerate = find_spec("accelerate") is not None
    where = placement(sum(sizes), max(sizes), free, accelerate=has_accelerate)
    if where == "resident":
        pipeline.to("cuda")
        return
    pipeline.vae.enable_tiling()
    if where == "model":
        pipeline.enable_model_cpu_offload()
    else:
        pipeline.enable_group_offload(
            onload_device=torch.device("cuda"),
            offload_type="leaf_level",
            use_stream=True,
            low_cpu_mem_usage=True,
        )


def _collect() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
