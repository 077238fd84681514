"""The sample story comes with its draft; shipped clips are shown, and never rendered from."""

import shutil
from pathlib import Path

import pytest

from app_stories import write_story
from assets.sample_draft import DRAFT, SAMPLE, draft_plan
from seine_core.engines import get_engine
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render
from seine_core.story.make.shipped import ship, unpack


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A small story's plan; its clips are shipped in the folder "shipped"."""
    plan = make_plan(write_story(tmp_path / "story", shots=2), tmp_path / "story")
    cache = ClipCache(tmp_path / "made")
    render(plan, cache)
    ship((segment.key for segment in plan.timeline), cache, tmp_path / "shipped")
    return plan


def test_the_sample_comes_with_its_present_draft(tmp_path: Path) -> None:
    if get_engine("auto").capabilities.name != "layers":
        pytest.skip("another engine is there: its draft is another one")
    plan, cache = draft_plan(), ClipCache(tmp_path)
    assert SAMPLE in DRAFT.parents
    unpack(DRAFT, cache)
    old = "the draft is of an older sample or engine; run `make sample-draft`"
    assert all(cache.has(segment.key) for segment in plan.timeline), old
    shipped = {path.stem for path in DRAFT.glob("*.mp4")}
    assert shipped == {segment.key for segment in plan.timeline}, old


def test_shipped_clips_are_there_to_be_seen_and_are_made_anew_to_go_on_from(
    tmp_path: Path, plan: Plan
) -> None:
    cache = ClipCache(tmp_path / "fresh")
    unpack(tmp_path / "shipped", cache)
    key = plan.timeline[0].key
    assert cache.has(key) and cache.clip_path(key).stat().st_size > 0
    assert cache.get(key) is None, "it has no lossless frames"
    render(plan, cache)
    assert cache.get(key) is not None
    unpack(tmp_path / "shipped", cache)
    assert cache.get(key) is not None, "what is there stays"


def test_damaged_clips_and_folders_stay_out(tmp_path: Path, plan: Plan) -> None:
    first, second, *_ = (segment.key for segment in plan.timeline)
    (tmp_path / "shipped" / f"{first}.mp4").write_bytes(b"nothing")
    cache = ClipCache(tmp_path / "fresh")
    unpack(tmp_path / "shipped", cache)
    assert not cache.has(first) and cache.has(second)
    (tmp_path / "shipped" / "clips.json").write_text("{")
    unpack(tmp_path / "shipped", cache)
    shutil.rmtree(tmp_path / "shipped")
    unpack(tmp_path / "shipped", cache)
