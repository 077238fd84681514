"""The editor for everybody: axe finds nothing wrong in any main state, and no mouse is needed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from app.stories.samples import SAMPLE_DRAFT
from app.work import studio
from app_stories import Gated, add_gated_engine
from browser_pages import Editor, card, drag_files, has_shots, serving, settle
from made_sounds import tone, write_sound

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One server for all tests here, for visitors' own stories: each begins with the sample."""
    folder = tmp_path_factory.mktemp("accessibility")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        add_gated_engine(patch)
        patch.setattr(studio, "SAMPLE_DRAFT", SAMPLE_DRAFT)  # whose scores are shown
        with serving(browser, folder) as editor:
            yield editor


def select_edge(page: Page) -> None:
    page.locator(".sb-link").nth(1).click()


def show_takes(page: Page) -> None:
    """Variations of a transition that is short and small, so that they are there at once."""
    page.evaluate(
        """() => {
          const [{owner}] = storyboard.state.story.edges, [left, right] = owner.split('>');
          storyboard.select({kind: 'edge', owner});
          storyboard.send('set_settings', {fields: {width: 256, height: 144}});
          storyboard.send('set_edge', {left, right, fields: {duration_s: 0.1}});
          storyboard.send('vary', {owner, count: 2, keep_seed: false});
        }"""
    )
    expect(page.locator(".sb-take[data-state=ready]")).to_have_count(3)
    page.locator(".sb-score").filter(visible=True).first.click()


def show_quality(page: Page) -> None:
    """The scores of the sample's draft."""
    page.evaluate("() => storyboard.set({panel: 'quality'})")
    page.wait_for_function("() => Object.keys(storyboard.state.scores.owners).length > 0")
    page.locator(".sb-unfold").filter(visible=True).first.click()


def open_menu(page: Page) -> None:
    """What stands in the header itself, where there is room."""
    more = page.get_by_role("button", name="More", exact=True)
    if more.is_visible():
        more.click()


def new_story(page: Page) -> None:
    page.evaluate("() => storyboard.send('new_story')")
    expect(page.locator(".sb-sum")).to_have_text("No shots yet")


def lay_sound(page: Page) -> None:
    """Music under the story, selected."""
    with TemporaryDirectory() as folder:
        song = write_sound(Path(folder) / "Evening song.wav", tone(3.0))
        drag_files(page, ".sb-strip", [song])
    expect(page.locator(".sb-sound[aria-current]")).to_be_visible()


def opened(name: str) -> Callable[[Page], None]:
    return lambda page: page.evaluate("name => storyboard.openDialog(name)", name)


def show_kinds(page: Page) -> None:
    opened("stories")(page)  # its button is not in sight where the editor is for one story
    page.evaluate("() => document.querySelector('[aria-controls=sb-kinds]').click()")
    expect(page.locator(".sb-film-kind").first).to_be_visible()


def pick_both(page: Page) -> None:
    card(page, 1).click()
    page.locator(".sb-link").first.click(modifiers=["Control"])
    expect(page.get_by_role("heading", name="2 selected")).to_be_visible()


STATES: dict[str, Callable[[Page], None]] = {
    "first screen": lambda page: None,
    "shot": lambda page: card(page, 2).click(),
    "edge": select_edge,
    "story settings": lambda page: page.evaluate("() => storyboard.set({panel: 'story'})"),
    "quality": show_quality,
    "several shots": lambda page: page.locator(".sb-strip .sb-card").first.press("Control+a"),
    "several of both": pick_both,
    "card's menu": lambda page: card(page, 2).press("Shift+F10"),
    "find": lambda page: page.keyboard.press("Control+f"),
    "prompts": opened("prompts"),
    "export": opened("export"),
    "stories": opened("stories"),
    "kinds of stories": show_kinds,
    "disk use": opened("disk"),
    "looks": lambda page: page.evaluate("() => storyboard.openDialog('looks', 'shot-1>shot-2')"),
    "models": opened("models"),
    "renders": opened("renders"),
    "help": opened("help"),
    "takes": show_takes,
    "sound": lay_sound,
    "sound lane": lambda page: page.locator(".sb-track-name").click(),
    "menu": open_menu,
    "empty story": new_story,
}


# What a state shows anew, where that is not a dialog or all of the page.
ZONES = {
    "shot": ["inspector"],
    "edge": ["inspector"],
    "story settings": ["inspector"],
    "quality": ["inspector"],
    "several shots": ["inspector", "timeline"],
    "several of both": ["inspector", "timeline"],
    "card's menu": ["timeline"],
    "find": ["timeline"],
    "takes": ["inspector"],
    "sound": ["timeline", "inspector", "stage"],
    "sound lane": ["inspector"],
    "menu": ["header"],
}

EVERYTHING = [[['[id^="zone-"]']], None]  # what the project shows, with all rules
FINDINGS = """async ([zones, only]) => {
  const turning = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.allSettled(turning.map(one => one.finished));
  // The project's own parts of the page; what lies behind a dialog was seen before.
  const {violations} = await axe.run(
    document.querySelector('dialog:modal') || {include: zones},
    {resultTypes: ['violations'], ...(only ? {runOnly: only} : {})});
  return violations.flatMap(({id, impact, nodes}) => nodes.map(
    ({target, failureSummary}) => `${impact}, ${id}: ${target} ${failureSummary}`));
}"""


# axe takes a second or two of the processor's time for a state.
ALL = [
    (1280, [*STATES]),
    (390, ["first screen", "menu", "edge", "quality", "sound", "export", "empty story"]),
]
MAIN = [(1280, ["first screen", "edge", "export"]), (390, ["first screen", "shot"])]


