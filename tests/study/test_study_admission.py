"""Who may rate: so many at one address, or whoever has an invitation, once."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from seine_core.errors import BadInput
from seine_core.study.material import read_material
from seine_core.study.server import build
from seine_core.study.votes import FILE, Votes, begin_votes
from study_material import served_study, write_study
from waiting import PATIENCE_S

Visit = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"), "ab", 1, 2)


@pytest.fixture
def votes(tmp_path: Path) -> Iterator[Votes]:
    with closing(begin_votes(tmp_path / FILE)) as votes:
        yield votes


@pytest.fixture
def visit(folder: Path, votes: Votes) -> Iterator[Visit]:
    """Makes clients that a proxy asks for, of a study that takes three raters from an address."""
    pages = build(read_material(folder), votes, local=False, proxies=["127.0.0.1"], per_address=3)
    with ExitStack() as stack:
        url = stack.enter_context(served_study(pages))

        def open_client(address: str = "192.0.2.1") -> httpx.Client:
            client = httpx.Client(
                base_url=url, headers={"X-Forwarded-For": address}, timeout=PATIENCE_S
            )
            return stack.enter_context(client)

        yield open_client


def join(client: httpx.Client, invitation: str = "") -> int:
    return client.post("api/raters", json={"invitation": invitation}).status_code


def test_an_address_has_so_many_raters(visit: Visit, votes: Votes) -> None:
    assert [join(visit()) for _ in range(5)] == [200, 200, 200, 403, 403]
    assert join(visit("198.51.100.1")) == 200
    assert [join(visit(f"2001:db8::{n:x}")) for n in range(5)] == [200, 200, 200, 403, 403]
    said = visit().post("api/raters", json={})
    assert said.text.count("\n") == 1 and "invitation" in said.text
    assert votes._all("SELECT count(*) FROM rater") == [(7,)], "who was refused is none"


def test_the_limit_outlives_the_server(tmp_path: Path, votes: Votes) -> None:
    for _ in range(3):
        votes.join("", caller="192.0.2.1", per_address=3)
    with (
        closing(begin_votes(tmp_path / FILE)) as again,
        pytest.raises(BadInput, match="3 people"),
    ):
        again.join("", caller="192.0.2.1", per_address=3)
    assert b"192.0.2.1" not in (tmp_path / FILE).read_bytes()


def test_an_invitation_lets_one_rater_in(visit: Visit, votes: Votes, tmp_path: Path) -> None:
    first, second = votes.invite(2)
    stranger = visit()
    assert join(stranger) == join(stranger, "x" * 32) == 403
    said = stranger.post("api/raters", json={})
    assert "by invitation" in said.text
    assert join(stranger, first) == 200
    assert join(visit(), first) == 403
    assert stranger.get("api/session").json()["rater"]["number"] == 1, "the cookie goes on"
    trial = stranger.get("api/session").json()["trials"][0]["id"]
    body = {"trial": trial, "choice": "left"}
    assert stranger.post("api/votes", json=body).status_code == 200
    votes.close()
    kept = (tmp_path / FILE).read_bytes()
    assert first.encode() not in kept and second.encode() not in kept


def test_who_is_invited_counts_for_no_address(visit: Visit, votes: Votes) -> None:
    assert [join(visit(), token) for token in votes.invite(6)] == [200] * 6


def test_one_invitation_and_many_at_once(votes: Votes) -> None:
    (token,) = votes.invite(1)

    def attempt(n: int) -> bool:
        try:
            votes.join(str(n), invitation=token)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == 1


@pytest.mark.parametrize("count", [0, -1, 1001])
def test_how_many_invitations(votes: Votes, count: int) -> None:
    with pytest.raises(BadInput, match="invite: received"):
        votes.invite(count)


def test_a_study_of_an_earlier_version_goes_on(tmp_path: Path, votes: Votes) -> None:
    votes.join("Ada")
    votes.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
        db.execute("DROP TABLE caller")
        db.execute("DROP TABLE invitation")
    with closing(begin_votes(tmp_path / FILE)) as again:
        assert again.join("Bob", caller="192.0.2.1").number == 2


def test_the_command_prints_links_that_let_in(folder: Path, browser: Browser) -> None:
    command = [sys.executable, "-m", "seine_core", "study", str(folder), "--port", "0"]
    with subprocess.Popen([*command, "--invite", "2"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            lines = []
            while not lines or "votes are kept" not in lines[-1]:
                lines.append(server.stdout.readline())
            links = re.findall(r"once: (\S+)", "".join(lines))
            assert len(links) == 2
            page = browser.new_context().new_page()
            page.set_default_timeout(20_000)
            page.goto(links[0].partition("#")[0])
            page.get_by_role("button", name="Start").click()
            expect(page.get_by_text("by invitation")).to_be_visible()
            page.goto(links[0])
            page.reload()
            page.get_by_role("button", name="Start").click()
            expect(page.locator("#trial")).to_be_visible()
            assert "#" not in page.url
            page.context.close()
        finally:
            server.kill()
