"""One story and its server for the tests of a file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from app_stories import add_gated_engine, write_story
from browser_pages import Editor, serving, settle
from timeline_pages import SHOTS


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
