"""Whole runs on the CPU: that the network learns, and that nothing is lost when a run stops."""

import csv
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from moving_squares import FRAMES, SIDE, MovingSquares, tiny_run
from seine_core.errors import BadInput, RenderFailed
from seine_core.model.inflate import TEMPORAL
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.train import loop
from seine_core.train.checkpoints import checkpoints, load_checkpoint
from seine_core.train.clips import Clip
from seine_core.train.config import Config
from seine_core.train.draws import draw
from seine_core.train.export import export_newest
from seine_core.train.loop import RunResult, train
from seine_core.train.objective import Losses, losses_of
from seine_core.train.start import load_models
from seine_core.weights.checkpoint import load_seine, save_seine
from tiny_models import tiny_unet

# As narrow as a rotary embedding of 32 dimensions lets it be.
UNET = {
    "block_out_channels": [32, 64],
    "attention_head_dim": 1,
    "layers_per_block": 1,
    "norm_num_groups": 8,
}
Settings = Callable[..., Config]


@pytest.fixture
def settings(tiny_base: Path, tmp_path: Path) -> Settings:
    def make(out: str = "run", start: dict[str, Any] | None = None, **changes: Any) -> Config:
        begun = {"weights": "scratch", "unet": UNET, "base": tiny_base} if start is None else start
        return tiny_run(tmp_path / out, start={"base": tiny_base} | begun, **changes)

    return make


def silently(config: Config, **how: Any) -> RunResult:
    return train(config, how.pop("source", MovingSquares()), say=lambda _: None, **how)


def table(config: Config, name: str = "log.csv") -> list[dict[str, str]]:
    with (config.out / name).open(newline="") as file:
        return list(csv.DictReader(file))


def losses(config: Config) -> list[str]:
    """As they were written: nine digits."""
    return [row["loss"] for row in table(config)]


def test_a_hundred_steps_bring_the_loss_down_two_and_a_half_times(settings: Settings) -> None:
    config = settings(
        steps=100, optimiser={"lr": 3e-3, "warmup": 10}, checkpoint_every=1000, ema_decay=0.97
    )
    assert silently(config) == RunResult(step=100, finished=True, skipped=0)
    seen = [float(loss) for loss in losses(config)]
    first, last = sum(seen[:5]) / 5, sum(seen[-40:]) / 40
    assert first > 0.4  # the noisy latents alone, as an answer
    assert last < first / 2.5


def test_a_run_that_was_stopped_has_the_same_losses_to_rounding(settings: Settings) -> None:
    """Stopped at a checkpoint within a line of the log, and resumed from it."""
    how: dict[str, Any] = {"steps": 7, "accumulate": 2, "log_every": 2, "checkpoint_every": 3}
    whole = settings("whole", **how)
    silently(whole)
    parted = settings("parted", **how)

    class Broken(MovingSquares):
        left = 3 * 4 + 1  # clips: three steps and a little

        def clip(self, index: int, seed: int) -> Clip:
            self.left -= 1
            if self.left < 0:
                raise KeyError("the power failed")
            return super().clip(index, seed)

    with pytest.raises(KeyError):
        silently(parted, source=Broken())
    assert [path.name for path in checkpoints(parted.out / "checkpoints")] == ["step-000000003.pt"]
    assert silently(parted, resume=True).step == 7
    assert losses(parted) == losses(whole)

    one, other = (load_checkpoint(checkpoints(c.out / "checkpoints")[-1]) for c in (whole, parted))
    for part in ("weights", "average"):
        for name, tensor in one[part].items():
            assert torch.equal(tensor, other[part][name]), name


class Signalling(MovingSquares):
    """Somebody presses Ctrl-C while the fifth clip is drawn."""

    drawn = 0

    def __init__(self, which: signal.Signals) -> None:
        super().__init__()
        self.which = which

    def clip(self, index: int, seed: int) -> Clip:
        self.drawn += 1
        if self.drawn == 5:
            os.kill(os.getpid(), self.which)
        return super().clip(index, seed)


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_stops(settings: Settings, which: signal.Signals) -> None:
    before = signal.getsignal(which)
    config = settings(steps=50)
    ended = silently(config, source=Signalling(which))
    assert ended == RunResult(step=3, finished=False, skipped=0)
    assert signal.getsignal(which) == before
    assert not (config.out / "seine.pt").exists()
    assert load_checkpoint(checkpoints(config.out / "checkpoints")[-1])["step"] == 3
    assert silently(config.model_copy(update={"steps": 5}), resume=True).finished


def test_it_runs_in_another_thread_too(settings: Settings) -> None:
    ended: list[RunResult] = []
    thread = threading.Thread(target=lambda: ended.append(silently(settings(steps=1))))
    thread.start()
    thread.join()
    assert ended[0].finished


