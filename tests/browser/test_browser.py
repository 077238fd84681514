"""A user's way through the editor, in a real headless Chromium."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from app_stories import FPS, Gated, write_image
from browser_pages import Editor, card, has_shots
from fake_hub import serve
from seine_core.errors import MissingWeights, download
from seine_core.media.video import read_frames
from seine_core.story.disk.storage import load_story
from small_models import HUB_FILES, use_small_models

pytestmark = pytest.mark.browser

EDGE_1 = "Transition, 0.5 s, from shot 1 to shot 2"
PLAYS = """() => {
  const video = document.querySelector('.sb-video');
  return video.readyState >= 2 && video.currentTime > 0;
}"""


@pytest.mark.parametrize("editor", ["sample"], indirect=True)
def test_the_sample_story_is_there_and_a_new_one_can_be_made(editor: Editor) -> None:
    page = editor.open()
    has_shots(page, 6)
    expect(page.locator(".sb-link")).to_have_count(5)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.sb-card img')].some(image => image.naturalWidth)"
    )
    page.get_by_role("button", name="Stories", exact=True).click()
    page.get_by_role("button", name="New story").click()
    page.get_by_role("button", name="Empty story").click()
    expect(page.locator(".sb-sum")).to_have_text("No shots yet")
    render = page.get_by_role("button", name="Render story")
    expect(render).to_have_attribute("title", "Add an image or a video first")
    image = write_image(editor.story / "first_scene.png", 90)
    broken = editor.story / "broken.png"
    broken.write_bytes(b"nothing")
    page.locator(".sb-tile input[type=file]").set_input_files([image, broken])
    has_shots(page, 1)
    expect(page.locator(".sb-card b")).to_have_text("1 First scene")
    expect(page.locator(".sb-note")).to_contain_text("broken.png")
    page.reload()
    expect(page.locator(".sb-card b")).to_have_text("1 First scene")


def test_edits_are_kept(editor: Editor) -> None:
    page = editor.open()
    has_shots(page, 3)
    card(page, 2).click()
    prompt = "rain `${document.title = 'run'}` {{value}} <img src=x onerror=alert(1)>"
    page.get_by_label("Prompt", exact=True).filter(visible=True).fill(prompt)
    page.get_by_label("Duration").filter(visible=True).fill("1.5")
    # Leaving the field and choosing another card at once: the edit belongs to shot 2.
    card(page, 3).click()
    expect(page.get_by_role("heading", name="Shot 3")).to_be_visible()
    page.get_by_role("button", name="Move left").click()
    expect(page.locator(".sb-card b").nth(1)).to_have_text("2 Scene 3")
    expect(page.locator(".sb-saved")).to_have_text("Saved")
    page.reload()
    expect(page.locator(".sb-card b").nth(1)).to_have_text("2 Scene 3")
    card(page, 3).click()
    expect(page.get_by_label("Prompt", exact=True).filter(visible=True)).to_have_value(prompt)
    expect(page.get_by_label("Duration").filter(visible=True)).to_have_value("1.5")
    story = load_story(editor.story)
    assert [shot.id for shot in story.shots] == ["shot-1", "shot-3", "shot-2"]
    assert story.shot("shot-2").prompt == prompt and story.shot("shot-2").duration_s == 1.5
    assert page.title() == "Small story · SEINE Storyboard"
    page.get_by_label("Title", exact=True).filter(visible=True).fill("Typed just before a reload")
    page.reload()
    expect(page.locator(".sb-card b").nth(2)).to_have_text("3 Typed just before a reload")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".sb-card b").nth(2)).to_have_text("3 Scene 2")
    page.locator(".sb-strip").press("Control+z")
    expect(page.locator(".sb-card b").nth(1)).to_have_text("2 Scene 2")


def test_a_number_out_of_range_stays_here_and_says_what_is_allowed(editor: Editor) -> None:
    page = editor.open()
    page.get_by_role("button", name=EDGE_1).click()
    duration = page.get_by_label("Duration").filter(visible=True)
    duration.fill("61")
    duration.press("Enter")
    expect(page.get_by_text("allowed 0 to 60")).to_be_visible()
    duration.fill("0")
    duration.press("Enter")
    expect(page.get_by_role("heading", name="Cut 1 → 2")).to_be_visible()
    assert load_story(editor.story).transition("shot-1", "shot-2").duration_s == 0


def test_a_transition_is_previewed(editor: Editor) -> None:
    page = editor.open()
    page.get_by_role("button", name=EDGE_1).click()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("button", name=f"{EDGE_1}, rendering")).to_be_visible()
    expect(page.locator(".sb-badge")).to_contain_text("Rendering transition 1 to 2")
    preview = page.get_by_role("button", name="Preview", exact=True)
    expect(preview).to_have_attribute("title", "It is being rendered already")
    Gated.gate.set()
    page.wait_for_function("() => storyboard.player.playing && storyboard.player.rendered")
    expect(page.get_by_role("button", name=f"{EDGE_1}, ready")).to_be_visible()
    expect(page.get_by_role("button", name="Shot 3, Scene 3, 0.5 s, not rendered")).to_be_visible()


def test_a_failed_transition_says_why(editor: Editor) -> None:
    page = editor.open()
    Gated.gate.set()
    page.get_by_role("button", name=EDGE_1).click()
    expect(page.get_by_role("heading", name="Transition 1 → 2")).to_be_visible()
    page.get_by_label("Prompt", exact=True).filter(visible=True).fill("fail")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("button", name=f"{EDGE_1}, failed")).to_have_attribute(
        "title", "ValueError: this prompt fails"
    )
    expect(page.locator(".sb-doing")).to_contain_text("this prompt fails")


def test_a_transition_without_weights_fails_alone(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = MissingWeights("its weights are not here", subject="Gated", advice=download("gated"))
    monkeypatch.setattr(Gated, "capabilities", replace(Gated.capabilities, missing=why))
    page = editor.open()
    page.get_by_role("button", name=f"{EDGE_1}, failed").click()
    reason = page.locator(".sb-reason").filter(visible=True)
    expect(reason).to_contain_text("Gated: its weights are not here; get them in Models")
    said = re.compile("get them in Models")
    preview = page.get_by_role("button", name="Preview", exact=True)
    expect(preview).to_have_attribute("title", said)
    expect(page.get_by_role("button", name="Render story")).to_have_attribute("title", said)
    reason.get_by_role("button", name="Open Models").click()
    expect(page.get_by_role("dialog", name="Models")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Shot 1, Scene 1").click()
    preview.click()
    expect(page.get_by_role("button", name="Shot 1, Scene 1, 0.5 s, ready")).to_be_visible()


def test_a_render_outlives_a_reload_can_be_cancelled_and_is_downloaded(editor: Editor) -> None:
    page = editor.open()
    render = page.get_by_role("button", name="Render story")
    render.click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator(".sb-badge")).to_contain_text("Rendering")
    page.reload()
    expect(page.locator(".sb-doing")).to_contain_text("Rendering transition")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".sb-doing")).to_contain_text("Cancelled")
    expect(page.get_by_role("progressbar")).to_be_hidden()

    Gated.gate.set()
    render.click()
    expect(page.locator(".sb-doing")).to_have_text("The story is rendered.")
    page.wait_for_function(PLAYS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download MP4").click()
    assert download.value.suggested_filename == "small-story.mp4"
    frames = sum(1 for _ in read_frames(download.value.path(), FPS))
    assert frames == 3 * FPS // 2 + 2 * FPS // 2


def test_another_tabs_edit_is_told_and_shown(editor: Editor) -> None:
    page = editor.open()
    other = page.context.new_page()
    other.route("**/revision/*", lambda route: route.abort())  # so it does not see it by itself
    other.goto(editor.url)
    has_shots(other, 3)
    card(page, 3).click()
    page.get_by_role("button", name="Remove").click()
    has_shots(page, 2)
    other.get_by_role("button", name="Duplicate").click()
    expect(other.locator(".sb-note")).to_contain_text("another tab")
    has_shots(other, 2)
    other.get_by_role("button", name="Duplicate").click()
    has_shots(other, 3)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_nothing_runs_over_the_page(editor: Editor, width: int, height: int) -> None:
    page = editor.open(width, height)
    has_shots(page, 3)
    wide, high = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert wide <= width
    if width > 760:
        assert high <= height


def test_the_strip_by_keyboard(editor: Editor) -> None:
    page = editor.open()
    first = card(page, 1)
    first.focus()
    for heading in ("Transition 1 → 2", "Shot 2"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    page.keyboard.press("Delete")
    has_shots(page, 2)
    stops = page.locator(".sb-card[tabindex='0'], .sb-link[tabindex='0']")
    expect(stops).to_have_count(1)


def test_the_models_panel(editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(HUB_FILES) as hub:
        use_small_models(monkeypatch, tmp_path / "models", hub=hub.url)
        page = editor.open()
        entry = page.get_by_role("article", name="Small model")
        page.evaluate("() => storyboard.openDialog('models', 'small')")
        expect(entry).to_be_focused()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Models").click()
        suited = page.get_by_role("region", name="Recommended for this machine")
        expect(suited).to_contain_text("free for models")
        automatic = suited.get_by_role("article", name="Automatic")
        expect(automatic).to_contain_text("for a transition of 1.0 s at 1024 × 576")
        expect(automatic).to_contain_text("Nothing to download.")
        expect(entry).to_contain_text("Not here")
        expect(entry.get_by_role("link", name="Test licence")).to_have_attribute(
            "href", "https://example.org/licence"
        )
        assert hub.asked == []
        hub.gate.clear()
        entry.get_by_role("button", name="Download").click()
        arrived = entry.get_by_role("progressbar")
        expect(arrived).not_to_have_attribute("aria-valuenow", "0")
        expect(entry.get_by_role("status")).to_contain_text("small.pt")
        entry.get_by_role("button", name="Cancel").click()
        hub.gate.set()
        expect(entry).to_contain_text("Stopped; what arrived is kept.")
        entry.get_by_role("button", name="Go on downloading").click()
        expect(entry).to_contain_text("Ready")
        page.screenshot(path=str(tmp_path / "models.png"))
        # What is said stands in the dialog too, and Gradio's own words with it.
        page.evaluate(
            """() => {
              const toast = document.createElement('div');
              toast.innerHTML = '<p data-testid="toast-text">Lost for a moment</p>';
              document.querySelector('.toast-wrap').append(toast);
            }"""
        )
        expect(page.locator(".toast-wrap")).to_be_hidden()
        said = page.locator(".sb-note", has_text="Lost for a moment")
        expect(said).to_have_count(2)
        page.get_by_role("dialog").locator(said).get_by_role("button", name="Close").click()
        expect(said).to_have_count(0)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.get_by_label("Title of the story").fill("Still alive")


def test_a_command_that_gets_no_answer_is_sent_again_soon(editor: Editor) -> None:
    page = editor.open()
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fulfill(json={"event_id": "lost"})

    page.route("**/gradio_api/queue/join?*", lose)
    title = page.get_by_label("Title of the story")
    title.fill("Kept all the same")
    title.press("Enter")
    page.wait_for_function("() => !storyboard.unsaved()")
    assert lost and editor.saved().title == "Kept all the same"
