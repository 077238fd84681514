"""What `.ci/audit` makes of the answer of pip-audit, which counts what it could not ask about as
good."""

import json
import shlex
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci/audit"


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_loader("audit", SourceFileLoader("audit", str(SCRIPT)))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "reached", lambda service: True)
    return module


@pytest.fixture
def answer(tmp_path: Path, audit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what pip-audit prints."""

    def prints(text: str) -> None:
        tool = tmp_path / "pip-audit"
        tool.write_text(f"#!/bin/sh\necho {shlex.quote(text)}\nexit 1\n")
        tool.chmod(0o755)
        monkeypatch.setattr(audit.shutil, "which", lambda name: str(tool))
        monkeypatch.setattr(audit.sys, "executable", str(tmp_path / "bin" / "python"))

    return prints


def package(name: str, *mended: str) -> dict[str, Any]:
    faults = [{"id": f"CVE-{n}", "fix_versions": [release]} for n, release in enumerate(mended)]
    return {"name": name, "version": "1.0", "vulns": faults}


def test_what_was_not_asked_about_is_said(
    audit: ModuleType, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    skipped = {"name": "torch", "skip_reason": "not found"}
    answer(json.dumps({"dependencies": [skipped]}))
    assert audit.ask_advisories({}) == 0
    assert capsys.readouterr().out == (
        "audit of the public advisories did not run: api.osv.dev does not know torch\n"
    )
    answer(json.dumps({"dependencies": [skipped, package("numpy")]}))
    assert audit.ask_advisories({}) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("does not know torch") and "about 1 of 2 packages" in said[1]


@pytest.mark.parametrize(
    ("mended", "accepted", "status"),
    [("2.0", {}, 1), ("2.0", {"numpy": "3.0"}, 0), ("4.0", {"numpy": "3.0"}, 1)],
)
def test_a_fault_fails_that_nobody_accepted(
    audit: ModuleType,
    answer: Any,
    mended: str,
    accepted: dict[str, str],
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer(json.dumps({"dependencies": [package("numpy", mended)]}))
    assert audit.ask_advisories(accepted) == status
    assert f"numpy 1.0: CVE-0, mended in {mended}" in capsys.readouterr().out


def test_an_answer_that_is_none(
    audit: ModuleType, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer("no JSON")
    assert audit.ask_advisories({}) == 0
    assert "did not run: pip-audit ended with 1" in capsys.readouterr().out
