"""The inspector in a real browser: pictures, cameras, transitions, warnings and takes."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app_stories import FPS, SIZE, write_image
from browser_pages import Editor, card, drag_files, has_shots, serving, settle
from seine_core.media.encode import write_clip
from seine_core.media.frames import load_image, save_png
from seine_core.story import edits
from seine_core.story.disk.storage import add_media, media_path, save_story
from seine_core.story.model import CardSource, RenderSettings, Story
from seine_core.vision.importance import crop_focus

pytestmark = pytest.mark.browser

# Two views of one scene, something else, a video that ends before its shot, and a title card.
ALIKE, UNLIKE, OTHERS = "shot-1>shot-2", "shot-2>shot-3", "shot-3>shot-4"


def picture(path: Path, hues: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Path:
    """Stripes of a colour, lighter to the right; of blue upright ones, lighter to the top."""
    height, width = (size[0], size[1]) if hues[2] > hues[0] else (size[1], size[0])
    x = np.linspace(0.3, 1, width)[None, :, None]
    y = np.where(np.arange(height) // 8 % 2, 0.8, 1)[:, None, None]
    image = (x * y * np.array(hues)).astype(np.uint8)
    save_png(np.ascontiguousarray(image if width == size[0] else np.rot90(image)), path)
    return path


def write_scenes(folder: Path) -> None:
    folder.mkdir(parents=True)
    story = Story(settings=RenderSettings(width=96, height=64, fps=FPS, quality="draft"))
    red, blue = (230, 60, 20), (20, 60, 240)
    files = [
        picture(folder / "red.png", red, (160, 64)),
        picture(folder / "again.png", (210, 70, 30)),
        picture(folder / "blue.png", blue),
        folder / "video.mp4",
    ]
    frames = (np.full((64, 96, 3), 40 * n, np.uint8) for n in range(4))
    write_clip(frames, files[3], width=96, height=64, fps=FPS)
    for n, file in enumerate(files):
        fields = {"title": f"Scene {n + 1}", "engine": "crossfade" if n else "layers"}
        length = 1.5 if n == 3 else 0.5
        source = add_media(folder, file)
        story = edits.insert(story, [source], duration_s=length, **fields)
    story = edits.insert(story, [CardSource()], title="Card")
    for edge in story.edges():
        engine = "layers" if f"{edge.left}>{edge.right}" == OTHERS else "morph"
        fields = {"duration_s": 0.5, "engine": engine}
        story = edits.set_transition(story, edge.left, edge.right, **fields)
    story = edits.set_shot(story, "shot-3", prompt="a calm sea")
    story = edits.set_shot(story, "shot-4", prompt="a stormy sky")
    save_story(story, folder)


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One server for all tests here."""
    folder = tmp_path_factory.mktemp("inspector")
    write_scenes(folder / "story")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        with serving(browser, folder, folder / "story") as editor:
            yield editor


@pytest.fixture
def page(server: Editor) -> Iterator[Page]:
    """The story as it was at first."""
    page = server.open(1280, 900)
    yield page
    while page.evaluate("() => storyboard.state.story.undo"):
        page.evaluate("() => { for (let i = 0; i < 40; i++) storyboard.send('undo'); }")
        settle(page)
    page.close()


def choose(page: Page, owner: str) -> None:
    page.evaluate("owner => storyboard.select({kind: 'edge', owner})", owner)


def panel(page: Page) -> Locator:
    return page.locator(".sb-panel").filter(visible=True)


def shot(page: Page, number: int) -> dict[str, object]:
    return page.evaluate("n => storyboard.state.story.shots[n - 1]", number)


