"""Clips in a real browser: trimmed at both ends, slipped, paced, reversed, frozen and turned."""

import base64
import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from app_stories import FPS, write_story
from browser_pages import Editor, card, serving, settle
from letter_clips import number, write_numbered
from seine_core.story import edits
from seine_core.story.disk.storage import add_media, save_story
from seine_core.story.model import Shot, Story, VideoSource
from timeline_pages import drag, place, zoom_to
from waiting import wait_for

pytestmark = pytest.mark.browser
ZOOM = 60  # pixels a second


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """A picture, a video of six seconds and a picture, with half a second between."""
    folder = tmp_path_factory.mktemp("clips")
    story = write_story(folder / "story", 2)
    video = add_media(folder / "story", write_numbered(folder / "a.mp4", range(48), fps=FPS))
    story = edits.insert(story, [video], before="shot-2", title="Clip", duration_s=6.0)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.5)
    save_story(story, folder / "story")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        with serving(browser, folder, folder / "story") as editor:
            yield editor


def clip(server: Editor) -> tuple[Story, Shot, VideoSource]:
    story = server.saved()
    shot = story.shot("shot-3")
    assert isinstance(shot.source, VideoSource)
    return story, shot, shot.source


def middle(handle: Locator) -> tuple[float, float]:
    box = handle.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + 40


def panel(page: Page) -> Locator:
    return page.locator(".sb-panel").filter(visible=True)


