"""The workspace is tidied when the server starts: what nobody owns goes, and what was not used for
long by the workspace's own time. Neither the dates of files nor a clock that jumps remove anything.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.stories.sweep import DailySweep, sweep
from app.stories.visitors import known_as
from app.stories.workspace import Workspace
from app_stories import TAB
from seine_core.story import edits
from seine_core.story.disk.storage import STORY_FILE, load_story, save_story

DAY_S = 24 * 3600.0
YEAR_S = 365 * DAY_S


class Place:
    """A workspace whose server is started and stopped while its clocks are turned."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wall, self.steady = 1.8e9, 0.0
        self.start()

    def start(self) -> int:
        """Start the server anew; how much it swept."""
        if hasattr(self, "workspace"):
            self.workspace.close()
        clocks = {"wall": lambda: self.wall, "steady": lambda: self.steady}
        self.workspace = Workspace(self.root, **clocks)
        return sweep(self.workspace)

    def run(self, days: float) -> int:
        """The server runs on, and is started anew; how much it swept then."""
        self.steady += days * DAY_S
        self.wall += days * DAY_S
        self.workspace.clock.record()
        return self.start()

    def story(self, title: str = "Mine") -> tuple[str, str]:
        """The token of a new visitor, and the name of their story."""
        token, session, _ = self.workspace.enter(None)
        session.update(TAB, lambda story: edits.set_title(story, title))
        assert isinstance(token, str)
        return token, session.name

    def titles(self, token: str) -> list[str]:
        return [load_story(folder).title for _, folder in self.workspace.stories(token)]

    def put(self, name: str) -> Path:
        """A file in the workspace as old as the hills."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
        return path


@pytest.fixture
def place(tmp_path: Path, sample: Path) -> Iterator[Place]:
    found = Place(tmp_path / "w")
    yield found
    found.workspace.close()


def left(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def test_the_trash_is_emptied_after_a_month(place: Place) -> None:
    token, name = place.story()
    place.workspace.remove(token, name)
    for file in (place.root / "trash" / name).rglob("*"):
        os.utime(file, (0, 0))
    for day in range(29):
        assert place.run(1) == (day == 1), "only the empty one that nobody changed"
    assert [n for n, _ in place.workspace.deleted(token)] == [name]
    assert place.run(2) == 1
    assert place.workspace.deleted(token) == [] and not (place.root / "trash" / name).exists()


def test_what_was_deleted_comes_back_after_a_restart(place: Place) -> None:
    token, name = place.story("Back again")
    place.workspace.remove(token, name)
    place.start()
    place.workspace.restore(token, name)
    assert "Back again" in place.titles(token)


def test_a_clock_that_jumps_makes_nothing_old(place: Place) -> None:
    token, name = place.story()
    gone, gone_name = place.story()
    place.workspace.remove(gone, gone_name)
    before = {path for path in left(place.root) if path.startswith(("stories", "trash"))}
    for jump in (YEAR_S, -2 * YEAR_S, 50 * YEAR_S, YEAR_S / 12):
        place.wall += jump
        place.start()
        assert {p for p in left(place.root) if p.startswith(("stories", "trash"))} >= {
            path for path in before if name in path or gone_name in path
        }
    place.workspace.restore(gone, gone_name)
    assert place.titles(token) == ["Mine"] and place.titles(gone)[-1] == "Mine"


def test_time_goes_on_while_the_server_does_not_run_but_a_day_at_most(place: Place) -> None:
    before = place.workspace.clock.now()
    place.wall += DAY_S / 2
    place.start()
    assert place.workspace.clock.now() == before + DAY_S / 2
    place.wall += 100 * DAY_S
    place.start()
    assert place.workspace.clock.now() == before + DAY_S * 1.5
    place.wall -= 100 * DAY_S
    place.start()
    assert place.workspace.clock.now() == before + DAY_S * 1.5


def test_stories_that_nobody_changed(place: Place) -> None:
    token, _, _ = place.workspace.enter(None)
    empty = place.workspace.new_story(token)
    copy = place.workspace.new_sample(token)
    named = place.workspace.new_story(token)
    named.update(TAB, lambda story: edits.set_title(story, "Not empty"))
    painted = place.workspace.new_story(token)
    (painted.folder / "media").mkdir()
    (painted.folder / "media" / "mine.png").write_bytes(b"mine")
    filmed = place.workspace.new_story(token)
    place.put(f"videos/{filmed.name}/film-0123456789abcdef.mp4")
    assert place.start() == 0, "of today"
    place.run(2)
    names = {name for name, _ in place.workspace.stories(token)}
    assert names == {named.name, painted.name, filmed.name}
    assert not empty.folder.exists() and not copy.folder.exists()


def test_an_untouched_copy_of_an_earlier_version_goes_at_once(place: Place) -> None:
    place.workspace.close()
    shutil.rmtree(place.root)
    names = [f"{n:016x}" for n in range(6)]
    for name in names:
        shutil.copytree(place.root.parent / "sample", place.root / "stories" / name)
    save_story(
        edits.set_title(load_story(place.root / "stories" / names[1]), "Mine"),
        place.root / "stories" / names[1],
    )
    with (place.root / "stories" / names[2] / "media" / "more.png").open("wb") as file:
        file.write(b"more")
    (place.root / "stories" / names[3] / STORY_FILE).write_text("{")
    tokens = [letter * 43 for letter in "abcd"]
    visitors = {known_as(token): [name] for token, name in zip(tokens, names, strict=False)}
    text = str({"secret": "s3cret", "visitors": visitors}).replace("'", '"')
    (place.root / "visitors.json").write_text(text)
    assert place.start() == 3  # the first, and two that nobody owned
    assert {p.name for p in (place.root / "stories").iterdir()} == set(names[1:4])
    assert place.titles(tokens[1]) == ["Mine"]
    assert place.workspace.secret == "s3cret"
    assert (place.root / "visitors.json").read_text() == text, "it is kept beside"
    session = place.workspace.session(tokens[0])
    assert session is not None and session.story.title == "Small story", "they go on"


def test_media_that_no_story_names(place: Place) -> None:
    token, name = place.story()
    folder = place.root / "stories" / name
    session = place.workspace.session(token)
    assert session is not None
    session.update(TAB, lambda story: edits.remove(story, ["shot-2"]))
    unused = next(p for p in (folder / "media").iterdir() if p.name.startswith("scene-1"))
    place.put(f"stories/{name}/media/scratch.png")
    assert place.start() == 0, "nobody knew since when"
    assert place.run(2) == 1 and unused.exists(), "undo needs it"
    place.workspace.history.forget(name)
    assert place.start() == 0 and place.run(2) == 1
    assert not unused.exists() and load_story(folder) == session.story


@pytest.mark.parametrize("text", [None, "", b"\xff\xfe"])
def test_the_media_of_a_story_that_cannot_be_read_stay(
    place: Place, text: bytes | str | None
) -> None:
    _, name = place.story()
    file = place.root / "stories" / name / STORY_FILE
    file.unlink()
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = {path for path in left(place.root) if path.startswith("stories")}
    for _ in range(3):
        assert place.run(40) == 0
    assert {path for path in left(place.root) if path.startswith("stories")} == before


def test_the_media_of_the_version_that_was_not_chosen_stay(place: Place) -> None:
    _, name = place.story()
    folder = place.root / "stories" / name
    shutil.copyfile(folder / STORY_FILE, folder / "story (changed elsewhere 0123).json")
    save_story(edits.remove(load_story(folder), ["shot-1", "shot-2"]), folder)
    before = sorted((folder / "media").iterdir())
    place.run(2)
    place.run(2)
    assert sorted((folder / "media").iterdir()) == before


def test_what_belongs_to_nothing(place: Place) -> None:
    _, name = place.story()
    media = next((place.root / "stories" / name / "media").iterdir()).name
    key = "ab" + "0" * 62
    kept = [
        place.put(f"thumbnails/{name}/media-{media}-0-360.jpg"),
        place.put(f"thumbnails/ab/{key}-clip.mp4-0.5-200.jpg"),
        place.put(f"clips/ab/{key}/entry.json"),
        place.put(f"videos/{name}/story-0123456789abcdef.mp4"),
        place.put("videos/opened/story-0123456789abcdef.mp4"),
        place.put("thumbnails/opened-before/media-a.png-0-360.jpg"),
        place.put(".bashrc"),
    ]
    gone = [
        place.put(f"thumbnails/{name}/media-gone.png-0-360.jpg"),
        place.put(f"thumbnails/ab/{'ab' + '1' * 62}-clip.mp4-0.5-200.jpg"),
        place.put("thumbnails/bbbbbbbbbbbbbbbb/media-a.png-0-360.jpg").parent,
        place.put("thumbnails/.0123.seine.zip"),
        place.put(f"stories/{name}/.story.json.xyz"),
        place.put(f"stories/{name}/media/.scene.png.12"),
        place.put("stories/..0123456789abcdef-x.part/story.json").parent,
        place.put(f"videos/{name}/.part.mp4"),
        place.put("videos/bbbbbbbbbbbbbbbb/story-0123456789abcdef.mp4").parent,
    ]
    assert place.start() == 0
    place.run(2)
    assert all(path.exists() for path in kept)
    later = gone.pop(2)
    assert [path for path in gone if path.exists()] == [] and later.exists()
    place.run(31)
    assert not later.exists() and not kept[5].exists()


def test_half_of_a_story_goes_when_the_server_starts(place: Place) -> None:
    place.put("stories/.0123456789abcdef/story.json")
    place.put("trash/.0123456789abcdef/story.json")
    place.start()
    assert not any((place.root / "stories").iterdir()) and not any((place.root / "trash").iterdir())


def test_a_link_is_not_followed(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "precious.txt").write_text("x")
    os.symlink(outside, place.root / "trash" / "link")
    os.symlink(outside, place.root / "stories" / "0123456789abcdef")
    place.run(2)
    place.run(31)
    assert (outside / "precious.txt").exists() and not (place.root / "trash" / "link").is_symlink()


def test_a_new_workspace_has_nothing_to_sweep(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    assert sweep(workspace) == 0
    workspace.close()


def test_a_server_that_is_never_stopped_sweeps_every_day(place: Place) -> None:
    token, name = place.story()
    place.workspace.remove(token, name)
    daily = DailySweep(place.workspace)
    assert daily.start() is None
    for days in (10, 15, 10):
        place.steady += days * DAY_S
        work = daily.start()
        assert work is not None and daily.start() is None
        work.join(60)
        assert not work.is_alive()
        deleted = [name for name, _ in place.workspace.deleted(token)]
        assert deleted == ([name] if place.steady < 30 * DAY_S else [])
