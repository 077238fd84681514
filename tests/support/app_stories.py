"""Small stories for the editor's tests, and an engine that waits until it is let go."""

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI

from app.served.senders import NOBODY
from app.stories.sessions import Session
from app.stories.workspace import Workspace
from app.work.studio import Studio
from seine_core import engines
from seine_core.clips import Clip
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.protocol import Request, Task
from seine_core.errors import BadInput
from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.disk.storage import add_media, save_story
from seine_core.story.model import RenderSettings, Story
from seine_core.web.server import listen
from seine_core.web.server import server as web_server
from waiting import PATIENCE_S, wait_for

SIZE = (96, 64)
FPS = 8
TAB = "0123456789abcdef"


class Gated(Crossfade):
    """Cross-fades, but a transition waits for `gate` and reports meanwhile; a prompt "fail"
    fails."""

    gate = threading.Event()
    capabilities = replace(Crossfade.capabilities, name="gated", title="Gated", uses_prompt=True)

    @property
    def tasks(self) -> dict[Task, Callable[[Request], Clip]]:  # type: ignore[override]
        return {**Crossfade.tasks, "transition": self.transition}

    def transition(self, request: Request) -> Clip:
        if request.prompt == "fail":
            raise ValueError("this prompt fails")
        until = time.monotonic() + 2 * PATIENCE_S  # whoever has it shut waits himself
        while not self.gate.wait(0.02):
            assert time.monotonic() < until, "nobody opened the gate"
            request.report(0.5, request.given[0])
        return Crossfade.tasks["transition"](request)


def add_gated_engine(monkeypatch: Any) -> None:
    """Make the engine "gated" known; its gate is shut."""
    monkeypatch.setitem(engines._ENGINES, "gated", "app_stories:Gated")
    Gated.gate.clear()


def write_image(path: Path, shade: int, size: tuple[int, int] = SIZE) -> Path:
    """An image with a ramp, so that crops and neighbours differ."""
    ramp = np.linspace(0, 80, size[0], dtype=np.uint8)
    image = np.broadcast_to(ramp[None, :, None], (size[1], size[0], 3)) + np.uint8(shade)
    save_png(np.ascontiguousarray(image, np.uint8), path)
    return path


def write_story(folder: Path, shots: int = 3, engine: str = "crossfade") -> Story:
    """A saved story of half-second shots and transitions at 8 fps."""
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(
        title="Small story",
        settings=RenderSettings(width=SIZE[0], height=SIZE[1], fps=FPS, quality="draft"),
    )
    for n in range(shots):
        source = add_media(folder, write_image(folder / f"scene-{n}.png", 20 + 40 * (n % 4)))
        (folder / f"scene-{n}.png").unlink()
        story = edits.insert(
            story, [source], title=f"Scene {n + 1}", duration_s=0.5, engine="crossfade"
        )
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.5, engine=engine)
    save_story(story, folder)
    return story


def open_studio(folder: Path, shots: int = 3, engine: str = "crossfade") -> tuple[Studio, str]:
    """A studio for one small story, and the token of a visitor who has it open."""
    write_story(folder / "story", shots, engine)
    studio = Studio(Workspace(folder / "workspace", opened=folder / "story"))
    token, _, _ = studio.workspace.enter(None)
    return studio, token


def open_gated(folder: Path, monkeypatch: Any) -> tuple[Studio, Session]:
    """A studio for one small story, and the story; its transitions wait for `Gated.gate`."""
    add_gated_engine(monkeypatch)
    studio, token = open_studio(folder, engine="gated")
    return studio, session_of(studio, token)


def use_sample(monkeypatch: Any, folder: Path, **story: Any) -> Path:
    """`folder`, where the sample that visitors begin with is a small story: see `write_story`."""
    write_story(folder, **story)
    monkeypatch.setattr("app.stories.workspace.SAMPLE", folder)
    return folder


def begun(workspace: Workspace) -> tuple[str, Session]:
    """The token of a visitor who made the sample their own, and their story."""
    token, session, _ = workspace.enter(None)
    session.own()
    return str(token), session


def upload(studio: Studio, name: str, content: bytes | None = None) -> dict[str, str]:
    """An upload of this process's own, as a command names it; without content a picture."""
    folder = studio.workspace.root / "test-uploads"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / secrets.token_hex(8)
    if content is None:
        write_image(file.with_suffix(".png"), 200).rename(file)
    else:
        file.write_bytes(content)
    return {"upload": studio.uploads.keep(file, name, NOBODY), "name": name}


def session_of(studio: Studio, token: str) -> Session:
    session = studio.workspace.session(token)
    assert session is not None
    return session


_PORT: list[int] = []  # of the last server: where it is free again, a browser knows the page


def _listen(port: int | None) -> socket.socket:
    if port is not None:
        return listen("127.0.0.1", port)
    try:
        listener = listen("127.0.0.1", _PORT[0] if _PORT else 0)
    except BadInput:  # taken meanwhile, or by another server of this process
        listener = listen("127.0.0.1", 0)
    _PORT[:] = [listener.getsockname()[1]]
    return listener


@contextmanager
def served(make: Callable[[], FastAPI], port: int | None = None) -> Iterator[str]:
    """The address of the editor that `make` builds, on `port` or a free one."""
    started: Queue[uvicorn.Server | BaseException] = Queue()

    async def serve(listener: socket.socket) -> None:
        # Built in here, since Gradio makes event loops where none runs, and leaves them.
        server = web_server(make())
        started.put(server)
        await server.serve([listener])

    def run(listener: socket.socket) -> None:
        try:
            asyncio.run(serve(listener))
        except BaseException as error:
            started.put(error)

    with _listen(port) as listener:
        thread = threading.Thread(target=run, args=(listener,), daemon=True)
        thread.start()
        server = started.get(timeout=PATIENCE_S)
        if isinstance(server, BaseException):
            raise server
        try:
            wait_for(lambda: server.started, "the server does not start")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(60)


@contextmanager
def serving_in(folder: Path, **options: Any) -> Iterator[str]:
    """The address of an editor that keeps all it has in `folder`; `options` as of `build`."""
    from app.main import build

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        with served(partial(build, folder / "w", **options)) as url:
            yield url
