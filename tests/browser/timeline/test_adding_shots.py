"""What is dropped and pasted on the timeline."""

import base64
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app_stories import FPS, write_image
from browser_pages import Editor, card, drag_files, has_shots, settle
from letter_clips import write_tone
from seine_core.media.encode import write_clip
from timeline_pages import SHOTS, place

pytestmark = pytest.mark.browser


def test_many_files_are_dropped_at_a_place(page: Page, server: Editor, tmp_path: Path) -> None:
    good = [write_image(tmp_path / f"drop {name}.png", 30) for name in (10, 1, 2)]
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    music = write_tone(tmp_path / "tune.mp3", 0.2)
    left, right = place(page, "shot-2"), place(page, "shot-3")
    lane = page.locator(".sb-lane").bounding_box()
    assert lane
    point = (lane["x"] + (left["x"] + left["width"] + right["x"]) / 2, lane["y"] + 60)
    drag_files(page, ".sb-strip", [*good, notes], point, ("dragenter", "dragover"))
    expect(page.locator(".sb-insert")).to_be_visible()
    drag_files(page, ".sb-strip", [*good, notes, music], point)
    expect(page.locator(".sb-pending")).to_have_count(3)
    refused = page.locator(".sb-note")
    expect(refused.first).to_contain_text("notes.txt: not an image, a video or a sound")
    expect(page.locator(".sb-sound", has_text="Tune")).to_be_visible()
    has_shots(page, SHOTS + 3)
    expect(page.locator(".sb-pending")).to_have_count(0)
    settle(page)
    titles = [shot.title for shot in server.saved().shots]
    assert titles[1:6] == ["Scene 2", "Drop 1", "Drop 2", "Drop 10", "Scene 3"]
    page.locator(".sb-note").get_by_role("button", name="Close").click()
    expect(refused).to_have_count(0)
    # On the stage they go to the end.
    drag_files(page, ".sb-frame", good[:1])
    has_shots(page, SHOTS + 4)
    settle(page)
    assert server.saved().shots[-1].title == "Drop 10"


def test_a_dropped_video_is_split_into_its_scenes(
    page: Page, server: Editor, tmp_path: Path
) -> None:
    scenes = [np.full((64, 96, 3), shade, np.uint8) for shade in (20, 220, 120)]
    stills = [still for still in scenes for _ in range(10)]
    film = tmp_path / "harbour.mp4"
    write_clip(stills, film, width=96, height=64, fps=FPS)
    drag_files(page, ".sb-strip", [film], (20, 700))
    offer = page.locator(".sb-note")
    expect(offer).to_contain_text("“Harbour”, 3.8 s: split into scenes?")
    offer.get_by_role("button", name="Keep whole").click()
    expect(offer).to_have_count(0)
    has_shots(page, SHOTS + 1)
    settle(page)
    page.get_by_role("button", name="Split into scenes").click()
    has_shots(page, SHOTS + 3)
    settle(page)
    assert [shot.title for shot in server.saved().shots[:4]] == ["Harbour"] * 3 + ["Scene 1"]
    assert [shot.duration_s for shot in server.saved().shots[:3]] == [1.25] * 3


def test_pictures_and_shots_are_pasted(page: Page, server: Editor, tmp_path: Path) -> None:
    image = base64.b64encode(write_image(tmp_path / "pasted.png", 50).read_bytes()).decode()
    card(page, 2).click()
    page.evaluate(
        """image => {
          const bytes = Uint8Array.from(atob(image), c => c.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], 'image.png', {type: 'image/png'}));
          document.activeElement.dispatchEvent(
            new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
        }""",
        image,
    )
    has_shots(page, SHOTS + 1)
    expect(card(page, 3)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Control+c")
    page.keyboard.press("0")  # all of it in sight
    card(page, 7).click()
    page.keyboard.press("Control+v")
    has_shots(page, SHOTS + 2)
    settle(page)
    titles = [shot.title for shot in server.saved().shots]
    assert titles[2] == titles[7] == "Image"


def test_a_sample_is_added_after_the_selected_shot(page: Page, server: Editor) -> None:
    card(page, 1).click()
    page.get_by_role("button", name="Samples").click()
    page.get_by_role("button", name="Over the forest stream").filter(visible=True).click()
    expect(card(page, 2)).to_have_attribute("aria-current", "true")
    settle(page)
    added = server.saved().shots[1]
    assert added.title == "Over the forest stream" and added.prompt and added.duration_s == 3


def test_the_empty_story_invites(page: Page, server: Editor, tmp_path: Path) -> None:
    card(page, 1).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Backspace")
    expect(page.locator(".sb-tile")).to_contain_text("Drop images or videos here")
    settle(page)
    drag_files(page, ".sb-tile", [write_image(tmp_path / "first.png", 10)], (300, 700))
    has_shots(page, 1)
    settle(page)
    assert [shot.title for shot in server.saved().shots] == ["First"]
