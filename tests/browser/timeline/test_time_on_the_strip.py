"""Time on the timeline: edges, the ruler, zoom and the playhead."""

import pytest
from playwright.sync_api import Page, expect

from app_stories import FPS
from browser_pages import Editor, card, has_shots, settle
from timeline_pages import SHOTS, drag, middle, place, zoom_to

pytestmark = pytest.mark.browser


def test_an_edge_is_dragged_to_change_a_duration(page: Page, server: Editor) -> None:
    zoom = 300
    zoom_to(page, zoom)
    handle = page.locator("[data-name='shot-1'] .sb-trim")
    box = handle.bounding_box()
    assert box
    start = (box["x"] + box["width"] / 2, box["y"] + 40)
    # Near half a second more it snaps to it.
    drag(page, start, (start[0] + 0.5 * zoom - 4, start[1]))
    expect(page.locator(".sb-length:visible")).to_have_text("1 s (+0.5)")
    expect(page.locator(".sb-snap")).to_be_visible()
    assert page.evaluate("() => storyboard.state.story.shots[0].duration_s") == 1.0
    # With Alt it does not, and stays on whole frames.
    page.keyboard.down("Alt")
    page.mouse.move(start[0] + 0.38 * zoom, start[1])
    expect(page.locator(".sb-length:visible")).to_have_text("0.88 s (+0.38)")
    page.keyboard.up("Alt")
    page.mouse.up()
    settle(page)
    assert server.saved().shots[0].duration_s == 0.875
    handle.hover()
    page.mouse.down()
    page.mouse.move(0, start[1], steps=3)
    page.keyboard.press("Escape")
    page.mouse.up()
    settle(page)
    assert server.saved().shots[0].duration_s == 0.875
    # A transition becomes a cut.
    box = page.locator("[data-name='shot-1>shot-2'] .sb-trim").bounding_box()
    assert box
    drag(page, (box["x"] + 4, box["y"] + 40), (box["x"] - 0.5 * zoom, box["y"] + 40))
    page.mouse.up()
    expect(page.get_by_role("button", name="Cut, from shot 1 to shot 2")).to_be_visible()
    page.keyboard.press("]")
    settle(page)
    assert server.saved().transition("shot-1", "shot-2").duration_s == 0


def test_the_ruler_is_true_at_every_zoom(page: Page) -> None:
    card(page, 1).focus()
    page.evaluate("""() => storyboard.send('set_edge',
      {left: 'shot-2', right: 'shot-3', fields: {duration_s: 0}})""")
    page.evaluate("() => storyboard.send('set_shot', {id: 'shot-4', fields: {duration_s: 4}})")
    settle(page)
    for key in ("0", "+", "+", "+", "+", "+", "+", "-", "-"):
        page.keyboard.press(key)
        page.wait_for_function("() => document.querySelector('.sb-tick')")
        off = page.evaluate("""() => {
          const lane = document.querySelector('.sb-strip').getBoundingClientRect().left;
          const drawn = new Map([...document.querySelectorAll('.sb-strip > [data-name]')].map(n => {
            const box = n.getBoundingClientRect();
            return [n.dataset.name, {x: box.left - lane, width: box.width}];
          }));
          return [...document.querySelectorAll('.sb-tick')].map(tick => {
            const time = Number(tick.dataset.time);
            const part = storyboard.partAt(time), {x, width} = drawn.get(part.owner);
            const into = Math.min(1, (time - part.start) / (part.end - part.start));
            return Math.abs(tick.getBoundingClientRect().left - lane - (x + into * width));
          });
        }""")
        assert len(off) > 4 and max(off) < 1
    widths = [place(page, name)["width"] for name in ("shot-1", "shot-4")]
    assert widths[1] > 4 * widths[0]
    assert page.evaluate("() => sessionStorage.getItem('storyboard-zoom')")


def test_the_wheel_zooms_around_the_pointer(page: Page) -> None:
    zoom_to(page, 90)
    x, y = middle(page, 3)
    under = "x => storyboard.scale.timeAt(x - document.querySelector('.sb-lane')"
    under += ".getBoundingClientRect().left)"
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    before, zoom = page.evaluate(under, x), page.evaluate("() => storyboard.scale.zoom")
    for _ in range(6):
        page.mouse.wheel(0, -120)
    page.wait_for_function(f"() => storyboard.scale.zoom > {3 * zoom}")
    page.keyboard.up("Control")
    assert abs(page.evaluate(under, x) - before) < 0.05


def test_scrubbing_and_splitting_at_the_playhead(page: Page, server: Editor) -> None:
    zoom_to(page, 300)
    ruler = page.get_by_role("slider", name="Playhead")
    box = ruler.bounding_box()
    lane = page.locator(".sb-lane").bounding_box()
    assert box and lane
    at = place(page, "shot-2")
    y = box["y"] + 12
    # Near its beginning the shot attracts.
    page.mouse.click(lane["x"] + at["x"] + 4, y)
    assert page.evaluate("() => storyboard.player.time") == at["start"]
    page.mouse.click(lane["x"] + at["x"] + at["width"] / 2, y)
    ruler.press("ArrowRight")
    time = page.evaluate("() => storyboard.player.time")
    assert time == pytest.approx(at["start"] + 0.25 + 1 / FPS)
    card(page, 2).focus()
    page.keyboard.press("s")
    has_shots(page, SHOTS + 1)
    settle(page)
    assert [shot.duration_s for shot in server.saved().shots[1:3]] == [0.375, 0.125]
