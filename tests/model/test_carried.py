"""The given frames, carried: exact where the flow is known, nothing new where none is given."""

import copy
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.model.carried.cost_volume import candidates, cost_volume, same_scene, speeds_in
from seine_core.model.carried.finder import Flow
from seine_core.model.carried.neighbours import neighbours_of
from seine_core.model.carried.unet import CarriedUNet, Denoised, predict_noise
from seine_core.model.carried.warp import FAR
from seine_core.model.config import UNetConfig
from seine_core.painter import paint
from seine_core.pipeline import masks

CONFIG = UNetConfig(
    sample_size=8,
    block_out_channels=(64, 64),
    attention_head_dim=2,
    layers_per_block=1,
    norm_num_groups=16,
    cross_attention_dim=16,
    carries_given=True,
)
LEVELS = alpha_bar().float()


@pytest.fixture(scope="module")
def unet() -> CarriedUNet:
    torch.manual_seed(0)
    return CarriedUNet(CONFIG).eval()


def asked(x_t: Tensor, known: Tensor, mask: Tensor) -> Tensor:
    return torch.cat([x_t, masks.over_latents(mask, *known.shape[-2:]), known], dim=1)


def predict(unet: CarriedUNet, sample: Tensor, t: Any, text: Tensor) -> Denoised:
    return predict_noise(unet, sample, t, text, LEVELS)


@torch.no_grad()
def moved_by(unet: CarriedUNet, known: Tensor, mask: Tensor, speeds: list[float]) -> Flow:
    """The flow when the network finds one speed everywhere, before and after."""
    b, f, (h, w) = len(known), known.shape[2], known.shape[-2:]
    evidence = unet.motion.evidence(known, mask, torch.zeros(b, 1, 16))
    evidence = replace(evidence, speeds=torch.zeros(b, f, 4, h, w), trust=torch.zeros(()))
    findings = torch.zeros(b, f, 10, h, w)
    findings[:, :, :4] = torch.tensor(speeds)[:, None, None]
    return unet.motion.flow(findings, evidence)


def test_the_given_frames_around_each() -> None:
    mask = torch.tensor([[1, 0, 1, 1, 0, 1], [1, 1, 1, 1, 1, 1]]).float()
    around = neighbours_of(mask)
    assert around.before[0].tolist() == [0, 1, 1, 1, 4, 4]
    assert around.after[0].tolist() == [1, 1, 4, 4, 4, 0]
    assert around.since[0].tolist() == [0, 0, 1, 2, 0, 1]
    assert around.until[0].tolist() == [1, 0, 2, 1, 0, 0]
    assert around.has_before.tolist() == [[False] + [True] * 5, [False] * 6]
    assert around.has_after.tolist() == [[True] * 5 + [False], [False] * 6]
    assert around.given.tolist() == [[False, True, False, False, True, False], [False] * 6]


def test_it_begins_as_a_cross_fade(unet: CarriedUNet) -> None:
    known, mask = torch.randn(1, 4, 9, 8, 8), masks.transition(9)[None]
    flow = moved_by(unet, known, mask, [0, 0, 0, 0])
    t = torch.linspace(0, 1, 9)[:, None, None]
    faded = torch.lerp(known[:, :, :1], known[:, :, -1:], t)
    torch.testing.assert_close(flow.frames, faded, atol=1e-3, rtol=1e-3)


def test_a_steady_shift_moves_each_frame_by_its_distance(unet: CarriedUNet) -> None:
    """A ramp is moved exactly, by parts of a cell too, from both sides to the same."""
    ramp = torch.linspace(0, 1, 17)[None].expand(8, -1)  # right by x
    step = ramp[0, 1]
    known = torch.stack([ramp - i * step / 4 for i in range(5)])[None, None].expand(
        1, 4, -1, -1, -1
    )
    mask = masks.transition(5)[None]
    cell = 2 / 8  # of the height's halves
    flow = moved_by(unet, known.contiguous(), mask, [FAR * cell / 4, 0, 0, 0])
    inside = (slice(None), slice(None), slice(None), slice(None), slice(1, -1))
    torch.testing.assert_close(flow.frames[inside], known[inside], atol=1e-4, rtol=1e-4)
    assert torch.allclose(flow.before[0, 3, ..., 0], torch.tensor(-3 * cell / 4))
    assert torch.allclose(flow.after[0, 3, ..., 0], torch.tensor(cell / 4))


