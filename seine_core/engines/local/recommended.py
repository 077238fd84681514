"""Which engines suit a machine: what each needs, whether that is there, and how long it takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from seine_core.engines import get_engine
from seine_core.engines.local.machine import Machine
from seine_core.weights.store import ModelStatus

FRAMES, FPS, WIDTH, HEIGHT = 24, 24, 1024, 576  # of the transition whose time is told
_PATIENCE_S = 300.0  # an engine that takes longer for it suits nobody who edits
_CLIP_BYTES = 6_000_000_000  # that a clip takes on a GPU beside the weights
_LAYERS_BYTES = 1_000_000_000  # of a network that does not fit there: layers that take turns
_SYSTEM_BYTES = 4_000_000_000  # of main memory, for everything else
_SPARE_BYTES = 1_000_000_000  # of the disk
_REACHED = 0.4  # of the speed of a large product of matrices, what networks reach
_BUS = 12e9  # bytes a second that come to a GPU from main memory
_COUNT = 2


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What an engine takes to make the transition of `FRAMES`. Bytes are those of its weights in
    half precision: of `all` together, and of the `network` that runs `steps` times.

    `work`: 10^12 operations of all steps with guidance: 2 x weights x tokens, and attention.
    """

    models: tuple[str, ...]  # in the model store; the first makes transitions
    all: int
    network: int
    steps: int
    work: float


# The best pictures first. Tokens are those of the clip at the engine's own rate (`Native`): 5 x
# 2304 of Wan, 4 x 576 of LTX. SEINE's work is that of Stable Diffusion's UNet for each of 9 frames,
# and a quarter more for its layers over time.
_NEEDS = {
    "wan": Needs(
        models=("wan-flf2v", "wan-i2v"),
        all=42_000_000_000,
        network=28_600_000_000,
        steps=50,
        work=43_000,
    ),
    "ltx-13b": Needs(
        models=("ltx-13b",), all=37_000_000_000, network=26_000_000_000, steps=30, work=3_800
    ),
    "ltx": Needs(models=("ltx",), all=14_500_000_000, network=3_900_000_000, steps=40, work=850),
    "seine": Needs(models=("seine",), all=2_300_000_000, network=1_820_000_000, steps=25, work=420),
}
# Those without weights to fetch, best first, with their seconds on the two cores of README's
# figures.
_READY = {"auto": 3.0, "seine-mini": 15.0}
_CORES = 2


@dataclass(frozen=True, kw_only=True)
class Suited:
    """How an engine suits a machine. `lacks` says what it has too little of, one line; `seconds` is
    about what the transition takes, None where it cannot be made."""

    engine: str
    title: str
    models: tuple[str, ...] = ()  # whose weights it needs, those of transitions first
    to_come: int = 0  # bytes of these that are not here yet
    seconds: float | None
    lacks: str = ""


def judged(machine: Machine, models: Mapping[str, ModelStatus]) -> list[Suited]:
    """How the engines with weights suit `machine`, best pictures first. `models`: what is here, by
    name; an engine whose model is not among them is left out."""
    return [
        _suited(name, needs, machine, models[needs.models[0]])
        for name, needs in _NEEDS.items()
        if needs.models[0] in models
    ]


def recommended(machine: Machine, suited: list[Suited]) -> list[Suited]:
    """The one or two of all engines that suit `machine` best: of those with weights that fit the
    best one, if it is fast enough to edit with, and those that are ready."""
    fitting = [s for s in suited if not s.lacks and (s.seconds or 0) <= _PATIENCE_S]
    # Twice the cores are not twice as fast: pictures are drawn one after the other.
    share = (_CORES / machine.cores) ** 0.5
    ready = []
    for name, seconds in _READY.items():
        about = get_engine(name).capabilities
        if about.name == name and not about.missing:  # another may stand for "auto"
            ready.append(Suited(engine=name, title=about.title, seconds=seconds * share))
    return [*fitting[:1], *ready][:_COUNT]


def _suited(name: str, needs: Needs, machine: Machine, found: ModelStatus) -> Suited:
    to_come = 0 if found.state == "complete" else max(0, found.total - found.here)
    lacks = _lack(needs, machine, to_come)
    return Suited(
        engine=name,
        title=get_engine(name).capabilities.title,
        models=needs.models,
        to_come=to_come,
        seconds=None if lacks else _seconds(needs, machine),
        lacks=lacks,
    )


def _lack(needs: Needs, machine: Machine, to_come: int) -> str:
    if machine.gpu is None:
        return "needs a GPU"
    if machine.gpu.memory < _LAYERS_BYTES + _CLIP_BYTES:
        return f"needs a GPU with {(_LAYERS_BYTES + _CLIP_BYTES) / 1e9:.0f} GB"
    if machine.memory and machine.memory < needs.all + _SYSTEM_BYTES:
        return f"needs {(needs.all + _SYSTEM_BYTES) / 1e9:.0f} GB of memory"
    if to_come and machine.free < to_come + _SPARE_BYTES:
        return f"needs {(to_come + _SPARE_BYTES) / 1e9:.0f} GB of free disk"
    return ""


def _seconds(needs: Needs, machine: Machine) -> float:
    assert machine.gpu is not None
    seconds = needs.work / (machine.gpu.tflops * _REACHED)
    if machine.gpu.memory < needs.network + _CLIP_BYTES:
        seconds += needs.steps * needs.network / _BUS  # it comes anew for every step
    return seconds
