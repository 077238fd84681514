"""The page's ground is in the page itself, before Gradio's scripts."""

from pathlib import Path

from starlette.testclient import TestClient

from app.main import build


def test_the_ground_is_chosen_before_anything_is_drawn(tmp_path: Path) -> None:
    client = TestClient(build(tmp_path))
    page = client.get("/", headers={"accept-encoding": "br, gzip"})
    assert page.status_code == 200 and "content-encoding" not in page.headers
    assert int(page.headers["content-length"]) == len(page.content)
    assert 0 < page.text.index("dataset.theme") < page.text.index("<link"), "before all styles"
    assert "dataset.theme" not in client.get("/config").text.split('"head"')[0]
    assert client.head("/").status_code == 200
