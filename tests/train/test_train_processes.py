"""Runs in processes of their own: the command line, Ctrl-C, and several processes for one run."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from test_train_loop import UNET
from typer.testing import CliRunner

import train_square
from letter_clips import write_numbered
from moving_squares import tiny_run
from seine_core.cli import app
from seine_core.train.checkpoints import checkpoints
from seine_core.train.config import Config
from seine_core.train.export import export_newest
from seine_core.weights.checkpoint import load_seine

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": f"{ROOT}:{ROOT / 'tests/support'}",
    "OMP_NUM_THREADS": "1",
    "ACCELERATE_USE_CPU": "true",
}


def written(config: Config, folder: Path) -> Path:
    path = folder / f"{config.out.name}.json"
    path.write_text(config.model_dump_json(exclude_none=True), "utf-8")
    return path


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=200,
    )


@pytest.mark.slow
def test_two_processes_have_the_gradients_of_one(tiny_base: Path, tmp_path: Path) -> None:
    start = {"weights": "scratch", "unet": UNET, "base": tiny_base}
    alone = tiny_run(tmp_path / "alone", start=start, steps=3, batch_size=4)
    shared = tiny_run(tmp_path / "shared", start=start, steps=3, batch_size=1, accumulate=2)
    train_square.run(alone, tmp_path / "alone.pt")
    script = ROOT / "tests/support/train_square.py"
    done = run(script, written(shared, tmp_path), tmp_path / "shared.pt")
    assert done.returncode == 0, done.stderr[-2000:]

    one, two = (torch.load(tmp_path / f"{name}.pt") for name in ("alone", "shared"))
    assert one.keys() == two.keys()
    for name, gradient in one.items():
        scale = gradient.abs().max()
        assert (gradient - two[name]).abs().max() <= 1e-4 * scale + 1e-7, name
    losses = []
    for config in (alone, shared):
        with (config.out / "log.csv").open(newline="") as file:
            losses.append([float(row["loss"]) for row in csv.DictReader(file)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert len(checkpoints(shared.out / "checkpoints")) == 1


def test_the_command_trains_stops_and_goes_on(tiny_base: Path, tmp_path: Path) -> None:
    """In bfloat16 with worker processes, one video damaged; stopped by what reaches all processes
    of a group, as Ctrl-C does in a terminal, and again, once it has gone on, by SIGTERM."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in "abc":
        write_numbered(folder / f"{name}.mp4", range(20))
    (folder / "damaged.mp4").write_bytes(b"no video")
    config = tiny_run(
        tmp_path / "run",
        start={"weights": "scratch", "unet": UNET, "base": tiny_base},
        data={"kind": "videos", "folder": folder},
        loading={"workers": 1},
        steps=100_000,
        precision="bfloat16",
    )
    path = written(config, tmp_path)
    log = config.out / "log.csv"

    def until(steps: int, which: signal.Signals, *more: str) -> str:
        """What the command says that is stopped once so many steps are in the log."""
        running = subprocess.Popen(
            [sys.executable, "-m", "seine_core", "train", str(path), *more],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        end = time.monotonic() + 120
        while not (log.exists() and len(log.read_text().splitlines()) > steps):
            assert running.poll() is None and time.monotonic() < end, running.communicate()
            time.sleep(0.1)
        os.killpg(running.pid, which)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 130
        assert out.strip().splitlines()[-1].startswith("stopped after step ")
        assert "Traceback" not in err
        return out

    assert "files skipped: 1, see" in until(3, signal.SIGINT)
    step = int(checkpoints(config.out / "checkpoints")[-1].stem[5:])
    said = until(step + 1, signal.SIGTERM, "--resume")
    assert f"step {step} of 100,000" in said or f"step {step} of 100000" in said
    assert int(checkpoints(config.out / "checkpoints")[-1].stem[5:]) > step
    export_newest(config)
    load_seine(config.out / "seine.pt")


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('out = "x"\nsteps = 0\n[start]\nweights = "scratch"\n')
    done = CliRunner().invoke(app, ["train", str(tmp_path / "c.toml")])
    assert done.exit_code == 2
    assert done.stderr.strip() == (
        f"error: {tmp_path}/c.toml: steps: received 0, input should be greater than or equal to 1"
    )