def test_what_has_left_the_view_is_not_shown(unet: CarriedUNet) -> None:
    """Two scenes side by side, and a camera that goes from the first to the second: one leaves as
    the other comes."""
    known = torch.zeros(1, 4, 5, 8, 16)
    known[:, :, 4] = 1
    mask = masks.transition(5)[None]
    made = moved_by(unet, known, mask, [-4.0 * FAR / 4, 0, 0, 0]).frames[0, 0]  # a view in all
    assert made[2, :, :7].max() < 0.05 and made[2, :, 9:].min() > 0.95
    assert made[1, :, :11].max() < 0.1 and made[3, :, 5:].min() > 0.9


@pytest.mark.parametrize(("way", "flipped"), [(0, False), (0, True), (1, False), (1, True)])
def test_an_edge_crosses_the_view_where_the_text_tells_of_one(way: int, flipped: bool) -> None:
    """It comes from where the camera goes to, and is where the time is."""
    model = CarriedUNet(CONFIG).eval()
    finder = model.motion
    torch.nn.init.constant_(finder.ask.weight[way], 0.001 if flipped else -0.001)
    torch.nn.init.constant_(finder.ask_edge.weight, 1.0)
    known = torch.zeros(1, 4, 5, 16, 16)
    known[:, :, 4] = 1
    text = torch.ones(1, 1, CONFIG.cross_attention_dim)
    with torch.no_grad():
        evidence = finder.evidence(known, masks.transition(5)[None], text)
        made = finder.flow(torch.zeros(1, 5, 10, 16, 16), evidence).weight[0, :, 0]
    made = made if way == 0 else made.transpose(1, 2)
    made = made.flip(2) if flipped else made
    for i in (1, 2, 3):
        edge = 16 - 4 * i
        assert made[i, :, : edge - 2].max() < 0.05 and made[i, :, edge + 2 :].min() > 0.95


def test_growth_and_turn_leave_the_middle_where_it_is(unet: CarriedUNet) -> None:
    known, mask = torch.randn(1, 4, 3, 9, 9), masks.animation(3)[None]
    corner = 2**0.5 * 8 / 9
    for speeds, far in (
        ([0, 0, 2.0, 0], 1 - math.exp(-0.25)),
        ([0, 0, 0, 2.0], 2 * math.sin(1 / 8)),
    ):
        way = moved_by(unet, known, mask, speeds).before[0, 2]  # an eighth of a unit of time
        assert way[4, 4].abs().max() < 1e-6
        assert way[0, 0].norm() == pytest.approx(corner * far, rel=1e-5)


@pytest.mark.parametrize("mask", [masks.transition(5), masks.prediction(5, 3)])
def test_given_frames_agree_best_at_the_speed_they_move_at(
    mask: Tensor,
) -> None:
    speed = candidates()[5]
    picture = torch.nn.functional.interpolate(torch.randn(1, 4, 8, 8), size=(8, 28), mode="bicubic")
    cells = speed[0] / FAR * 8 / 2  # a frame
    known = torch.stack(
        [
            torch.nn.functional.grid_sample(
                picture,
                torch.nn.functional.affine_grid(
                    torch.tensor([[[0.5, 0, -2 * i * cells / 28], [0, 1, 0]]]),
                    [1, 4, 8, 14],
                    align_corners=False,
                ),
                align_corners=False,
            )[0]
            for i in range(5)
        ]
    )[None]
    scores, least = cost_volume(known, *neighbours_of(mask[None]).pair())
    scores, least = (x[0, :, :, 2:-2, 4:-4] for x in (scores, least))
    assert scores.mean((-2, -1)).argmax(dim=1).tolist() == [5] * 5
    assert same_scene(least[None]).min() > 2


