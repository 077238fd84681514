"""Who may import whom, checked on the source; and that nothing heavy is loaded before its time."""

import ast
import re
import subprocess
import sys

import pytest

from cpu_time import cpu_of_children_s
from source_modules import MODULES, ROOT, within

HEAVY = {"torch", "diffusers", "transformers", "gradio", "cv2", "moviepy", "matplotlib"}
HEAVY |= {"typst"}

# What everybody may use, and the rooms, lowest first: each with the rooms that it may import beside
# itself. A module stands in the room with the longest name that fits; what is in none, the command
# line above all, joins the rooms of `seine_core` and may import them all.
WORDS = {"seine_core", *(f"seine_core.{w}" for w in ("errors", "camera", "clips", "rates"))}

ROOMS = {
    "files": "",
    "media.decoding": "files",
    "media": "files media.decoding",
    "imaging": "media",
    "painter": "",
    "reports": "",
    "web": "",
    "diffusion": "",
    "model": "",
    "model.carried": "model",
    "weights": "files model model.carried",
    "weights.store": "files weights",
    "vision": "media imaging weights weights.store",
    "pipeline": "files media imaging model model.carried diffusion weights weights.store",
    "engines": "media imaging weights.store vision",
    "engines.local": "engines weights weights.store pipeline",
    "engines.camera": "engines imaging media vision",
    "engines.layers": "engines imaging media vision",
    "engines.morph": "engines imaging media vision",
    "engines.auto": "engines imaging vision",
    "engines.video": "engines engines.local imaging",
    "engines.stills": "engines engines.local pipeline weights.store",
    "engines.seine": "engines engines.local engines.video engines.layers vision "
    "files media imaging pipeline weights.store",
    "story": "engines",
    "story.disk": "story files media",
    "story.film": "story story.disk files media media.decoding",
    "story.mix": "story story.disk files media",
    "story.speech": "story story.disk story.mix files media weights weights.store",
    "story.make": "story story.disk story.film story.mix engines files media media.decoding vision",
    "evaluate": "files media imaging vision painter reports model model.carried diffusion weights "
    "weights.store pipeline engines engines.local engines.seine story story.disk",
    "train": "files media painter reports model model.carried diffusion weights weights.store "
    "pipeline engines.layers",
    "study": "files media reports web",
    "app.served": "web media media.decoding story story.disk story.mix vision",
    "app.stories": "app.served files story story.disk",
    "app.work": "app.served app.stories media media.decoding imaging weights weights.store engines "
    "engines.local story story.disk story.film story.mix story.speech story.make evaluate vision",
    "app.page": "app.served app.stories app.work media imaging engines "
    "story story.disk story.film story.speech story.make evaluate",
    "app": "app.page app.work app.stories app.served web story story.disk story.film story.make",
}
# No module of the first imports what stands beside it.
WITHOUT = {
    "seine_core": {"gradio"},
    "seine_core.story": {"torch", "diffusers", "transformers"},
    "seine_core.weights.store": {"torch", "diffusers", "transformers"},
}


