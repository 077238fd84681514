"""What every engine promises, whatever it does inside: see `seine_core/engines/protocol.py`.

Engines that need weights are held to it with tiny ones, whether or not the real ones are here.
"""

import itertools
import random
from collections.abc import Callable, Iterable
from dataclasses import is_dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amx_fault import one_column_is_nan
from engine_calls import animate, extend, transition
from seine_core import engines
from seine_core.camera import CAMERA_MOVES
from seine_core.clips import Frames, Report, Still, silent
from seine_core.engines import _ENGINES, get_engine
from seine_core.engines.protocol import ClipSpec, Engine, Request, Task
from seine_core.engines.seine.engine import Seine
from seine_core.engines.stills.image_model import ImageModel
from seine_core.engines.video.video_model import VideoModel
from seine_core.errors import BadInput, RenderCancelled

TASKS: tuple[Task, ...] = ("transition", "animate", "extend")
SIZES = [(64, 48), (65, 49), (16, 16), (17, 90)]


# ltx-13b is ltx with other weights and numbers; what was trained on this machine is not for tests.
NAMES = [name for name in _ENGINES if name != "ltx-13b"]
MODELS = [name for name in NAMES if isinstance(get_engine(name), VideoModel | Seine | ImageModel)]


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    one_column_is_nan(monkeypatch)
    if request.param in MODELS:
        request.getfixturevalue("video_models")
    return get_engine(request.param)


