"""`models` and `convert` as their user sees them: what they say and how they exit."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fake_hub import FakeHub
from seine_core.cli import app
from seine_core.cli import models as models_cli
from small_models import use_small_models


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(*arguments: object, status: int) -> str:
    result = run(*arguments)
    assert result.exit_code == status, result.output
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1, result.stderr
    return result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_the_real_catalogue_is_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setenv("SEINE_MODELS", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    said = run("models", "list")
    assert said.exit_code == 0
    assert re.search(r"^seine: SEINE, 4\.5 GB, not here$", said.stdout, re.M)
    assert re.search(r"^wan-flf2v: .*, about 90 GB, not here$", said.stdout, re.M)
    assert "licence  Apache-2.0" in said.stdout and str(folder) in said.stdout
    assert not folder.exists()


def test_from_nothing_to_a_path(hub: FakeHub, folder: Path) -> None:
    before = run("models", "status", "small")
    assert before.exit_code == 1 and "nothing here" in before.stdout
    assert f"by hand: small.pt of https://huggingface.co/owner/small into {folder}" in before.stdout
    assert "models download small" in refused("models", "path", "small", status=1)
    assert hub.asked == []
    done = run("models", "download", "small")
    assert done.exit_code == 0, done.output
    shown, _, after = done.stdout.partition("small: complete")
    assert "Test licence, for tests: https://example.org/licence" in shown and after
    assert run("models", "status", "small", "--verify").exit_code == 0
    paths = run("models", "path", "small").stdout.split()
    assert paths == [str(folder / "small" / "small.pt"), str(folder / "small" / "base")]
    assert run("models", "path", "small", "--part", "base").stdout.split() == paths[1:]
    assert "is complete already" in run("models", "download", "small").stdout


def test_verify_finds_a_changed_byte(hub: FakeHub, folder: Path) -> None:
    assert run("models", "download", "small").exit_code == 0
    file = folder / "small" / "small.pt"
    content = bytearray(file.read_bytes())
    content[200] ^= 1
    file.write_bytes(content)
    assert run("models", "status", "small").exit_code == 0
    said = run("models", "status", "small", "--verify")
    assert said.exit_code == 1 and "differs from the published file" in said.stdout


def test_an_overview_does_not_fail(hub: FakeHub) -> None:
    said = run("models", "status")
    assert said.exit_code == 0 and said.stdout.startswith("small: not here\n")


def test_without_a_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_models(monkeypatch, folder)
    said = refused("models", "download", "small", status=1)
    assert "no connection" in said and f"into {folder / 'small'}" in said


def test_bad_usage(hub: FakeHub) -> None:
    for command in ("status", "download", "path"):
        assert "allowed small" in refused("models", command, "large", status=2)
    assert "it has checkpoint, base" in refused("models", "path", "small", "--part", "x", status=2)
    assert run("models", "download").exit_code == 2


def test_ctrl_c_keeps_what_arrived(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models_cli, "download", stop)
    result = run("models", "download", "small")
    assert result.exit_code == 130 and "goes on from there" in result.stderr


def test_the_licence_can_be_declined(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models_cli, "_asks", lambda: True)
    result = CliRunner().invoke(app, ["models", "download", "small"], input="n\n")
    assert result.exit_code == 1 and hub.asked == []
    result = CliRunner().invoke(app, ["models", "download", "small"], input="y\n")
    assert result.exit_code == 0


def test_convert(tmp_path: Path) -> None:
    from seine_core.weights.checkpoint import save_seine
    from tiny_models import tiny_sd14_folder, tiny_unet

    save_seine(tiny_unet(), tmp_path / "seine.pt")
    base = tiny_sd14_folder(tmp_path / "sd")
    out = tmp_path / "out"
    arguments = ("convert", tmp_path / "seine.pt", "--base", base, "-o", out)
    assert "allowed float32" in refused(*arguments, "--dtype", "int8", status=2)
    said = run(*arguments, "--dtype", "float16")
    assert said.exit_code == 0 and said.stdout == f"{out}: 0.01 GB, float16\n"
    assert (out / "model_index.json").is_file()
    assert "exists already" in refused(*arguments, status=2)
    (tmp_path / "seine.pt").write_bytes(b"<html>")
    assert "web page" in refused(*arguments[:-1], tmp_path / "new", status=2)
