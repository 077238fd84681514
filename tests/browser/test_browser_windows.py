"""The page in windows of many sizes: what is in sight, and how it is divided by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from app_stories import write_story
from browser_pages import Editor, card, serving, settle

pytestmark = pytest.mark.browser

# A telephone on its side, small laptops, and a large window at 200 %.
WINDOWS = [(844, 390), (1024, 600), (1366, 657), (720, 450)]
# The picture's share of the window's height, the inspector's fields that are seen whole, where the
# inspector ends, what of the page cannot be seen, and which controls are cut.
MEASURED = """() => {
  const box = name => document.querySelector(name).getBoundingClientRect();
  const {top, bottom} = box('.sb-fields');
  const inside = one => one.width && one.top >= top && one.bottom <= bottom;
  const boxes = name => [...document.querySelectorAll(name)].filter(one => one.checkVisibility())
    .map(one => [one, one.getBoundingClientRect()]);
  const bars = ':is(.sb-header, .sb-stagebar, .sb-bar, .sb-make)';
  const cut = boxes(`${bars} :is(button, select, input:not(.sb-hidden-input))`).filter(
    ([one, {left, right, bottom: end}]) => {
      const pane = one.closest('[id^=zone-]').getBoundingClientRect();
      const lowest = Math.min(innerHeight, pane.bottom);
      return left < pane.left || right > pane.right + 0.5 || end > lowest + 0.5;
    }).map(([one]) => one.getAttribute('aria-label') || one.textContent);
  const root = document.documentElement;
  return {
    share: box('.sb-frame').height / innerHeight,
    fields: boxes('.sb-fields :is(input, select, textarea, button)')
      .filter(([, one]) => inside(one)).length,
    end: innerHeight - box('#zone-inspector').bottom,
    hidden: [root.scrollWidth - innerWidth, root.scrollHeight - innerHeight], cut,
  };
}"""


@pytest.fixture
def server(browser: Browser, tmp_path: Path) -> Iterator[Editor]:
    write_story(tmp_path / "story")
    with serving(browser, tmp_path, tmp_path / "story") as editor:
        yield editor


def test_every_window_shows_the_picture_and_the_fields(server: Editor) -> None:
    page = server.open(*WINDOWS[0])
    card(page, 1).click()
    for ratio in ((1280, 720), (720, 1280)):
        fields = dict(zip(("width", "height"), ratio, strict=True))
        page.evaluate("fields => storyboard.send('set_settings', {fields})", fields)
        settle(page)
        for width, high in WINDOWS:
            page.set_viewport_size({"width": width, "height": high})
            found = page.evaluate(MEASURED)
            assert found["share"] >= 0.4, (ratio, width, found)
            assert found["fields"] >= 3, (ratio, width, found)
            assert not found["cut"], (ratio, width, found)
            assert found["end"] == 0
            assert found["hidden"] == [0, 0], (ratio, width, found)


def test_the_window_is_divided_by_hand(server: Editor) -> None:
    page = server.open(1366, 768, has_touch=True)
    press = page.keyboard.press
    width = page.get_by_role("separator", name="Width of the inspector")
    tall = page.get_by_role("separator", name="Height of the timeline")

    def measure() -> tuple[int, int]:
        """How wide the inspector is, and how high the timeline."""
        inspector = page.locator("#zone-inspector").bounding_box()
        timeline = page.locator("#zone-timeline").bounding_box()
        assert inspector and timeline
        return round(inspector["width"]), round(timeline["height"])

    def middle(of: Locator) -> tuple[float, float]:
        box = of.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(of: Locator, x: float, y: float) -> None:
        at = middle(of)
        page.mouse.move(*at)
        page.mouse.down()
        page.mouse.move(at[0] + x, at[1] + y, steps=4)

    usual = measure()
    assert usual[0] == 372
    drag(width, -80, 0)
    page.mouse.up()
    assert measure() == (452, usual[1])
    drag(tall, 0, -90)
    page.mouse.up()
    assert measure() == (452, usual[1] + 90)
    assert page.locator(".sb-face").first.evaluate("face => face.clientHeight") > 92  # larger
    # Escape breaks a drag off, and no drag leaves a part out of sight.
    drag(width, -200, 0)
    press("Escape")
    page.mouse.up()
    assert measure() == (452, usual[1] + 90)
    drag(tall, 0, -700)
    page.mouse.up()
    view = page.locator(".sb-view").bounding_box()
    assert view and view["height"] >= 95
    drag(width, -1300, 0)
    page.mouse.up()
    assert measure()[0] == 1366 - 300
    page.set_viewport_size({"width": 720, "height": 450})
    assert measure()[0] <= 420
    page.set_viewport_size({"width": 1366, "height": 768})

    # Twice is as it was; by keys, and by touch.
    for one in (width, tall):
        one.dblclick()
    assert measure() == usual
    width.focus()
    press("ArrowLeft")
    press("Shift+ArrowLeft")
    assert measure()[0] == 372 + 16 + 64
    expect(width).to_have_attribute("aria-valuenow", str(372 + 16 + 64))
    press("Home")
    assert measure()[0] == 240
    tall.focus()
    press("ArrowUp")
    assert measure()[1] == usual[1] + 16
    send = page.context.new_cdp_session(page).send
    x, y = middle(width)
    for kind, dx in (("touchStart", 0), ("touchMove", -30), ("touchMove", -60), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y}]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(width).to_have_attribute("aria-valuenow", "300")

    # The timeline folds to its bar: by a key, its button, or drawn small; all of this is kept.
    page.locator("body").press("h")
    expect(page.locator(".sb-strip")).to_be_hidden()
    assert measure()[1] <= 48
    page.reload()
    expect(page.locator(".sb-sum")).to_contain_text("3 shots")
    expect(page.locator(".sb-strip")).to_be_hidden()
    assert measure()[0] == 300
    page.get_by_role("button", name="Show the timeline").click()
    expect(card(page, 1)).to_be_visible()
    assert measure() == (300, usual[1] + 16)
    drag(tall, 0, 300)
    page.mouse.up()
    expect(page.locator(".sb-strip")).to_be_hidden()
    drag(tall, 0, -150)
    page.mouse.up()
    expect(card(page, 1)).to_be_visible()

    # A telephone held upright has one part below the other, each as high as it likes.
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator(".sb-face").first.evaluate("face => face.clientHeight") == 92
    expect(width).to_be_hidden()

    # Each of these keys is in the list of keys.
    press("?")
    for row in ("Hide or show the timeline", "Move the divider in focus, with Shift further"):
        expect(page.get_by_role("dialog").get_by_text(row)).to_be_visible()