def test_a_picture_is_replaced_by_button_and_by_drop(page: Page, tmp_path: Path) -> None:
    card(page, 1).click()
    before = shot(page, 1)["thumb"]
    new = write_image(tmp_path / "new.png", 120)
    panel(page).locator(".sb-crop-place input[type=file]").set_input_files(new)
    page.wait_for_function("was => storyboard.state.story.shots[0].thumb !== was", arg=before)
    after = shot(page, 1)["thumb"]
    drag_files(page, ".sb-panel:not([hidden]) .sb-crop-place", [write_image(tmp_path / "b.png", 9)])
    page.wait_for_function("was => storyboard.state.story.shots[0].thumb !== was", arg=after)
    has_shots(page, 5)
    assert shot(page, 1)["title"] == "Scene 1"


def test_the_crop_follows_the_pointer_and_the_arrow_keys(page: Page, server: Editor) -> None:
    card(page, 1).click()
    grip = page.get_by_role("slider", name="Part of the picture that is seen")
    expect(grip).to_have_attribute("aria-orientation", "horizontal")
    auto = panel(page).get_by_role("button", name="Auto", exact=True)
    expect(auto).to_be_hidden()
    path = media_path(server.story, server.saved().shots[0].source.file)
    subject = crop_focus(load_image(path), *server.saved().settings.size)
    expect(grip).to_have_attribute("aria-valuenow", str(round(100 * subject[0])))
    box = grip.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 1000, y, steps=4)
    page.mouse.up()
    expect(grip).to_have_attribute("aria-valuenow", "0")
    expect(panel(page).locator(".sb-crop-picture")).to_have_css("object-position", "0% 50%")
    grip.press("ArrowRight")
    settle(page)
    assert server.saved().shots[0].focus == (0.05, 0.5)
    auto.click()
    settle(page)
    assert server.saved().shots[0].focus is None
    expect(grip).to_have_attribute("aria-valuenow", str(round(100 * subject[0])))
    panel(page).get_by_text("Blurred", exact=True).click()
    expect(grip).to_be_hidden()
    expect(panel(page).locator(".sb-crop-ground")).to_be_visible()
    settle(page)
    assert server.saved().shots[0].fit == "blur"


def test_camera_tiles_move_when_pointed_at_and_by_keyboard(page: Page, server: Editor) -> None:
    card(page, 1).click()
    tiles = panel(page).get_by_role("group", name="Camera")
    tile = tiles.locator(".sb-option", has_text="Zoom in")
    scene = tile.locator(".sb-leaving")
    expect(scene).to_have_css("animation-name", "none")
    tile.hover()
    expect(scene).to_have_css("animation-name", "sb-move")
    tile.click()
    page.keyboard.press("ArrowRight")
    expect(tiles.get_by_role("radio", name="Zoom out")).to_be_checked()
    settle(page)
    assert server.saved().shots[0].camera == "zoom-out"
    strength = panel(page).get_by_role("slider", name="Strength of the move")
    strength.focus()
    strength.press("End")
    assert tiles.evaluate("node => node.style.getPropertyValue('--sb-strength')") == "2"


def test_a_prompt_is_suggested(page: Page, server: Editor) -> None:
    choose(page, OTHERS)
    expect(panel(page).locator(".sb-suggestion")).to_contain_text("calm sea")
    page.get_by_role("button", name="Use the suggested prompt").click()
    expect(panel(page).get_by_label("Prompt", exact=True)).to_have_value(re.compile("stormy sky"))
    expect(panel(page).locator(".sb-suggestion")).to_be_hidden()
    page.get_by_role("button", name="Cut", exact=True).click()
    expect(page.get_by_role("heading", name="Cut 3 → 4")).to_be_visible()
    expect(page.get_by_role("button", name="Preview", exact=True)).to_have_attribute(
        "title", "A cut has no frames; give it a duration first"
    )


