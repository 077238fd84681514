"""Draws the README's pictures of the editor anew: `make screenshots`.

Needs Chromium, `requirements-dev.txt` and a few minutes, in which four variations of a transition
are made.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from assets.sample_draft import SAMPLE
from benchmarks.bench_editor import BROWSERS, FLAGS, serving

PICTURES = Path(__file__).parent / "readme"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 180_000
_BETWEEN_PX = 40  # of the two phones


@contextmanager
def visited(browser: Browser, url: str, theme: str, **options: Any) -> Iterator[Page]:
    """The page, as somebody sees it who chose this theme, with its pictures there."""
    context = browser.new_context(**options)
    context.add_init_script(f"localStorage.setItem('storyboard-theme', '{theme}')")
    context.add_init_script("localStorage.setItem('storyboard-tour', 'over')")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.wait_for_function("() => window.storyboard && storyboard.state.story")
    quiet(page)
    yield page
    context.close()


def quiet(page: Page) -> None:
    """Wait until all is answered, and what is in sight loaded and drawn."""
    page.wait_for_function("() => !storyboard.unsaved() && !storyboard.state.scores.waiting")
    page.wait_for_function(
        """() => [...document.images].every(image => {
          const {top, bottom, left, right} = image.getBoundingClientRect();
          return image.complete || !image.checkVisibility() || bottom <= 0 || right <= 0
            || top >= innerHeight || left >= innerWidth;
        })"""
    )
    page.wait_for_timeout(1000)  # for what fades, and the player's own pictures


def taken(page: Page) -> Image.Image:
    quiet(page)
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def select_transition(page: Page) -> None:
    page.locator(".sb-link").nth(1).click()
    quiet(page)


def draw_editor(browser: Browser, url: str) -> Image.Image:
    """The player within a transition, with its settings beside it."""
    with visited(browser, url, "dark", viewport=DESKTOP) as page:
        select_transition(page)
        page.evaluate(
            """() => {
              const [, {start, end}] = storyboard.scale.places.filter(({kind}) => kind === 'edge');
              storyboard.player.seek(start + 0.3 * (end - start));
            }"""
        )
        return taken(page)


def draw_renders(browser: Browser, url: str) -> Image.Image:
    """A render under way."""
    with visited(browser, url, "dark", viewport=DESKTOP) as page:
        page.get_by_role("button", name="Render story").click()
        page.wait_for_function(
            "() => Object.values(storyboard.state.progress.states)"
            ".filter(one => one.state === 'ready').length > 1"
        )
        page.evaluate("() => storyboard.openDialog('renders')")
        page.wait_for_timeout(1000)  # it goes on, and is never quiet
        return Image.open(BytesIO(page.screenshot())).convert("RGB")


def draw_takes(browser: Browser, url: str) -> Image.Image:
    """Four takes of a transition."""
    with visited(browser, url, "light", viewport=DESKTOP) as page:
        select_transition(page)
        owner = page.evaluate("() => storyboard.state.selected.owner")
        page.evaluate(
            "owner => storyboard.send('vary', {owner, count: 3, keep_seed: false})", owner
        )
        page.wait_for_function(
            "() => document.querySelectorAll('.sb-take[data-state=ready]').length === 4"
        )
        page.wait_for_function("() => !storyboard.state.progress.job.busy")  # and scored
        page.locator(".sb-take").last.scroll_into_view_if_needed()
        return taken(page)


def draw_phone(browser: Browser, url: str) -> Image.Image:
    """A phone in both themes."""
    phones = []
    for theme in ("dark", "light"):
        phone = {"viewport": PHONE, "device_scale_factor": 1.3, "has_touch": True}
        with visited(browser, url, theme, **phone) as page:
            phones.append(taken(page))
    width, height = phones[0].size
    both = Image.new("RGB", (2 * width + _BETWEEN_PX, height), "white")
    for n, phone in enumerate(phones):
        both.paste(phone, (n * (width + _BETWEEN_PX), 0))
    return both


DRAWN = {
    "editor": draw_editor,
    "phone": draw_phone,
    "takes": draw_takes,
    "renders": draw_renders,
}


def main() -> None:
    names = sys.argv[1:] or [*DRAWN]
    if unknown := set(names) - set(DRAWN):
        sys.exit(f"screenshots: received {', '.join(unknown)}, known are {', '.join(DRAWN)}")
    path = next(filter(None, map(shutil.which, ("chromium-headless-shell", *BROWSERS))), None)
    if path is None:
        sys.exit(f"screenshots: needs one of {', '.join(BROWSERS)}")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copytree(SAMPLE, Path(folder) / "story")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with serving(Path(folder)) as (url, _):
            for name in names:
                file = PICTURES / f"{name}.webp"
                DRAWN[name](browser, url).save(file, quality=82, method=6)
                print(file)
        browser.close()


if __name__ == "__main__":
    main()