def test_far_beyond_the_given_frames_they_still_agree_at_rest() -> None:
    """Moved out of the view, two frames show their edges alone, which agree at any speed."""
    edge = torch.nn.functional.pad(torch.randn(1, 4, 6, 12), (1, 1, 1, 1))
    still = (edge + 0.02 * torch.randn(5 * 3, 4, 8, 14)).unflatten(0, (1, 15))
    scores, _ = cost_volume(still, *neighbours_of(masks.prediction(15, 3)[None]).pair())
    assert scores[0, 14].mean((-2, -1)).argmax() == 0


def test_two_scenes_do_not_agree() -> None:
    known = torch.randn(1, 5, 4, 8, 14)
    least = cost_volume(known, *neighbours_of(masks.transition(5)[None]).pair())[1]
    assert same_scene(least).max() < -1.4


@pytest.mark.parametrize(
    ("move", "kind"), [("pan-left", 0), ("tilt-up", 1), ("zoom-in", 2), ("roll-left", 3)]
)
def test_the_speeds_of_a_whole_clip_are_its_cameras(move: Any, kind: int) -> None:
    clip = paint(11, width=112, height=64, place="landscape", move=move).frames
    frames = torch.from_numpy(clip).float() / 64 - 2
    latents = torch.nn.functional.avg_pool2d(frames.permute(0, 3, 1, 2), 8).transpose(0, 1)[None]
    speeds = speeds_in(latents)[0, 8].mean(dim=(1, 2))
    assert speeds.argmax() == speeds.abs().argmax() == kind and speeds[kind] > 0.1


@torch.no_grad()
def test_from_one_picture_the_text_says_how_to_move() -> None:
    """Its words add up; where two frames are given, they say more."""
    model = CarriedUNet(CONFIG).eval()
    model.motion.ask.weight[0, 0] = 1.0
    text = torch.zeros(2, 5, 16)
    text[1, 2:4, 0] = 1.0
    known = torch.randn(1, 4, 1, 8, 8).expand(2, -1, 3, -1, -1)
    for mask, moves in ((masks.animation(3), True), (masks.transition(3), False)):
        out = model(asked(torch.randn_like(known), known, mask[None].expand(2, -1)), 500, text)
        right = out.flow[-1].before[:, 1, ..., 0].mean(dim=(1, 2)) * FAR
        assert float(right[0] - right[1]) == pytest.approx(0.8 if moves else 0.0, abs=0.02)


@torch.no_grad()
def test_given_frames_are_known_exactly_at_any_noise(unet: CarriedUNet) -> None:
    torch.manual_seed(1)
    x_0, eps = torch.randn(2, 4, 4, 8, 8), torch.randn(2, 4, 4, 8, 8)
    mask = masks.keyframes(4, [1, 3])[None].expand(2, -1)
    t = torch.tensor([100, 900])
    level = alpha_bar()[t].float().view(-1, 1, 1, 1, 1)
    x_t = level.sqrt() * x_0 + (1 - level).sqrt() * eps
    known = torch.where(mask[:, None, :, None, None] == 0, x_0, 0.3)
    found = predict(unet, asked(x_t, known, mask), t, torch.randn(2, 5, 16)).eps
    differ = (found - eps).square().mean(dim=(1, 3, 4))
    assert differ[:, [1, 3]].max() < 1e-4 < differ[:, [0, 2]].min()


