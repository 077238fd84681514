"""The page's ground is there before Gradio's scripts."""

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.testclient import TestClient

from app.first_paint import FirstPaint
from browser_pages import Editor


def test_the_page_alone_is_written_into() -> None:
    server = FastAPI()
    server.add_middleware(FirstPaint)

    @server.api_route("/{name:path}", methods=["GET", "HEAD"])
    def page(name: str) -> HTMLResponse:
        return HTMLResponse("<html><head><title>é</title></head></html>")

    client = TestClient(server)
    first = client.get("/")
    assert first.text.startswith("<html><head><style>") and "<title>é</title>" in first.text
    assert int(first.headers["content-length"]) == len(first.content)
    assert client.get("/other").text == "<html><head><title>é</title></head></html>"
    assert client.head("/").status_code == 200


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
    assert shown == [ground, "rgba(0, 0, 0, 0)"]
