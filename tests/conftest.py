"""Fixtures that more than one test file needs, and one thread a process for torch: the models here
are tiny, and threads that wait for each other on a busy machine make them many times slower."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from browser_pages import Editor
    from fake_hub import FakeHub
    from page_events import Client

# The same examples on every run, however slow the machine: what passes here passes there.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell ignores Ctrl-C for what it starts with "&", and so would every program that a test stops.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import everything without looking for garbage, and never look through it again: that takes
    a third of the time of collecting, and more in every full collection later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(autouse=True)
def _scheduled_as_before() -> Iterator[None]:
    """A library that makes this process a real-time one makes every later test, and the whole
    machine, wait for it."""
    before = _policy()
    yield
    assert _policy() == before


def _policy() -> int:
    return os.sched_getscheduler(0) if hasattr(os, "sched_getscheduler") else 0


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models' folder as the model manager lays it out, in which every model is there, tiny and
    untrained."""
    from seine_core.weights.checkpoint import save_seine
    from tiny_ltx import tiny_ltx_folder
    from tiny_models import tiny_pipeline, tiny_sd14_folder, tiny_unet, tiny_vqgan_folder
    from tiny_wan import tiny_wan_folder

    folder = tmp_path_factory.mktemp("models")
    (folder / "seine").mkdir()
    save_seine(tiny_unet(), folder / "seine/seine.pt")
    tiny_sd14_folder(folder / "seine/stable-diffusion-v1-4")
    tiny_wan_folder(folder / "wan-flf2v", "flf2v")
    tiny_wan_folder(folder / "wan-i2v", "i2v")
    tiny_ltx_folder(folder / "ltx")
    tiny_ltx_folder(folder / "ltx-13b", seed=1)
    tiny_vqgan_folder(folder / "vqgan")
    words = tmp_path_factory.mktemp("words")
    tiny_pipeline(words, seed=2, carries_given=True).save_pretrained(folder / "seine-mini")
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[FakeHub]":
    """A hub on this machine with the small models; downloads go to the folder `models`."""
    from fake_hub import serve
    from small_models import HUB_FILES, use_small_models

    with serve({repo: dict(files) for repo, files in HUB_FILES.items()}) as hub:
        use_small_models(monkeypatch, tmp_path / "models", hub=hub.url)
        yield hub


@pytest.fixture
def video_models(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The video engines use the tiny models, and few pixels and steps. What one test loaded, the
    next may use."""
    from small_engines import use_few_pixels_and_steps

    monkeypatch.setenv("SEINE_MODELS", str(tiny_models))
    use_few_pixels_and_steps(monkeypatch)
    return tiny_models


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from browser_pages import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def editor(
    request: pytest.FixtureRequest,
    browser: "Browser",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> "Iterator[Editor]":
    """Serves one small story, or with the parameter "sample" a visitor's own stories."""
    from app_stories import add_gated_engine, write_story
    from browser_pages import serving

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    add_gated_engine(monkeypatch)
    story = tmp_path / "story"
    write_story(story, engine="gated")
    own = getattr(request, "param", "") == "sample"
    if own:
        request.getfixturevalue("draft_of_the_sample")
    with serving(browser, tmp_path, None if own else story) as editor:
        yield editor


@pytest.fixture(scope="module")
def module_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `tmp_path`, for all tests of a file."""
    return tmp_path_factory.mktemp("module")


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the sample that visitors begin with: a small story."""
    from app_stories import use_sample

    return use_sample(monkeypatch, tmp_path / "sample")


@pytest.fixture
def visit() -> "Iterator[Callable[..., Client]]":
    """Makes clients without a page; see `page_events`."""
    from page_events import Client

    with ExitStack() as clients:
        yield lambda *who: clients.enter_context(closing(Client(*who)))


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Stable Diffusion 1.4 folder of tiny models whose latents are about as large as noise, as a
    trained VAE's are."""
    from tiny_models import tiny_sd14_folder, tiny_vae

    folder = tiny_sd14_folder(tmp_path_factory.mktemp("base") / "sd14")
    vae = tiny_vae()
    vae.register_to_config(scaling_factor=4.0)
    vae.save_pretrained(folder / "vae")
    return folder


@pytest.fixture(autouse=True, scope="session")
def background_work_has_its_share() -> Iterator[None]:
    """Renders and scores leave the processor to all others: here that is what else the machine
    does, and on a busy one they would wait for minutes."""
    with pytest.MonkeyPatch.context() as patch:
        if "app" in sys.modules:
            from app.work import renders, scores

            patch.setattr(renders, "_NICE", 0)
            patch.setattr(scores, "_NICE", 0)
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_is_forced_to_the_disk() -> Iterator[None]:
    """Tests kill processes, which lose nothing that was written, and never the machine: waiting for
    the disk would prove nothing and take most of their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        if "app" in sys.modules:
            from app.stories import database

            patch.setattr(database, "_SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(autouse=True, scope="session")
def no_draft_of_the_sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A studio begins without the clips of the sample's draft, which nearly no test shows: they
    are most of what beginning costs."""
    with pytest.MonkeyPatch.context() as patch:
        if "app" in sys.modules:
            from app.work import studio

            patch.setattr(studio, "SAMPLE_DRAFT", tmp_path_factory.mktemp("no-draft"))
        yield


@pytest.fixture
def draft_of_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A studio begins with it, as it does outside tests."""
    from app.stories import samples
    from app.work import studio

    monkeypatch.setattr(studio, "SAMPLE_DRAFT", samples.SAMPLE_DRAFT)


@pytest.fixture(autouse=True)
def one_training_at_a_time() -> Iterator[None]:
    """accelerate keeps a process's first precision; another test may train in another one."""
    yield
    if "accelerate.state" in sys.modules:
        from accelerate.state import AcceleratorState

        AcceleratorState._reset_state(True)
