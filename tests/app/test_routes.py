"""Whatever is sent to whichever route, the answer is a plain one: no failure of the server, no
traceback, and none that does not come."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import build
from app.served.accounts import read_accounts
from app_stories import served, use_sample, write_story
from page_events import Client
from route_probes import logged_errors, probes, routes, status
from seine_core.study.material import read_material
from seine_core.study.server import build as build_study
from seine_core.study.votes import FILE, begin_votes
from study_material import served_study, write_study

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(("auto", "mp4", "/etc/passwd", "http://127.0.0.1/", "x" * 5000)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("path", "url", "meta", "_type", "upload", "op", "seq", "ops")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
EVENTS = ("enter", "command", "poll", "models", "poll_models")
CALLS = ("transition", "animate", "render_story", "list_engines", "enter", "command", "none")
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


@pytest.mark.filterwarnings(  # of a form that breaks off in a file: gone with the request
    "ignore:Exception ignored in. <function Spooled:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(
    "accounts",
    [
        pytest.param(None, id="open"),
        pytest.param({"ada:lovelace"}, id="login", marks=pytest.mark.slow),
    ],
)
def test_every_route_of_the_editor_answers_plainly(
    accounts: set[str] | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    use_sample(monkeypatch, tmp_path / "sample")
    known = read_accounts(accounts) if accounts else None
    kept: dict[str, Any] = {}

    def make() -> Any:
        kept["app"] = build(tmp_path / "w", accounts=known)
        return kept["app"]

    with served(make) as url, logged_errors() as told:
        count, faults = probed(url, kept["app"])
    assert faults == [] and tracebacks(told) == []
    assert count > 500
    said = capfd.readouterr()
    assert "Traceback" not in said.err + said.out


def tracebacks(told: list[str]) -> list[str]:
    return [line for line in told if "Traceback" in line or len(line) > 2000]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("calls")
    write_story(folder / "story", shots=2)
    with served(partial(build, folder / "w", story=folder / "story")) as url:
        yield url


def called(client: httpx.Client, name: str, data: Any) -> str:
    """What comes of a call, as programs make them: the text of all that is answered."""
    asked = client.post(f"gradio_api/call/{name}", json=data)
    assert asked.status_code < 500
    if asked.status_code != 200:
        return asked.text
    result = client.get(f"gradio_api/call/{name}/{asked.json()['event_id']}")
    assert result.status_code < 500
    return result.text


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=st.sampled_from(EVENTS), call=st.sampled_from(CALLS), sent=JSON)
def test_whatever_an_event_or_a_call_is_given(
    url: str, capfd: pytest.CaptureFixture[str], event: str, call: str, sent: Any
) -> None:
    data = sent if isinstance(sent, list) else [sent]
    with logged_errors() as told, closing(Client(url)) as page:
        answers = [page.event(event, sent), page.event(event, data=data)]
        answers += [called(page.http, call, body) for body in (sent, {"data": sent})]
    assert tracebacks(told) == [] and "Traceback" not in capfd.readouterr().err
    assert "Traceback" not in str(answers) and "site-packages" not in str(answers)


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
