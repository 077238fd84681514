"""`check --repair`: a cache is looked through and mended; plain `check` writes nothing."""

import errno
import os
from pathlib import Path

import pytest
from test_cache_sharing import KEY, hidden, kill_at, put, snapshot
from typer.testing import CliRunner

from letter_engines import Letters, letter_story, only
from seine_core.cli import app
from seine_core.story.disk.storage import save_story
from seine_core.story.make import entry as entry_module
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render
from seine_core.story.make.repair import repair


@pytest.fixture
def engine() -> Letters:
    return Letters()


@pytest.fixture
def plan(tmp_path: Path, engine: Letters) -> Plan:
    """Two shots and a transition, all rendered."""
    plan = make_plan(letter_story(tmp_path, [1, 1]), tmp_path, only(engine))
    render(plan, ClipCache(tmp_path / "cache"), engines=only(engine))
    return plan


def mended(plan: Plan, cache: ClipCache, engine: Letters) -> tuple[bool, str]:
    said: list[str] = []
    is_well = repair(plan, cache, said.append, engines=only(engine))
    return is_well, "\n".join(said)


def test_a_whole_cache_is_left_as_it_is(tmp_path: Path, plan: Plan, engine: Letters) -> None:
    cache = ClipCache(tmp_path / "cache")
    before = snapshot(cache.root)
    assert mended(plan, cache, engine) == (True, f"{cache.root}: 3 clips verified")
    assert engine.calls.total() == 3
    assert {p: s for p, s in snapshot(cache.root).items() if Path(p).is_file()} == {
        p: s for p, s in before.items() if Path(p).is_file()
    }


@pytest.mark.parametrize("name", ["clip.mp4", "first.png", "tail.png", "entry.json"])
@pytest.mark.parametrize("damage", [b"", b"damaged", None])
def test_what_is_damaged_is_rendered_anew(
    tmp_path: Path, plan: Plan, engine: Letters, name: str, damage: bytes | None
) -> None:
    cache = ClipCache(tmp_path / "cache")
    file = cache.folder(plan.jobs[1].key) / name
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    is_well, said = mended(plan, cache, engine)
    assert is_well and f"{plan.label(plan.jobs[1])}: {file.parent}: {name}" in said
    assert "rendered anew" in said and engine.calls.total() == 4, "and nothing else"
    assert all(cache.get(job.key, tail=job.tail) for job in plan.jobs)


def test_what_no_clip_of_the_story_is_and_what_killed_renders_left_goes(
    tmp_path: Path, plan: Plan, engine: Letters
) -> None:
    cache = ClipCache(tmp_path / "cache")
    put(cache).clip.write_bytes(b"damaged")
    kill_at(cache.root, "os.rename")
    (cache.root / ".part-abcd_123").mkdir()
    is_well, said = mended(plan, cache, engine)
    assert is_well and f"a clip of another story: {cache.folder(KEY)}: clip.mp4 is damaged" in said
    lines = [line for line in said.splitlines() if "left by a render that was killed" in line]
    for kind in (".part-", ".lease-", ".part-abcd_123"):
        assert any(kind in line for line in lines), kind
    assert not cache.has(KEY) and hidden(cache.root) == []
    assert engine.calls.total() == 3


def test_what_cannot_be_read_is_said_and_stays(
    tmp_path: Path, plan: Plan, engine: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ClipCache(tmp_path / "cache")
    content_hash, bad = entry_module.content_hash, cache.clip_path(plan.jobs[0].key)
    (cache.folder(plan.jobs[1].key) / "tail.png").unlink()

    def failing(path: Path) -> str:
        if path == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return content_hash(path)

    monkeypatch.setattr(entry_module, "content_hash", failing)
    is_well, said = mended(plan, cache, engine)
    assert not is_well and f"{bad}: cannot be read (Input/output error)" in said
    assert "rendered anew" in said, "the other one is"
    monkeypatch.undo()
    assert cache.get(plan.jobs[0].key) is not None


def test_the_command(tmp_path: Path) -> None:
    """With the engine that needs no weights, as a user does it."""
    story = letter_story(tmp_path, [0.5, 0.5])
    save_story(story, tmp_path)
    run = CliRunner()
    before = snapshot(tmp_path)
    assert run.invoke(app, ["check", str(tmp_path)]).exit_code == 0
    assert snapshot(tmp_path) == before, "no folder for a cache, nothing"
    assert run.invoke(app, ["check", str(tmp_path), "--repair"]).exit_code == 0
    out = str(tmp_path / "out.mp4")
    done = run.invoke(app, ["render", str(tmp_path), "-o", out, "--engine", "crossfade"])
    assert done.exit_code == 0, done.output
    cache = ClipCache(tmp_path / ".cache")
    broken = cache.clip_path(cache.keys()[0])
    broken.write_bytes(b"damaged")
    before = snapshot(tmp_path)
    assert run.invoke(app, ["check", str(tmp_path)]).exit_code == 0
    assert snapshot(tmp_path) == before
    done = run.invoke(app, ["check", str(tmp_path), "--repair"])
    assert done.exit_code == 0 and "clip.mp4 is damaged" in done.output, done.output
    assert run.invoke(app, ["check", str(tmp_path), "--repair"]).output.count("damaged") == 0
