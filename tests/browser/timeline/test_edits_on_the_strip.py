"""Edits on the timeline: drawn as little as they change, and in the order in which they came."""

import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app_stories import write_story
from browser_pages import Editor, has_shots, serving, settle
from timeline_pages import FIRST, ids, saved_ids

pytestmark = pytest.mark.browser


def test_an_edit_touches_only_what_it_changes(browser: Browser, tmp_path: Path) -> None:
    write_story(tmp_path / "story", 100)
    with serving(browser, tmp_path, tmp_path / "story") as editor:
        page = editor.open()
        has_shots(page, 100)
        settle(page)

        def touched(act: str) -> list[str]:
            page.evaluate(
                """async act => {
                  window.touched = new Set();
                  // A picture that comes only now gives its card a shape.
                  const late = ({target, attributeName}) => (
                    attributeName === 'style' && target.matches('.sb-face'));
                  const seen = list => list.forEach(
                    change => late(change) || touched.add(change.target));
                  window.watching = new MutationObserver(seen);
                  watching.observe(document.querySelector('#zone-timeline'), {
                    subtree: true, childList: true, attributes: true, characterData: true});
                  storyboard.send(...JSON.parse(act));
                }""",
                act,
            )
            settle(page)
            page.evaluate("() => new Promise(requestAnimationFrame)")
            return page.evaluate(
                """() => {
                  watching.disconnect();
                  return [...touched].map(node => (node.outerHTML || node.data).slice(0, 80));
                }"""
            )

        assert len(touched('["set_shot", {"id": "shot-50", "fields": {"title": "Anew"}}]')) < 10
        # Cards get other numbers, but none is made or drawn anew.
        assert len(touched('["set_shot", {"id": "shot-50", "fields": {"duration_s": 0.75}}]')) < 30


def test_a_burst_of_edits_ends_alike_here_and_there(page: Page, server: Editor) -> None:
    draw = random.Random(4)
    known = list(FIRST)

    def edit() -> list[Any]:
        kind = draw.choice(["move", "move", "split", "duplicate", "set_shot", "add_card", "undo"])
        chosen = draw.sample(known, 2)
        before = draw.choice([None, *(i for i in known if i not in chosen)])
        return {
            "move": ["move", {"ids": chosen, "before": before}],
            "split": ["split", {"id": chosen[0], "at_s": 0.25}],
            "duplicate": ["duplicate", {"ids": chosen, "before": before}],
            "set_shot": ["set_shot", {"id": chosen[0], "fields": {"title": "Later"}}],
            "add_card": ["add_card", {"before": before}],
            "undo": ["undo", {}],
        }[kind]

    page.evaluate(
        """edits => Promise.all(edits.map((edit, i) => new Promise(sent => {
          setTimeout(() => sent(storyboard.send(...edit)), 15 * i);
        })))""",
        [edit() for _ in range(30)],
    )
    settle(page)
    page.keyboard.press("0")  # the strip shows what is in sight alone
    page.wait_for_function(
        "() => document.querySelectorAll('.sb-card').length === storyboard.state.story.shots.length"
    )
    assert ids(page) == saved_ids(server)