class Copied(TorchFunctionMode):
    """Notes what is copied from the computer's memory to another device, which is waited for."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        made = func in (torch.tensor, torch.as_tensor, Tensor.new_tensor)
        moved = func is Tensor.to and args[0].device != out.device
        if (made or moved) and out.device.type == "meta":
            self.found.append(func.__name__)
        return out


@pytest.mark.parametrize("learning", [False, True])
def test_no_device_is_waited_for(
    unet: CarriedUNet, learning: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the meta device, which holds no numbers: reading one fails, and copies to it are noted.
    The first call may copy what is kept."""

    def sampled(image: Tensor, grid: Tensor, **_: Any) -> Tensor:
        return image.new_empty(*image.shape[:2], *grid.shape[1:3])

    # What torch has for this device takes a thousand small steps.
    monkeypatch.setattr(F, "grid_sample", sampled)
    on_meta = copy.deepcopy(unet).to("meta")
    levels, text = LEVELS.to("meta"), torch.empty(2, 5, 16, device="meta")
    sample = torch.empty(2, 9, 2, 8, 8, device="meta")  # every pair of frames is looked at
    with torch.set_grad_enabled(learning):
        predict_noise(on_meta, sample, 500, text, levels)
        for t in (500, torch.empty(2, dtype=torch.int64, device="meta")):
            with Copied() as copied:
                predict_noise(on_meta, sample, t, text, levels)
            assert copied.found == []


@pytest.mark.gpu
def test_no_gpu_is_waited_for(unet: CarriedUNet) -> None:
    model = copy.deepcopy(unet).to("cuda")
    levels, text = LEVELS.cuda(), torch.randn(2, 5, 16, device="cuda")
    sample = torch.randn(2, 9, 4, 8, 8, device="cuda")
    with torch.no_grad():
        predict_noise(model, sample, 500, text, levels)
        torch.cuda.set_sync_debug_mode("error")
        try:
            predict_noise(model, sample, 500, text, levels)
        finally:
            torch.cuda.set_sync_debug_mode("default")


@torch.no_grad()
def test_without_given_frames_nothing_is_carried(unet: CarriedUNet) -> None:
    sample = asked(torch.randn(1, 4, 3, 8, 8), torch.full((1, 4, 3, 8, 8), 0.3), torch.ones(1, 3))
    out = predict(unet, sample, 500, torch.randn(1, 5, 16))
    assert out.flow[-1].frames.abs().max() == 0
    assert out.eps.isfinite().all()


def test_every_layer_learns(unet: CarriedUNet) -> None:
    """After one step from its zeros, the motion depends on everything that it is found with."""
    torch.manual_seed(2)
    model = CarriedUNet(CONFIG)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    sample = asked(
        torch.randn(1, 4, 4, 8, 8), torch.randn(1, 4, 4, 8, 8), masks.transition(4)[None]
    )
    for _ in range(3):
        optimiser.zero_grad()
        out = predict(model, sample, 500, torch.randn(1, 5, 16))
        loss = out.eps.square().mean() + sum(m.frames.square().mean() for m in out.flow)
        loss.backward()
        optimiser.step()
    for name, weight in model.motion.named_parameters():
        assert weight.grad is not None and weight.grad.abs().max() > 0, name


@torch.no_grad()
def test_two_clips_do_not_mix(unet: CarriedUNet) -> None:
    torch.manual_seed(3)
    mask = torch.stack([masks.transition(4), masks.prediction(4, 2)])
    sample = asked(torch.randn(2, 4, 4, 8, 8), torch.randn(2, 4, 4, 8, 8), mask)
    text = torch.randn(2, 5, 16)
    both = predict(unet, sample, 500, text).eps
    singles = [predict(unet, sample[i : i + 1], 500, text[i : i + 1]).eps for i in range(2)]
    alone = torch.cat(singles)
    torch.testing.assert_close(both, alone, atol=1e-4, rtol=1e-4)


def test_the_text_may_say_that_frames_do_not_show_one_scene() -> None:
    """Both given frames are alike, so that comparing them would say that nothing moves."""
    unet = CarriedUNet(CONFIG).eval()
    known = torch.randn(1, 4, 1, 8, 8).expand(-1, -1, 16, -1, -1)
    mask = masks.transition(16)[None]
    words = torch.ones(1, 1, CONFIG.cross_attention_dim)
    for says, trusts in ((0.0, True), (-2.0, False)):
        torch.nn.init.constant_(unet.motion.ask_alike.weight, says)
        middle = float(unet.motion.evidence(known, mask, words).trust[0, 8].detach())
        assert middle > 0.9 if trusts else middle < 0.1
