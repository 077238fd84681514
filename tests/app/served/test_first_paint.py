"""The page's ground is there before Gradio's scripts, and only its own scripts run."""

import re

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import expect
from starlette.testclient import TestClient

from app.served.first_paint import FirstPaint
from browser_pages import Editor

PAGE = (
    '<html><head><title>é</title><script>let tag = "<script>";</script></head>'
    '<body><script src="x.js"></script></body></html>'
)
FILES = {
    "page.js": "import './kit/own.js'",
    "kit/own.js": "let é = '<script>'",
    "own.css": "a {}",
}


def page_of(text: str, files: dict[str, str] = FILES) -> FastAPI:
    server = FastAPI()
    server.add_middleware(FirstPaint, files=files)

    @server.api_route("/{name:path}", methods=["GET", "HEAD"])
    def page(name: str) -> HTMLResponse:
        return HTMLResponse(text)

    return server


def test_the_page_alone_is_written_into() -> None:
    client = TestClient(page_of(PAGE))
    first = client.get("/")
    assert first.text.startswith("<html><head><style>") and "<title>é</title>" in first.text
    assert int(first.headers["content-length"]) == len(first.content)
    assert client.get("/other").text == PAGE
    assert client.head("/").status_code == 200


def test_scripts_carry_the_nonce_of_their_answer() -> None:
    client = TestClient(page_of(PAGE))
    nonces = set()
    for _ in range(2):
        answer = client.get("/")
        (nonce,) = re.findall(r"'nonce-([\w-]+)'", answer.headers["content-security-policy"])
        nonces.add(nonce)
        tags = re.findall(r"<script\b[^>]*>", answer.text.replace('"<script>"', ""))
        assert len(tags) == 4 and all(f'nonce="{nonce}"' in tag for tag in tags)
        assert 'let tag = "<script>"' in answer.text, "what is inside of a script is left alone"
    assert len(nonces) == 2
    assert "nonce" not in client.get("/other").headers["content-security-policy"]


def test_the_pages_own_files_are_kept_by_their_content() -> None:
    client = TestClient(page_of(PAGE))
    page = client.get("/").text
    (folder,) = re.findall(
        r'<script[^>]* type="module" src="\./(storyboard-[0-9a-f]{16})/page\.js">', page
    )
    assert f'<link rel="modulepreload" href="./{folder}/kit/own.js">' in page
    (style,) = re.findall(r'href="\./(own-[0-9a-f]{16}\.css)"', page)
    assert page.index(folder) < page.index("<title>") < page.index(style)
    answer = client.get(f"/{folder}/kit/own.js")
    assert answer.text == "let é = '<script>'" and "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert client.get(f"/{style}").headers["content-type"].startswith("text/css")


def test_a_changed_script_changes_the_address_of_all() -> None:
    """They import each other by paths: one that is kept for ever names others that are as old."""
    before, after = (
        re.findall(r'"\./(storyboard-[0-9a-f]{16}/[a-z/]+\.js)"', client.get("/").text)
        for client in (
            TestClient(page_of(PAGE)),
            TestClient(page_of(PAGE, {**FILES, "kit/own.js": "let é"})),
        )
    )
    assert len(before) == len(after) == 3 and not set(before) & set(after)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("chosen", "ground"), [("dark", "rgb(15, 17, 23)"), ("light", "rgb(238, 240, 245)")]
)
def test_the_ground_is_right_before_any_other_script(
    editor: Editor, chosen: str, ground: str
) -> None:
    """However the system is set: what was chosen here counts."""
    scheme = "light" if chosen == "dark" else "dark"
    context = editor.browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    context.add_init_script(f"localStorage.setItem('storyboard-theme', '{chosen}')")
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(editor.url, wait_until="domcontentloaded")
    shown = page.evaluate(
        "() => ['html', 'body'].map(name =>"
        " getComputedStyle(document.querySelector(name)).backgroundColor)"
    )
    assert shown == [ground, ground]


def test_the_manifest_is_asked_for_as_who_is_logged_in() -> None:
    page = TestClient(page_of('<head><link rel="manifest" href="/m.json" /></head>')).get("/").text
    assert '<link rel="manifest" crossorigin="use-credentials" href="/m.json" />' in page


@pytest.mark.browser
@pytest.mark.parametrize(("chosen", "system"), [("dark", "light"), ("light", "dark")])
def test_the_chosen_theme_stays_whatever_the_system_has(
    editor: Editor, chosen: str, system: str
) -> None:
    page = editor.open(color_scheme=system)
    if chosen == "light":
        page.get_by_role("button", name="Light or dark").click()
    page.reload()
    expect(page.locator(".sb-sum")).not_to_be_empty()
    body, ground = page.locator("body"), page.locator(".sb-header")
    colours = {"dark": "rgb(21, 24, 33)", "light": "rgb(255, 255, 255)"}

    def shows(theme: str) -> None:
        expect(body).to_have_class(re.compile("dark") if theme == "dark" else re.compile("^$"))
        expect(ground).to_have_css("background-color", colours[theme])

    shows(chosen)
    page.emulate_media(color_scheme=chosen)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
    shows(chosen)
    page.get_by_role("button", name="Light or dark").click()  # the first press changes it
    shows(system)
    page.context.close()
