"""A diffusers pipeline from this machine's disk: loaded once, placed where it fits, run so that it
can be stopped. torch and diffusers are imported when the first clip is made, not before."""

import logging
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from seine_core.clips import Frames, Report
from seine_core.engines.local.lean_load import load_model
from seine_core.errors import MissingWeights, RenderFailed, Wording, download
from seine_core.weights.resident import resident
from seine_core.weights.store import path

T = TypeVar("T")
_ROOM = 6_000_000_000  # bytes that a clip itself takes beside the weights
_DENOISED, DECODED = 0.85, 0.9  # of the work, when the last step is done, and the decoding

_running = threading.Lock()  # a pipeline holds the state of one run


def load(
    model: str,
    pipeline_class: str,
    transformer_class: str,
    *,
    keep_float32: tuple[str, ...] = (),
    scheduler: Mapping[str, Any],
) -> Any:
    """The pipeline of `model`, from the folder that the model store names; kept until another takes
    its place. Components named in `keep_float32` stay so where the others are halved; `scheduler`
    has settings of the noise schedule that replace the model's own, where it knows them.

    Raises:
        MissingWeights: the folder is not whole.
        RenderFailed: there is too little memory for it.
    """
    folder = path(model)

    def read() -> Any:
        pipeline = _read(model, folder, pipeline_class, transformer_class, keep_float32)
        _reschedule(pipeline, scheduler)
        _place(pipeline)
        return pipeline

    return keep(f"{model}@{folder}", model, read)


def keep(name: str, title: str, read: Callable[[], Any]) -> Any:
    """What `read` loads, kept as the resident `name`; `title` names it in a failure.

    Raises:
        RenderFailed: there is too little memory for it.
    """
    from seine_core.pipeline.placement import letting_go

    def failure() -> RenderFailed:
        return RenderFailed(
            "not enough memory to load it",
            subject=title,
            advice="close other programs, or choose another engine",
        )

    return letting_go(lambda: resident(name, read), failure)


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
    from seine_core.pipeline.placement import letting_go

    def failure() -> RenderFailed:
        return RenderFailed(
            "out of memory",
            subject=what,
            advice="choose draft quality, a smaller size or a shorter duration",
        )

    with _running:
        return letting_go(make, failure)


def generator(seed: int) -> Any:
    """Chance that is the same on every device."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


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

    from seine_core.pipeline.placement import choose_device, choose_dtype

    diffusers.utils.logging.disable_progress_bar()  # the editor and the command line show their own
    transformers.utils.logging.disable_progress_bar()
    dtype = choose_dtype("auto", choose_device(), trained=torch.bfloat16)
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


def _reschedule(pipeline: Any, settings: Mapping[str, Any]) -> None:
    own = pipeline.scheduler
    known = {name: value for name, value in settings.items() if name in own.config}
    if known:
        pipeline.scheduler = type(own).from_config(own.config, **known)
        # Its warnings are of levels and settings that do not fit, which these are set to do.
        logging.getLogger(type(own).__module__).setLevel(logging.ERROR)


def _place(pipeline: Any) -> None:
    import torch

    from seine_core.pipeline.placement import avoid_one_column, choose_device, choose_memory

    device = choose_device()
    models = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    for model in models:
        avoid_one_column(model)
    sizes = [sum(p.numel() * p.element_size() for p in model.parameters()) for model in models]
    has_accelerate = find_spec("accelerate") is not None  # without it, models cannot take turns
    where = choose_memory(
        "auto",
        device,
        resident=sum(sizes) + _ROOM,
        one_model=max(sizes) + _ROOM if has_accelerate else math.inf,
    )
    if where == "resident" and device.type != "cpu":
        pipeline.to(device)
    if where != "resident" or device.type != "cuda":
        pipeline.vae.enable_tiling()
    if where == "model":
        pipeline.enable_model_cpu_offload()
    if where == "group":
        pipeline.enable_group_offload(
            onload_device=device,
            offload_type="leaf_level",
            use_stream=True,
            low_cpu_mem_usage=True,
        )
