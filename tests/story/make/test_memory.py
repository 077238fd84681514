"""No honest request holds a whole clip: work is cut by bytes, large frames are drawn in bands."""

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine_calls import animate, extend, transition
from seine_core.clips import LazyClip
from seine_core.engines import engine_names, get_engine, make
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.layers.engine import Layers
from seine_core.engines.pieces import TAIL_BYTES, context_frames, pieces_by
from seine_core.engines.protocol import ClipSpec, Request, Task
from seine_core.engines.seine.carry import carried
from seine_core.imaging.interpolate import interpolate
from seine_core.media import bands
from seine_core.media.frames import load_image, save_png
from seine_core.media.video import write_clip
from seine_core.pipeline.origins import Origin, Source
from seine_core.story import edits
from seine_core.story.disk.storage import add_media, save_story
from seine_core.story.film import compose
from seine_core.story.film.captions import draw_caption
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Extend, Generate
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render
from seine_core.story.model import Caption, CardSource, RenderSettings, Story

ROOT = Path(__file__).parents[3]
ENGINES = [name for name in engine_names() if not get_engine(name).capabilities.missing]


def scene(shade: int, width: int = 96, height: int = 64) -> np.ndarray:
    rng = np.random.default_rng(shade)
    blocks = rng.integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), np.uint8))


def long_story(folder: Path, engine: str, **settings: int) -> Story:
    """A picture that is long on show, a video that is extended for long, and a long way between."""
    about = get_engine(engine).capabilities
    story = Story(settings=RenderSettings(**settings))
    if {"animate", "extend"} <= about.tasks:
        save_png(scene(1), folder / "a.png")
        write_clip([scene(2)] * 8, folder / "b.mp4", width=96, height=64, fps=8)
        for name in ("a.png", "b.mp4"):
            source = add_media(folder, folder / name)
            story = edits.insert(story, [source], engine=engine, duration_s=600)
    else:
        story = edits.insert(story, [CardSource(), CardSource()], duration_s=1)
    first, last = (shot.id for shot in story.shots)
    return edits.set_transition(story, first, last, engine=engine, duration_s=60)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_job_of_the_largest_story_makes_more_than_fits(tmp_path: Path, engine: str) -> None:
    story = long_story(tmp_path, engine, width=4096, height=4096, fps=60)
    plan = make_plan(story, tmp_path)
    frame, about = 4096 * 4096 * 3, get_engine(engine).capabilities
    for job in plan.jobs:
        if isinstance(job, Generate):
            longest = about.piece_frames or about.max_frames
            assert longest is None or job.frames <= max(longest, plan.frames / 16)
    assert max(job.tail for job in plan.jobs) * frame <= TAIL_BYTES
    assert len(plan.jobs) <= 200
    assert plan.frames == sum(round(60 * s.duration_s) for s in story.shots) + 3600
    jobs = {job.key: job for job in plan.jobs}
    for job in plan.jobs:
        if isinstance(job, Extend):  # what it goes on from was kept long enough
            before = jobs[job.inputs[0]]
            wanted = context_frames(job.spec, get_engine(engine).capabilities)
            assert before.frames >= min(wanted, 4) and before.tail >= min(wanted, before.frames)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_usual_story_is_cut_as_it_always_was(engine: str) -> None:
    about = get_engine(engine).capabilities
    spec = ClipSpec(frames=96, width=1024, height=576)
    assert list(pieces_by(about, spec, 96)) == [(0, 96)]
    assert context_frames(spec, about) == about.context_frames


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("task", "given"), [("transition", 2), ("animate", 1), ("extend", 1)])
def test_a_clip_that_need_not_fit_into_memory_is_lazy(engine: str, task: Task, given: int) -> None:
    if task in get_engine(engine).capabilities.tasks:
        spec = ClipSpec(frames=40, width=96, height=64)
        asked = Request(task=task, given=[scene(n) for n in range(given)], spec=spec)
        assert isinstance(make(get_engine(engine), asked), LazyClip)


