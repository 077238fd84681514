"""A user's way through rendering, exporting and keeping stories, in a real headless Chromium."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.main import build
from app_stories import FPS, Gated, served
from browser_pages import Editor, drag_files, has_shots, serving, settle
from seine_core.engines.crossfade import Crossfade
from seine_core.media.video import probe, read_frames
from seine_core.story.disk.storage import load_story
from waiting import wait_for

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PLAYS = (
    "() => { const v = document.querySelector('.sb-film video'); return v && v.currentTime > 0; }"
)


@pytest.fixture
def stories(
    browser: Browser, tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Editor]:
    """Serves visitors' own stories, the first a small one."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    with serving(browser, tmp_path) as editor:
        yield editor


def shortcut(page: Page, keys: str) -> None:
    page.locator("body").press(keys)


def renders(page: Page) -> Locator:
    """The Renders panel, opened."""
    page.get_by_title("Open the renders").click()
    return page.get_by_role("dialog", name="Renders")


def shelf(page: Page) -> Locator:
    """The Stories dialog, opened, with its list."""
    page.get_by_role("button", name="Stories", exact=True).click()
    dialog = page.get_by_role("dialog", name="Stories")
    expect(dialog.locator(".sb-book")).not_to_have_count(0)
    return dialog


def set_prompt(page: Page, prompt: str) -> None:
    page.evaluate(
        """prompt => storyboard.send(
          'set_edge', {left: 'shot-1', right: 'shot-2', fields: {prompt}})""",
        prompt,
    )
    settle(page)


def test_render_cancel_fail_retry_play_and_download(editor: Editor) -> None:
    page = editor.open()
    page.get_by_role("button", name="Render story").click()
    count = page.locator(".sb-count")
    expect(count).to_contain_text("2 of 5 parts")
    expect(count).to_contain_text("left")
    panel = renders(page)
    job = panel.locator(".sb-underway > li")
    expect(job).to_contain_text("Story as MP4")
    expect(panel.locator(".sb-clips li")).to_have_count(5)
    expect(panel.locator(".sb-clips li").filter(has_text="1 → 2")).to_contain_text("50 %")
    expect(panel.get_by_alt_text("The frame being rendered")).to_be_visible()
    expect(page.locator(".sb-unseen")).to_have_text("Rendering: Story")

    page.reload()
    expect(count).to_contain_text("2 of 5 parts")
    panel = renders(page)
    panel.get_by_role("button", name="Cancel: Story as MP4").click()
    earlier = panel.locator(".sb-earlier > li")
    expect(earlier).to_contain_text("Cancelled")
    expect(page.locator(".sb-unseen")).to_contain_text("Cancelled")
    panel.get_by_role("button", name="Clear the list of earlier renders").click()
    expect(panel).to_contain_text("Nothing was rendered yet")
    page.keyboard.press("Escape")
    expect(page.get_by_title("Open the renders")).to_be_focused()

    Gated.gate.set()
    set_prompt(page, "fail")
    shortcut(page, "Control+Enter")
    expect(page.locator(".sb-doing")).to_contain_text("this prompt fails")
    panel = renders(page)
    failed = panel.locator(".sb-earlier > li")
    expect(failed.locator(".sb-reasons li")).to_have_text("1 → 2ValueError: this prompt fails")
    failed.get_by_role("button", name="1 → 2").click()
    expect(page.get_by_role("heading", name="Transition 1 → 2")).to_be_visible()
    expect(page.locator(".sb-reason").filter(visible=True)).to_contain_text("this prompt fails")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gated, "tasks", Crossfade.tasks)
        page.locator(".sb-reason").filter(visible=True).get_by_role("button", name="Retry").click()
        expect(page.locator(".sb-doing")).to_have_text("The story is rendered.")
    panel = renders(page)
    film = panel.locator(".sb-film")
    expect(film).to_have_count(1)
    expect(film).to_contain_text("small-story.mp4")
    expect(film).to_contain_text("kB")
    film.get_by_role("button", name="Play").click()
    page.wait_for_function(PLAYS)
    with page.expect_download() as download:
        film.get_by_role("link", name="Download small-story.mp4").click()
    assert download.value.suggested_filename == "small-story.mp4"
    assert sum(1 for _ in read_frames(download.value.path(), FPS)) == 20


