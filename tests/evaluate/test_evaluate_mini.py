"""The small model's figures: right on clips whose answer is known, and the command from end to end
on weights that know nothing."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from typer.testing import CliRunner

from seine_core.cli import app
from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.engines.protocol import Task
from seine_core.evaluate import denoising, mini
from seine_core.evaluate.mean_flow import mean_flow
from seine_core.evaluate.mini import PROMPTED_MOVES, Bar, Subject, psnr
from seine_core.model.carried.unet import Denoised
from seine_core.painter import paint
from seine_core.pipeline.latents import encode_given
from seine_core.pipeline.request import Sampling


@pytest.mark.parametrize("move", PROMPTED_MOVES)
def test_painted_moves_are_seen_as_what_they_are(move):
    clips = [paint(seed, move=move, place=place).frames for seed, place in enumerate(mini.PLACES)]
    flows = [mean_flow(clip) for clip in clips]
    assert sum(flow.matches(move) for flow in flows) >= 4
    for other in PROMPTED_MOVES:
        if other != move:
            assert sum(flow.matches(other) for flow in flows) <= 1, other


def test_motion_by_hand():
    frame = paint(0, frames=2, place="city", move="still").frames[0]
    clip = np.stack([np.roll(frame, 2 * i, axis=1)[:, 20:-20] for i in range(4)])
    assert mean_flow(clip).right == pytest.approx(100 * 2 / 128, rel=0.1)
    assert abs(mean_flow(clip).down) < 0.1


def test_psnr_by_hand():
    black = np.zeros((2, 4, 4, 3), np.uint8)
    assert psnr(black, black) == 100
    assert psnr(black + 51, black) == pytest.approx(-20 * np.log10(0.2))


def test_a_bar_says_whether_it_is_reached():
    assert Bar(name="", value=2.0, wanted=2.0).reached
    assert not Bar(name="", value=2.0, wanted=1.8, at_most=True).reached
    assert Bar(name="", value=1.0).reached is None


@pytest.fixture(scope="module")
def subject(tiny_models: Path) -> Subject:
    from seine_core.engines.seine.engine import Seine
    from seine_core.engines.seine.mini import recipe
    from seine_core.pipeline.pipeline import SeinePipeline

    folder = tiny_models / "seine-mini"
    pipe = SeinePipeline.from_pretrained(folder).place("cpu", "float32")
    sampling = dict.fromkeys(get_args(Task), Sampling(num_inference_steps=1))
    engine = Seine(lambda: recipe(folder))
    return Subject(
        pipe=pipe, engine=engine, sampling=sampling, clips=1, stills=1, width=32, height=16
    )


def test_a_part_that_is_left_out_comes_back(subject: Subject):
    whole = mini.transition_psnr(subject)
    for part in (mini.without_mask, mini.without_time):
        assert mini.transition_psnr(subject, part(subject.pipe.unet)) != whole
        assert mini.transition_psnr(subject) == whole


def test_the_true_noise_leaves_no_error(subject: Subject, monkeypatch: pytest.MonkeyPatch):
    """In no task and at no level; half of it leaves half of the noise."""
    shot = paint(3, frames=6, width=32, height=16)
    latents: list[Any] = []
    asked: list[tuple[float, int]] = []

    def encoded(*args: Any, **options: Any) -> Any:
        latents[:] = [encode_given(*args, **options)]
        return latents[0]

    def network(unet: Any, sample: Any, t: int, *_: Any) -> Denoised:
        asked.append((float(sample[0, 4, :, 0, 0].sum()), t))
        level = alpha_bar()[t].float()
        true = (sample[:, :4].float() - level.sqrt() * latents[0][0]) / (1 - level).sqrt()
        return Denoised(share * true)

    monkeypatch.setattr(denoising, "encode_given", encoded)
    monkeypatch.setattr(denoising, "predict_noise", network)
    clips = [(shot.frames, shot.caption)]
    share = 1.0
    assert denoising.denoising_errors(subject.pipe, clips) < 1e-8
    assert sorted({hidden for hidden, _ in asked}) == [2, 4, 5, 6]
    assert {t for _, t in asked} == set(denoising.LEVELS) and len(asked) == 8
    share = 0.5
    levels = alpha_bar()[list(denoising.LEVELS)]
    noise = float(((1 - levels) / levels).mean())
    assert denoising.denoising_errors(subject.pipe, clips) == pytest.approx(noise / 4, rel=0.1)


def test_every_bar_is_measured(subject: Subject):
    bars = list(mini.evaluate(subject))
    assert len(bars) == 9 and all(np.isfinite(bar.value) for bar in bars)
    assert set(bars[0].detail) == {"model", "crossfade", "layers"}


def test_the_command(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("seine_core.evaluate.mini.evaluate", lambda subject, ablations: iter(BARS))
    monkeypatch.setattr("seine_core.evaluate.mini.seconds_a_clip", lambda subject: 1.0)
    weights, out = tiny_models / "seine-mini", tmp_path / "figures.json"
    done = CliRunner().invoke(app, ["evaluate", "mini", "--weights", str(weights), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert "missed" in done.stdout and "reached" in done.stdout
    assert [bar["reached"] for bar in json.loads(out.read_text())["bars"]] == [True, False]
    done = CliRunner().invoke(app, ["evaluate", "mini", "--weights", str(tmp_path)])
    assert done.exit_code == 2 and "model_index.json" in done.output


BARS = [Bar(name="one", value=3.0, wanted=2.0), Bar(name="two", value=1.0, wanted=2.0)]