def scene(seed: int, width: int = 64, height: int = 48) -> Still:
    """Blobs and blocks of colour: something to match, light and dark. Read-only, as any caller's
    array may be."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    image = np.full((height, width, 3), rng.integers(30, 200, 3), np.float64)
    for _ in range(12):
        left, top = rng.integers(0, width), rng.integers(0, height)
        block = (abs(x - left) < width / 8) & (abs(y - top) < height / 8)
        image[block] = rng.integers(0, 256, 3)
    image += rng.normal(0, 4, image.shape)
    still = image.clip(0, 255).astype(np.uint8)
    still.flags.writeable = False
    return still


def spec(frames: int = 4, width: int = 64, height: int = 48, **rest) -> ClipSpec:
    return ClipSpec(frames=frames, width=width, height=height, **rest)


def request(task: Task, spec: ClipSpec, report: Report = silent) -> Request:
    a, b = (scene(seed, spec.width, spec.height) for seed in (1, 2))
    given = {"transition": [a, b], "animate": [a], "extend": np.stack([a, a])}[task]
    return Request(task=task, given=given, prompt="a red door opens", spec=spec, report=report)


def make(engine: Engine, task: Task, spec: ClipSpec, report: Report = silent) -> Frames:
    return np.stack(list(engines.draw(engine, request(task, spec, report))))


class Told:
    """What an engine tells while it works."""

    def __init__(self, engine: Engine, task: Task) -> None:
        self.fractions: list[float] = []
        self.previews: list[Still] = []
        make(engine, task, spec(6), self)

    def __call__(self, fraction: float, preview: Still | None = None) -> None:
        self.fractions.append(fraction)
        if preview is not None:
            self.previews.append(preview)


def refused(call: Callable[[], object], *names: str) -> None:
    """`call` raises one line that holds all `names`."""
    with pytest.raises(BadInput) as caught:
        call()
    message = str(caught.value)
    assert message and "\n" not in message
    assert all(name in message for name in names), message


def test_capabilities_are_complete(engine: Engine) -> None:
    can = engine.capabilities
    assert get_engine(can.name) is engine
    for text in (can.title, can.description):
        assert text.strip() == text != "" and "\n" not in text
    assert can.version >= 1 and can.context_frames >= 1
    assert "transition" in can.tasks and can.tasks <= set(engine.tasks) <= set(TASKS)
    assert can.styles[0] == "auto" and len(set(can.styles)) == len(can.styles)
    assert can.cameras[0] == "auto" and set(can.cameras) <= set(CAMERA_MOVES)
    assert can.max_frames is None or can.max_frames >= 16


# Each size and each count, and not each with each: an engine with weights makes its own size and
# count whatever is asked, and fits what it made to one and to the other.
@pytest.mark.parametrize(
    ("frames", "width", "height"), [*((2, *size) for size in SIZES), (3, 65, 49), (24, 17, 90)]
)
def test_a_transition_begins_and_ends_exactly(
    engine: Engine, frames: int, width: int, height: int
) -> None:
    clip = make(engine, "transition", spec(frames, width, height))
    assert clip.shape == (frames, height, width, 3) and clip.dtype == np.uint8
    assert np.array_equal(clip[0], scene(1, width, height))
    assert np.array_equal(clip[-1], scene(2, width, height))


@pytest.mark.parametrize("task", ["animate", "extend"])
@pytest.mark.parametrize(
    ("frames", "width", "height"), [(1, 64, 48), *((5, *size) for size in SIZES)]
)
def test_other_tasks_make_the_size_asked_for_or_are_refused(
    engine: Engine, task: Task, frames: int, width: int, height: int
) -> None:
    asked = spec(frames, width, height)
    if task in engine.capabilities.tasks:
        clip = make(engine, task, asked)
        assert clip.shape == (frames, height, width, 3) and clip.dtype == np.uint8
    else:
        refused(lambda: make(engine, task, asked), engine.capabilities.name, "transition")


def test_each_style_and_camera_works(engine: Engine) -> None:
    can = engine.capabilities
    for style in can.styles:
        clip = make(engine, "transition", spec(3, style=style))
        assert clip.shape == (3, 48, 64, 3)
    task: Task = "animate" if "animate" in can.tasks else "transition"
    # Those of a model are words of its prompt, of which one is enough.
    for camera in can.cameras[-1:] if can.name in MODELS else can.cameras:
        assert make(engine, task, spec(3, camera=camera)).shape == (3, 48, 64, 3)


@pytest.mark.parametrize("value", [0, 127, 255])
def test_flat_stills_pass(engine: Engine, value: int) -> None:
    flat, other = np.full((48, 64, 3), value, np.uint8), scene(1)
    pairs = [(flat, other), (other, flat), (flat, flat)]
    for start, end in pairs[-1:] if engine.capabilities.name in MODELS else pairs:
        clip = transition(engine, start, end, "", spec(5))
        assert np.array_equal(clip[0], start) and np.array_equal(clip[-1], end)


def another(engine: Engine) -> Engine:
    """One of the same kind that has made nothing yet."""
    if isinstance(engine, Seine):
        return Seine(engine.recipe)
    return replace(engine) if is_dataclass(engine) else type(engine)()


def test_same_seed_same_bytes(engine: Engine) -> None:
    for task in engine.capabilities.tasks:
        asked = spec(6, seed=7)
        once, again = make(engine, task, asked), make(engine, task, asked)
        assert once.tobytes() == again.tobytes()
        assert make(another(engine), task, asked).tobytes() == once.tobytes()
        if not engine.capabilities.uses_seed:
            assert make(engine, task, spec(6, seed=8)).tobytes() == once.tobytes()


def test_no_global_chance_is_read_or_changed(engine: Engine) -> None:
    clips = []
    for seed in (1, 2):
        np.random.seed(seed)
        random.seed(seed)
        before = np.random.get_state()[1].copy(), random.getstate()
        clips.append(make(engine, "transition", spec(4)))
        assert np.array_equal(np.random.get_state()[1], before[0])
        assert random.getstate() == before[1]
    assert np.array_equal(*clips)


def test_inputs_stay_as_they_are(engine: Engine) -> None:
    a, b = scene(1).copy(), scene(2).copy()
    whole = np.stack([a, b])
    transition(engine, a, b, "", spec())
    if "animate" in engine.capabilities.tasks:
        animate(engine, a, "", spec())
    if "extend" in engine.capabilities.tasks:
        extend(engine, whole, "", spec())
    assert np.array_equal(a, scene(1)) and np.array_equal(b, scene(2))
    assert np.array_equal(whole, [a, b])


def test_views_do_as_well_as_arrays(engine: Engine) -> None:
    a, b = scene(1), scene(2)
    views = [np.ascontiguousarray(image[::-1, :, ::-1])[::-1, :, ::-1] for image in (a, b)]
    assert np.array_equal(
        transition(engine, views[0], views[1], "", spec(3)), transition(engine, a, b, "", spec(3))
    )


@pytest.mark.parametrize("task", TASKS)
def test_progress_rises_to_one_and_a_cancelled_render_stops_at_once(
    engine: Engine, task: Task
) -> None:
    if task not in engine.capabilities.tasks:
        return
    whole = Told(engine, task)
    assert all(0 <= one <= two for one, two in itertools.pairwise(whole.fractions))
    assert whole.fractions[-1] == 1
    for preview in whole.previews:
        assert preview.shape == (48, 64, 3) and preview.dtype == np.uint8

    heard = 0

    def cancel(fraction: float, preview: Still | None = None) -> None:
        nonlocal heard
        heard += 1
        if heard == calls:
            raise RenderCancelled

    for calls in range(1, min(len(whole.fractions), 2) + 1):
        heard = 0
        with pytest.raises(RenderCancelled):
            make(engine, task, spec(6), cancel)
        assert heard == calls


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((48, 65, 3), np.uint8),
        np.zeros((64, 48, 3), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64), np.uint8),
        np.zeros((0, 64, 3), np.uint8),
        np.zeros((48, 64, 3), np.float32),
        None,
        [[0, 0, 0]],
    ],
    ids=lambda value: f"{value.dtype}-{value.shape}" if hasattr(value, "dtype") else repr(value),
)
def test_a_wrong_still_is_refused_by_name(engine: Engine, wrong) -> None:
    good = scene(1)
    refused(lambda: transition(engine, wrong, good, "", spec()), "start")
    refused(lambda: transition(engine, good, wrong, "", spec()), "end")
    if "animate" in engine.capabilities.tasks:
        refused(lambda: animate(engine, wrong, "", spec()), "image")
    if "extend" in engine.capabilities.tasks:
        clip = wrong[None] if isinstance(wrong, np.ndarray) else wrong
        refused(lambda: extend(engine, clip, "", spec()), "clip")


def test_a_clip_without_frames_is_refused(engine: Engine) -> None:
    if "extend" in engine.capabilities.tasks:
        refused(lambda: extend(engine, np.zeros((0, 48, 64, 3), np.uint8), "", spec()), "clip", "0")
        refused(lambda: extend(engine, scene(1), "", spec()), "clip")


def test_what_an_engine_cannot_do_is_refused_by_name(engine: Engine) -> None:
    can = engine.capabilities
    refused(lambda: make(engine, "transition", spec(style="backflip")), "backflip", *can.styles)
    for camera in set(CAMERA_MOVES) - set(can.cameras):
        refused(lambda c=camera: make(engine, "transition", spec(camera=c)), camera, *can.cameras)
    if can.max_frames is not None:
        too_long = spec(can.max_frames + 1, 16, 16)
        refused(lambda: make(engine, "transition", too_long), "frames", str(can.max_frames))
    refused(lambda: make(engine, "transition", spec(1)), "frames")


def slices_are_of_the_whole(
    engine: Engine, task: Task, total: int, bounds: Iterable[tuple[int, int]]
) -> None:
    whole = make(engine, task, spec(total, 32, 24))
    clip = engines.make(engine, request(task, spec(total, 32, 24)))
    for first, end in bounds:
        assert len(clip[first:end]) == end - first
        assert np.array_equal(np.stack(list(clip[first:end])), whole[first:end])
    assert np.array_equal(clip[-1], whole[-1])


@pytest.mark.parametrize("engine", [name for name in NAMES if name not in MODELS], indirect=True)
@given(data=st.data())
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the engines stay as they are
)
def test_slices_give_the_frames_of_the_whole(engine: Engine, data: st.DataObject) -> None:
    task: Task = data.draw(st.sampled_from(sorted(engine.capabilities.tasks)))
    total = data.draw(st.integers(2, 12))
    cuts = sorted(data.draw(st.sets(st.integers(1, total - 1), max_size=3)))
    bounds = data.draw(st.permutations(list(itertools.pairwise([0, *cuts, total]))))
    slices_are_of_the_whole(engine, task, total, bounds)


# Few, as each is a clip or two of a whole network; models fit what they made to any count alike.
@pytest.mark.parametrize("engine", MODELS, indirect=True)
def test_slices_give_the_frames_of_the_whole_clip_of_a_model(engine: Engine) -> None:
    for task in engine.capabilities.tasks:
        slices_are_of_the_whole(engine, task, 7, [(5, 7), (0, 1), (2, 4)])


def test_what_stood_still_stays_still(engine: Engine) -> None:
    if isinstance(engine, VideoModel | Seine):
        return  # what it has learned decides, and is only asked in words
    if "extend" in engine.capabilities.tasks:
        clip = np.repeat(scene(1)[None], 4, axis=0)
        longer = extend(engine, clip, "", spec(5, camera="still"))
        assert np.array_equal(longer, np.repeat(clip[:1], 5, axis=0))
