"""What programs can ask for over HTTP, through Gradio's own client."""

import json
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.client import Job
from gradio_client.exceptions import AppError

from app.main import build
from app_stories import Gated, add_gated_engine, served, serving_in, write_image, write_story
from letter_clips import numbers, write_numbered
from page_events import Client as Page
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.layers.engine import Layers
from seine_core.media.frames import fit, load_image
from seine_core.media.video import read_frames
from seine_core.story.disk.archive import pack
from waiting import PATIENCE_S, wait_for

GUIDE = Path(__file__).parents[2] / "docs/api.md"
SMALL = {"width": 96, "height": 64, "fps": 8, "duration_s": 1}


@pytest.fixture(scope="module")
def url(module_path: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        add_gated_engine(monkeypatch)
        write_story(module_path / "story", engine="gated")
        with serving_in(module_path, story=module_path / "story") as url:
            yield url
        Gated.gate.set()


@pytest.fixture(scope="module")
def client(url: str, module_path: Path) -> Iterator[Client]:
    client = Client(url, verbose=False, download_files=str(module_path / "got"))
    yield client
    client.close()


@pytest.fixture
def program(client: Client) -> Iterator[Client]:
    """One for all tests: it reads what all endpoints are before it asks for anything."""
    yield client
    Gated.gate.set()


@pytest.fixture
def images(tmp_path: Path) -> dict[str, Any]:
    names = {"start": 20, "end": 150}
    return {name: handle_file(write_image(tmp_path / f"{name}.png", names[name])) for name in names}


def doing(job: Job) -> str:
    return "".join(step.desc or "" for step in job.status().progress_data or [])


def test_the_example_of_the_guide(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [example, *_] = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert example.count("http://127.0.0.1:7860") == 1
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Layers, "tasks", Crossfade.tasks)  # the frames are not what is shown here
    write_image(tmp_path / "beach.png", 20).rename("beach.jpg")
    write_image(tmp_path / "forest.png", 120)
    write_story(tmp_path / "trip", shots=2)
    pack(tmp_path / "trip", tmp_path / "trip.seine.zip")
    exec(compile(example.replace("http://127.0.0.1:7860", url), "api.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()[1:]  # the first is the client's own
    assert "layers" in said[0]
    assert sum(1 for _ in read_frames(Path(said[1]), 24)) == 48
    assert said[-1].endswith(".gif") and Path(said[-1]).is_file()


def test_a_transition_begins_and_ends_with_its_images(
    program: Client, images: dict[str, Any], tmp_path: Path
) -> None:
    clip = Path(program.predict(**images, **SMALL, engine="crossfade", api_name="/transition"))
    frames = list(read_frames(clip, 8))
    assert len(frames) == 8
    for name, frame in (("start", frames[0]), ("end", frames[-1])):
        still = fit(load_image(tmp_path / f"{name}.png"), 96, 64)
        assert np.abs(frame.astype(int) - still).mean() < 3


def test_an_image_is_brought_to_life(program: Client, images: dict[str, Any]) -> None:
    clip = program.predict(image=images["start"], **SMALL, camera="zoom-in", api_name="/animate")
    assert sum(1 for _ in read_frames(Path(clip), 8)) == 8


def test_a_video_is_cut_and_played_backwards(program: Client, tmp_path: Path) -> None:
    video = write_numbered(tmp_path / "a.mp4", range(24), width=96, height=64, fps=8)
    fields = {"image": handle_file(video), **SMALL, "start_s": 1.0, "speed": 0.5, "reverse": True}
    clip = program.predict(**fields, api_name="/animate")
    assert numbers(Path(clip), 8) == [11, 11, 10, 10, 9, 9, 8, 8]


def test_what_is_there_and_what_is_not(program: Client) -> None:
    endpoints = program.view_api(return_format="dict", print_info=False)
    assert sorted(endpoints["named_endpoints"]) == [
        "/animate",
        "/list_engines",
        "/render_story",
        "/transition",
    ]
    assert endpoints["unnamed_endpoints"] == {}
    engines = {engine["name"]: engine for engine in program.predict(api_name="/list_engines")}
    assert "reveal" in engines["layers"]["styles"]


def test_results_have_random_names_and_no_other_way_to_them(
    program: Client, images: dict[str, Any], url: str, module_path: Path
) -> None:
    clip = program.predict(**images, **SMALL, engine="crossfade", api_name="/transition")
    name = Path(clip).name
    assert re.fullmatch(r"[0-9a-f]{32}\.mp4", name)
    said = httpx.get(f"{url}media/{name}", timeout=PATIENCE_S)
    assert said.headers["content-type"] == "video/mp4" and len(said.content) > 100
    kept = next((module_path / "w" / "results").glob("*/film.mp4"))
    assert httpx.get(f"{url}gradio_api/file={kept}", timeout=PATIENCE_S).status_code == 404
    assert not (kept.parent / "story").exists(), "its images are gone"


def test_progress_and_cancel(
    program: Client, images: dict[str, Any], module_path: Path, url: str
) -> None:
    Gated.gate.clear()
    job = program.submit(**images, **SMALL, engine="gated", api_name="/transition")
    wait_for(lambda: "transition" in doing(job), "no progress")
    assert 0 < job.status().progress_data[0].progress < 1
    later = program.submit(image=images["start"], **SMALL, api_name="/animate")
    wait_for(lambda: "waiting" in doing(later), "it does not wait")
    results = set((module_path / "w" / "results").iterdir())
    job.cancel()
    # The gate is still shut: only a render that was stopped lets the next one through.
    assert Path(later.result(timeout=PATIENCE_S)).is_file()
    wait_for(lambda: set((module_path / "w" / "results").iterdir()) < results, "it is still there")


def test_a_caller_that_goes_away_leaves_nothing_running(
    program: Client, images: dict[str, Any], url: str
) -> None:
    Gated.gate.clear()
    paths = [program.endpoints[1].process_input_files(file)[0] for file in images.values()]
    rest = ["", 1, "gated", "auto", "auto", 0, 96, 64, 8]
    call, mine = f"{url}gradio_api/call/transition", program.cookies
    asked = httpx.post(call, json={"data": [*paths, *rest]}, cookies=mine, timeout=PATIENCE_S)
    event = asked.json()["event_id"]
    with httpx.stream("GET", f"{call}/{event}", cookies=mine, timeout=PATIENCE_S) as answer:
        assert next(answer.iter_lines()) == "event: generating"
    later = program.submit(image=images["start"], **SMALL, api_name="/animate")
    assert Path(later.result(timeout=PATIENCE_S)).is_file()


def test_the_page_and_other_callers_have_their_turn(
    program: Client, images: dict[str, Any], url: str, visit: Callable[..., Page]
) -> None:
    Gated.gate.clear()
    wish = {**SMALL, "engine": "gated", "api_name": "/transition"}
    first = program.submit(**images, **wish)
    wait_for(lambda: "transition" in doing(first), "it does not begin")
    jobs = [program.submit(**images, **wish, seed=seed) for seed in range(1, 6)]
    wait_for(lambda: all("waiting" in doing(job) for job in jobs), "not all wait")
    page = visit(url)
    asked = page.command(page.enter(), {"op": "preview", "owner": "shot-1"})
    assert asked[2]["job"]["ahead"] <= 2, "it waits for its turn, not for all of theirs"
    Gated.gate.set()
    assert all(Path(job.result(timeout=PATIENCE_S)).is_file() for job in (first, *jobs))


@pytest.fixture
def strict(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A program's client of a server that renders two things of a person at a time."""
    monkeypatch.setattr("app.work.renders.EACH", 2)
    write_story(tmp_path / "story", engine="gated")
    with served(partial(build, tmp_path / "w", story=tmp_path / "story")) as url:
        client = Client(url, verbose=False, download_files=str(tmp_path / "got"))
        yield client
        Gated.gate.set()
        client.close()


def test_a_person_has_so_many_renders_under_way_and_no_more(
    strict: Client, images: dict[str, Any]
) -> None:
    program = strict
    Gated.gate.clear()
    wish = {**SMALL, "engine": "gated", "api_name": "/transition"}
    # What was asked for before is there at once: each says something new.
    jobs = [program.submit(**images, **wish, prompt=f"bound {n}") for n in range(8)]
    wait_for(lambda: sum(job.done() for job in jobs) == 6, "not all others are told")
    refused = [job for job in jobs if job.done()]
    for job in refused:
        with pytest.raises(AppError, match="allowed 2; let one finish") as error:
            job.result()
        assert error.value.title == "busy"
    Gated.gate.set()
    kept = [job for job in jobs if job not in refused]
    assert all(Path(job.result(timeout=PATIENCE_S)).is_file() for job in kept) and len(kept) == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"engine": "os:system"}, "engine"),
        ({"engine": "wan"}, "get them in Models"),
        ({"camera": "sideways"}, "camera"),
        ({"style": "../x"}, "style"),
        ({"style": "sparkle"}, "style"),
        ({"width": 10**9}, "width"),
        ({"width": 97}, "width"),
        ({"height": -64}, "height"),
        ({"fps": 0}, "fps"),
        ({"fps": [24]}, "fps"),
        ({"duration_s": 1e300}, "duration_s"),
        ({"duration_s": 61}, "duration_s"),
        ({"duration_s": "long"}, "duration_s"),
        ({"duration_s": {"a": [1]}}, "duration_s"),
        ({"seed": 2**40}, "seed"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"prompt": {"$": "`"}}, "prompt"),
        ({"start": None}, "upload"),
        ({"start": "/etc/passwd"}, "upload"),
        ({"start": {"upload": "upload-" + "0" * 32}}, "was not uploaded here"),
        ({"start": {"upload": "x" * 10_000}}, "upload"),
        ({"start": {"upload": "\0"}}, "was not uploaded here"),
        ({"end": [[[]]]}, "upload"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_in_a_line(
    program: Client, images: dict[str, Any], module_path: Path, wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(AppError) as error:
        program.predict(**{**images, **SMALL, **wrong}, api_name="/transition")
    message = str(error.value)
    missing, unknown = "get them in Models", "was not uploaded here"
    codes = {missing: "missing_weights", unknown: "not_found"}
    assert error.value.title == codes.get(says, "bad_input")
    assert says in message and "\n" not in message and len(message) < 400
    assert str(module_path) not in message
    assert list((module_path / "w" / "results").glob("*/story")) == []


def test_a_refusal_has_a_code_over_plain_http(
    program: Client, images: dict[str, Any], url: str
) -> None:
    paths = [program.endpoints[1].process_input_files(file)[0] for file in images.values()]
    call = f"{url}gradio_api/call/transition"
    rest = ["", 1, "gated", "sideways", "auto", 0, 96, 64, 8]
    asked = httpx.post(
        call, json={"data": [*paths, *rest]}, cookies=program.cookies, timeout=PATIENCE_S
    )
    answer = httpx.get(
        f"{call}/{asked.json()['event_id']}", cookies=program.cookies, timeout=PATIENCE_S
    )
    kind, data = answer.text.strip().splitlines()[-2:]
    said = json.loads(data.removeprefix("data: "))
    assert kind == "event: error" and said["title"] == "bad_input"
    assert said["error"].startswith("camera: received 'sideways'")
    refused = httpx.get(f"{url}media/nothing.png", timeout=PATIENCE_S)
    assert refused.json() == {"detail": "no such file", "code": "not_found"}


def test_a_call_that_failed_has_its_code(program: Client, images: dict[str, Any]) -> None:
    wish = {**images, **SMALL, "engine": "gated", "api_name": "/transition"}
    with pytest.raises(AppError) as error:
        program.predict(**wish, prompt="fail")
    assert error.value.title == "failed"


@pytest.mark.parametrize(
    "wrong", [{"format": "exe"}, {"format": "x/../../../evil/y"}, {"quality": "best"}, {}]
)
def test_a_story_that_is_none(
    program: Client, tmp_path: Path, module_path: Path, wrong: dict[str, Any]
) -> None:
    shutil.make_archive(str(tmp_path / "trip.seine"), "zip", tmp_path)
    file = handle_file(tmp_path / "trip.seine.zip")
    with pytest.raises(AppError) as error:
        program.predict(file=file, **wrong, api_name="/render_story")
    assert (next(iter(wrong)) if wrong else "trip.seine.zip") in str(error.value)
    assert "\n" not in str(error.value) and str(module_path) not in str(error.value)
    assert not list(module_path.rglob("evil")), "it was checked before it became part of a path"


def link(name: str) -> ZipInfo:
    info = ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "entries",
    [
        {"story.json": "{}", "../evil.png": "x"},
        {"story.json": "{}", "/etc/evil.png": "x"},
        {"story.json": "{}", "media\\..\\..\\evil.png": "x"},
        {link("story.json"): "/etc/passwd"},
        {"story.json": "{}", link("media/a.png"): "/etc/passwd"},
        {"story.json": " " * 50_000_000},
        {"story.json": "[" * 100_000},
        {"story.json": "{}", **{f"media/{n}.png": "" for n in range(2000)}},
    ],
    ids=lambda entries: str(next(reversed(entries)))[:30],
)
def test_a_zip_that_means_harm(
    program: Client, tmp_path: Path, module_path: Path, entries: dict[Any, str]
) -> None:
    before = sorted(module_path.parent.rglob("*evil*"))
    with ZipFile(tmp_path / "trip.seine.zip", "w", ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    with pytest.raises(AppError) as error:
        program.predict(file=handle_file(tmp_path / "trip.seine.zip"), api_name="/render_story")
    assert "\n" not in str(error.value) and str(module_path) not in str(error.value)
    assert sorted(module_path.parent.rglob("*evil*")) == before
    assert list((module_path / "w" / "results").glob("*/story")) == []