def test_nan_stops_the_run_before_it_spoils_the_weights(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = settings(steps=9, checkpoint_every=1)
    bad = draw(torch.Size((4, FRAMES, 4, 4)), config.masks, 0.1, 0, 6).t  # of the fourth step

    def spoilt(*asked: Any) -> Losses:
        losses = losses_of(*asked)
        return losses._replace(
            noise=losses.noise * (torch.nan if bad in {d.t for d in asked[-1]} else 1)
        )

    monkeypatch.setattr(loop, "losses_of", spoilt)
    with pytest.raises(RenderFailed, match="step 4: the gradient is NaN or infinite; lower"):
        silently(config)
    newest = load_checkpoint(checkpoints(config.out / "checkpoints")[-1])
    assert newest["step"] == 3
    assert all(torch.isfinite(weight).all() for weight in newest["weights"].values())


@pytest.mark.parametrize(
    ("package", "changes"),
    [
        ("accelerate", {}),
        ("peft", {"start": {"weights": "sd14", "train": "lora"}}),
        ("torch.utils.tensorboard", {"tensorboard": True}),
    ],
)
def test_a_missing_package_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, package: str, changes: dict[str, Any]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BadInput, match=r"pip install -r requirements-train\.txt") as error:
        silently(settings(**changes))
    assert package.split(".")[-1] in str(error.value)


def test_only_the_newest_checkpoints_stay(settings: Settings) -> None:
    config = settings(steps=5, checkpoint_every=1, keep=2)
    silently(config)
    kept = checkpoints(config.out / "checkpoints")
    assert [path.name for path in kept] == ["step-000000004.pt", "step-000000005.pt"]
    assert len(list((config.out / "checkpoints").iterdir())) == 2


def test_a_run_is_not_overwritten_by_accident(settings: Settings) -> None:
    silently(settings(steps=1))
    with pytest.raises(BadInput, match="holds a run already; go on with it by --resume"):
        silently(settings(steps=1))


def test_a_checkpoint_of_no_use_is_one_line(settings: Settings) -> None:
    config = settings(steps=1)
    silently(config)
    other = UNET | {"block_out_channels": [32, 32]}
    with pytest.raises(BadInput, match="is of another network or trains other weights"):
        silently(settings(steps=2, start={"weights": "scratch", "unet": other}), resume=True)
    newest = checkpoints(config.out / "checkpoints")[-1]
    newest.write_bytes(newest.read_bytes()[:5000])
    with pytest.raises(BadInput, match="is no whole checkpoint") as error:
        silently(config, resume=True)
    assert "\n" not in str(error.value)


def test_the_finished_model_is_the_average_in_both_layouts(settings: Settings) -> None:
    config = settings(steps=3)
    silently(config)
    average = load_checkpoint(checkpoints(config.out / "checkpoints")[-1])["average"]
    stored = load_seine(config.out / "seine.pt").state_dict()
    pipeline = SeinePipeline.from_pretrained(config.out / "pipeline")
    for name, tensor in pipeline.unet.state_dict().items():
        assert torch.equal(tensor, stored[name])
        if f"unet.{name}" in average:
            assert torch.equal(tensor, average[f"unet.{name}"])
    clip = MovingSquares().clip(0, 0)
    made = pipeline.transition(clip.frames[0], clip.frames[-1], "the sea", FRAMES)
    assert made.frames.shape == (FRAMES, SIDE, SIDE, 3)


def test_a_running_model_can_be_written_too(settings: Settings) -> None:
    config = settings(steps=3)
    silently(config)
    (config.out / "seine.pt").rename(config.out / "before.pt")
    assert export_newest(config) == config.out / "pipeline"
    before, after = (
        load_seine(config.out / name).state_dict() for name in ("before.pt", "seine.pt")
    )
    assert all(torch.equal(before[name], after[name]) for name in before)
    with pytest.raises(BadInput, match="holds no checkpoint yet"):
        export_newest(settings("another"))


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_temporal_training_leaves_the_image_model_alone(settings: Settings) -> None:
    config = settings(start={"weights": "sd14", "train": "temporal"}, steps=2)
    before = load_models(config.start, 0).unet.state_dict()
    silently(config)
    after = load_seine(config.out / "seine.pt").state_dict()
    names = changed(before, after)
    assert names and all("conv_in" in n or any(part in n for part in TEMPORAL) for n in names)
    trained = load_checkpoint(checkpoints(config.out / "checkpoints")[-1])["weights"]
    assert names <= {name.removeprefix("unet.") for name in trained}


def test_lora_trains_little_and_is_merged_in_the_end(settings: Settings) -> None:
    start = {"weights": "sd14", "train": "lora", "lora_rank": 2}
    config = settings(start=start, steps=2, optimiser={"lr": 1e-2, "warmup": 0}, ema_decay=0)
    before = load_models(settings(start={"weights": "sd14"}).start, 0).unet.state_dict()
    silently(config)
    state = load_checkpoint(checkpoints(config.out / "checkpoints")[-1])["weights"]
    assert all(".lora_" in name for name in state)
    assert sum(tensor.numel() for tensor in state.values()) < 100_000
    after = load_seine(config.out / "seine.pt").state_dict()
    assert all(".to_" in name for name in changed(before, after))

    down, up = (
        state[
            f"unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_{x}.default.weight"
        ]
        for x in "AB"
    )
    name = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight"
    assert torch.allclose(after[name], before[name] + up @ down, atol=1e-6)
    assert not torch.equal(after[name], before[name])


