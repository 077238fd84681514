"""An evaluation from end to end: what it writes, how it goes on, what it survives."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import held_evaluation
from letter_clips import number, write_numbered
from odd_work import double
from seine_core.cli import app
from seine_core.engines.crossfade import Crossfade
from seine_core.evaluate import measures
from seine_core.evaluate.cost import costs
from seine_core.evaluate.processes import Died, in_processes
from seine_core.evaluate.run import WEIGHT_FREE, processes_for
from seine_core.evaluate.trial import Settings
from seine_core.media.frames import load_image
from seine_core.media.video import probe
from tiny_clip import tiny_clip_folder

SMALL = ["--engines", "crossfade", "--size", "64x48", "--frames", "2", "--second", "6"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three whole videos, one of them without a caption, and one of every fault."""
    folder = tmp_path_factory.mktemp("videos")
    for n, name in enumerate("abc"):
        write_numbered(folder / f"{name}.mp4", range(100 * n, 100 * n + 8))
        (folder / f"{name}.txt").write_text(f"scene {name}", "utf-8")
    (folder / "b.txt").unlink()
    write_numbered(folder / "d-short.mp4", range(3))
    (folder / "d-short.txt").write_text("too short", "utf-8")
    (folder / "e-broken.mp4").write_bytes(b"no video")
    (folder / "e-broken.txt").write_text("broken", "utf-8")
    return folder


@pytest.fixture
def small_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warp error at a small size, but for what is compared with other processes' figures."""
    monkeypatch.setattr(measures, "FLOW_SIDE", held_evaluation.FLOW_SIDE)


def evaluate(data: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", str(data), "-o", str(out), *SMALL, *more])


def table(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "results.csv").read_text("utf-8").splitlines()))


