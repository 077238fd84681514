"""The bench's report, on a small model in place of the full one."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seine_core.cli.bench import app as bench
from seine_core.errors import BadInput
from seine_core.evaluate.unet_speed import bench_unet
from small_unet import small_unet


def test_it_reports_what_it_ran(tmp_path: Path) -> None:
    small_unet().save_pretrained(tmp_path / "unet")
    options = ["--height", "64", "--width", "96", "--frames", "3", "--dtype", "float32"]
    done = CliRunner().invoke(
        bench, ["unet", "--weights", str(tmp_path), "--device", "cpu", *options]
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["seconds_per_step"] > 0
    assert report["peak_memory_gb"] > 0.05
    assert report["dtype"] == "float32" and report["guided"] is True
    assert report["parameters"] == sum(t.numel() for t in small_unet().state_dict().values())


@pytest.mark.parametrize(
    "wrong",
    [{"height": 100}, {"frames": 0}, {"steps": 0}, {"dtype": "int8"}, {"device": "abacus"}],
    ids=str,
)
def test_wrong_settings_stop_before_the_model_is_built(wrong: dict) -> None:
    with pytest.raises(BadInput, match="received"):
        bench_unet(**wrong)


@pytest.mark.parametrize("arguments", [[], ["--random-weights", "--weights", "x"]])
def test_weights_are_random_or_given(arguments: list[str]) -> None:
    done = CliRunner().invoke(bench, ["unet", *arguments])
    assert isinstance(done.exception, BadInput)
