"""A story that another program changes while its page is open: the user is asked first."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from test_browser_accessibility import EVERYTHING, FINDINGS

from browser_pages import Editor, has_shots, settle
from seine_core.story import edits
from seine_core.story.disk.storage import load_story, save_story

pytestmark = pytest.mark.browser


def change_elsewhere(editor: Editor, title: str = "From another program") -> None:
    story = edits.remove(editor.saved(), [editor.saved().shots[-1].id])
    save_story(edits.set_title(story, title), editor.story)


def question(page: Page) -> Locator:
    return page.get_by_role("dialog", name="This story was changed elsewhere")


def titles(folder: Path) -> set[str]:
    return {load_story(file).title for file in folder.glob("*.json")}


def test_the_user_is_asked_and_goes_on_with_the_file(editor: Editor) -> None:
    page = editor.open()
    page.get_by_label("Title of the story").fill("Mine")
    page.keyboard.press("Enter")
    expect(page.locator(".sb-saved")).to_have_text("Saved")
    settle(page)
    change_elsewhere(editor)
    expect(question(page)).to_be_visible()  # with nothing done here
    expect(question(page)).to_contain_text("Only in the editor: “Scene 3”")
    expect(question(page)).to_contain_text("Titles differ")
    page.evaluate(Axe().axe_script)
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert page.evaluate(FINDINGS, EVERYTHING) == []
    page.keyboard.press("Escape")
    expect(question(page)).to_be_hidden()
    assert page.evaluate(FINDINGS, EVERYTHING) == []
    header = page.locator(".sb-header")
    assert header.evaluate("bar => bar.scrollWidth <= bar.clientWidth"), "all of it is in sight"
    page.get_by_role("button", name="Two versions").press("Enter")
    disk = question(page).get_by_role("button", name="Go on with the version in the file")
    disk.press("Enter")
    has_shots(page, 2)
    expect(question(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Two versions")).to_be_hidden()
    expect(page.get_by_label("Title of the story")).to_have_value("From another program")
    page.get_by_role("button", name="Undo").click()
    has_shots(page, 3)
    settle(page)
    assert editor.saved().title == "Mine"
    assert titles(editor.story) == {"Mine"}, "the file and the version that was set aside"


def test_an_edit_on_its_way_is_kept_and_gone_on_with(editor: Editor) -> None:
    page = editor.open()
    change_elsewhere(editor)
    page.evaluate("() => storyboard.send('set_title', {title: 'Typed meanwhile'})")
    editors = question(page).get_by_role("button", name="Go on with the version in this editor")
    expect(editors).to_be_visible()
    assert titles(editor.story) == {"Typed meanwhile", "From another program"}
    editors.click()
    expect(question(page)).to_be_hidden()
    settle(page)
    assert editor.saved().title == "Typed meanwhile" and len(editor.saved().shots) == 3
    assert "From another program" in titles(editor.story)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Title of the story")).to_have_value("From another program")


def test_a_file_that_is_no_story_can_only_be_set_aside(editor: Editor) -> None:
    page = editor.open(390, 800)
    (editor.story / "story.json").write_text("{")
    expect(question(page)).to_contain_text("It cannot be opened")
    box = question(page).bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    disk = question(page).get_by_role("button", name="Go on with the version in the file")
    expect(disk).to_have_attribute("aria-disabled", "true")
    question(page).get_by_role("button", name="Go on with the version in this editor").click()
    expect(question(page)).to_be_hidden()
    settle(page)
    assert editor.saved().title == "Small story"
    (kept,) = editor.story.glob("story (changed elsewhere *).json")
    assert kept.read_text() == "{"