def on_stage(page: Page) -> int:
    """The number that is shown before anything is rendered."""
    address = page.evaluate("() => document.querySelector('canvas.sb-front').toDataURL()")
    data = base64.b64decode(address.partition(",")[2])
    return number(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def test_a_clip_moves_before_it_is_rendered(page: Page, server: Editor) -> None:
    card(page, 2).click()
    for second, frame in ((3.0, 24), (1.0, 8), (5.5, 44)):
        page.evaluate("at => storyboard.player.seek(storyboard.player.range.from + at)", second)
        wait_for(lambda frame=frame: on_stage(page) == frame)
    page.evaluate("() => storyboard.player.seek(storyboard.player.range.from + 1)")
    page.keyboard.press("Space")
    wait_for(lambda: on_stage(page) > 10)
    page.evaluate("() => storyboard.player.pause()")
    page.evaluate("() => storyboard.send('set_clip', {id: 'shot-3', reverse: true})")
    page.evaluate("() => storyboard.player.seek(storyboard.player.range.from + 1)")
    wait_for(lambda: on_stage(page) == 39)  # the last eight were seen
    assert not page.evaluate("() => storyboard.player.rendered")


def test_a_head_is_trimmed_and_the_edge_before_it_left_alone(page: Page, server: Editor) -> None:
    zoom_to(page, ZOOM)
    card(page, 2).click()
    x, y = middle(page.locator("[data-name='shot-3'] .sb-trim-in"))
    right = page.locator("[data-name='shot-3']").bounding_box()
    drag(page, (x, y), (x + 2 * ZOOM - 3, y))
    expect(page.locator(".sb-length:visible")).to_have_text("4 s (−2)")
    there = page.locator("[data-name='shot-3']").bounding_box()
    assert there and right
    assert there["x"] + there["width"] == pytest.approx(right["x"] + right["width"], abs=1)
    page.mouse.up()
    settle(page)
    story, shot, source = clip(server)
    assert (shot.duration_s, source.offset_s) == (4.0, 2.0)
    assert [edge.duration_s for edge in story.edges()] == [0.5, 0.5]
    expect(page.locator(".sb-timecode")).to_have_text("00:00 + 00 f / 00:04 + 00 f")
    # Escape leaves it; what was cut off comes back, but no more than there is.
    x, y = middle(page.locator("[data-name='shot-3'] .sb-trim-in"))
    drag(page, (x, y), (x + ZOOM, y))
    page.keyboard.press("Escape")
    page.mouse.up()
    drag(page, (x, y), (x - 4 * ZOOM, y))
    page.mouse.up()
    settle(page)
    assert (clip(server)[1].duration_s, clip(server)[2].offset_s) == (6.0, 0.0)
    # After a cut, too, where there is no transition to be made longer.
    page.evaluate("""() => storyboard.send('set_edge',
      {left: 'shot-1', right: 'shot-3', fields: {duration_s: 0}})""")
    settle(page)
    x, y = middle(page.locator("[data-name='shot-3'] .sb-trim-in"))
    drag(page, (x, y), (x + 0.83 * ZOOM, y))
    page.mouse.up()
    settle(page)
    story, shot, source = clip(server)
    assert story.transition("shot-1", "shot-3").duration_s == 0.0 and source.offset_s > 0.5


def test_a_finger_and_keys_trim_and_slip(page: Page, server: Editor) -> None:
    zoom_to(page, ZOOM)
    card(page, 2).click()
    x, y = middle(page.locator("[data-name='shot-3'] .sb-trim-in"))
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [x]),
        *(("touchMove", [x + step * ZOOM / 4]) for step in range(1, 5)),
        ("touchEnd", []),
    ):
        points = [{"x": at, "y": y} for at in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settle(page)
    assert clip(server)[2].offset_s == 1.0
    start = place(page, "shot-3")["start"]
    page.evaluate("at => storyboard.player.seek(at)", start + 1.0)
    page.keyboard.press("q")
    settle(page)
    assert (clip(server)[1].duration_s, clip(server)[2].offset_s) == (4.0, 2.0)
    page.evaluate("at => storyboard.player.seek(at)", start + 3.0)
    page.keyboard.press("w")
    settle(page)
    assert clip(server)[1].duration_s == 3.0
    page.keyboard.press("Control+Alt+ArrowLeft")
    settle(page)
    assert (clip(server)[1].duration_s, clip(server)[2].offset_s) == (3.0, 1.875)
    x, y = middle(card(page, 2))
    page.keyboard.down("Alt")
    drag(page, (x, y), (x + ZOOM, y))
    expect(page.locator(".sb-length:visible")).to_contain_text("0.88 – 3.88 s of 6.00 s")
    page.mouse.up()
    page.keyboard.up("Alt")
    settle(page)
    assert (clip(server)[1].duration_s, clip(server)[2].offset_s) == (3.0, 0.875)


def test_the_inspector_edits_a_clip(page: Page, server: Editor) -> None:
    card(page, 2).click()
    fields = panel(page)

    def write(label: str, value: str) -> None:
        fields.get_by_label(label, exact=True).fill(value)
        fields.get_by_label(label, exact=True).press("Enter")
        settle(page)

    write("In", "1")
    write("Out", "4")
    assert (clip(server)[1].duration_s, clip(server)[2].offset_s) == (3.0, 1.0)
    write("Slip to", "2")
    assert (clip(server)[1].duration_s, clip(server)[2].offset_s) == (3.0, 2.0)
    fields.get_by_role("button", name="2×", exact=True).click()
    fields.get_by_label("Reversed").check()
    settle(page)
    _, shot, source = clip(server)
    assert (shot.duration_s, source.speed, source.reverse, source.end_s) == (1.5, 2.0, True, 5.0)
    fields.get_by_role("button", name="Rotate 90°").click()
    fields.get_by_role("button", name="Flip", exact=True).click()
    settle(page)
    shot = clip(server)[1]
    assert (shot.turn, shot.flip_horizontal, shot.flip_vertical) == (90, True, False)
    fields.get_by_role("button", name="Rotate 90°").click()
    settle(page)
    shot = clip(server)[1]
    assert (shot.turn, shot.flip_horizontal, shot.flip_vertical) == (180, False, True)
    fields.get_by_role("button", name="The last").click()
    settle(page)
    held = server.saved().shots[2].source
    assert isinstance(held, VideoSource) and held.freeze and held.offset_s == 2.0
    card(page, 3).click()
    expect(panel(page)).to_contain_text("A held frame has no sound")
    expect(panel(page)).to_contain_text("One frame of the file, held")


def test_what_was_split_off_is_filled_as_is_said(page: Page, server: Editor) -> None:
    page.evaluate("() => storyboard.send('split', {id: 'shot-3', at_s: 2})")
    settle(page)
    zoom_to(page, ZOOM)
    card(page, 2).click()
    x, y = middle(page.locator("[data-name='shot-3'] .sb-trim"))
    drag(page, (x, y), (x + 2 * ZOOM, y))
    expect(page.locator(".sb-length:visible")).to_have_text("4 s (+2), 2 s generated")
    page.mouse.up()
    settle(page)
    mark = page.locator("[data-name='shot-3'] .sb-beyond")
    expect(mark).to_have_text("+2.0 s generated")
    expect(panel(page)).to_contain_text("2.0 s of the file, 2.0 s generated")
    rest = panel(page).get_by_role("group", name="The rest is")
    rest.get_by_text("Looped").click()
    expect(mark).to_have_text("+2.0 s repeated")
    rest.get_by_text("The file").click()
    expect(mark).to_be_hidden()
    settle(page)
    assert clip(server)[2].end_s == 4.0 and clip(server)[1].duration_s == 4.0