def test_bands_cover_a_frame() -> None:
    for height, width in ((576, 1024), (1080, 1920), (4096, 4096), (64, 4096), (4096, 64), (3, 2)):
        parts = list(bands.bands(height, width))
        assert [row for part in parts for row in range(height)[part]] == list(range(height))
        assert bands.is_large(width, height) == (len(parts) > 1)


def drawn() -> dict[str, list[np.ndarray]]:
    """A few frames of everything that is drawn in bands."""
    a, b = scene(4, 160, 120), scene(5, 160, 120)
    size = {"width": 160, "height": 120}
    made = {}
    for name, options in {
        "auto": {},
        "fade": {"style": "fade"},
        "out": {"camera": "zoom-out"},
        "roll": {"camera": "roll-left"},
    }.items():
        made[name] = list(transition(Layers(), a, b, "", ClipSpec(frames=4, **size, **options)))
    moving = np.stack([np.roll(a, 2 * n, 1) for n in range(6)])
    made["animate"] = list(animate(Layers(), a, "", ClipSpec(frames=3, **size)))
    made["extend"] = list(extend(Layers(), moving, "", ClipSpec(frames=3, **size)))
    made["dissolve"] = list(transition(Crossfade(), a, b, "", ClipSpec(frames=4, **size)))
    ground = np.full((1, 1), 0.5, np.float32)
    flow = np.full((15, 20, 2), 0.03, np.float32)
    sources = (Source(at=0, flow=flow, weight=ground), Source(at=2, flow=-flow, weight=ground))
    origin = Origin(sources=sources, variance=np.full((15, 20), 2.0, np.float32))
    small = np.stack([frame[::4, ::4] for frame in (a, b, b)])
    made["carried"] = list(carried(small, {0: a[None], 2: b[None]}, {1: origin}))
    made["enlarged"] = list(carried(small, {0: a[None]}, {}))
    words = Caption(text="Words", place="centre")
    made["words"] = list(compose.compose([a, b], fps=8, total=2, captions=[words], fade_out=2))
    return made


def test_what_is_drawn_in_bands_is_what_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drawn()
    monkeypatch.setattr(bands, "BAND_PIXELS", 160 * 13)
    for name, frames in drawn().items():
        off = np.abs(np.stack(frames).astype(int) - np.stack(whole[name]))
        assert off.max() <= 1 and (off > 0).mean() < 1e-3, name


def test_the_flow_of_large_frames_carries_them_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    a = np.kron(np.random.default_rng(6).integers(0, 255, (8, 40, 3)), np.ones((24, 24, 1)))
    a = a.astype(np.uint8)[:, :640]
    pair, middle = np.stack([a, np.roll(a, 8, 1)]), np.roll(a, 4, 1)[24:-24, 24:-24].astype(int)
    off = np.abs(interpolate(pair, 3)[1][24:-24, 24:-24] - middle).mean()
    monkeypatch.setattr(bands, "BAND_PIXELS", 640 * 30)
    assert np.abs(interpolate(pair, 3)[1][24:-24, 24:-24] - middle).mean() < off + 1