@pytest.mark.parametrize(
    ("width", "states"), [*MAIN, *(pytest.param(*each, marks=pytest.mark.slow) for each in ALL)]
)
def test_axe_finds_nothing(server: Editor, width: int, states: list[str]) -> None:
    page = server.open(width, 800, "?__theme=dark", reduced_motion="reduce")
    page.evaluate(Axe().axe_script)
    wrong = []
    for name in states:
        zones = [[f"#zone-{zone}"] for zone in ZONES.get(name, [])] or EVERYTHING[0]
        STATES[name](page)
        wrong += [f"{name}, {finding}" for finding in page.evaluate(FINDINGS, [zones, None])]
        page.evaluate("() => { document.documentElement.dataset.theme = 'light' }")
        light = page.evaluate(FINDINGS, [zones, ["color-contrast"]])  # only the colours differ
        wrong += [f"{name} in light, {finding}" for finding in light]
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")
        page.evaluate("() => document.querySelector('dialog[open]')?.close()")
    page.context.close()
    assert not wrong, "\n".join(wrong)


# Presses every key of the overlay `?` on an element, and lists those that it did not get, but for
# those of `own`, which work the element itself.
KEYS = """async ([selector, own]) => {
  const loaded = performance.getEntriesByType('resource').map(({name}) => name);
  const {shortcuts} = await import(loaded.find(name => name.includes('kit/shortcuts.js')));
  const element = document.querySelector(selector), rows = shortcuts();
  const acts = rows.map(row => row.act), unheard = [];
  let heard = false;
  for (const row of rows) row.act = () => { heard = true; };
  for (const keys of rows.flatMap(row => row.keys)) {
    const parts = keys.split(/(?<=.)\\+/), key = parts.pop();
    if (new RegExp(`^(${own})$`).test(keys)) continue;
    element.focus();
    heard = false;
    element.dispatchEvent(new KeyboardEvent('keydown', {
      key, ctrlKey: parts.includes('Ctrl'), altKey: parts.includes('Alt'),
      shiftKey: parts.includes('Shift'), bubbles: true, cancelable: true,
    }));
    if (!heard) unheard.push(keys);
  }
  rows.forEach((row, i) => { row.act = acts[i]; });
  return unheard;
}"""
ALONG = "(Shift\\+)?Arrow(Left|Right)|Home|End|Page.*"
OWN = {  # what a key does on an element itself
    "body": "",
    ".sb-header .sb-button": " |Enter",
    ".sb-card": f"{ALONG}|Enter|Escape",
    ".sb-link": f"{ALONG}|Enter|Escape",
    ".sb-zoom input": f" |Arrow.*|{ALONG}",
    ".sb-make select": rf".|Enter|Shift\+.|Arrow.*|{ALONG}|Alt\+Arrow.*",
    ".sb-title": r".|[A-Z][a-zA-Z]+|Shift.*|Alt.*|Ctrl\+(Alt.*|Shift\+Z|[ACVXYZ])",
}


def test_every_key_of_the_sheet_works_with_any_focus(editor: Editor) -> None:
    page = editor.open()
    card(page, 1).click()
    for selector, own in OWN.items():
        assert page.evaluate(KEYS, [selector, own]) == [], f"with the focus on {selector}"


def test_a_story_is_made_without_a_mouse(editor: Editor) -> None:
    page = editor.open(reduced_motion="reduce")
    press = page.keyboard.press

    def tab_to(control: Locator, most: int = 40) -> None:
        """Go on with the Tab key until this has the focus."""
        for _ in range(most):
            press("Tab")
            if control.and_(page.locator(":focus")).count():
                return
        raise AssertionError(f"{control} is not reached with {most} presses of Tab")

    # The keys are found, and closing the list brings the focus back.
    keys = page.get_by_role("button", name="Keys and touch")
    tab_to(keys)
    press("Enter")
    expect(page.get_by_role("dialog", name="Keys and touch")).to_be_visible()
    expect(page.get_by_text("Play or pause")).to_be_visible()
    press("Delete")
    press("Escape")
    expect(keys).to_be_focused()
    has_shots(page, 3)

    # In the order in which the page is read: header, stage, inspector, timeline.
    tab_to(page.get_by_role("button", name="Play"))
    tab_to(page.get_by_label("Prompt", exact=True))
    page.keyboard.type("rain on the sea")
    tab_to(page.get_by_label("Zoom", exact=True))
    tab_to(page.get_by_label("Playhead", exact=True))
    press("Tab")
    expect(card(page, 1)).to_be_focused()

    # Along the strip: to the second shot, which goes to the end.
    press("ArrowRight")
    press("ArrowRight")
    expect(card(page, 2)).to_be_focused()
    press("Alt+ArrowRight")
    expect(page.get_by_text("Shot 2 moved to place 3 of 3")).to_be_attached()
    expect(card(page, 3)).to_be_focused()
    press("Space")
    # Half a second of play may be over before this is asked.
    page.wait_for_function("() => storyboard.player.playing || storyboard.player.time > 0")
    press("k")
    settle(page)
    story = editor.saved()
    assert [shot.title for shot in story.shots] == ["Scene 1", "Scene 3", "Scene 2"]
    assert story.shots[0].prompt == "rain on the sea"

    # What is rendered is said, and can be had.
    Gated.gate.set()
    press("Control+Enter")
    expect(page.locator(".sb-footer [role=status]")).to_have_text("The story is rendered.")
    tab_to(page.get_by_role("link", name="Download MP4"))
    with page.expect_download() as download:
        press("Enter")
    assert download.value.suggested_filename.endswith(".mp4")
