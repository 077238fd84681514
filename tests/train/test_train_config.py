"""Configurations out of files: the presets are right, and a wrong one is one line."""

import json
from pathlib import Path

import pytest

from seine_core.errors import BadInput
from seine_core.model.carried.unet import make_unet
from seine_core.model.config import UNetConfig
from seine_core.train.config import Config, read_config

PRESETS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))
LEAST = 'out = "out"\nsteps = 10\n[start]\nweights = "scratch"\n'


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_presets_are_right(path: Path) -> None:
    config = read_config(path)
    assert config.out.parts[0] == "out"
    if config.start.weights == "scratch":
        make_unet(UNetConfig(**config.start.unet))


def test_the_usual_runs_have_a_preset() -> None:
    starts = {(c.start.weights, c.start.train) for c in map(read_config, PRESETS)}
    assert starts >= {("seine", "all"), ("seine", "lora"), ("scratch", "all")}


def test_a_value_is_changed_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "c.toml", LEAST)
    config = read_config(
        path,
        [
            "optimiser.lr=1e-4",
            "data.kind=videos",
            "data.folder=my videos/all",
            'out="there"',
            "data.stride=[1, 3]",
            "tensorboard=false",
        ],
    )
    assert config.optimiser.lr == 1e-4
    assert config.data is not None and config.data.kind == "videos"
    assert config.data.folder == Path("my videos/all") and config.data.stride == (1, 3)
    assert config.out == Path("there") and config.tensorboard is False


def test_json_is_read_too(tmp_path: Path) -> None:
    content = {"out": "out", "steps": 3, "start": {"weights": "sd14"}}
    assert read_config(write(tmp_path / "c.json", json.dumps(content))).steps == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("optimiser.lr=-1", r"optimiser\.lr: received -1, input should be greater than 0"),
        ("optimizer.lr=1", "optimizer: there is no such setting"),
        ("steps=many", "steps: received 'many', input should be a valid integer"),
        ("clip.width=500", r"clip\.width: received 500, input should be a multiple of 8"),
        (
            "masks.hidden=0.5",
            r"masks: the probabilities of the masks add up to 1\.45, they must to 1",
        ),
        ("start.train=lora", "start: train: from scratch, only 'all' makes sense"),
        ("start.weights=lavie", "start: checkpoint: name LaVie's file"),
        ("start.checkpoint=x.pt", "start: checkpoint: 'scratch' begins without one"),
        ("data.kind=tapes", r"data: received .*'tapes'"),
        ("ema_decay=nan", "ema_decay: received nan"),
        ("steps", "--set: received 'steps', allowed name=value"),
        ("steps.more=1", "--set: steps in 'steps.more' is a value, not a section"),
    ],
)
def test_a_wrong_value_is_one_line(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as error:
        read_config(write(tmp_path / "c.toml", LEAST), [change])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.toml", "out = ", "is no TOML"),
        ("c.json", "{", "is no JSON"),
        ("c.json", "[]", "holds no settings"),
        ("c.toml", "", "out: is missing; and 2 more"),
        ("", "", "cannot be read"),
    ],
)
def test_a_file_of_no_use_is_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = write(tmp_path / name, text) if name else tmp_path / "no.toml"
    with pytest.raises(BadInput, match=message) as error:
        read_config(path)
    assert "\n" not in str(error.value)


def test_a_run_cannot_be_changed_on_the_way() -> None:
    config = Config.model_validate({"out": "out", "steps": 1, "start": {"weights": "sd14"}})
    with pytest.raises(ValueError, match="frozen"):
        config.steps = 2  # type: ignore[misc]
