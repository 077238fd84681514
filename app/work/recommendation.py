"""The engines that suit this machine, as the Models panel leads with them."""

from collections.abc import Sequence

from pydantic import Field

from app.served.shapes import Message
from app.work.pace import Speeds
from seine_core.engines.local.machine import this_machine
from seine_core.engines.local.recommended import (
    FPS,
    FRAMES,
    HEIGHT,
    WIDTH,
    Suited,
    judged,
    recommended,
)
from seine_core.weights.store import ModelStatus, models_folder


class MachineView(Message):
    """What was found; sizes in bytes."""

    gpu: str  # "" is none
    gpu_memory: int
    memory: int  # 0: the system does not say
    cores: int
    free: int


class SuitedView(Message):
    """An engine that suits it. `measured`: whether `seconds` come from clips that it made here."""

    engine: str
    title: str
    model: str  # "" needs none
    to_come: int
    seconds: float
    measured: bool


class RecommendedView(Message):
    """`clip_s`, `width` and `height` are of the transition whose time is told."""

    machine: MachineView
    clip_s: float
    width: int
    height: int
    engines: list[SuitedView]
    lacks: dict[str, str] = Field(exclude=True)  # by model, for what it says of each


def recommendation(models: Sequence[ModelStatus], speeds: Speeds) -> RecommendedView:
    """What suits this machine. `speeds`: how fast engines were here."""
    machine = this_machine(models_folder())
    suited = judged(machine, {found.model.name: found for found in models})
    gpu = machine.gpu
    return RecommendedView(
        machine=MachineView(
            gpu=gpu.name if gpu else "",
            gpu_memory=gpu.memory if gpu else 0,
            memory=machine.memory,
            cores=machine.cores,
            free=machine.free,
        ),
        clip_s=FRAMES / FPS,
        width=WIDTH,
        height=HEIGHT,
        engines=[_view(one, speeds) for one in recommended(machine, suited)],
        lacks={model: one.lacks for one in suited if one.lacks for model in one.models},
    )


def _view(suited: Suited, speeds: Speeds) -> SuitedView:
    kind = f"Join {suited.engine}"
    measured = speeds.seconds(kind, FRAMES * WIDTH * HEIGHT) if speeds.knows(kind) else None
    seconds = suited.seconds if measured is None else measured
    return SuitedView(
        engine=suited.engine,
        title=suited.title,
        model=suited.models[0] if suited.models else "",
        to_come=suited.to_come,
        seconds=round(seconds or 0.0, 1),
        measured=measured is not None,
    )