@pytest.fixture(scope="module")
def done(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("done") / "run"
    result = evaluate(videos, out, "--workers", "1", "--engines", "crossfade,morph")
    assert result.exit_code == 0, result.output
    assert "| Engine | Clips |" in result.stdout and "| crossfade | 3 |" in result.stdout
    assert "crossfade: 1 without figures (too short)" in result.stderr
    return out


def test_what_it_writes(done: Path) -> None:
    items = json.loads((done / "items.json").read_text())
    assert [item["id"] for item in items] == [
        *("0001-a", "0002-b", "0003-c", "0004-d-short", "0005-e-broken")
    ]
    assert items[0]["prompt"] == "scene a" and items[1]["prompt"] == ""
    for engine in ("crossfade", "morph"):
        assert probe(done / f"clips/{engine}/0001-a.mp4").duration_s == 0.25
        assert not (done / f"clips/{engine}/0005-e-broken.mp4").exists()
    for item, first, last in (("0001-a", 0, 5), ("0003-c", 200, 205)):
        ends = [load_image(done / f"scenes/{item}-{side}.png") for side in ("first", "last")]
        assert [number(still) for still in ends] == [first, last]
    rows = table(done)
    assert [(row["engine"], row["id"]) for row in rows] == [
        (engine, item["id"]) for engine in ("crossfade", "morph") for item in items
    ]
    assert [row["failure"] for row in rows[:5]] == ["", "", "", "too short", "unreadable"]
    assert float(rows[0]["start_psnr"]) == 100 and rows[3]["start_psnr"] == ""
    assert "clipsim_text" not in rows[0]
    everything = json.loads((done / "results.json").read_text())
    assert everything["table"]["crossfade"]["detail"]["n"] == 3
    result = everything["results"][0]
    assert result["seconds"] > 0 and result["peak_bytes"] > 1e6
    settings = json.loads((done / "settings.json").read_text())
    assert settings["settings"]["seed"] == 0 and "numpy" in settings["versions"]
    report = (done / "report.html").read_text("utf-8")
    for words in ("no caption: 1", "too short: 1", "unreadable: 1", "MSR-VTT test, 2,990 videos"):
        assert words in report


def test_a_second_run_makes_nothing(videos: Path, done: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.glob("results/*/*.json")}
    figures = (done / "results.csv").read_bytes()
    result = evaluate(videos, done, "--workers", "1", "--engines", "crossfade,morph")
    assert "10 of 10 clips are there already" in result.stderr
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (done / "results.csv").read_bytes() == figures


def test_processes_give_the_same_figures(videos: Path, done: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = evaluate(videos, out, "--workers", "2", "--engines", "crossfade,morph")
    assert result.exit_code == 0, result.output
    assert (out / "results.csv").read_bytes() == (done / "results.csv").read_bytes()


@pytest.mark.usefixtures("small_flow")
def test_what_changed_is_made_anew(videos: Path, tmp_path: Path, monkeypatch) -> None:
    made: list[tuple[str, int]] = []
    cross = Crossfade.tasks["transition"]

    def counted(request):
        made.append((request.prompt, request.spec.seed))
        return cross(request)

    monkeypatch.setitem(Crossfade.tasks, "transition", counted)
    one = ("--workers", "1", "--limit", "3")
    evaluate(videos, tmp_path, *one)
    assert made == [("scene a", 0), ("", 1), ("scene c", 2)]
    made.clear()
    result = evaluate(videos, tmp_path, *one, "--seed", "7")
    assert [seed for _, seed in made] == [7, 8, 9]
    assert "3 results are made anew" in result.stderr
    made.clear()
    damaged = tmp_path / "results/crossfade/0002-b.json"
    damaged.write_text(
        damaged.read_text("utf-8").replace('"failure": ""', '"failure": []'), "utf-8"
    )
    (tmp_path / "clips/crossfade/0003-c.mp4").unlink()
    evaluate(videos, tmp_path, *one, "--seed", "7")
    assert [seed for _, seed in made] == [8, 9]
    made.clear()
    evaluate(videos, tmp_path, *one, "--seed", "7", "--prompt", "rain")
    assert [prompt for prompt, _ in made] == ["rain"] * 3


@pytest.mark.usefixtures("small_flow")
def test_one_failure_costs_one_clip(videos: Path, tmp_path: Path, monkeypatch) -> None:
    cross = Crossfade.tasks["transition"]
    broken = True

    def sometimes(request):
        if broken and request.prompt == "scene a":
            raise RuntimeError("out of\nmemory")
        return cross(request)

    monkeypatch.setitem(Crossfade.tasks, "transition", sometimes)
    arguments = ("--workers", "1", "--limit", "3")
    result = evaluate(videos, tmp_path, *arguments)
    assert result.exit_code == 0 and "1 without figures (engine failed)" in result.stderr
    assert [row["failure"] for row in table(tmp_path)] == ["engine failed", "", ""]
    report = (tmp_path / "report.html").read_text("utf-8")
    assert "0001-a: RuntimeError: out of memory" in report
    broken = False
    evaluate(videos, tmp_path, *arguments)
    assert table(tmp_path)[0]["failure"] == "engine failed"
    evaluate(videos, tmp_path, *arguments, "--retry-failed")
    assert [row["failure"] for row in table(tmp_path)] == ["", "", ""]


def test_an_engine_that_cannot_be_used_is_left_out(
    videos: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path / "none"))
    arguments = ("--workers", "1", "--limit", "1")
    result = evaluate(videos, tmp_path / "run", *arguments, "--engines", "crossfade,seine")
    assert result.exit_code == 0 and "left out: seine: " in result.stderr
    assert "engine left out: 1" in (tmp_path / "run/report.html").read_text("utf-8")
    result = evaluate(videos, tmp_path / "run", *arguments, "--engines", "seine")
    assert result.exit_code == 1 and "engines: none can be used (seine: " in result.stderr


@pytest.mark.usefixtures("small_flow")
def test_killed_and_stopped_it_goes_on(videos: Path, tmp_path: Path) -> None:
    """kill -9 after the first results, Ctrl-C of two processes after some more, then to the end:
    the figures are those of a run that was left alone."""
    data, out = tmp_path / "data", tmp_path / "run"
    data.mkdir()
    for n in range(6):
        (data / f"v{n:02}.mp4").write_bytes((videos / f"{'abc'[n % 3]}.mp4").read_bytes())
    command = [sys.executable, held_evaluation.__file__, "evaluate", data, "-o", out, *SMALL]

    def until(results: int, workers: int, kill: signal.Signals) -> tuple[int, str]:
        process = subprocess.Popen(
            [*command, "--workers", str(workers)],
            env=os.environ | {"PYTHONPATH": str(ROOT), "UNTIL": str(results)},
            stderr=subprocess.PIPE,
            text=True,
        )
        while len(list(out.glob("results/crossfade/*.json"))) < results:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(kill)
        _, said = process.communicate(timeout=120)
        return process.returncode, said

    assert until(2, 1, signal.SIGKILL)[0] == -signal.SIGKILL
    kept = {p: p.read_bytes() for p in out.glob("results/crossfade/*.json")}
    assert len(kept) == 2
    status, said = until(4, 2, signal.SIGINT)
    assert status == 130 and said.splitlines()[-1].startswith("stopped; finished clips are kept")
    assert len(list(out.glob("results/crossfade/*.json"))) == 4
    assert evaluate(data, out, "--workers", "1").exit_code == 0
    assert {p: p.read_bytes() for p in kept} == kept
    assert evaluate(data, tmp_path / "alone", "--workers", "1").exit_code == 0
    assert (out / "results.csv").read_bytes() == (tmp_path / "alone/results.csv").read_bytes()


def test_a_process_that_dies_costs_its_task_alone() -> None:
    tasks = [1, -1, 2, 3, -2, 4]
    outcomes = dict(in_processes(double, tasks, [{"WORD": "here"}] * 2))
    assert outcomes == {
        **{task: (2 * task, "here") for task in (1, 2, 3, 4)},
        **{task: Died(-signal.SIGKILL) for task in (-1, -2)},
    }
    assert "WORD" not in os.environ


def test_costs_are_those_of_the_block() -> None:
    with costs() as large:
        held = np.ones(200_000_000, np.uint8)
    del held
    with costs() as small:
        pass
    assert large.peak_bytes and small.peak_bytes
    assert large.peak_bytes > small.peak_bytes + 100_000_000 or sys.platform != "linux"
    assert 0 < small.seconds < large.seconds


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--engines", "crossfade,nothing"], "engine: received 'nothing', allowed auto"),
        (["--engines", ","], "engines: none can be used"),
        (["--size", "64"], "size: received '64', allowed a size as in 512x320"),
        (["--size", "65x48"], "size: received 65x48, a video file needs even numbers"),
        (["--size", "8x8"], "width: received 8, allowed 16 to 8192"),
        (["--frames", "1"], "frames: received 1, a transition has at least 2"),
        (["--first", "6"], "frames: received 6 and 6"),
        (["--limit", "0"], "limit: received 0"),
        (["--workers", "0"], "workers: received 0"),
        (["--seed", "-1"], "seed: received -1"),
        (["--clip", "/nowhere/clip"], "/nowhere/clip"),
    ],
)
def test_a_wrong_option_is_one_line(videos: Path, tmp_path: Path, more, message) -> None:
    result = evaluate(videos, tmp_path / "run", "--workers", "1", *more)
    assert result.exit_code in (1, 2), result.output
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1, result.stderr
    assert message in result.stderr
    assert not (tmp_path / "run").exists()


