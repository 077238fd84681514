"""What was trained here is an engine like the others."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine_calls import animate, transition
from letter_clips import numbered
from moving_squares import MovingSquares, tiny_run
from seine_core.engines import engine_names, get_engine
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.seine.trained import recipe
from seine_core.errors import BadInput, MissingWeights
from seine_core.train.loop import train
from seine_core.weights.resident import release
from small_engines import change_recipe
from tiny_models import tiny_pipeline, tiny_unet

SPEC = ClipSpec(frames=4, width=64, height=48, fps=8, seed=3)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:

    monkeypatch.setenv("SEINE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models/trained"


def test_a_trained_folder_is_an_engine(
    shelf: Path, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unet = {
        "sample_size": 6,
        "block_out_channels": [32, 64],
        "attention_head_dim": 1,
        "layers_per_block": 1,
        "norm_num_groups": 8,
    }
    start = {"weights": "scratch", "unet": unet, "base": tiny_base}
    config = tiny_run(tmp_path / "run", start=start, steps=1)
    train(config, MovingSquares(), say=lambda _: None)
    shutil.copytree(config.out / "pipeline", shelf / "my-style")
    assert engine_names()[-1] == "my-style"
    engine: Any = get_engine("my-style")
    change_recipe(monkeypatch, engine, steps=2)
    assert engine.capabilities.name == "my-style" and not engine.capabilities.missing
    assert engine.recipe().native["transition"].size(SPEC) == (56, 40)

    a, b = numbered(12, 64, 48), numbered(345, 64, 48)
    clip = transition(engine, a, b, "the sea", SPEC)
    assert clip.shape == (4, 48, 64, 3)
    assert np.array_equal(clip[0], a) and np.array_equal(clip[-1], b)
    release()


def test_other_weights_are_another_version(shelf: Path, tmp_path: Path) -> None:
    pipeline = tiny_pipeline(tmp_path)
    pipeline.save_pretrained(shelf / "one")
    before = recipe(shelf / "one").about.version
    assert recipe(shelf / "one").about.version == before
    tiny_unet(seed=5).save_pretrained(shelf / "one/unet")
    assert recipe(shelf / "one").about.version != before


def test_a_model_that_is_trained_anew_has_its_new_size(shelf: Path) -> None:
    """The engine lives as long as the process; the folder under its name may be written again."""
    config = shelf / "grown/unet/config.json"
    config.parent.mkdir(parents=True)
    (shelf / "grown/model_index.json").write_text("{}")
    config.write_text('{"sample_size": 8}')
    grown: Any = get_engine("grown")
    assert grown.recipe().native["transition"].area == 64 * 64
    config.write_text('{"sample_size": 32}')
    assert get_engine("grown") is grown
    assert grown.recipe().native["transition"].area == 256 * 256


def test_folders_that_are_none_do_no_harm(shelf: Path) -> None:
    assert "my-style" not in engine_names()
    for name in ("No Word", "empty", "layers", "broken"):
        (shelf / name).mkdir(parents=True)
        if name != "empty":
            (shelf / name / "model_index.json").write_text("{")
    names = engine_names()
    assert names[-1] == "broken" and names.count("layers") == 1
    assert not {"No Word", "empty"} & set(names)
    with pytest.raises(BadInput, match="engine: received 'empty', allowed auto, layers"):
        get_engine("empty")
    with pytest.raises(MissingWeights, match=r"cannot be read .*; write it again") as error:
        animate(get_engine("broken"), numbered(1, 64, 48), "", SPEC)
    assert "\n" not in str(error.value)