def imports(source: str, module: str, is_package: bool) -> set[str]:
    """What `source` imports anywhere, in functions too: `from a import b` counts as `a.b` where
    that is one of our modules, else as `a`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".") if is_package else module.split(".")[:-1]
                package = package[: len(package) - (node.level - 1)]
                base = ".".join([*package, *([base] if base else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in MODULES else base)
    return found


def room(module: str) -> str:
    """The room that `module` stands in; "" is none."""
    name = module.removeprefix("seine_core.")
    return max((room for room in ROOMS if within(name, room)), key=len, default="")


def allowed(module: str, target: str) -> bool:
    """Whether `module` may import `target`."""
    mine, theirs = room(module), room(target)
    if target.split(".")[0] not in ("seine_core", "app"):
        return not any(
            within(module, package) and target.split(".")[0] in names
            for package, names in WITHOUT.items()
        )
    if within(target, "app") and not within(module, "app") and module != "app.py":
        return False
    if not mine or mine == theirs or target in WORDS:
        return True
    return theirs in ROOMS[mine].split()


def violations(module: str, imported: set[str]) -> list[str]:
    """The imports that `module` must not have."""
    return [f"{module} imports {name}" for name in sorted(imported) if not allowed(module, name)]


def test_no_two_rooms_import_each_other() -> None:
    rooms = [*ROOMS]
    for room, others in ROOMS.items():
        assert {rooms.index(other) < rooms.index(room) for other in others.split()} <= {True}, room


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards_only(module: str) -> None:
    path = MODULES[module]
    found = imports(path.read_text("utf-8"), module, path.name == "__init__.py")
    assert violations(module, found) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("seine_core.media.frames", "import gradio as gr"),
        ("seine_core.media.frames", "from app import main"),
        ("seine_core.story.make.plan", "import torch"),
        ("seine_core.story.make.plan", "def f():\n    from torch import nn"),
        ("seine_core.story.make.plan", "from ...engines.layers.engine import Layers"),
        ("seine_core.story.make.plan", "from seine_core.engines import morph"),
        ("seine_core.engines.morph.engine", "from seine_core.story.model import Story"),
        ("seine_core.engines.morph.engine", "from ...story import model"),
        ("seine_core.engines.morph.engine", "import gradio.themes"),
        ("seine_core.pipeline.pipeline", "import seine_core.train.loop"),
        ("seine_core.train.loop", "from seine_core.evaluate import metrics"),
        ("seine_core.engines.morph.engine", "from seine_core.evaluate import ranking"),
        ("seine_core.model.unet", "from seine_core.diffusion import schedule"),
        ("seine_core.diffusion.samplers", "import seine_core.model.unet"),
        ("app.page.handlers", "from seine_core.pipeline.pipeline import transition"),
        ("seine_core.media.decoding.tasks", "from seine_core.media.frames import fit"),
        ("app.py", "from seine_core.train import loop"),
        ("app.page.handlers", "from seine_core.study import votes"),
        ("seine_core.evaluate.ranking", "from seine_core.study.preference import wilson"),
    ],
)
def test_a_wrong_import_is_found(module: str, line: str) -> None:
    assert len(violations(module, imports(line, module, is_package=False))) >= 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("seine_core.story.make.render", "from seine_core.engines import get_engine"),
        ("seine_core.story.make.render", "from seine_core.engines.protocol import ClipSpec"),
        ("seine_core.story.make.render", "from .. import model"),
        ("seine_core.engines.layers.engine", "from ..checks import check_still"),
        ("seine_core.cli", "from seine_core.train import loop"),
        ("seine_core.cli_evaluate", "from seine_core.evaluate import metrics"),
        ("seine_core.train.loop", "from seine_core.train.loss import loss"),
        ("app.page.handlers", "import gradio as gr\nfrom seine_core.story import model"),
        (
            "app.page.handlers",
            "from seine_core.evaluate import ranking\nimport seine_core.media.cuts",
        ),
        (
            "app.page.handlers",
            "from seine_core import __version__\nfrom app.page.view import story_view",
        ),
    ],
)
def test_a_right_import_passes(module: str, line: str) -> None:
    assert violations(module, imports(line, module, is_package=False)) == []


@pytest.mark.parametrize(
    ("line", "module", "is_package", "expected"),
    [
        ("from .. import model", "seine_core.story.make.render", False, "seine_core.story.model"),
        ("from .model import Story", "seine_core.story", True, "seine_core.story.model"),
        (
            "from ...errors import BadInput",
            "seine_core.story.make.render",
            False,
            "seine_core.errors",
        ),
        ("from ..errors import BadInput", "seine_core.story", True, "seine_core.errors"),
    ],
)
def test_relative_imports_are_resolved(
    line: str, module: str, is_package: bool, expected: str
) -> None:
    assert imports(line, module, is_package) == {expected}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is_for(module: str) -> None:
    docstring = ast.get_docstring(ast.parse(MODULES[module].read_text("utf-8")))
    assert docstring, f"{MODULES[module].relative_to(ROOT)} has no docstring"


def test_modules_are_named_after_what_they_do() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|common|misc)($|_)")
    assert [name for name in MODULES if any(vague.search(p) for p in name.split("."))] == []


# The app's flags are read before anything heavy is needed; covered as soon as app.py is there.
COMMANDS = [["-c", "import seine_core"], ["-c", "import seine_core.engines, seine_core.story"]] + (
    [["app.py", "--help"]] if "app.py" in MODULES else []
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_heavy_is_loaded_at_the_start(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = {
        line.rsplit("|", 1)[1].strip().split(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "seine_core" in loaded or "app.py" in command
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_it_starts_at_once(command: list[str]) -> None:
    """By the processor's time, as other work may share the machine."""
    before = cpu_of_children_s()
    subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True)
    spent = cpu_of_children_s() - before
    assert spent < 1.5, f"python {' '.join(command)} takes {spent:.1f} s, allowed are 1.5 s"