def test_folders_of_no_use(videos: Path, tmp_path: Path) -> None:
    result = evaluate(videos, videos / "run")
    assert result.exit_code == 2 and "lies within" in result.stderr
    result = evaluate(tmp_path / "none", tmp_path / "run")
    assert result.exit_code == 2 and "no such folder" in result.stderr
    (tmp_path / "file").touch()
    result = evaluate(videos, tmp_path / "file")
    assert result.exit_code == 1 and "cannot be written" in result.stderr


def test_data_is_what_is_no_command(videos: Path, tmp_path: Path, monkeypatch) -> None:
    """Options may stand before it, and a folder may be called like a command."""
    (tmp_path / "mini").symlink_to(videos, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    words = ["evaluate", "--limit", "1", "./mini", "-o", "run", *SMALL, "--workers", "1"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    helped = CliRunner().invoke(app, ["evaluate", "--help"])
    assert "--retry-failed" in helped.stdout and "evaluate mini" in helped.stdout
    assert ",".join(WEIGHT_FREE) in helped.stdout
    assert "--guidance" in CliRunner().invoke(app, ["evaluate", "mini", "--help"]).stdout


def test_models_and_clip(videos: Path, video_models: Path, tmp_path: Path) -> None:
    """SEINE and CLIP, tiny and untrained, through the whole command."""
    clip = tiny_clip_folder(tmp_path / "clip")
    engines = ("--engines", "crossfade,seine", "--limit", "2", "--clip", str(clip))
    result = evaluate(videos, tmp_path / "run", *engines)
    assert result.exit_code == 0, result.output
    assert "CLIPSIM-text ↑ | CLIPSIM-scenes ↑ | CLIPSIM-frames ↑" in result.stdout
    rows = table(tmp_path / "run")
    assert [(row["engine"], row["failure"]) for row in rows] == [
        *[("crossfade", "")] * 2,
        *[("seine", "")] * 2,
    ]
    assert all(-1 <= float(row["clipsim_frames"]) <= 1 for row in rows)
    # The second video has no caption, so there is nothing that its frames could be like.
    assert [bool(row["clipsim_text"]) for row in rows] == [True, False] * 2
    again = evaluate(videos, tmp_path / "run", *engines)
    assert "4 of 4 clips are there already" in again.stderr
    wrong = evaluate(videos, tmp_path / "no", *engines[:-1], str(video_models / "wan-i2v"))
    assert wrong.exit_code == 2 and wrong.stderr.count("\n") == 1, wrong.stderr
    assert not (tmp_path / "no").exists()


def test_how_many_processes(monkeypatch) -> None:
    import torch

    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    bare, with_clip = Settings(), Settings(clip="")
    assert len(processes_for("layers", None, bare)) == 6
    assert len(processes_for("layers", None, with_clip)) == 1
    assert len(processes_for("layers", 3, with_clip)) == 3
    gpus = [{"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "1"}]
    assert processes_for("wan", 3, bare) == gpus
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7,8")
    assert [p["CUDA_VISIBLE_DEVICES"] for p in processes_for("wan", None, bare)] == ["5", "7", "8"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert processes_for("wan", None, bare) == [{}]
