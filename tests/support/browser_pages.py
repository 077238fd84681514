"""The editor in a real headless Chromium: how the browser tests serve it, open it and wait for it.

`conftest` has the fixtures `browser` and `editor`; a test file that wants one server for all its
tests makes a fixture of its own around `serving`.
"""

import base64
import mimetypes
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from app.main import build
from app_stories import Gated, served
from seine_core.story.disk.storage import load_story
from seine_core.story.model import Story
from waiting import PATIENCE_S

PATIENCE_MS = PATIENCE_S * 1000
expect.set_options(timeout=PATIENCE_MS)

# The first is the same browser without windows: a page of it takes a third of the processor's time,
# since the others draw a toolbar, in a process of its own, that nobody sees.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FLAGS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",  # scripted keys are no user's
    "--use-fake-device-for-media-stream",  # a microphone that beeps, and may be used
    "--use-fake-ui-for-media-stream",
)


@dataclass
class Editor:
    """A served editor, and what its pages complained about."""

    browser: Browser
    url: str
    story: Path  # the folder of the one story that it was started for
    complaints: list[str] = field(default_factory=list)

    def open(
        self,
        width: int = 1280,
        height: int = 800,
        query: str = "",
        cold: bool = False,
        tour: bool = False,
        **context: Any,
    ) -> Page:
        """A page of somebody who was not here before (`context`: Playwright's options), drawn.
        `cold`: not even the browser's cache knows the server's pages and media; `tour`: it is
        not known either whether they took the tour of the sample."""
        viewport = {"width": width, "height": height}
        page = _new_page(self.browser, self.url, viewport, context, cold)
        page.set_default_timeout(PATIENCE_MS)
        if not tour:
            page.add_init_script("localStorage.setItem('storyboard-tour', 'over')")
        page.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.text} {said.location['url']}")
                if said.type == "error"
                else None
            ),
        )
        # A page that goes closes the line to its server, which Gradio's own client throws.
        page.on(
            "pageerror",
            lambda error: (
                None if error.name == "AbortError" else self.complaints.append(str(error))
            ),
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((self.url, "data:", "blob:"))
                else self.complaints.append(f"asked elsewhere: {request.url}")
            ),
        )
        page.goto(self.url + query)
        expect(page.locator(".sb-sum")).not_to_be_empty()
        return page

    def saved(self) -> Story:
        """The story as it is on disk."""
        return load_story(self.story)


# The context of each browser that has loaded Gradio's page before: that takes twice the time of all
# else when it is done anew. It is used for one page at a time, with nothing kept but that.
_WARM: dict[Browser, BrowserContext] = {}


def _new_page(
    browser: Browser, url: str, viewport: dict[str, int], options: dict[str, Any], cold: bool
) -> Page:
    warm = _WARM.get(browser)
    if cold or options or (warm and warm.pages):
        return browser.new_context(viewport=viewport, **options).new_page()
    if warm is None:
        warm = _WARM[browser] = browser.new_context(viewport=viewport)
    page = warm.new_page()
    page.set_viewport_size(viewport)
    forget = {"origin": url.rstrip("/"), "storageTypes": "cookies,local_storage,indexeddb"}
    session = warm.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", forget)
    session.detach()
    return page


@contextmanager
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, f"the browser tests need one of {', '.join(BROWSERS)}: `.ci/install-chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        _WARM.pop(browser, None)
        browser.close()


@contextmanager
def serving(browser: Browser, folder: Path, story: Path | None = None) -> Iterator[Editor]:
    """The editor on a free port, for the one `story` or else for visitors' own ones; all it writes
    goes under `folder`. At the end every page is closed, and none may have complained."""
    with served(partial(build, folder / "workspace", story=story)) as url:
        editor = Editor(browser, url, story or folder / "story")
        yield editor
        Gated.gate.set()
        for context in browser.contexts:
            if context is _WARM.get(browser):
                for page in context.pages:
                    page.close()
            else:
                context.close()
    assert not editor.complaints, editor.complaints


def card(page: Page, number: int) -> Locator:
    """The timeline's card of a shot."""
    return page.get_by_role("button", name=re.compile(f"^Shot {number},"))


def has_shots(page: Page, count: int) -> None:
    """Wait until the page has so many shots: the timeline shows those in sight only."""
    page.wait_for_function(
        "count => window.storyboard && storyboard.state.story?.shots.length === count", arg=count
    )


def settle(page: Page) -> None:
    """Wait until the server has answered every edit."""
    page.wait_for_function("() => storyboard.state.story && !storyboard.unsaved()")


def drag_files(
    page: Page,
    target: str,
    files: Sequence[Path],
    at: tuple[float, float] | None = None,
    types: Sequence[str] = ("dragenter", "dragover", "drop"),
) -> None:
    """Drag files from outside the page over the element `target`, at a point of the window, and
    drop them there."""
    sent = [
        [
            file.name,
            base64.b64encode(file.read_bytes()).decode(),
            mimetypes.guess_type(file.name)[0] or "",
        ]
        for file in files
    ]
    transfer = page.evaluate_handle(
        """files => {
          const transfer = new DataTransfer();
          for (const [name, bytes, type] of files) {
            const data = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
            transfer.items.add(new File([data], name, {type}));
          }
          return transfer;
        }""",
        sent,
    )
    point = {"clientX": at[0], "clientY": at[1]} if at else {}
    for kind in types:
        page.dispatch_event(target, kind, {"dataTransfer": transfer, **point})
