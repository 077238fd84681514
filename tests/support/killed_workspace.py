"""What the kill tests of a workspace run in a process of their own: `python killed_workspace.py
FOLDER ACTION…` does each action again and again, killed before its first, second, third … step, and
looks each time at what the next start makes of it. A step is a statement of SQLite, or a call that
changes a folder. Prints the number of steps; whatever is wrong is raised."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import app.stories.workspace
from app.stories.sessions import Session, Version
from app.stories.sweep import sweep
from app.stories.visitors import known_as
from app.stories.workspace import Workspace
from app_stories import TAB, write_story
from seine_core.story import edits
from seine_core.story.disk.storage import load_story, save_story

CALLS = ("rename", "replace", "link", "mkdir", "unlink", "remove", "rmdir", "open")
DAY_S = 24 * 3600.0


def count_steps(kill_at: int) -> Callable[[], int]:
    """From now on this process dies before the step `kill_at`, counted from 1; how many there
    were."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if call is not known["open"] or (len(args) > 1 and args[1] & os.O_CREAT):
            step()
        return call(*args, **options)

    known = {name: getattr(os, name) for name in CALLS}
    for name, call in known.items():
        setattr(os, name, partial(before, call))
    Database = app.stories.workspace.Database
    begin = Database.__init__

    def traced(self: Any, file: Path) -> None:
        begin(self, file)
        self._connection.set_trace_callback(lambda statement: step())

    Database.__init__ = traced
    for workspace in open_ones:
        workspace.database._connection.set_trace_callback(lambda statement: step())
    return lambda: steps


open_ones: list[Workspace] = []


class Case:
    """One visitor with two stories and one in the trash, another with one, and one who looks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steady = 0.0
        workspace = self.opened()
        self.token, one, _ = workspace.enter(None)
        self.one = one.name
        one.update(TAB, lambda story: edits.set_title(story, "One"))
        self.two = self.titled(workspace, "Two")
        self.three = self.titled(workspace, "Three")
        workspace.remove(self.token, self.three)
        self.two_versions()
        workspace.enter(None)[1].own()  # another one, so that nobody's is not just theirs
        self.looking, self.begun, _ = workspace.enter(None)
        workspace.close()
        open_ones.clear()

    def titled(self, workspace: Workspace, title: str) -> str:
        session = workspace.new_story(self.token)
        session.update(TAB, lambda story: edits.set_title(story, title))
        return session.name

    def two_versions(self) -> None:
        """A story that something else changed while it was open."""
        folder = self.root / "two"
        story = edits.set_title(write_story(folder, shots=1), "In the editor")
        session = Session.opened("two", folder)
        save_story(edits.set_title(story, "In the file"), folder)
        session.update(TAB, lambda _: story)

    def opened(self) -> Workspace:
        workspace = Workspace(self.root, steady=lambda: self.steady)
        workspace.database.rows("PRAGMA synchronous = OFF")
        open_ones.append(workspace)
        return workspace

    def titles(self, workspace: Workspace) -> tuple[set[str], set[str]]:
        """Of the visitor's stories, and of those in their trash."""
        found = workspace.stories(self.token), workspace.deleted(self.token)
        live, trash = ({load_story(folder).title for _, folder in part} for part in found)
        return live, trash

    def check(self) -> None:
        """Nothing is lost, nothing is nobody's, and nothing is half there."""
        story = Session.opened("two", self.root / "two").story
        found = {load_story(file).title for file in (self.root / "two").glob("*.json")}
        assert story.title in found and found >= {"In the editor", "In the file"}, found
        for again in range(2):
            workspace = self.opened()
            live, trash = self.titles(workspace)
            assert {"One", "Two"} <= live | trash, (again, live, trash)
            assert not live & trash, (live, trash)
            records = {record.name: record for record in workspace.records.every()}
            for place, deleted in (("stories", False), ("trash", True)):
                names = {path.name for path in (self.root / place).iterdir()}
                owned = {n for n, r in records.items() if (r.deleted is not None) == deleted}
                assert names == owned, (again, place, names, owned)
            assert all(r.who for r in records.values() if r.deleted is None), records
            workspace.close()
            open_ones.clear()


def begin(case: Case, workspace: Workspace) -> None:
    session = workspace.session(case.looking)
    assert session is not None
    session.update(TAB, lambda story: edits.set_title(story, "Begun"))
    assert not session.problem, session.problem


def new(case: Case, workspace: Workspace) -> None:
    workspace.new_sample(case.token)


def duplicate(case: Case, workspace: Workspace) -> None:
    workspace.duplicate(case.token, case.one)


def delete(case: Case, workspace: Workspace) -> None:
    workspace.remove(case.token, case.one)


def delete_all(case: Case, workspace: Workspace) -> None:
    for name, _ in workspace.stories(case.token):
        workspace.remove(case.token, name)


def restore(case: Case, workspace: Workspace) -> None:
    workspace.restore(case.token, case.three)


def purge(case: Case, workspace: Workspace) -> None:
    case.steady += 31 * DAY_S
    sweep(workspace)


def take_over(case: Case, workspace: Workspace) -> None:
    """A workspace of an earlier version is opened."""
    visitors = {known_as(case.token): [case.one, case.two]}
    workspace.close()
    (case.root / "visitors.json").write_text(json.dumps({"secret": "x", "visitors": visitors}))
    (case.root / "workspace.sqlite").unlink()
    case.opened()


def choose_editor(case: Case, workspace: Workspace) -> None:
    choose(case, "editor")


def choose_disk(case: Case, workspace: Workspace) -> None:
    choose(case, "disk")


def choose(case: Case, version: Version) -> None:
    session = Session.opened("two", case.root / "two")
    assert session.elsewhere is not None
    session.choose(version, session.elsewhere.digest, TAB)


ACTIONS = {
    action.__name__: action
    for action in (
        *(begin, new, duplicate, delete, delete_all, restore, purge, take_over),
        *(choose_editor, choose_disk),
    )
}


def main(folder: Path, actions: list[str]) -> None:
    write_story(folder / "sample")
    app.stories.workspace.SAMPLE = folder / "sample"
    os.fsync = lambda file: None  # a kill leaves what was written
    case = Case(folder / "first")
    for action in actions:
        print(action, steps_of(case, action), flush=True)


def steps_of(case: Case, action: str) -> int:
    """How many steps the action has, each of which is one to be killed before."""
    for kill_at in range(1, 1000):
        case.root = case.root.parent / f"{action}-{kill_at}"
        shutil.copytree(case.root.parent / "first", case.root)
        child = os.fork()
        if not child:
            workspace = case.opened()
            steps = count_steps(kill_at)
            ACTIONS[action](case, workspace)
            os._exit(0 if steps() else 9)
        _, status = os.waitpid(child, 0)
        try:
            case.check()
        except AssertionError as error:
            raise AssertionError(f"{action}, killed before step {kill_at}") from error
        shutil.rmtree(case.root)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, f"{action} fails"
            return kill_at - 1
    raise AssertionError(f"{action} has no end")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
