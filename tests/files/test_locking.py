"""One process at a time works in a folder, and a lock ends with the process that has it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seine_core.errors import BadInput
from seine_core.files.locking import LOCK_FILE, lock_folder, locked

ROOT = Path(__file__).parents[2]
HOLDS = """
import sys
from pathlib import Path
from seine_core.files.locking import lock_folder
lock_folder(Path(sys.argv[1]), "the editor")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path, script: str = HOLDS) -> Iterator["subprocess.Popen[str]"]:
    """Holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_another_process_is_told_who_has_it(tmp_path: Path) -> None:
    with another_process(tmp_path) as other:
        with pytest.raises(BadInput) as error, locked(tmp_path, "`new`"):
            pass
        said = str(error.value)
        assert f"the editor (process {other.pid})" in said and "\n" not in said
        assert "close that first" in said


def test_the_kernel_ends_it_with_the_process(tmp_path: Path) -> None:
    with another_process(tmp_path) as other:
        other.send_signal(signal.SIGKILL)
        other.wait(60)
        with locked(tmp_path, "`new`"):
            assert (tmp_path / LOCK_FILE).exists()
    assert not (tmp_path / LOCK_FILE).exists(), "nothing is left behind"


def test_a_process_may_hold_a_folder_twice(tmp_path: Path) -> None:
    first, second = lock_folder(tmp_path, "a"), lock_folder(tmp_path, "b")
    first.close()
    first.close()
    check = "import sys; from pathlib import Path; from seine_core.files.locking import lock_folder"
    ask = [sys.executable, "-c", f"{check}; lock_folder(Path(sys.argv[1]), 'x')", tmp_path]
    refused = subprocess.run(ask, capture_output=True, text=True, cwd=ROOT)
    assert "is in use by a" in refused.stderr
    second.close()
    assert subprocess.run(ask, cwd=ROOT).returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_hold_it_on(tmp_path: Path) -> None:
    forks = HOLDS.replace("sys.stdin", "import os; os.fork(); sys.stdin")
    with another_process(tmp_path, forks) as other:
        other.send_signal(signal.SIGKILL)
        os.waitpid(other.pid, 0)
        with locked(tmp_path, "`new`"):
            pass


def test_many_who_want_it_at_once(tmp_path: Path) -> None:
    """Each adds one to a number, with nothing else to keep them apart."""
    script = """
import sys, time
from pathlib import Path
from seine_core.errors import BadInput
from seine_core.files.locking import locked
folder = Path(sys.argv[1])
done = 0
while done < 20:
    try:
        with locked(folder, "one of many"):
            number = int((folder / "number").read_text())
            (folder / "number").write_text(str(number + 1))
            done += 1
    except BadInput:
        time.sleep(0.001)
"""
    (tmp_path / "number").write_text("0")
    many = [subprocess.Popen([sys.executable, "-c", script, tmp_path], cwd=ROOT) for _ in range(4)]
    assert [one.wait(60) for one in many] == [0] * 4
    assert (tmp_path / "number").read_text() == "80"


def test_a_folder_that_cannot_be_written_needs_no_lock(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o555)
    try:
        lock_folder(tmp_path, "a").close()
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize("make", [os.symlink, os.link, lambda file, lock: os.mkfifo(lock)])
def test_what_a_folder_has_under_the_locks_name_is_left_alone(
    tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    mine, folder = tmp_path / "mine.txt", tmp_path / "theirs"
    mine.write_text("precious")
    folder.mkdir()
    make(mine, folder / LOCK_FILE)
    with pytest.raises(BadInput, match="is a link or no file"):
        lock_folder(folder, "the editor")
    assert mine.read_text() == "precious" and os.path.lexists(folder / LOCK_FILE)


def test_no_file_is_made_where_a_locks_name_leads(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).symlink_to(tmp_path / "made")
    with pytest.raises(BadInput, match="is a link or no file"):
        lock_folder(tmp_path, "the editor")
    assert not (tmp_path / "made").exists()
