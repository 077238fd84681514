"""`make fuzz` begins where atheris is installed: its targets are found without pytest's paths."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzz.py")
# As much of atheris as the script needs: each input that it names is given to the target once.
ATHERIS = """
import contextlib
instrument_imports = lambda include: contextlib.nullcontext()
def Setup(arguments, target):
    global given
    given = arguments[-1], target
def Fuzz():
    name, target = given
    target(open(name, "rb").read())
    print("held", name)
    raise SystemExit
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "atheris.py").write_text(ATHERIS)
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


@pytest.mark.slow  # it loads all that the targets need, half a minute of it
def test_one_input_from_a_file(tmp_path: Path, environment: dict[str, str]) -> None:
    seed = SCRIPT.parent / "corpus/story/least.json"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "story", str(seed)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert done.stdout == f"held {seed}\n", done.stderr


def test_a_target_that_there_is_not(tmp_path: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, str(SCRIPT), "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 2 and done.stderr.startswith("usage: make fuzz")
