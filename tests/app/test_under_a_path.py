"""The editor on a host with others, under a path, behind a real nginx."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.main import build
from app.served.under_path import checked_root_path
from app_stories import served, write_image, write_story
from browser_pages import drag_files
from nginx_proxy import nginx
from seine_core.errors import BadInput

with_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not here")
ROOT = "/teams/studio"
# As docs/proxy.md has it, with a body that is soon too large.
MORE = "client_max_body_size 200k; proxy_request_buffering off; proxy_buffering off;"


@contextmanager
def behind_nginx(folder: Path, *, cut: bool) -> Iterator[str]:
    """The address of an editor under a path, which the proxy cuts off or leaves on."""
    write_story(folder / "story", shots=2)
    names = {"local": False, "names": ["127.0.0.1"], "proxies": ["127.0.0.1"]}
    make = partial(
        build, folder / "w", story=folder / "story", root_path=ROOT, max_upload_mb=1, **names
    )
    with served(make) as url:
        upstream = url if cut else url.rstrip("/")
        with nginx(folder / "n", upstream, f"{ROOT}/", more=MORE) as port:
            yield f"http://127.0.0.1:{port}{ROOT}/"


@with_nginx
@pytest.mark.parametrize("cut", [True, False])
def test_what_the_page_asks_for_is_found(tmp_path: Path, cut: bool) -> None:
    with behind_nginx(tmp_path, cut=cut) as url, httpx.Client() as client:
        page = client.get(url)
        assert page.status_code == 200 and f'"root":"{url.rstrip("/")}"' in page.text
        assert client.get(f"{url}config").json()["root"] == url.rstrip("/")
        assert client.get(f"{url}theme.css").status_code == 200
        assert client.get(f"{url}gradio_api/startup-events").status_code == 404, "not ours"


@with_nginx
@pytest.mark.browser
def test_an_upload_that_the_proxy_refuses_is_told_with_the_limit(
    tmp_path: Path, browser: Browser
) -> None:
    with behind_nginx(tmp_path, cut=True) as url:
        page = browser.new_context().new_page()
        page.goto(url)
        expect(page.locator(".sb-card")).to_have_count(2)
        small = write_image(tmp_path / "small.png", 90)
        for name, size in (("large.png", 300_000), ("huge.png", 1_500_000)):
            (tmp_path / name).write_bytes(small.read_bytes() + bytes(size))
        files = [small, tmp_path / "large.png", tmp_path / "huge.png"]
        drag_files(page, ".sb-header", files, types=("dragover", "drop"))
        expect(page.locator(".sb-card")).to_have_count(3)
        said = page.locator(".sb-notes")
        expect(said).to_contain_text("large.png: has 300 kB, and the proxy before this server")
        expect(said).to_contain_text("while the server takes 1.0 MB")
        expect(said).to_contain_text("huge.png: has 1.5 MB; a file of at most 1.0 MB is taken")
        page.context.close()


def test_a_path_as_it_stands_in_the_address_bar() -> None:
    assert checked_root_path("/studio/") == "/studio" and checked_root_path("/") == ""
    for wrong in ("studio", "/../up", "/a//b", "https://a.example/", "/a b", "/" + "a" * 300):
        with pytest.raises(BadInput, match="--root-path"):
            checked_root_path(wrong)