def test_the_text_encoder_can_learn_too(settings: Settings) -> None:
    start = {"weights": "scratch", "unet": UNET, "train_text": True}
    config = settings(start=start, steps=2, ema_decay=0)
    before = load_models(config.start, 0).text_encoder.state_dict()
    silently(config)
    after = SeinePipeline.from_pretrained(config.out / "pipeline").text_encoder.state_dict()
    assert len(changed(before, after)) > len(before) / 2


def test_lavie_gets_the_mask_and_at_first_ignores_it(settings: Settings, tmp_path: Path) -> None:
    text_to_video = tiny_unet(in_channels=4)
    save_seine(text_to_video, tmp_path / "lavie_base.pt")
    start = {"weights": "lavie", "checkpoint": tmp_path / "lavie_base.pt"}
    sizes = {name: text_to_video.config[name] for name in ("block_out_channels", "norm_num_groups")}
    sizes |= {n: text_to_video.config[n] for n in ("attention_head_dim", "cross_attention_dim")}
    sizes |= {"layers_per_block": text_to_video.config["layers_per_block"]}
    unet = load_models(settings(start=start | {"unet": sizes}).start, 0).unet
    clip = torch.randn(1, 9, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    text = torch.zeros(1, 2, sizes["cross_attention_dim"])
    with torch.no_grad():
        assert torch.allclose(
            unet(clip, 5, text).sample, text_to_video(clip[:, :4], 5, text).sample, atol=1e-5
        )


def test_a_published_checkpoint_is_trained_on(settings: Settings, tmp_path: Path) -> None:
    published = tiny_unet()
    save_seine(published, tmp_path / "seine.pt")
    config = settings(start={"weights": "seine", "checkpoint": tmp_path / "seine.pt"}, steps=1)
    begun = load_models(config.start, 0).unet.state_dict()
    assert not changed(published.state_dict(), begun)
    assert silently(config).finished


def test_a_cache_and_gradient_checkpointing_change_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    how: dict[str, Any] = {"steps": 6, "gradient_checkpointing": False}
    plain = settings("plain", loading={"workers": 0, "variations": 1}, **how)
    silently(plain)
    loading = {"workers": 0, "variations": 1, "cache": tmp_path / "cache"}
    cached = settings("cached", loading=loading, **how)
    silently(cached)
    assert losses(cached) == losses(plain)
    assert len(list((tmp_path / "cache/latents").rglob("*.safetensors"))) == 8

    class Gone(MovingSquares):
        def clip(self, index: int, seed: int) -> Clip:
            raise AssertionError("the cache has it")

    recomputing = settings("again", loading=loading, **how | {"gradient_checkpointing": True})
    silently(recomputing, source=Gone())
    assert [float(x) for x in losses(recomputing)] == pytest.approx(
        [float(x) for x in losses(plain)], rel=1e-5
    )


def test_damaged_clips_are_counted_and_named(settings: Settings) -> None:
    class Damaged(MovingSquares):
        def clip(self, index: int, seed: int) -> Clip:
            if index % 4 == 1:
                raise BadInput(f"clip {index}: cannot be read")
            return super().clip(index, seed)

    config = settings(steps=8)
    said: list[str] = []
    ended = train(config, Damaged(), say=said.append)
    assert ended == RunResult(step=8, finished=True, skipped=2)
    assert (config.out / "skipped-0.txt").read_text().splitlines() == [
        line.removeprefix("skipped: ") for line in said if line.startswith("skipped")
    ]
    assert {line for line in said if line.startswith("skipped")} == {
        "skipped: clip 1: cannot be read",
        "skipped: clip 5: cannot be read",
    }


def test_held_out_clips_are_looked_at(settings: Settings) -> None:
    how: dict[str, Any] = {"steps": 4, "tensorboard": True}
    how["validation"] = {"every": 2, "clips": 2, "sampling_steps": 2, "guidance_scale": 1}
    config = settings(**how)
    silently(config, held_out=MovingSquares(3))
    rows = table(config, "validation.csv")
    assert [row["step"] for row in rows] == ["2", "4"]
    for row in rows:
        by_noise = [float(row[f"loss_noise_{quarter}"]) for quarter in range(4)]
        by_task = [float(row[f"loss_{task}"]) for task in ("transition", "first", "first_k")]
        assert sum(by_noise) / 4 == pytest.approx(sum(by_task) / 3, rel=1e-5)
        assert float(row["psnr_transition"]) > 5
    sheets = sorted(path.name for path in (config.out / "sheets").iterdir())
    assert sheets == ["step-000000002.png", "step-000000004.png"]
    assert list((config.out / "tensorboard").iterdir())

    blind = settings("blind", steps=4)
    silently(blind)
    assert losses(blind) == losses(config)  # looking changes nothing


def test_losses_are_told_apart_by_task_and_noise(settings: Settings) -> None:
    config = settings(steps=6, log_every=6, batch_size=4)
    silently(config)
    (row,) = table(config)
    assert all(row[f"loss_noise_{quarter}"] for quarter in range(4))
    assert row["loss_random"] and row["loss_transition"]
