"""What decides in the page's scripts: tests in JavaScript, run in a browser without any server."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route

from app.page.layout import STATIC

pytestmark = pytest.mark.browser
SCRIPTS = Path(__file__).parent / "scripts"
ORIGIN = "http://scripts.test"
TESTS = [
    (path.name, name)
    for path in sorted(SCRIPTS.glob("*.test.js"))
    for name in re.findall(r"^test\('(.+?)', ", path.read_text("utf-8"), re.MULTILINE)
]
RUN = """async ([file, name]) => {
  const {run} = await import('/scripts/harness.js');
  await import(`/scripts/${file}`);
  await run(name);
}"""


def answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/":
        return route.fulfill(content_type="text/html", body="<!doctype html><title>Tests</title>")
    room, _, name = path.removeprefix("/").partition("/")
    text = ({"static": STATIC, "scripts": SCRIPTS}[room] / name).read_text("utf-8")
    route.fulfill(content_type="text/javascript", body=text)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.route(f"{ORIGIN}/**", answer)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which no script has run."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{ORIGIN}/")
    yield page
    page.close()
    assert complaints == []


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_script(page: Page, file: str, name: str) -> None:
    page.evaluate(RUN, [file, name])


def test_every_test_is_found() -> None:
    written = sum(path.read_text("utf-8").count("\ntest(") for path in SCRIPTS.glob("*.test.js"))
    assert len(TESTS) == written > 30


def test_a_test_can_fail(page: Page) -> None:
    with pytest.raises(Error, match="received 1, expected 2"):
        page.evaluate("() => import('/scripts/harness.js').then(({equal}) => equal(1, 2))")


def test_no_module_but_the_first_knows_the_global() -> None:
    for path in STATIC.rglob("*.js"):
        known = re.search(r"\bstoryboard\.|window\.storyboard", path.read_text("utf-8"))
        assert bool(known) == (path.name == "page.js"), path


def test_modules_import_downwards() -> None:
    """`store` knows no element, `kit` no part of the page, and no part the one that puts all
    together."""
    ranks = {"store": 0, "kit": 1, "": 3}
    for path in STATIC.rglob("*.js"):
        own = path.parent.relative_to(STATIC).as_posix()
        own = "" if own == "." else own
        for name in re.findall(
            r"^(?:import|\} from|.*? from) '(.+)';$", path.read_text("utf-8"), re.M
        ):
            found = (path.parent / name).resolve()
            assert found.is_file(), f"{path}: {name}"
            other = found.parent.relative_to(STATIC).as_posix()
            assert ranks.get(other, 2) <= ranks.get(own, 2), f"{own} imports {other}: {path}"
