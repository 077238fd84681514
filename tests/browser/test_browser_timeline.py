"""The timeline in a real browser: the strip, its ruler, and all that is dragged and dropped."""

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app_stories import FPS, add_gated_engine, write_image, write_story
from browser_pages import Editor, card, drag_files, serving, settle
from letter_clips import write_tone
from seine_core.media.encode import write_clip

pytestmark = pytest.mark.browser

SHOTS = 6
FIRST = [f"shot-{n}" for n in range(1, SHOTS + 1)]


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One server for all tests here."""
    folder = tmp_path_factory.mktemp("timeline")
    write_story(folder / "story", SHOTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        add_gated_engine(patch)
        with serving(browser, folder, folder / "story") as editor:
            yield editor


@pytest.fixture
def page(server: Editor) -> Iterator[Page]:
    """The story as it was at first, six shots of half a second with half a second between."""
    page = server.open()
    yield page
    while page.evaluate("() => storyboard.state.story.undo"):
        page.evaluate("() => { for (let i = 0; i < 40; i++) storyboard.send('undo'); }")
        settle(page)
    page.close()


def ids(page: Page) -> list[str]:
    """The shots in the order in which the strip shows them."""
    return page.locator(".sb-shot").evaluate_all("nodes => nodes.map(node => node.dataset.name)")


def shows(page: Page, wanted: list[str]) -> None:
    """Wait until the strip begins with these shots, whatever the server has answered yet."""
    page.wait_for_function(
        """wanted => {
          const shown = [...document.querySelectorAll('.sb-shot')].map(node => node.dataset.name);
          return wanted.every((id, i) => shown[i] === id);
        }""",
        arg=wanted,
    )


def place(page: Page, name: str) -> dict[str, float]:
    return page.evaluate("name => ({...storyboard.scale.of(name)})", name)


def zoom_to(page: Page, pixels_a_second: int) -> None:
    page.evaluate(
        """zoom => {
          storyboard.scale.setZoom(zoom);
          storyboard.set({});
          document.querySelector('.sb-scroll').scrollLeft = 0;
        }""",
        pixels_a_second,
    )


def saved_ids(server: Editor) -> list[str]:
    return [shot.id for shot in server.saved().shots]


def middle(page: Page, number: int) -> tuple[float, float]:
    box = card(page, number).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)


def test_shots_are_moved_by_mouse(page: Page, server: Editor) -> None:
    x, y = middle(page, 5)
    drag(page, middle(page, 2), (x + 40, y))
    expect(page.locator(".sb-ghost")).to_be_visible()
    expect(page.locator(".sb-insert")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".sb-ghost")).to_have_count(0)
    page.mouse.up()
    assert ids(page) == FIRST
    drag(page, middle(page, 2), (x + 40, y))
    page.mouse.up()
    moved = ["shot-1", "shot-3", "shot-4", "shot-5", "shot-2", "shot-6"]
    shows(page, moved)
    expect(page.get_by_role("status").filter(has_text="moved")).to_have_text(
        "Shot 2 moved to place 5 of 6"
    )
    settle(page)
    shows(page, moved)
    assert saved_ids(server) == moved
    # A press without a drag selects.
    card(page, 1).click()
    expect(card(page, 1)).to_have_attribute("aria-current", "true")


def test_several_shots_are_moved_copied_and_removed_together(page: Page, server: Editor) -> None:
    card(page, 2).click()
    card(page, 4).click(modifiers=["Shift"])
    card(page, 3).click(modifiers=["ControlOrMeta"])
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(2)
    expect(page.locator(".sb-sum")).to_contain_text("2 selected")
    x, y = middle(page, 6)
    drag(page, middle(page, 2), (x + 60, y))
    expect(page.locator(".sb-ghost")).to_have_attribute("data-count", "2")
    page.mouse.up()
    shows(page, ["shot-1", "shot-3", "shot-5", "shot-6", "shot-2", "shot-4"])
    card(page, 5).focus()
    page.keyboard.press("Control+d")
    expect(page.locator(".sb-card")).to_have_count(8)
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(2)
    expect(card(page, 8)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Delete")
    expect(page.locator(".sb-card")).to_have_count(6)
    page.keyboard.press("Control+a")
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(6)
    page.keyboard.press("Escape")
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("Control+z")
    settle(page)
    assert ids(page) == saved_ids(server) == FIRST


def test_shots_are_moved_by_keyboard(page: Page, server: Editor) -> None:
    card(page, 1).click()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(2)
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    shows(page, ["shot-3", "shot-4", "shot-1", "shot-2"])
    expect(page.locator(".sb-live")).to_have_text("2 shots moved to places 3 to 4 of 6")
    page.keyboard.press("Alt+ArrowLeft")
    settle(page)
    shows(page, ["shot-3", "shot-1", "shot-2", "shot-4"])
    assert saved_ids(server) == ids(page)
    for _ in range(4):
        page.keyboard.press("Alt+ArrowLeft")  # no further than the beginning
    settle(page)
    shows(page, FIRST)
    expect(page.get_by_role("button", name="Move left")).to_have_attribute("aria-disabled", "true")


def test_shots_are_moved_by_touch_and_a_swipe_scrolls(page: Page, server: Editor) -> None:
    small = server.open(390, 844, has_touch=True, is_mobile=True)
    send = small.context.new_cdp_session(small).send

    def touch(kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": x, "y": y} for x, y in points]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    small.locator(".sb-strip").scroll_into_view_if_needed()
    grip = small.locator(".sb-grip").first.bounding_box()
    assert grip and min(grip["width"], grip["height"]) >= 32
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x + 25 * step, y))
    expect(small.locator(".sb-ghost")).to_be_visible()
    touch("touchEnd")
    expect(small.locator(".sb-shot").first).to_have_attribute("data-name", "shot-2")
    assert ids(small)[:2] == ["shot-2", "shot-1"]
    settle(small)
    assert saved_ids(server)[:2] == ["shot-2", "shot-1"]
    left = "() => document.querySelector('.sb-scroll').scrollLeft"
    before = small.evaluate(left)
    face = small.locator(".sb-face").nth(1).bounding_box()
    assert face
    x, y = face["x"] + 20, face["y"] + 40
    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x - 15 * step, y))
    touch("touchEnd")
    small.wait_for_function(f"({left})() > {before}")
    assert ids(small)[:2] == ["shot-2", "shot-1"]
    page.evaluate("() => storyboard.send('sync')")
    settle(page)


def test_an_edge_is_dragged_to_change_a_duration(page: Page, server: Editor) -> None:
    zoom = 300
    zoom_to(page, zoom)
    handle = page.locator("[data-name='shot-1'] .sb-trim")
    box = handle.bounding_box()
    assert box
    start = (box["x"] + box["width"] / 2, box["y"] + 40)
    # Near half a second more it snaps to it.
    drag(page, start, (start[0] + 0.5 * zoom - 4, start[1]))
    expect(page.locator(".sb-length")).to_have_text("1 s (+0.5)")
    expect(page.locator(".sb-snap")).to_be_visible()
    assert page.evaluate("() => storyboard.state.story.shots[0].duration_s") == 1.0
    # With Alt it does not, and stays on whole frames.
    page.keyboard.down("Alt")
    page.mouse.move(start[0] + 0.38 * zoom, start[1])
    expect(page.locator(".sb-length")).to_have_text("0.88 s (+0.38)")
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
    expect(page.locator(".sb-card")).to_have_count(SHOTS + 1)
    settle(page)
    assert [shot.duration_s for shot in server.saved().shots[1:3]] == [0.375, 0.125]


def test_many_files_are_dropped_at_a_place(page: Page, server: Editor, tmp_path: Path) -> None:
    good = [write_image(tmp_path / f"drop {name}.png", 30) for name in ("one", "two", "three")]
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
    expect(refused.first).to_contain_text("notes.txt: not an image or a video")
    expect(refused.last).to_contain_text("tune.mp3: a sound; add it under Story settings")
    expect(page.locator(".sb-card")).to_have_count(SHOTS + 3)
    expect(page.locator(".sb-pending")).to_have_count(0)
    settle(page)
    titles = [shot.title for shot in server.saved().shots]
    assert titles[1:6] == ["Scene 2", "Drop one", "Drop two", "Drop three", "Scene 3"]
    for left_over in (1, 0):
        page.get_by_role("button", name="Close").filter(visible=True).first.click()
        expect(refused).to_have_count(left_over)
    # On the stage they go to the end.
    drag_files(page, ".sb-frame", good[:1])
    expect(page.locator(".sb-card")).to_have_count(SHOTS + 4)
    settle(page)
    assert server.saved().shots[-1].title == "Drop one"


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
    expect(page.locator(".sb-card")).to_have_count(SHOTS + 1)
    settle(page)
    page.get_by_role("button", name="Split into scenes").click()
    expect(page.locator(".sb-card")).to_have_count(SHOTS + 3)
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
    expect(page.locator(".sb-card")).to_have_count(SHOTS + 1)
    expect(card(page, 3)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Control+c")
    card(page, 7).click()
    page.keyboard.press("Control+v")
    expect(page.locator(".sb-card")).to_have_count(SHOTS + 2)
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
    expect(page.locator(".sb-card")).to_have_count(1)
    settle(page)
    assert [shot.title for shot in server.saved().shots] == ["First"]


def test_an_edit_touches_only_what_it_changes(browser: Browser, tmp_path: Path) -> None:
    write_story(tmp_path / "story", 100)
    with serving(browser, tmp_path, tmp_path / "story") as editor:
        page = editor.open()
        expect(page.locator(".sb-card")).to_have_count(100)
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
    page.wait_for_function(
        "() => document.querySelectorAll('.sb-card').length === storyboard.state.story.shots.length"
    )
    assert ids(page) == saved_ids(server)