def test_unlike_scenes_are_warned_of_and_bridged(page: Page, tmp_path: Path) -> None:
    note = panel(page).locator(".sb-unlike")
    choose(page, UNLIKE)
    expect(note).to_be_visible()
    expect(note).to_have_attribute("data-tone", "warn")
    expect(note).to_contain_text("little in common")
    note.get_by_role("button", name="Make it longer").click()
    expect(panel(page).get_by_label("Duration")).to_have_value("1")
    panel(page).get_by_label("Engine").select_option("layers")
    expect(note).to_have_attribute("data-tone", "plain")
    note.locator("input[type=file]").set_input_files(write_image(tmp_path / "bridge.png", 90))
    has_shots(page, 6)
    assert shot(page, 3)["title"] == "Bridge"
    choose(page, ALIKE)
    page.wait_for_function(
        "owner => typeof (storyboard.state.progress.likeness[owner] || {}).value === 'number'",
        arg=ALIKE,
    )
    expect(note).to_be_hidden()


def compare_two(page: Page) -> None:
    """Two takes over each other: the line by mouse and keys, both at one frame, and left again."""
    page.get_by_role("button", name="Compare", exact=True).filter(visible=True).click()
    line = page.get_by_role("slider", name="Line between the takes")
    expect(line).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuenow", "48")
    area = page.locator(".sb-wipe-area").bounding_box()
    assert area
    page.mouse.move(area["x"] + area["width"] * 0.6, area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.25, area["y"] + 60)
    page.mouse.up()
    expect(line).to_have_attribute("aria-valuenow", "25")
    page.get_by_label("Take to the right").select_option("Take 3")
    page.get_by_role("group", name="Comparison").get_by_role("button", name="Pause").click()
    page.wait_for_function(
        """() => {
          const [a, b] = document.querySelectorAll('.sb-wipe-side video.sb-front');
          const stands = [a, b].every(one => one.paused && !one.seeking && one.readyState >= 2);
          return stands && a.src !== b.src && Math.abs(a.currentTime - b.currentTime) < 0.005;
        }"""
    )
    line.press("Escape")
    expect(line).to_be_hidden()


def test_variations_are_made_scored_kept_and_switched_back(page: Page, server: Editor) -> None:
    choose(page, ALIKE)
    vary = page.get_by_role("button", name=re.compile("^Make . variations"))
    expect(vary).to_have_attribute("title", re.compile("^Morph makes the same clip"))
    choose(page, OTHERS)
    page.get_by_label("How many variations").select_option("3")
    vary.click()
    takes = page.locator(".sb-take").filter(visible=True)
    expect(takes).to_have_count(4)
    ready = page.locator(".sb-take[data-state='ready']").filter(visible=True)
    expect(ready).to_have_count(4)
    expect(ready.locator(".sb-score")).to_have_text([re.compile(r"\d+")] * 4)
    expect(page.locator(".sb-take[data-best]").filter(visible=True)).to_have_count(1)
    compare_two(page)
    look = page.get_by_role("button", name="Look at take 3")
    look.click()
    expect(look).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(
        "owner => storyboard.clipsOf(owner)[0].url"
        " === storyboard.state.progress.takes[owner][2].clips[0].url",
        arg=OTHERS,
    )
    page.get_by_role("button", name="Keep take 3").click()
    expect(page.get_by_role("button", name="Take 3 is in use")).to_be_visible()
    settle(page)
    edge = server.saved().transition("shot-3", "shot-4")
    assert edge.seed == edge.takes[2].seed != 0
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Take 1 is in use")).to_be_visible()
    page.get_by_role("button", name="Keep take 3").click()
    page.get_by_role("button", name="Keep take 1").click()
    expect(page.get_by_role("button", name="Take 1 is in use")).to_be_visible()
    page.get_by_role("button", name="Remove take 4").click()
    expect(takes).to_have_count(3)
    settle(page)
    assert server.saved().transition("shot-3", "shot-4").seed == 0


