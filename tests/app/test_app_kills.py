"""A kill between any two steps loses no story, and leaves none that nobody owns."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "tests/support"


def steps(folder: Path, *actions: str) -> dict[str, int]:
    """How many steps each action has; before each of them it was killed once."""
    done = subprocess.run(
        [sys.executable, SUPPORT / "killed_workspace.py", folder, *actions],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{SUPPORT}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = dict(line.split() for line in done.stdout.splitlines())
    return {action: int(number) for action, number in found.items()}


def test_moves_to_the_trash_and_back_and_the_choice_of_a_version(tmp_path: Path) -> None:
    found = steps(tmp_path, "delete", "restore", "choose_editor", "choose_disk")
    assert len(found) == 4 and all(number > 4 for number in found.values())


@pytest.mark.slow
def test_every_change_of_a_workspace(tmp_path: Path) -> None:
    actions = ("begin", "new", "duplicate", "delete_all", "purge", "take_over")
    found = steps(tmp_path, *actions)
    assert found.keys() == set(actions) and all(number > 15 for number in found.values())
