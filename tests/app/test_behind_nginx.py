"""The editor and a study behind a real proxy with HTTPS, as the README tells."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.main import build
from app.served.accounts import Accounts
from app_stories import served, write_story
from nginx_proxy import nginx
from seine_core.study import server as study
from seine_core.study.material import read_material
from seine_core.study.votes import FILE, begin_votes
from study_material import served_study, write_study
from waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx or openssl is not here"
)
NAME = "studio.example"


@contextmanager
def proxied(folder: Path, upstream: str) -> Iterator[httpx.Client]:
    """A client of a proxy with HTTPS before `upstream`."""
    folder.mkdir()
    certificate = ("-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}", "-days", "2")
    files = ("-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", *certificate, *files], check=True, capture_output=True
    )
    names = f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem"
    with (
        nginx(folder, upstream.rstrip("/"), listen=f"ssl; {names}") as port,
        httpx.Client(
            base_url=f"https://127.0.0.1:{port}/",
            # Not from where the proxy itself asks.
            transport=httpx.HTTPTransport(verify=False, local_address="127.0.0.2"),
            headers={"Host": f"{NAME}:{port}"},
            timeout=PATIENCE_S,
        ) as client,
    ):
        yield client


def own_origin(client: httpx.Client) -> dict[str, str]:
    return {"Origin": f"https://{client.headers['Host']}"}


def test_an_editor(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_story(tmp_path / "story", shots=1)
    make = partial(
        build,
        tmp_path / "w",
        story=tmp_path / "story",
        accounts=Accounts({"ada": "secret"}),
        local=False,
        names=[NAME],
        proxies=["127.0.0.1"],
    )
    with served(make) as url, proxied(tmp_path / "n", url) as client:
        assert client.get("config").status_code == 401
        wrong = {"username": "ada", "password": "wrong"}
        spoofed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
        assert client.post("login", data=wrong, headers=spoofed).status_code == 400
        (record,) = caplog.records
        assert "address 127.0.0.2," in record.message, "nginx says from where it was asked"
        said = client.post(
            "login", data={"username": "ada", "password": "secret"}, headers=own_origin(client)
        )
        assert said.status_code == 200
        cookie = said.headers["set-cookie"]
        assert cookie.startswith("__Host-") and "Secure" in cookie
        page = client.get("")
        assert page.status_code == 200 and f'"root":"https://{NAME}' in page.text
        assert "http://" + NAME not in page.text
        evil = {"Origin": f"http://{client.headers['Host']}"}
        assert client.post("gradio_api/queue/join", json={}, headers=evil).status_code == 403
        other = {"Host": "evil.example"}
        assert client.get("", headers=other).status_code == 403
        assert client.post("logout", headers=own_origin(client)).status_code == 200
        assert client.get("config").status_code == 401


def test_a_study(tmp_path: Path) -> None:
    material = read_material(write_study(tmp_path / "study", "ab", 1, 2))
    with ExitStack() as stack:
        votes = stack.enter_context(closing(begin_votes(tmp_path / FILE)))
        pages = study.build(material, votes, local=False, names=[NAME], proxies=["127.0.0.1"])
        client = stack.enter_context(
            proxied(tmp_path / "n", stack.enter_context(served_study(pages)))
        )
        said = client.post("api/raters", json={"name": "Ada"}, headers=own_origin(client))
        assert said.status_code == 200 and "Secure" in said.headers["set-cookie"]
        trial = said.json()["trials"][0]["id"]
        assert client.get(f"clips/{trial}/left").headers["content-type"] == "video/mp4"