def test_a_long_story_is_made_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budgets of 4096 x 4096 at a small scale, with the engine that needs none itself."""
    engine = "crossfade"
    frame = 128 * 128 * 3
    for name, most in (("PIECE_BYTES", 16), ("TAIL_BYTES", 4)):
        monkeypatch.setattr(f"seine_core.engines.pieces.{name}", most * frame)
    write_clip([scene(2)] * 4, tmp_path / "b.mp4", width=96, height=64, fps=8)
    save_png(scene(1), tmp_path / "a.png")
    story = Story(settings=RenderSettings(width=128, height=128, fps=12))
    for name in ("a.png", "b.mp4"):
        source = add_media(tmp_path, tmp_path / name)
        story = edits.insert(story, [source], engine=engine, duration_s=8)
    first, last = (shot.id for shot in story.shots)
    story = edits.set_transition(story, first, last, engine=engine, duration_s=4)
    plan, cache = make_plan(story, tmp_path), ClipCache(tmp_path / "clips")
    # What is loaded or computed once is not counted.
    render(plan.only({first}), cache)
    about = ClipSpec(frames=3, width=96, height=64)
    transition(get_engine(engine), scene(1), scene(2), "", about)
    tracemalloc.start()
    try:
        render(plan, cache)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60 * frame, "either shot has 96 frames, which were held at once"


def test_words_of_one_shot_at_a_time_are_kept() -> None:
    tracemalloc.start()
    try:
        for n in range(5):
            drawn = draw_caption(Caption(text=f"{n} of five", place="centre"), 1024, 1024)
        size = drawn.alpha.nbytes + drawn.colour.nbytes
        del drawn
        assert tracemalloc.get_traced_memory()[0] < 2 * size
    finally:
        tracemalloc.stop()


# -- the real thing --------------------------------------------------------------------------------

_WORST = """
import json, resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "seine_core", *sys.argv[1:]]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps([code, peak]))
"""


def peak_mb(*command: str | Path) -> float:
    """What a command takes of memory at most, MB."""
    asked = [sys.executable, "-c", _WORST, *map(str, command)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    code, peak = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    return float(peak)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    for n in range(2):
        blocks = np.random.default_rng(n).integers(0, 255, (64, 64, 3), np.uint8)
        save_png(np.kron(blocks, np.ones((64, 64, 1), np.uint8)), folder / f"{n}.png")
    return folder


# What the commands may take of memory, MB, for 4096 x 4096 pixels at 60 frames a second; longer
# clips take no more.
WORST = {
    ("transition", "layers"): 1500,
    ("transition", "crossfade"): 1500,
    ("transition", "morph"): 1500,
    ("transition", "seine-mini"): 2000,
    ("animate", "layers"): 1500,
    ("animate", "crossfade"): 1500,
    ("animate", "seine-mini"): 2000,
    ("extend", "layers"): 1800,
    ("extend", "crossfade"): 1500,
    ("extend", "seine-mini"): 2000,
}
SIZE = ["--width", "4096", "--height", "4096", "--fps", "60"]


@pytest.fixture(scope="module")
def large_clip(large: Path) -> Path:
    clip = large / "clip.mp4"
    ends = ["--engine", "crossfade", "--frames", "20", "-o", clip]
    assert peak_mb("animate", large / "0.png", *SIZE, *ends) < WORST["animate", "crossfade"]
    return clip


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("task", "engine"), WORST)
def test_the_worst_clips_take_less_than_two_gigabytes(
    large: Path, large_clip: Path, task: str, engine: str
) -> None:
    pictures = [large / "0.png", large / "1.png"]
    given = {"transition": pictures, "animate": pictures[:1], "extend": [large_clip]}[task]
    out = large / f"{engine}-{task}.mp4"
    ends = ["--engine", engine, "--frames", "11", "-o", out]
    assert peak_mb(task, *given, *SIZE, *ends) < WORST[task, engine]


@pytest.fixture(scope="module")
def large_story(large: Path, large_clip: Path) -> Path:
    """An extended GIF and a looped video with words over them, a transition between, and fades."""
    frames = [Image.fromarray(np.roll(load_image(large / "0.png"), 64 * n, 1)) for n in range(3)]
    frames[0].save(large / "a.gif", save_all=True, append_images=frames[1:], duration=120)
    folder = large / "story"
    folder.mkdir()
    settings = RenderSettings(width=4096, height=4096, fps=60, fade_in_s=0.2, fade_out_s=0.2)
    story = Story(settings=settings)
    for file, asked in (
        (large / "a.gif", {"captions": [Caption(text="words " * 50, place="centre")]}),
        (large_clip, {"captions": [Caption(text="words " * 50)], "past_end": "loop"}),
    ):
        source = add_media(folder, file)
        story = edits.insert(story, [source], engine="seine-mini", duration_s=0.5, **asked)
    first, last = (shot.id for shot in story.shots)
    story = edits.set_transition(story, first, last, engine="seine-mini", duration_s=0.05)
    save_story(story, folder)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("suffix", ["mp4", "webm", "gif", "zip"])
def test_the_worst_stories_take_less_than_two_gigabytes(
    large: Path, large_story: Path, suffix: str
) -> None:
    out = large / f"story.{suffix}"
    assert peak_mb("render", large_story, "--cache", large / "clips", "-o", out) < 2000
