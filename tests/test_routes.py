"""Whatever is sent to whichever route, the answer is a plain one: no failure of the server, no
traceback, and none that does not come."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.accounts import read_accounts
from app.main import build
from app_stories import served, write_story
from route_probes import logged_errors, probes, routes, status
from seine_core.study.material import read_material
from seine_core.study.server import build as build_study
from seine_core.study.votes import FILE, begin_votes
from study_material import served_study, write_study

PATIENCE_S = 30  # for one answer, on a machine that is busy with other things


def probed(url: str, app: Any) -> tuple[int, list[str]]:
    """How many requests were answered, and which of them wrongly."""
    address, faults, count = ("127.0.0.1", urlsplit(url).port or 0), [], 0
    for probe in probes([*routes(app)]):
        count += 1
        try:
            found = status(address, probe, PATIENCE_S)
        except OSError as error:
            faults.append(f"{error!r}: {probe}")
            continue
        if not 200 <= found < 500:
            faults.append(f"{found}: {probe}")
    return count, faults


@pytest.mark.xfail(reason="Gradio's own routes fail where a request is malformed", strict=True)
@pytest.mark.parametrize("accounts", [None, {"ada:lovelace"}], ids=["open", "login"])
def test_every_route_of_the_editor_answers_plainly(
    accounts: set[str] | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    monkeypatch.setattr("app.workspace.SAMPLE", tmp_path / "sample")
    write_story(tmp_path / "sample")
    known = read_accounts(accounts) if accounts else None
    kept: dict[str, Any] = {}

    def make() -> Any:
        kept["app"] = build(tmp_path / "w", accounts=known)
        return kept["app"]

    with served(make) as url, logged_errors() as told:
        count, faults = probed(url, kept["app"])
    assert faults == [] and told == []
    assert count > 500
    said = capfd.readouterr()
    assert "Traceback" not in said.err + said.out


def test_every_route_of_the_study_answers_plainly(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    votes = begin_votes(tmp_path / FILE)
    app = build_study(read_material(write_study(tmp_path / "study", "ab", 1, 2)), votes)
    with served_study(app) as url, logged_errors() as told:
        count, faults = probed(url, app)
    votes.close()
    assert faults == [] and told == []
    assert count > 200
    assert "Traceback" not in capfd.readouterr().err
