"""What is drawn for a clip, the loss, the average and the rate: against their definitions."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seine_core.model.carried.cost_volume import USUAL, speeds_in
from seine_core.model.carried.unet import Denoised
from seine_core.pipeline import masks
from seine_core.train.config import MaskProbabilities, Optimiser
from seine_core.train.draws import MASK_KINDS, Draw, draw, shifted
from seine_core.train.ema import MovingAverage
from seine_core.train.loop import learning_rate
from seine_core.train.objective import carried_loss, losses_of, speed_loss, variance_loss

SHAPE = torch.Size((1, 16, 1, 1))
COUNT = 4000


@pytest.fixture(scope="module")
def draws() -> list[Draw]:
    return [draw(SHAPE, MaskProbabilities(), 0.1, 7, number) for number in range(COUNT)]


def chi_squared(seen: list[int], expected: list[float]) -> float:
    return sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True))


# Bounds: the quantile of 0.999 for the degrees of freedom, which is one less than the classes.
def test_tasks_come_in_their_shares(draws: list[Draw]) -> None:
    seen = Counter(d.kind for d in draws)
    shares = MaskProbabilities()
    expected = [COUNT * getattr(shares, kind) for kind in MASK_KINDS]
    assert chi_squared([seen[kind] for kind in MASK_KINDS], expected) < 18.5  # 4 degrees


def test_random_masks_give_each_frame_with_its_chance(draws: list[Draw]) -> None:
    given = torch.stack([d.mask for d in draws if d.kind == "random"]) == 0
    count = len(given)
    by_frame = given.sum(dim=0).tolist()
    spread = count * 0.15 * 0.85
    assert sum((n - 0.15 * count) ** 2 / spread for n in by_frame) < 39.3  # 16 degrees

    binomial = torch.distributions.Binomial(16, torch.tensor(0.15))
    chances = binomial.log_prob(torch.arange(17.0)).exp()
    classes = torch.cat([chances[:6], chances[6:].sum()[None]])
    of_each = torch.bincount(given.sum(dim=1).clamp(max=6), minlength=7).tolist()
    assert chi_squared(of_each, (classes * count).tolist()) < 22.5  # 6 degrees


def test_the_other_masks_are_the_tasks(draws: list[Draw]) -> None:
    ks = Counter()
    for d in draws:
        given = (d.mask == 0).nonzero().flatten().tolist()
        match d.kind:
            case "transition":
                assert given == [0, 15]
            case "first":
                assert given == [0]
            case "first_k":
                assert given == list(range(len(given)))
                ks[len(given)] += 1
            case "hidden":
                assert given == []
    total = sum(ks.values())
    assert sorted(ks) == [2, 3, 4, 5, 6]
    assert chi_squared([ks[k] for k in range(2, 7)], [total / 5] * 5) < 18.5


def test_noise_levels_are_even_and_a_tenth_of_the_texts_is_dropped(draws: list[Draw]) -> None:
    tenths = Counter(d.t // 100 for d in draws)
    assert chi_squared([tenths[i] for i in range(10)], [COUNT / 10] * 10) < 27.9  # 9 degrees
    dropped = sum(not d.reads_text for d in draws)
    assert abs(dropped - 0.1 * COUNT) < 3.3 * (COUNT * 0.1 * 0.9) ** 0.5
    eps = torch.cat([d.eps.flatten() for d in draws])
    assert abs(float(eps.mean())) < 0.02 and abs(float(eps.std()) - 1) < 0.02


def test_a_shift_draws_the_noisy_steps_more_often() -> None:
    steps = [draw(SHAPE, MaskProbabilities(), 0.1, 7, n, shift=2.5).t for n in range(COUNT)]
    assert max(steps) == 999 and min(steps) < 50
    noisy = sum(t > 499 for t in steps)  # u beyond 2 / 7 comes after the middle
    assert abs(noisy - COUNT * 5 / 7) < 3.3 * (COUNT * 10 / 49) ** 0.5
    assert {shifted(t, 1.0) - t for t in range(1000)} == {0}
    assert all(t <= shifted(t, 100.0) <= 999 for t in range(1000))


def test_a_draw_depends_on_seed_and_number_alone() -> None:
    first, again = (draw(SHAPE, MaskProbabilities(), 0.1, 3, 5) for _ in range(2))
    assert torch.equal(first.eps, again.eps) and first.t == again.t
    others = [draw(SHAPE, MaskProbabilities(), 0.1, *which) for which in ((3, 6), (4, 5))]
    assert all(not torch.equal(first.eps, other.eps) for other in others)


@pytest.mark.parametrize("frames", [2, 3])
def test_short_clips_have_masks_too(frames: int) -> None:
    only_k = MaskProbabilities(random=0, transition=0, first=0, first_k=1, hidden=0)
    drawn = draw(torch.Size((1, frames, 1, 1)), only_k, 0.1, 0, 0)
    assert drawn.mask.tolist() == [0.0] * (frames - 1) + [1.0]


class Spy(nn.Module):
    """A network that returns a given noise and keeps what it was asked."""

    def __init__(self, answer: Tensor) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, sample: Tensor, t: Tensor, text: Tensor) -> Denoised:
        self.sample, self.t = sample, t
        return Denoised(self.answer)


def example(frames: int = 5) -> tuple[Tensor, Tensor, list[Draw]]:
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(2, 4, frames, 3, 2, generator=generator)
    grey = torch.randn(4, 3, 2, generator=generator)
    return latents, grey, [draw(latents.shape[1:], MaskProbabilities(), 0.1, 1, n) for n in (0, 1)]


def test_the_loss_is_zero_for_the_true_noise_and_its_square_for_none() -> None:
    latents, grey, draws = example()
    true = torch.stack([d.eps for d in draws])
    text = torch.zeros(2, 1, 1)
    assert losses_of(Spy(true), latents, grey, text, draws).noise.tolist() == [0.0, 0.0]
    none = losses_of(Spy(torch.zeros_like(true)), latents, grey, text, draws).noise
    assert torch.allclose(none, true.square().mean(dim=(1, 2, 3, 4)))


def test_all_frames_count_given_ones_too() -> None:
    latents, grey, draws = example()
    true = torch.stack([d.eps for d in draws])
    for frame in range(latents.shape[2]):
        wrong = true.clone()
        wrong[:, :, frame] += 1
        losses = losses_of(Spy(wrong), latents, grey, torch.zeros(2, 1, 1), draws).noise
        assert torch.allclose(losses, torch.full((2,), 1 / latents.shape[2]))


def test_carried_frames_count_where_they_were_hidden() -> None:
    """By hand: a difference of 1 in half of the hidden frames, at each of two sizes."""
    latents = torch.randn(1, 4, 5, 4, 4)
    mask = masks.transition(5)[None]
    wrong = latents.clone()
    wrong[:, :, 0] += 5  # given
    assert float(carried_loss([wrong], latents, mask)) == 0
    wrong[:, :, 1] += 1
    coarse = torch.nn.functional.avg_pool3d(wrong, (1, 2, 2))
    one = (1 + 0.03**2) ** 0.5 - 0.03
    assert float(carried_loss([coarse, wrong], latents, mask)) == pytest.approx(2 * one / 3)
    assert carried_loss([], latents, mask).tolist() == [0.0]


def test_speeds_count_where_frames_are_hidden() -> None:
    latents = torch.randn(2, 4, 5, 8, 14)
    mask = torch.stack([masks.transition(5), torch.zeros(5)])
    true = speeds_in(latents)
    assert speed_loss([true], latents, mask).abs().max() < 1e-6
    wrong = true.clone()
    wrong[:, 0] += 5  # given
    wrong[:, 2, 1] += USUAL[1]
    coarse = torch.nn.functional.avg_pool3d(wrong, (1, 2, 2))
    found = speed_loss([wrong, coarse], latents, mask)
    assert found.tolist() == pytest.approx([2 * 0.5 / 4 / 3, 0.0], abs=1e-5)
    assert speed_loss([], latents, mask).tolist() == [0.0, 0.0]


def test_the_variance_is_what_carried_frames_miss() -> None:
    """Least at the mean square of what they miss; given frames and the way there do not count."""
    latents, mask = torch.zeros(1, 4, 5, 4, 4), masks.transition(5)[None]
    frames = torch.full_like(latents, 0.5).requires_grad_()
    spread = torch.zeros(1, 1, 5, 4, 4).requires_grad_()
    found: Any = SimpleNamespace(frames=frames, log_variance=spread)
    loss = variance_loss([found], latents, mask)
    assert float(loss.detach()) == pytest.approx(0.25 / 2)  # by hand, at a variance of 1
    loss.backward()
    assert frames.grad is None
    assert float(spread.grad[:, :, 1:-1].mean()) > 0 and spread.grad[:, :, [0, -1]].abs().max() == 0

    true = torch.full_like(spread, 0.25).log().requires_grad_()
    variance_loss([SimpleNamespace(frames=frames, log_variance=true)], latents, mask).backward()
    assert true.grad.abs().max() < 1e-6
    assert variance_loss([], latents, mask).tolist() == [0.0]


def test_what_the_network_sees_of_hidden_frames_is_grey() -> None:
    latents, grey, draws = example()
    spy = Spy(torch.zeros_like(latents))
    losses_of(spy, latents, grey, torch.zeros(2, 1, 1), draws)
    for row, d in enumerate(draws):
        assert torch.equal(spy.sample[row, 4, :, 0, 0], d.mask)
        for frame, hidden in enumerate(d.mask.tolist()):
            known = spy.sample[row, 5:, frame]
            assert torch.equal(known, grey if hidden else latents[row, :, frame])
    assert spy.t.tolist() == [d.t for d in draws]


def test_that_is_what_hiding_the_pixels_before_the_vae_gives(tmp_path: Any) -> None:
    from contextlib import nullcontext

    from moving_squares import MovingSquares, tiny_run
    from seine_core.pipeline.generate import Models
    from seine_core.pipeline.latents import to_pixels
    from seine_core.train.encoding import Encoder
    from tiny_models import tiny_text_encoder, tiny_tokenizer, tiny_vae

    models = Models(
        unet=None,  # type: ignore[arg-type]  # not looked at
        vae=tiny_vae(),
        text_encoder=tiny_text_encoder(),
        tokenizer=tiny_tokenizer(tmp_path),
    )
    encoder = Encoder(models, tiny_run(tmp_path), torch.device("cpu"), nullcontext)
    frames = MovingSquares().clip(0, 0).frames
    mask = masks.transition(len(frames))
    latents = encoder.clip(torch.from_numpy(frames))
    known = torch.where(mask[:, None, None] == 0, latents, encoder.grey[:, None])

    hidden = masks.hide(to_pixels(list(frames)), mask)
    with torch.no_grad():
        expected = models.vae.encode(hidden).latent_dist.mode() * models.vae.config.scaling_factor
    # A grey frame has no variance, so that the VAE's norms make much of the order of sums.
    assert torch.allclose(known, expected.transpose(0, 1), atol=1e-3)
    assert expected.abs().mean() > 0.02


def test_the_average_by_hand() -> None:
    weight = nn.Parameter(torch.tensor([1.0]))
    average = MovingAverage({"w": weight}, decay=0.5)
    expected = 1.0
    for step, value in enumerate([2.0, 4.0, -3.0, 7.0], 1):
        weight.data.fill_(value)
        average.update(step)
        decay = min(0.5, step / (step + 9))
        expected = decay * expected + (1 - decay) * value
        assert average.average["w"].item() == pytest.approx(expected)
    with average.in_place():
        assert weight.item() == pytest.approx(expected)
        assert average.average["w"].item() == 7.0
    assert weight.item() == 7.0
    assert average.average["w"].item() == pytest.approx(expected)


def test_the_rate_rises_then_stays_or_falls() -> None:
    steady = Optimiser(lr=1.0, warmup=4)
    assert [learning_rate(steady, s, 12) for s in (0, 1, 3, 4, 11)] == [0.25, 0.5, 1, 1, 1]
    falling = Optimiser(lr=1.0, warmup=4, decay="cosine")
    rates = [learning_rate(falling, s, 12) for s in (3, 4, 8, 12)]
    assert rates == pytest.approx([1.0, 1.0, 0.5, 0.0], abs=1e-6)
    assert learning_rate(Optimiser(lr=0.3, warmup=0), 0, 12) == 0.3