def test_a_locked_seed_stays(page: Page, server: Editor) -> None:
    choose(page, OTHERS)
    dice, lock = (
        page.get_by_role("button", name=name).filter(visible=True)
        for name in ("Another seed", re.compile("ock the seed"))
    )
    dice.click()
    settle(page)
    seed = server.saved().transition("shot-3", "shot-4").seed
    assert seed != 0
    lock.click()
    expect(dice).to_have_attribute("title", "The seed is locked; unlock it first")
    dice.click(force=True)
    page.reload()
    expect(lock).to_have_attribute("aria-pressed", "true")
    page.get_by_label("How many variations").select_option("2")
    page.get_by_role("button", name="Make 2 variations").click()
    expect(page.locator(".sb-take").filter(visible=True)).to_have_count(3)
    settle(page)
    takes = server.saved().transition("shot-3", "shot-4").takes
    assert {take.seed for take in takes} == {seed} and len({take.camera for take in takes}) == 3
    lock.click()


def test_a_card_is_coloured_and_a_video_loops(page: Page, server: Editor) -> None:
    card(page, 5).click()
    colours = panel(page).get_by_role("group", name="Colour")
    colours.get_by_role("radio", name="Wine").check(force=True)
    settle(page)
    source = server.saved().shots[4].source
    assert isinstance(source, CardSource) and source.colour == "#4a1f33"
    card(page, 4).click()
    rest = panel(page).get_by_role("group", name="The rest is")
    expect(panel(page)).to_contain_text("0.5 s of the file, 1.0 s generated")
    rest.get_by_text("Looped").click()
    expect(panel(page)).to_contain_text("0.5 s of the file, 1.0 s repeated")
    settle(page)
    assert server.saved().shots[3].past_end == "loop"
    panel(page).get_by_role("button", name="Extend by 2 s").click()
    expect(panel(page).get_by_label("Duration")).to_have_value("3.5")


def test_several_shots_are_edited_together(page: Page, server: Editor) -> None:
    page.evaluate("() => storyboard.select({kind: 'shot', id: 'shot-1'}, ['shot-1', 'shot-4'])")
    expect(page.get_by_role("heading", name="2 shots")).to_be_visible()
    duration = panel(page).get_by_label("Duration of each").filter(visible=True)
    expect(duration).to_have_attribute("placeholder", "Mixed")
    duration.fill("2")
    duration.press("Enter")
    settle(page)
    assert [s.duration_s for s in server.saved().shots] == [2, 0.5, 0.5, 2, 3]
    page.get_by_role("button", name="Undo").click()
    settle(page)
    assert [s.duration_s for s in server.saved().shots] == [0.5, 0.5, 0.5, 1.5, 3]


def test_a_new_title_card_waits_for_its_words(page: Page, server: Editor) -> None:
    page.locator("body").press("T")
    words = panel(page).get_by_label("Words", exact=True)
    expect(words).to_be_focused()
    expect(words).to_be_in_viewport()
    expect(page.locator("[data-words=Title]")).to_be_visible()  # seen at once
    page.keyboard.type("The next day")
    page.keyboard.press("Tab")
    settle(page)
    assert [one.text for s in server.saved().shots for one in s.captions] == ["The next day"]


def test_the_buttons_stay_in_sight_on_a_telephone(server: Editor) -> None:
    page = server.open(390, 844)
    card(page, 1).click()
    page.locator(".sb-inspector").evaluate("node => node.scrollIntoView()")
    preview = page.get_by_role("button", name="Preview", exact=True)
    expect(preview).to_be_in_viewport()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_a_look_is_chosen_from_all_of_them(page: Page, server: Editor) -> None:
    choose(page, ALIKE)
    page.get_by_role("button", name="All looks").click()
    dialog = page.get_by_role("dialog", name="Looks")
    expect(dialog.get_by_role("button", name="Morph", pressed=True)).to_be_focused()
    dialog.get_by_role("button", name="Iris").press("Enter")
    expect(dialog).to_be_hidden()
    settle(page)
    left, right = ALIKE.split(">")
    edge = server.saved().transition(left, right)
    assert (edge.engine, edge.style) == ("auto", "iris") and edge.duration_s > 0