def test_cancel_all_asks_back_in_its_place(editor: Editor) -> None:
    page = editor.open()
    page.get_by_role("button", name="Render story").click()
    page.evaluate("() => storyboard.send('preview', {owner: 'shot-2>shot-3'})")
    expect(page.locator(".sb-count")).to_contain_text("1 more waiting")
    panel = renders(page)
    panel.get_by_role("button", name="Cancel all").click()
    expect(panel.get_by_role("button", name="No")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("button", name="Cancel all", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Cancel all renders").click()
    expect(panel.locator(".sb-earlier > li")).to_have_count(2)
    expect(panel.locator(".sb-underway > li")).to_have_count(0)


def test_export_in_another_format(editor: Editor) -> None:
    Gated.gate.set()
    page = editor.open()
    shortcut(page, "Control+e")
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog.locator(".sb-estimate")).to_contain_text("5 of 5 parts to render")
    expect(dialog.locator(".sb-estimate")).to_contain_text("48 × 32 · 8 fps · 2.5 s")
    expect(dialog.locator(".sb-estimate")).to_contain_text("Roughly")
    dialog.get_by_text("GIF", exact=True).click()
    expect(dialog).to_contain_text("Moves in any chat, no sound; large")
    dialog.get_by_text("More", exact=True).click()
    dialog.get_by_text("Final", exact=True).click()
    expect(dialog.locator(".sb-estimate")).to_contain_text("96 × 64")
    dialog.get_by_label("File name").fill("Für Oma <b>")
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(page.locator(".sb-doing")).to_have_text("The story is rendered.")
    assert editor.saved().settings.quality == "draft", "the story stays as it is"
    expect(page.get_by_role("button", name="Render story")).to_have_attribute(
        "title", "Render the whole story as GIF"
    )
    panel = renders(page)
    expect(panel.locator(".sb-film b")).to_have_text("für-oma-b.gif")
    panel.get_by_role("button", name="Play").click()
    expect(panel.get_by_alt_text("für-oma-b.gif")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Render story")).to_have_attribute(
        "title", "Render the whole story as GIF"
    )
    shortcut(page, "Control+e")
    dialog.get_by_text("Other", exact=True).click()
    dialog.get_by_label("Other files").select_option("PNG sequence")
    dialog.get_by_role("button", name="Export", exact=True).click()
    panel = renders(page)
    with page.expect_download() as download:
        panel.get_by_role("link", name="Download small-story.zip").click()
    assert download.value.path().read_bytes().startswith(b"PK")


def test_a_still_and_a_part_go_out_beside_the_story(editor: Editor) -> None:
    Gated.gate.set()
    page = editor.open()
    shortcut(page, "Control+e")
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_text("Still", exact=True).click()
    dialog.get_by_label("Picture at").fill("1")
    dialog.get_by_role("button", name="Export", exact=True).click()
    panel = renders(page)
    expect(panel.locator(".sb-film b")).to_have_text("small-story.png")
    page.keyboard.press("Escape")
    shortcut(page, "Control+e")
    dialog.get_by_text("WebM", exact=True).click()
    dialog.get_by_label("Size").select_option("Square, 720 × 720")
    dialog.get_by_label("Frames a second").first.select_option("29.97 fps")
    dialog.get_by_text("More", exact=True).click()
    dialog.get_by_text("From … to").click()
    dialog.get_by_label("To", exact=True).fill("0.5")
    dialog.get_by_label("To", exact=True).press("Enter")
    expect(dialog.locator(".sb-estimate")).to_contain_text("360 × 360 · 29.97 fps · 0.5 s")
    dialog.get_by_role("button", name="Export", exact=True).click()
    panel = renders(page)
    expect(panel.locator(".sb-film b")).to_have_text(["small-story.webm", "small-story.png"])
    with page.expect_download() as download:
        panel.get_by_role("link", name="Download small-story.webm").click()
    found = probe(download.value.path())
    assert (found.width, found.height, found.fps) == (360, 360, pytest.approx(29.97, abs=0.01))
    assert editor.saved().settings.fps == 8


def test_another_page_follows_without_a_touch(editor: Editor) -> None:
    page, other = editor.open(), editor.open()
    other.get_by_label("Title of the story").fill("Written over there")
    expect(page.get_by_label("Title of the story")).to_have_value("Written over there")
    other.get_by_role("button", name="Render story").click()
    expect(page.locator(".sb-doing")).to_contain_text("Rendering")
    page.get_by_role("button", name="Cancel").click()
    expect(other.locator(".sb-doing")).to_contain_text("Cancelled")


def test_a_story_goes_from_one_browser_to_another(stories: Editor, tmp_path: Path) -> None:
    page = stories.open(accept_downloads=True)
    page.get_by_label("Title of the story").fill("To be given away")
    settle(page)
    dialog = shelf(page)
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Save To be given away as a file").click()
    assert download.value.suggested_filename == "to-be-given-away.seine.zip"
    file = tmp_path / "given.seine.zip"
    download.value.save_as(file)

    other = stories.open()
    theirs = shelf(other)
    expect(theirs.locator(".sb-book b")).to_have_text("Small story")
    theirs.locator("input[type=file]").set_input_files(file)
    expect(other.get_by_label("Title of the story")).to_have_value("To be given away")
    has_shots(other, 3)
    other.wait_for_function(
        "() => [...document.querySelectorAll('.sb-card img')].every(image => image.naturalWidth)"
    )
    drag_files(other, ".sb-stage", [file])
    expect(shelf(other).locator(".sb-book")).to_have_count(2)

    bad = tmp_path / "bad.seine.zip"
    bad.write_bytes(b"PK no zip")
    other.keyboard.press("Escape")
    drag_files(other, ".sb-strip", [bad])
    expect(other.locator(".sb-note").first).to_contain_text("bad.seine.zip")


def test_rename_copy_delete_and_undo(stories: Editor) -> None:
    page = stories.open()
    dialog = shelf(page)
    books = dialog.locator(".sb-book")
    dialog.get_by_role("button", name="Rename Small story").click()
    page.keyboard.type("First & <b>best</b>")
    page.keyboard.press("Enter")
    expect(books.locator("b")).to_have_text("First & <b>best</b>")
    dialog.get_by_role("button", name="Duplicate First & <b>best</b>").click()
    expect(books).to_have_count(2)
    first = dialog.get_by_role("link", name=re.compile("^Go on with First"))
    expect(first).to_be_visible()
    dialog.get_by_role("button", name="Delete First & <b>best</b>", exact=True).click()
    expect(books).to_have_count(1)
    title = page.get_by_label("Title of the story")
    expect(title).to_have_value("First & <b>best</b> (copy)")
    expect(dialog.locator(".sb-deleted")).to_contain_text("Deleted “First & <b>best</b>”.")
    dialog.get_by_role("button", name="Undo").click()
    expect(books).to_have_count(2)
    expect(title).to_have_value("First & <b>best</b>")
    dialog.get_by_role("link", name=re.compile(r"^Open .*\(copy\)")).click()
    expect(title).to_have_value("First & <b>best</b> (copy)")
    expect(dialog).to_be_hidden()
    shelf(page).get_by_role("button", name="New story").click()
    page.get_by_role("button", name="Empty story").click()
    has_shots(page, 0)
    shelf(page).get_by_role("button", name="New story").click()
    page.get_by_role("button", name="Copy of the sample").click()
    has_shots(page, 3)
    shortcut(page, "Control+s")
    expect(page.locator(".sb-saved")).to_have_text("Every change is saved already")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_dialogs_fit_the_window(editor: Editor, width: int, height: int) -> None:
    page = editor.open(width, height)
    for name in ("Stories", "Export", "Renders"):
        page.evaluate("name => storyboard.openDialog(name)", name.lower())
        dialog = page.get_by_role("dialog", name=name)
        box = dialog.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
        assert dialog.evaluate("d => d.scrollWidth <= d.clientWidth")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


def test_a_killed_server_comes_back_with_the_story_and_its_render(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed, and this one in its place."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, workspace = f"http://127.0.0.1:{port}/", tmp_path / "w"
    command = [sys.executable, "-m", "app", "--port", str(port), "--workspace", str(workspace)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ)

    def answers() -> bool:
        assert server.poll() is None, "the server does not start"
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            return False
        return True

    try:
        wait_for(answers, "the server does not start")
        page = browser.new_context().new_page()
        page.goto(url)
        has_shots(page, 6)
        page.get_by_label("Title of the story").fill("Outlives everything")
        page.evaluate(
            """() => storyboard.send(
              'set_settings', {fields: {quality: 'final', width: 256, height: 144}})"""
        )
        settle(page)
        page.get_by_role("button", name="Render story").click()
        expect(page.locator(".sb-count")).to_contain_text("parts")
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait(60)
    (folder,) = (workspace / "stories").iterdir()
    assert load_story(folder).title == "Outlives everything"
    with served(partial(build, workspace), port):
        page.goto(url)
        expect(page.get_by_label("Title of the story")).to_have_value("Outlives everything")
        expect(page.locator(".sb-doing")).to_have_text("The last render was interrupted.")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".sb-count")).to_contain_text("parts")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".sb-doing")).to_contain_text("Cancelled")
        page.context.close()
