"""Which engines are recommended: the best that the machine holds and makes soon enough."""

from pathlib import Path

import pytest

from seine_core.engines.local import machine as machines
from seine_core.engines.local.machine import Gpu, Machine, this_machine
from seine_core.engines.local.recommended import Suited, judged, recommended
from seine_core.weights.store import ModelStatus, find

GB = 1_000_000_000
MODELS = {
    name: ModelStatus(model=find(name), parts=())
    for name in ("seine", "ltx", "ltx-13b", "wan-flf2v", "wan-i2v")
}


class _Absent(ModelStatus):
    """None of it is here."""

    state = "missing"
    here = 0

    @property
    def total(self) -> int:
        return self.model.size


ABSENT = {name: _Absent(model=found.model, parts=()) for name, found in MODELS.items()}


def machine(
    gpu: int = 0, tflops: float = 100.0, memory: int = 64, cores: int = 8, free: int = 500
) -> Machine:
    card = Gpu(name="A card", memory=gpu * GB, tflops=tflops) if gpu else None
    return Machine(gpu=card, memory=memory * GB, cores=cores, free=free * GB)


def chosen(here: Machine) -> list[str]:
    return [one.engine for one in recommended(here, judged(here, ABSENT))]


def lacks(here: Machine) -> dict[str, str]:
    return {one.engine: one.lacks for one in judged(here, ABSENT)}


@pytest.mark.parametrize(
    ("here", "engines"),
    [
        (machine(), ["auto", "seine-mini"]),
        (machine(gpu=4), ["auto", "seine-mini"]),
        (machine(gpu=80, tflops=700), ["wan", "auto"]),
        (machine(gpu=24, tflops=150), ["ltx-13b", "auto"]),  # Wan would take too long
        (machine(gpu=24, tflops=150, memory=32), ["ltx", "auto"]),
        (machine(gpu=8, tflops=40, memory=16), ["seine", "auto"]),
        (machine(gpu=80, tflops=700, free=30), ["ltx", "auto"]),
        (machine(gpu=80, tflops=700, free=2), ["auto", "seine-mini"]),
        (machine(gpu=8, tflops=0.5), ["auto", "seine-mini"]),
    ],
)
def test_the_best_that_fits_and_is_fast_enough(here: Machine, engines: list[str]) -> None:
    assert chosen(here) == engines


def test_it_says_what_a_machine_has_too_little_of() -> None:
    assert set(lacks(machine()).values()) == {"needs a GPU"}
    assert lacks(machine(gpu=4))["seine"] == "needs a GPU with 7 GB"
    assert lacks(machine(gpu=24, memory=16))["wan"] == "needs 46 GB of memory"
    assert lacks(machine(gpu=24, free=10))["ltx"] == "needs 27 GB of free disk"
    assert lacks(machine(gpu=24, memory=0))["wan"] == "", "a system may not say"


def test_weights_that_do_not_fit_the_gpu_come_anew_for_each_step() -> None:
    def seconds(here: Machine) -> float:
        return next(one.seconds or 0 for one in judged(here, ABSENT) if one.engine == "ltx-13b")

    assert seconds(machine(gpu=16)) == pytest.approx(seconds(machine(gpu=48)) + 30 * 26 / 12)
    assert seconds(machine(gpu=48, tflops=200)) == pytest.approx(seconds(machine(gpu=48)) / 2)


def test_what_is_ready_takes_less_time_on_more_cores() -> None:
    def first(cores: int) -> Suited:
        return recommended(machine(cores=cores), [])[0]

    assert (first(8).seconds or 0) < (first(2).seconds or 0)
    assert first(8).to_come == 0 and first(8).models == ()


def test_a_gpu_that_cannot_be_used_now_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full() -> Gpu:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(machines, "_measured_gpu", full)
    assert this_machine(tmp_path).gpu is None and "out of memory" in caplog.text
    card = Gpu(name="A card", memory=8 * GB, tflops=50.0)
    monkeypatch.setattr(machines, "_measured_gpu", lambda: card)
    assert this_machine(tmp_path).gpu == card


def test_the_speed_of_a_device_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "_SIDE", 32)
    assert machines._tflops("cpu") > 0


def test_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machines, "_MEMORY_LIMIT", limit)
    machines._memory.cache_clear()
    here = this_machine(tmp_path / "not" / "yet")
    assert here.cores >= 1 and here.free > 0 and here.memory > GB / 4
    limit.write_text("max\n")
    machines._memory.cache_clear()
    assert machines._memory() == here.memory
    limit.write_text("200000000\n")
    machines._memory.cache_clear()
    assert machines._memory() == 200_000_000, "a container's own"
    machines._memory.cache_clear()
