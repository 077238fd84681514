"""The study's server: raters apart, clips without a trace of who made them, hostile requests, and
votes that survive a kill."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from seine_core.cli import app
from seine_core.study.material import read_material
from seine_core.study.server import MAX_BODY, build
from seine_core.study.votes import FILE, Choice, Votes, begin_votes, open_votes
from study_material import served_study, write_study
from waiting import PATIENCE_S

Client = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"), "abc", 3, 4)


@pytest.fixture
def votes(tmp_path: Path) -> Iterator[Votes]:
    votes = begin_votes(tmp_path / FILE)
    yield votes
    votes.close()


@pytest.fixture
def visit(folder: Path, votes: Votes) -> Iterator[Client]:
    """Makes clients of one served study; with a name they have joined it."""
    clients = []
    with served_study(build(read_material(folder), votes)) as url:

        def open_client(name: str | None = None) -> httpx.Client:
            clients.append(httpx.Client(base_url=url, timeout=PATIENCE_S))
            if name is not None:
                assert clients[-1].post("api/raters", json={"name": name}).status_code == 200
            return clients[-1]

        yield open_client
        for client in clients:
            client.close()


def trials(client: httpx.Client) -> list[dict[str, Any]]:
    return client.get("api/session").json()["trials"]


def test_a_rater_votes_and_comes_back(visit: Client, votes: Votes) -> None:
    nobody = visit()
    assert nobody.get("api/session").json()["rater"] is None
    ada, bob = visit("Ada"), visit("Bob")
    first, second, *rest = trials(ada)
    assert len(rest) == 7 and first["choice"] is None and first["prompt"].startswith("<b>")
    for trial, choice in ((first, "left"), (second, "tie"), (first, "right")):
        said = ada.post("api/votes", json={"trial": trial["id"], "choice": choice})
        assert said.json() == {"kept": True}
    assert [trial["choice"] for trial in trials(ada)[:3]] == ["right", "tie", None]
    assert all(trial["choice"] is None for trial in trials(bob))
    ada.post("api/votes", json={"trial": second["id"], "choice": None})
    (vote,) = votes.votes()
    assert (vote.name, vote.choice) == ("Ada", "right")


def test_nothing_tells_who_made_a_clip(visit: Client) -> None:
    ada = visit("Ada")
    session = ada.get("api/session")
    seen = [session.text, str(session.headers)]
    etags = set()
    for trial in trials(ada):
        for side in ("left", "right"):
            clip = ada.get(f"clips/{trial['id']}/{side}")
            assert clip.headers["content-type"] == "video/mp4" and clip.content[4:8] == b"ftyp"
            assert clip.headers["last-modified"].startswith("Thu, 01 Jan 1970")
            etags.add(clip.headers["etag"])
            seen.append(str(clip.headers))
        assert ada.get(f"scenes/{trial['id']}/first").content.startswith(b"\x89PNG")
    assert "method" not in "".join(seen) and "0001-thing" not in "".join(seen)
    assert len(etags) == 18, "the same clip in two trials is not known by its tag"
    assert not {t["id"] for t in trials(ada)} & {t["id"] for t in trials(visit("Bob"))}


def test_ranges(visit: Client) -> None:
    ada = visit("Ada")
    url = f"clips/{trials(ada)[0]['id']}/left"
    whole = ada.get(url).content
    part = ada.get(url, headers={"Range": "bytes=10-19", "If-Range": '"x"'})
    assert part.content == whole, "of another version all is sent"
    part = ada.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert ada.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_nobody_votes_for_or_looks_at_another(visit: Client, votes: Votes) -> None:
    ada, bob, stranger = visit("Ada"), visit("Bob"), visit()
    mine = trials(ada)[0]["id"]
    for client, status in ((bob, 404), (stranger, 401)):
        answer = client.post("api/votes", json={"trial": mine, "choice": "left"})
        assert answer.status_code == status and "\n" not in answer.text.strip()
        assert client.get(f"clips/{mine}/left").status_code == status
        assert client.get(f"scenes/{mine}/last").status_code == status
    for name in bob.cookies:
        stranger.cookies.set(name, "x" * 32)
    assert stranger.get("api/session").json()["rater"] is None
    assert votes.votes() == []


@pytest.mark.parametrize(
    "path",
    [
        "clips/{id}/up",
        "clips/{id}/item",
        "clips/{id}/__class__",
        "clips/../study.sqlite/left",
        "clips/%2e%2e%2fstudy.sqlite/left",
        "scenes/{id}/..%2f..%2fitems.json",
        "static/page.html",
        "static/..%2fserver.py",
        "study.sqlite",
        "results/",
        "results/wrong",
        "results/%ff/votes.csv",
        "results/wrong/results.json",
        "docs",
    ],
)
def test_nothing_else_is_served(visit: Client, path: str) -> None:
    ada = visit("Ada")
    answer = ada.get(path.format(id=trials(ada)[0]["id"]))
    assert answer.status_code in (400, 404) and len(answer.text) < 100


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("api/votes", b"x" * (MAX_BODY + 1), 413),
        ("api/raters", json.dumps({"name": "x" * 81}).encode(), 422),
        ("api/raters", json.dumps({"name": "a\x1b[2J"}).encode(), 422),
        ("api/raters", b'{"name": 3}', 422),
        ("api/raters", b'{"name": "x", "number": 1}', 422),
        ("api/votes", b"", 422),
        ("api/votes", b"[" * 4000, 422),
        ("api/votes", b'{"trial": "\xff", "choice": "left"}', 422),
        ("api/votes", b'{"trial": "\\ud800", "choice": "left"}', 422),
        ("api/votes", b'{"trial": "a"}', 422),
        ("api/votes", b'{"trial": "a", "choice": "both"}', 422),
        ("api/votes", b'{"trial": "a", "choice": "left"}', 404),
    ],
)
def test_what_is_no_answer_is_refused(
    visit: Client, votes: Votes, path: str, body: bytes, status: int
) -> None:
    answer = visit("Ada").post(path, content=body)
    assert answer.status_code == status
    assert answer.text.count("\n") == 1 and len(answer.text) < 400
    assert votes.votes() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
    ],
    ids=str,
)
def test_other_sites_are_refused(visit: Client, votes: Votes, headers: dict[str, str]) -> None:
    ada = visit("Ada")
    body = {"trial": trials(ada)[0]["id"], "choice": "left"}
    assert ada.post("api/votes", json=body, headers=headers).status_code == 403
    assert votes.votes() == []


def test_every_answer_says_what_a_browser_may_do(visit: Client) -> None:
    for path in ("", "static/page.js", "none", "api/session"):
        headers = visit().get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
    cookie = visit().post("api/raters", json={}).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_a_clip_that_is_gone(visit: Client, tmp_path: Path, votes: Votes) -> None:
    study = write_study(tmp_path / "s", "ab", 1, 2)
    with (
        served_study(build(read_material(study), votes)) as url,
        httpx.Client(timeout=PATIENCE_S) as client,
    ):
        trial = client.post(f"{url}api/raters", json={}).json()["trials"][0]["id"]
        for clip in study.glob("clips/*/*"):
            clip.unlink()
        answer = client.get(f"{url}clips/{trial}/left")
        assert answer.status_code == 404 and "is gone" in answer.text


def test_who_runs_the_study_sees_the_results(visit: Client, votes: Votes) -> None:
    ada, address = visit("Ada"), f"results/{votes.settings.results_key}"
    assert "0 raters, 0 votes" in visit().get(address).text
    for trial in trials(ada):
        ada.post("api/votes", json={"trial": trial["id"], "choice": "left"})
    page = visit().get(address)
    assert "1 rater, 9 votes" in page.text and "<svg" in page.text and "method-b" in page.text
    assert visit().get(f"{address}/votes.csv").text.count("\n") == 10
    assert visit().get(f"{address}/results.json").json()["votes"] == 9


def test_a_study_for_others_has_the_names_that_it_was_given(folder: Path, votes: Votes) -> None:
    pages = build(read_material(folder), votes, local=False, names=["Studio.example"])
    with served_study(pages) as url:
        for host, status in (("studio.example", 200), ("192.0.2.1:80", 200), ("evil.example", 403)):
            assert httpx.get(url, headers={"Host": host}, timeout=PATIENCE_S).status_code == status


def test_votes_survive_a_kill(tmp_path: Path) -> None:
    """Six raters vote as fast as they can until the server is killed: what was acknowledged is
    there, or what the same rater had sent after it."""
    study = write_study(tmp_path / "study", "ab", 1, 2)
    cycle: list[Choice] = ["left", "right", "tie", "skip"]
    acknowledged = [0] * 6
    many = [threading.Event() for _ in range(6)]

    def rate(n: int, address: str) -> None:
        with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
            trial = client.post("api/raters", json={"name": str(n)}).json()["trials"][0]["id"]
            for choice in chain.from_iterable(repeat(cycle)):
                try:
                    client.post("api/votes", json={"trial": trial, "choice": choice})
                except httpx.TransportError:
                    return
                acknowledged[n] += 1
                if acknowledged[n] == 8:
                    many[n].set()

    with running(study) as (server, address):
        threads = [threading.Thread(target=rate, args=(n, address)) for n in range(6)]
        for thread in threads:
            thread.start()
        assert all(each.wait(60) for each in many)
        server.kill()
        for thread in threads:
            thread.join(60)
    votes = open_votes(study / FILE)
    assert {int(vote.name) for vote in votes.votes()} == set(range(6))
    for vote in votes.votes():
        count = acknowledged[int(vote.name)]
        assert vote.choice in (cycle[(count - 1) % 4], cycle[count % 4])
    votes.close()
    with sqlite3.connect(study / FILE) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    with running(study) as (server, address):
        assert httpx.get(address, timeout=PATIENCE_S).status_code == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0


@contextmanager
def running(study: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The command itself, and the address that it tells raters."""
    command = [sys.executable, "-m", "seine_core", "study", str(study), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            told = (re.match(r"for raters: +(\S+)", line) for line in server.stdout)
            yield server, next(found[1] for found in told if found)
        finally:
            server.kill()


def test_the_command_says_what_it_cannot_do(folder: Path, tmp_path: Path, votes: Votes) -> None:
    def run(*arguments: object) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["study", *map(str, arguments)])
        return done.exit_code, done.output

    assert run(tmp_path / "none")[0] == 2
    assert "is not there" in run(folder, "--results")[1]
    assert "port: received 70000" in run(folder, "--port", 70000)[1]
    assert "cannot be used" in run(folder, "--host", "192.0.2.1")[1]
    assert not (folder / FILE).exists()
    ada = votes.join("Ada")
    assert run(tmp_path, "--results", "--csv", tmp_path / "votes.csv") == (
        0,
        f"{tmp_path / 'votes.csv'}: 0 votes\n0 raters, 0 votes, 0 skipped.\n",
    )
    assert (tmp_path / "votes.csv").read_text().startswith("rater,name,item,")
    assert "cannot be written" in run(tmp_path, "--csv", tmp_path)[1] and ada
