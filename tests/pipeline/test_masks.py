"""Masks: 1 = generate, 0 = given; equal to the published implementation's."""

import pytest
import torch

from seine_core.pipeline import masks
from small_unet import reference


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("first1", masks.animation(16)),
        ("first3", masks.prediction(16, 3)),
        ("onelast1", masks.transition(16)),
        ("onelast2", masks.transition(16, 2)),
        ("all", masks.all_hidden(16)),
    ],
)
def test_masks_equal_the_published_ones(name: str, mask: torch.Tensor) -> None:
    published = reference()[f"mask.{name}"]  # [b f c h w]
    ours = masks.over_latents(mask[None], 2, 2)  # [b c f h w]
    assert torch.equal(ours.transpose(1, 2), published)


def test_any_frames_can_be_given() -> None:
    assert masks.keyframes(6, {1, 4}).tolist() == [1, 0, 1, 1, 0, 1]
    assert masks.keyframes(3, []).tolist() == masks.all_hidden(3).tolist()
    with pytest.raises(ValueError, match="received 6, allowed 0 to 5"):
        masks.keyframes(6, [6])
    with pytest.raises(ValueError, match="received -1"):
        masks.keyframes(6, [-1])


def test_a_transition_so_short_that_all_is_given() -> None:
    assert masks.transition(2).tolist() == [0, 0]


def test_the_random_mask_shows_as_many_frames_as_in_training() -> None:
    many = torch.stack(
        [masks.random_mask(16, torch.Generator().manual_seed(seed)) for seed in range(2000)]
    )
    assert set(many.unique().tolist()) == {0.0, 1.0}
    # 32,000 draws: a standard deviation is 0.002
    assert (many == 0).float().mean().item() == pytest.approx(0.15, abs=0.008)
    per_frame = (many == 0).float().mean(dim=0)  # no frame is preferred
    assert per_frame.min() > 0.11
    assert per_frame.max() < 0.19


def test_the_random_mask_depends_on_its_generator_alone() -> None:
    torch.manual_seed(1)
    a = masks.random_mask(16, torch.Generator().manual_seed(0))
    torch.manual_seed(2)
    b = masks.random_mask(16, torch.Generator().manual_seed(0))
    assert torch.equal(a, b)


def test_hidden_frames_are_grey_whatever_they_hold() -> None:
    mask = masks.keyframes(3, [1])
    pixels = torch.rand(3, 3, 4, 4) * 2 - 1
    hidden = masks.hide(pixels, mask)
    assert torch.equal(hidden[1], pixels[1])
    assert hidden[0].abs().max() == hidden[2].abs().max() == 0
    pixels[0] = float("nan")
    assert torch.equal(masks.hide(pixels, mask), hidden)
