"""How an error is worded in a terminal and on a page, and that nobody takes its words apart."""

import ast
import pickle
from pathlib import Path
from typing import Any

import pytest

from seine_core.errors import (
    MAX_MESSAGE,
    BadInput,
    MissingWeights,
    RenderFailed,
    Wording,
    download,
)

APP = Path(__file__).parents[1] / "app"
FILE = Path("/home/ada/media/clip.mp4")


@pytest.mark.parametrize(
    ("error", "terminal", "page"),
    [
        (BadInput("The page is old; reload it."), "The page is old; reload it.", None),
        (
            BadInput(subject="fps", received=0, allowed="1 to 240"),
            "fps: received 0, allowed 1 to 240",
            None,
        ),
        (
            BadInput(subject="style", received="x", allowed=("auto", "fade"), advice="choose one"),
            "style: received 'x', allowed auto, fade; choose one",
            None,
        ),
        (BadInput(subject="seed", received=None), "seed: received None", None),
        (
            BadInput("cannot be read", subject=FILE, reason=PermissionError(13, "no way", "/x")),
            "/home/ada/media/clip.mp4: cannot be read (no way)",
            "clip.mp4: cannot be read (no way)",
        ),
        (
            BadInput("is there", received=FILE),
            f"received {FILE}, is there",
            "received clip.mp4, is there",
        ),
        (
            MissingWeights("not here", subject="LTX", advice=download("ltx")),
            "LTX: not here; run `python -m seine_core models download ltx`",
            "LTX: not here; get them in Models",
        ),
        (
            BadInput("is empty", subject=FILE).about("shot 1"),
            f"shot 1: {FILE}: is empty",
            "shot 1: clip.mp4: is empty",
        ),
        (
            RenderFailed("2 failed", reason=[BadInput("one"), BadInput("is empty", subject=FILE)]),
            f"2 failed (one; {FILE}: is empty)",
            "2 failed (one; clip.mp4: is empty)",
        ),
        (
            BadInput("full", subject=Wording("/srv/w", "the workspace")),
            "/srv/w: full",
            "the workspace: full",
        ),
    ],
)
def test_an_error_is_worded_for_a_terminal_and_for_a_page(
    error: Any, terminal: str, page: str | None
) -> None:
    assert str(error) == terminal
    assert error.for_page() == (page or terminal)
    assert str(pickle.loads(pickle.dumps(error))) == terminal


def test_what_was_received_is_bounded_and_can_be_shown() -> None:
    for received in ("x" * 10**6, "\x1b[31m\n", 10**5000, [[[[]]]] * 10**5):
        line = str(BadInput(subject="prompt", received=received, advice="shorten it"))
        assert line.isprintable() and len(line) < 120 and line.endswith("; shorten it")
    long = str(BadInput("y" * 10**6, advice="shorten it"))
    assert len(long) == MAX_MESSAGE and long.endswith("; shorten it")


def test_what_it_is_about_is_said_once_and_its_kind_stays() -> None:
    error = MissingWeights("not here").about(FILE).about(FILE)
    assert str(error) == f"{FILE}: not here" and type(error) is MissingWeights
    assert str(BadInput(error, advice="wait").about(FILE)) == f"{FILE}: not here; wait"


def test_paths_get_other_names_in_all_that_an_error_says() -> None:
    inner = BadInput("is empty", subject=FILE)
    error = RenderFailed("failed", reason=[inner, "late"], subject=FILE.parent)
    known = error.renamed(lambda path: "my film" if path == FILE else path)
    assert str(known) == "/home/ada/media: failed (my film: is empty; late)"
    assert str(error).count("clip.mp4") == 1, "the error itself is as it was"


def test_the_app_takes_no_message_apart() -> None:
    """It shows the words of `for_page` as they are; those for a terminal it only logs."""
    found = []
    for file in sorted(APP.rglob("*.py")):
        if file.name == "cli.py":
            continue  # that is for a terminal
        tree = ast.parse(file.read_text("utf-8"))
        logged = {
            id(inner)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith(("log.", "print"))
            for inner in ast.walk(call)
        }
        caught = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ExceptHandler) and node.name and _is_ours(node)
        }
        for node in ast.walk(tree):
            where = f"{file.relative_to(APP)}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Attribute(value=ast.Call(func=ast.Attribute(attr="for_page"))):
                    found.append(f"{where} {ast.unparse(node)}")
                case ast.Call(func=ast.Name("str"), args=[ast.Name(name)]) if name in caught:
                    if id(node) not in logged:
                        found.append(f"{where} {ast.unparse(node)}")
                case ast.FormattedValue(value=ast.Name(name)) if name in caught:
                    if id(node) not in logged:
                        found.append(f"{where} {ast.unparse(node)}")
    assert found == []


def _is_ours(handler: ast.ExceptHandler) -> bool:
    ours = ("BadInput", "MissingWeights", "RenderFailed", "SeineError", "ClipsFailed", "NotReady")
    return handler.type is not None and any(name in ast.unparse(handler.type) for name in ours)


@pytest.mark.parametrize("said", ["no /srv/stories/a.png", "C:\\stories is full"])
def test_a_page_shows_no_folder_that_a_library_names(said: str) -> None:
    error = BadInput("cannot be read", subject="story", reason=RuntimeError(said))
    assert said in str(error)
    assert error.for_page() == "story: cannot be read (RuntimeError)"
