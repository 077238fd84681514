"""Captions in a real browser: seen as the film shows them, refused as they are typed, loaded from
subtitles and saved as such."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app_stories import write_story
from browser_pages import Editor, card, serving, settle
from seine_core.story import edits
from seine_core.story.disk.storage import save_story
from seine_core.story.film.captions import draw_caption
from seine_core.story.model import Caption
from waiting import wait_for

pytestmark = pytest.mark.browser

WORDS = "नमस्ते 你好 مرحبا สวัสดี 😀\nZürich"
# The red of the frame in front, row by row.
PIXELS = """() => {
  const front = document.querySelector('canvas.sb-front');
  if (!front) return [];
  const {width, height} = front;
  const bytes = front.getContext('2d').getImageData(0, 0, width, height).data;
  return Array.from({length: width * height}, (_, i) => bytes[4 * i]);
}"""


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("captions")
    story = write_story(folder / "story")
    story = edits.set_settings(story, width=640, height=360, quality="final")
    save_story(story, folder / "story")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        with serving(browser, folder, folder / "story") as editor:
            yield editor


@pytest.fixture
def page(server: Editor) -> Iterator[Page]:
    page = server.open(1280, 900)
    yield page
    page.close()


def field(page: Page) -> Locator:
    return page.locator("#zone-inspector").get_by_label("Words", exact=True)


def test_the_player_shows_a_caption_as_the_film_does(page: Page) -> None:
    card(page, 1).click()
    field(page).fill(WORDS)
    field(page).blur()
    settle(page)
    drawn = draw_caption(Caption(text=WORDS), 640, 360)
    rows, columns = drawn.alpha.shape
    ink = (drawn.alpha > 0.99) & (drawn.colour[..., 0] > 235)
    box = (drawn.alpha > 0.5) & (drawn.colour[..., 0] == 0)

    def is_shown() -> bool:
        seen = np.array(page.evaluate(PIXELS))
        if seen.size != 640 * 360:
            return False
        seen = seen.reshape(360, 640)[drawn.top :][:rows, drawn.left : drawn.left + columns]
        return bool((seen[ink] > 225).all() and (seen[box] < 80).all())

    page.evaluate("() => storyboard.player.seek(0.25)")  # it has faded in by then
    wait_for(is_shown)


def test_what_no_font_has_is_said_below_the_field(page: Page) -> None:
    card(page, 2).click()
    field(page).fill("fine \U0010fffd")
    caption = page.get_by_label("Words", exact=True)
    hint = page.locator("#zone-inspector .sb-field", has=caption).locator(".sb-hint")
    expect(hint).to_contain_text("no font on this machine has")
    field(page).fill("fine")
    expect(hint).to_be_empty()


def test_subtitles_are_loaded_and_saved(page: Page, server: Editor, tmp_path: Path) -> None:
    file = tmp_path / "film.srt"
    file.write_text("1\n00:00:00,000 --> 00:00:00,400\nHello\nthere\n")
    page.get_by_role("button", name="Story settings").first.click()
    page.get_by_label("Load subtitles").set_input_files(file)
    expect(page.get_by_role("link", name="Save VTT")).to_be_visible()
    settle(page)
    assert server.saved().shots[0].captions == (Caption(text="Hello\nthere", to_s=0.4),)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save SRT").click()
    assert download.value.suggested_filename == "small-story.srt"
    assert "Hello\nthere\n" in Path(download.value.path()).read_text()


def words_of(server: Editor) -> Caption:
    return server.saved().shots[0].captions[0]


def centre(page: Page) -> tuple[float, float]:
    """Of the words on the stage, in the window."""
    box = page.locator(".sb-words-box").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_words_are_styled_put_in_their_place_and_timed(page: Page, server: Editor) -> None:
    card(page, 1).click()
    field(page).fill("Put anywhere")
    field(page).blur()
    box = page.locator(".sb-words-box")
    expect(box).to_be_visible()
    page.locator(".sb-look summary").click()
    inspector = page.locator("#zone-inspector")
    inspector.get_by_label("Lower third").check(force=True)
    settle(page)
    assert (words_of(server).style, words_of(server).align) == ("lower-third", "left")
    inspector.get_by_label("Outline").check(force=True)
    inspector.get_by_role("group", name="Colour", exact=True).get_by_label("Yellow").check(
        force=True
    )
    inspector.get_by_role("group", name="Alignment").get_by_label("Centre").check(force=True)
    settle(page)
    assert (words_of(server).style, words_of(server).colour) == ("outline", "#ffe14d")

    frame = page.locator(".sb-frame").bounding_box()
    assert frame
    expect(box).to_be_visible()
    page.mouse.move(*centre(page))
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.3, frame["y"] + frame["height"] * 0.2, steps=4)
    page.mouse.up()
    settle(page)
    assert words_of(server).at == pytest.approx((0.3, 0.2), abs=0.02)
    expect(inspector.get_by_label("Its own")).to_be_checked()
    box.press("Shift+ArrowRight")  # from where the server has drawn them
    wait_for(lambda: words_of(server).at == pytest.approx((0.35, 0.2), abs=0.02))
    box.press("+")
    wait_for(lambda: words_of(server).size == pytest.approx(1.1))

    inspector.get_by_role("button", name="More words").click()
    settle(page)
    first, second = server.saved().shots[0].captions
    assert first.to_s == second.from_s and second.at == first.at
    page.keyboard.type("And later")
    inspector.get_by_label("Fade", exact=True).fill("0")
    inspector.get_by_label("Fade", exact=True).press("Enter")
    settle(page)
    assert server.saved().shots[0].captions[1].text == "And later"
    assert server.saved().shots[0].captions[1].fade_s == 0
    inspector.get_by_role("group", name="Captions of this shot").get_by_text("Put anywhere").click()
    expect(field(page)).to_have_value("Put anywhere")
    assert page.evaluate("() => storyboard.player.time") < second.from_s, "the stage shows them"
    field(page).fill("")
    field(page).blur()
    settle(page)
    assert [one.text for one in server.saved().shots[0].captions] == ["And later"]


def test_two_fingers_make_words_larger(server: Editor) -> None:
    page = server.open(390, 844)
    try:
        card(page, 2).click()
        field(page).fill("Pinch")
        field(page).blur()
        settle(page)
        page.locator(".sb-frame").scroll_into_view_if_needed()
        expect(page.locator(".sb-words-box")).to_be_visible()
        x, y = centre(page)
        touch = page.context.new_cdp_session(page)
        for kind, reach in (("touchStart", 8), ("touchMove", 12), ("touchMove", 16)):
            points = [{"x": x - reach, "y": y, "id": 0}, {"x": x + reach, "y": y, "id": 1}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        settle(page)
        assert server.saved().shots[1].captions[0].size == pytest.approx(2, abs=0.1)
    finally:
        page.close()
