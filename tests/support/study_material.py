"""Small studies for tests: a folder as `evaluate` writes it, and votes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from starlette.types import ASGIApp

from letter_clips import numbered, write_numbered
from seine_core.media.frames import save_png
from seine_core.study.votes import Choice, Vote
from seine_core.web.server import listen
from seine_core.web.server import server as web_server

FPS = 12
FRAMES = 12


def write_study(folder: Path, methods: str = "abc", items: int = 4, frames: int = FRAMES) -> Path:
    """`methods`: each letter made a clip of every item; a clip's frames are numbered from 0."""
    for method, item in product(methods, range(items)):
        path = folder / "clips" / f"method-{method}" / f"{item:04}-thing.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_numbered(path, range(frames), width=96, height=64, fps=FPS)
    (folder / "scenes").mkdir()
    described = []
    for item in range(items):
        described.append({"id": f"{item:04}-thing", "prompt": f"<b>Prompt</b> {item}"})
        for end, n in (("first", 0), ("last", frames - 1)):
            save_png(numbered(n, 96, 64), folder / "scenes" / f"{item:04}-thing-{end}.png")
    (folder / "items.json").write_text(json.dumps(described), "utf-8")
    return folder


def vote(left: str, right: str, choice: Choice, rater: int = 1, item: str = "0001") -> Vote:
    return Vote(
        rater=rater, name=f"r{rater}", item=item, left=left, right=right, choice=choice, at="now"
    )


@contextmanager
def served_study(app: ASGIApp) -> Iterator[str]:
    """The address of a study on a free port."""
    server = web_server(app)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(60)
