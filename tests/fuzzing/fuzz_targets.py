"""What reads things from outside, each as a function of bytes: the good value or `BadInput` in one
bounded line, in bounded time and memory. Anything else that is raised is a fault.

`test_fuzz` replays and changes the stored corpus with them, and `fuzz` lets atheris look for more.
"""

import asyncio
import atexit
import functools
import json
import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import httpx
import numpy as np
from gradio_client.utils import is_file_obj, traverse
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.page.commands import Edit, parse
from app.page.perform import perform
from app.served.bodies import Bodies
from app.work.studio import Studio
from app_stories import TAB, open_studio, session_of
from letter_clips import write_numbered
from seine_core.errors import BadInput
from seine_core.media.frames import MAX_SIDE, image_info, load_image
from seine_core.media.sound import check_sound
from seine_core.media.video import probe, read_frames
from seine_core.story.captioning import with_subtitles
from seine_core.story.disk.archive import unpack
from seine_core.story.disk.storage import load_story, parse_story
from seine_core.story.model import CardSource, Shot, Story
from seine_core.story.subtitles import parse_subtitles, write_subtitles
from seine_core.study.material import read_material
from seine_core.study.server import build
from seine_core.study.votes import FILE, begin_votes
from seine_core.weights.checkpoint import load_seine
from seine_core.weights.weight_file import damage

CORPUS = Path(__file__).parent / "corpus"
MAX_LINE = 1000  # characters of a message; what a user sees is shorter, without the folder
MAX_CPU_S = 20.0  # of this process: the clock on the wall also counts what others do
MAX_MB = 1200
FRAMES = 4

Target = Callable[[bytes, Path], None]


def image(data: bytes, folder: Path) -> None:
    path = written(folder / "picture", data)
    image_info(path)
    still = load_image(path)
    assert still.dtype == np.uint8 and still.ndim == 3 and still.shape[2] == 3
    assert 0 < max(still.shape[:2]) <= MAX_SIDE


def video(data: bytes, folder: Path) -> None:
    path = written(folder / "video", data)
    info = probe(path)
    assert 0 < info.width <= MAX_SIDE and 0 < info.height <= MAX_SIDE
    assert info.duration_s > 0 and info.fps > 0
    for start in (0.0, 0.2):
        for still in islice(read_frames(path, 10, start), FRAMES):
            assert still.dtype == np.uint8 and still.shape == (info.height, info.width, 3)


def sound(data: bytes, folder: Path) -> None:
    check_sound(written(folder / "sound.wav", data))


def story(data: bytes, folder: Path) -> None:
    found = parse_story(data)
    assert parse_story(found.model_dump_json()) == found


def subtitles(data: bytes, folder: Path) -> None:
    found = parse_subtitles(data)
    assert all(one.text.strip() for one in found)
    read = parse_subtitles(write_subtitles(found, "vtt").encode())
    assert [one.text for one in read] == [one.text for one in found]
    with_subtitles(Story(shots=(Shot(id="a", source=CardSource()),)), found)


def archive(data: bytes, folder: Path) -> None:
    place = folder / "unpacked"
    try:
        unpack(written(folder / "given.seine.zip", data), place)
    except BadInput:
        assert not place.exists() and not [*folder.glob("*.part")], "something was left on disk"
        raise
    load_story(place)


def checkpoint(data: bytes, folder: Path) -> None:
    """Weights, as torch's zip file or else as safetensors."""
    suffix = ".pt" if data.startswith(b"PK") else ".safetensors"
    damage(written(folder / f"weights{suffix}", data))
    load_seine(folder / f"weights{suffix}")


def command(data: bytes, folder: Path) -> None:
    """A command of the page, done where it is an edit, as others would start renders."""
    studio, token = _studio()
    session = session_of(studio, token)
    with suppress(ValueError, RecursionError):  # no JSON comes here
        asked = parse(json.loads(data))
        if not isinstance(asked, get_args(Edit)):
            return
        before = session.story
        try:
            perform(asked, session, studio, TAB)
        except BadInput:
            assert session.story is before
            raise
        finally:
            session.update(TAB, lambda _: before)


def body(data: bytes, folder: Path) -> None:
    """The body of an event or a call of the editor: no file is left in it for Gradio."""

    async def gradio(scope: Scope, receive: Receive, send: Send) -> None:
        found = await Request(scope, receive).json()
        assert json.dumps(found) == json.dumps(scope["state"]["json"])
        assert traverse(found, lambda file: None, is_file_obj) == found
        await Response()(scope, receive, send)

    answered(asyncio.run(_post(Bodies(gradio, max_upload=0), "gradio_api/queue/join", data)))


def vote(data: bytes, folder: Path) -> None:
    """A body of each of the study's calls."""
    for path in ("api/raters", "api/votes"):
        answered(asyncio.run(_post(_study(), path, data)))


def answered(said: httpx.Response) -> None:
    """Raises BadInput with what a refusal says."""
    assert said.status_code < 500
    if said.status_code != 200:
        raise BadInput(said.text.removesuffix("\n"))


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        *(image, video, sound, story, subtitles, archive, checkpoint),
        *(command, body, vote),
    )
}


def run(name: str, data: bytes) -> None:
    """Give `data` to a target.

    Raises:
        Exception: whatever is no `BadInput` of one bounded line, or AssertionError.
    """
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, bounded():
        try:
            TARGETS[name](data, Path(folder))
        except BadInput as error:
            message = str(error)
            assert message and len(message) <= MAX_LINE, f"{len(message)} characters: {message!r}"
            assert len(message.splitlines()) == 1 and message.isprintable(), repr(message)


def seeds(name: str) -> dict[str, bytes]:
    """The stored inputs of a target by their names."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).iterdir())}


@contextmanager
def bounded() -> Iterator[None]:
    """Asserts that no more time of the processor and no more memory was taken than is allowed."""
    before_s, before_mb = _cpu_s(), _peak_mb(begin=True)
    yield
    spent_s, grown_mb = _cpu_s() - before_s, _peak_mb() - before_mb
    assert spent_s < MAX_CPU_S, f"took {spent_s:.1f} s, allowed are {MAX_CPU_S}"
    assert grown_mb < MAX_MB, f"took {grown_mb:.0f} MB, allowed are {MAX_MB}"


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _peak_mb(begin: bool = False) -> float:
    """The most memory that was taken since the last call with `begin`; over all where the system
    cannot begin anew."""
    if begin:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@functools.cache
def _place() -> Path:
    """A folder for what all inputs of this process share; gone with the process."""
    folder = tempfile.mkdtemp(prefix="fuzz-shared-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@functools.cache
def _studio() -> tuple[Studio, str]:
    return open_studio(_place() / "studio")


@functools.cache
def _study() -> Any:
    study = _place() / "study"
    for name in "ab":
        (study / "clips" / name).mkdir(parents=True)
        write_numbered(study / "clips" / name / "0000-thing.mp4", range(2))
    votes = begin_votes(_place() / FILE)
    return build(read_material(study), votes)


async def _post(app: ASGIApp, path: str, data: bytes) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/") as client:
        if path == "api/votes":
            await client.post("api/raters", json={})
        return await client.post(path, content=data, headers=headers)
