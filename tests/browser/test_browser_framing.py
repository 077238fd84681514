"""The shape of a story, the part of a picture that is seen, and what apps lay over it, on the
stage."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app_stories import write_image
from browser_pages import Editor, card, serving, settle
from seine_core.story.disk.storage import save_story
from seine_core.story.model import Framing, Story

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("framing")
    (folder / "story").mkdir()
    save_story(Story(), folder / "story")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        with serving(browser, folder, folder / "story") as editor:
            yield editor


def drag(page: Page, right: float) -> None:
    """The window over the picture, by a part of the frame."""
    frame = page.locator(".sb-frame").bounding_box()
    window = page.locator(".sb-window:not(.sb-window-other)").bounding_box()
    assert frame and window
    x, y = window["x"] + window["width"] / 2, window["y"] + window["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + frame["width"] * right, y, steps=3)
    page.mouse.up()


def test_a_story_gets_its_shape_and_its_pictures_their_part(server: Editor, tmp_path: Path) -> None:
    page = server.open(1280, 900)
    shapes = page.get_by_role("group", name="Shape of the film")
    expect(shapes.get_by_role("button")).to_have_count(6)
    shapes.get_by_role("button", name="1:1").click()
    settle(page)
    assert server.saved().settings.size == (720, 720)

    page.reload()  # whoever has just chosen one is not asked again
    settle(page)
    upright = [write_image(tmp_path / f"{n}.png", 30, (90, 160)) for n in (1, 2)]
    wide = write_image(tmp_path / "wide.png", 90, (320, 90))
    page.locator(".sb-actions input[type=file]").first.set_input_files([*upright, wide])
    proposal = page.locator(".sb-proposal")
    expect(proposal).to_contain_text("Most pictures are nearer to 9:16")
    proposal.get_by_role("button", name="Make the film 9:16").click()
    expect(proposal).to_be_hidden()
    settle(page)
    assert server.saved().settings.size == (720, 1280)

    safe = page.get_by_label("Safe area")
    safe.select_option("TikTok")
    expect(page.locator(".sb-safe")).to_be_visible()
    safe.select_option("")
    expect(page.locator(".sb-safe")).to_be_hidden()

    card(page, 3).click()
    inspector = page.locator("#zone-inspector")
    inspector.get_by_label("Whole picture").check(force=True)
    window = page.locator(".sb-window:not(.sb-window-other)")
    expect(window).to_be_visible()
    drag(page, 0.2)
    settle(page)
    focus = server.saved().shots[2].focus
    assert focus and focus[0] > 0.2, "further to the right than what was found"
    inspector.get_by_role("button", name="Automatic").click()
    settle(page)
    assert server.saved().shots[2].focus is None

    inspector.get_by_label("From one part to another").check(force=True)
    expect(inspector.get_by_label("End", exact=True)).to_be_checked()
    window.press("+")
    page.wait_for_function("() => storyboard.state.story.shots[2].framing[1].zoom > 1.5")
    drag(page, 0.1)
    settle(page)
    begin, end = server.saved().shots[2].framing or (None, None)
    assert (
        begin == Framing()
        and end
        and end.zoom == pytest.approx(1.54)
        and end.x == pytest.approx(0.457, abs=0.02)
    )
    inspector.get_by_role("button", name="Swap begin and end").click()
    inspector.get_by_label("Result").check(force=True)
    expect(window).to_be_hidden()
    settle(page)
    assert server.saved().shots[2].framing == (end, begin)
    inspector.get_by_label("Its move").check(force=True)
    settle(page)
    assert server.saved().shots[2].framing is None
    page.close()
