"""Four people at once, one of whom renders: each has their own story, and loses nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app_stories import add_gated_engine, use_sample
from browser_pages import serving, settle
from seine_core.story.disk.storage import load_story

pytestmark = pytest.mark.browser

EDITS = """n => {
  const {state, send} = storyboard;
  const ids = state.story.shots.map(shot => shot.id);
  for (let i = 0; i < 25; i += 1) {
    send('set_shot', {id: ids[i % 3], fields: {prompt: `context ${n}, edit ${i}`}});
    send('move', {ids: [ids[i % 3]], before: null});
  }
  send('set_title', {title: `context ${n}`});
}"""


def test_four_contexts_stay_apart(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    add_gated_engine(monkeypatch)
    use_sample(monkeypatch, tmp_path / "sample", engine="gated")
    with serving(browser, tmp_path) as editor:
        pages = [editor.open() for _ in range(4)]
        pages[0].evaluate("() => storyboard.send('render', {format: 'mp4'})")
        expect(pages[0].get_by_role("progressbar").first).to_be_visible()
        for n, page in enumerate(pages):
            page.evaluate(EDITS, n)
        for page in pages:
            settle(page)
        names = [page.evaluate("() => storyboard.state.story.story") for page in pages]
        assert len(set(names)) == 4
        for n, (page, name) in enumerate(zip(pages, names, strict=True)):
            story = load_story(tmp_path / "workspace" / "stories" / name)
            shown = page.evaluate("() => storyboard.state.story")
            assert story.title == shown["title"] == f"context {n}"
            prompts = [shot["prompt"] for shot in shown["shots"]]
            assert prompts == [shot.prompt for shot in story.shots]
            assert sorted(prompts) == sorted(f"context {n}, edit {i}" for i in (22, 23, 24))
        jobs = [page.evaluate("() => storyboard.state.progress.job") for page in pages]
        assert jobs[0]["busy"] and jobs[1:] == [None, None, None]
