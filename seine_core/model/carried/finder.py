"""The flow between a clip's hidden frames and the given ones around them, and the given frames
warped along it.

Frames move as before a camera: they shift, grow and turn at a steady speed, so that what is learned
of frames close by holds for those farther away (`warp`). First, two given frames are matched under
a range of such speeds (`cost_volume`), unless the text says that they show two scenes; where it
tells of the camera's way to the second, a wipe crosses the view. Then the network refines from
coarse to fine, as networks for optical flow do (SpyNet, Ranjan and Black, arXiv 1611.00850): the
given frames are warped by the flow so far and shown to the next level, which mends what is still
off. Where only one frame is given there is nothing to match, and it begins with the speeds that the
text asks for, each of whose words may add to them.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import einsum, rearrange, repeat
from torch import Tensor, nn

from seine_core.model.blocks import ClipNorm, FrameConv
from seine_core.model.carried.cost_volume import (
    SHARPNESS,
    candidates,
    cost_volume,
    same_scene,
    soft_argmin,
)
from seine_core.model.carried.neighbours import Neighbours, neighbours_of
from seine_core.model.carried.warp import (
    FAR,
    SPEEDS,
    flow_over,
    frames_at,
    pixel_grid,
    resized,
    visible,
    warp,
)

_SURE = 12.0  # logits by which a frame on one side alone, or a given frame itself, is shown
_SPREAD = -1.5  # logarithm of the variance that the warped frames are thought to miss at first
_SPREADS = 5.0  # the most that it is changed by
_LOUD = 2.0  # a word's part in what the text asks for, times the number of tokens
_EDGE = 25.0  # logits over half the view by which a wipe's edge is sharp at first
_LEAST = 1e-3  # a shift that is as good as none
_BEYOND = 0.02  # what a frame still counts beyond its edges
# Speeds, those after less those before, blend weight, variance.
_FINDINGS = 2 * SPEEDS + 2


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of the flow before the network runs: by the given frames and the text."""

    given: Tensor  # [b f c h w] float32 latents, of which those are read that are given
    neighbours: Neighbours
    matches: Tensor  # [b f n h w]: the cost volume, its least costs and `speeds`, for the network
    speeds: Tensor  # [b f 4 h w], at which two given frames match; coarser where they are large
    trust: Tensor  # [b f 1 1 1], 0 to 1, in these
    asked_speeds: Tensor  # [b 1 4 1 1], of the text
    wipe: Tensor  # [b 1 1 1 1], 0 to 1: whether the text tells of one between two scenes


@dataclass(frozen=True, kw_only=True)
class Flow:
    """How a clip's frames lie in the given ones around them, and what that shows."""

    before: Tensor  # [b f h w 2] to the given frame before, right and down, in halves of the height
    after: Tensor  # [b f h w 2] to the one after
    weight: Tensor  # [b f 1 h w], 0 to 1: the blend weight of the frame after
    warped: tuple[Tensor, Tensor]  # [b f c h w] each: the given latents before and after
    frames: Tensor  # [b c f h w]: both, blended
    log_variance: Tensor  # [b 1 f h w]: how far the true frames may be from them
    neighbours: Neighbours
    speeds: Tensor  # [b f 4 h w], of which the flow is made
    findings: Tensor  # [b f n h w]: what the levels up to here found, added up


class FlowFinder(nn.Module):
    """The layers that find the flow, on the lowest level and behind each level of the way up, and
    those that show the network what was found. Their names are those of the weight files."""

    def __init__(
        self, latents: int, dims: list[int], context_dim: int, groups: int, eps: float
    ) -> None:
        """dims: channels of the network's input, and where the flow is looked for."""
        super().__init__()
        first, *inner = dims
        self.ask = nn.Linear(context_dim, SPEEDS, bias=False)
        self.ask_alike = nn.Linear(context_dim, 1, bias=False)
        self.ask_edge = nn.Linear(context_dim, 1)
        self.edge_sharpness = nn.Parameter(torch.tensor([_EDGE]).log())
        # Both given frames, their distances, the place; then the matches, and both first guesses.
        self.show_given = FrameConv(2 * latents + 6, first, 3, padding=1)
        self.show_guesses = FrameConv(len(candidates()) + 2 + 2 * SPEEDS, first, 3, padding=1)
        self.sharpness = nn.Parameter(torch.tensor([SHARPNESS]).log())
        self.norms = nn.ModuleList(ClipNorm(groups, dim, eps) for dim in inner)
        self.find = nn.ModuleList(FrameConv(dim, _FINDINGS, 3, padding=1) for dim in inner)
        # Both frames warped, their difference and blend.
        self.show = nn.ModuleList(FrameConv(4 * latents, dim, 3, padding=1) for dim in inner[:-1])
        for layer in (self.ask, self.ask_alike, self.ask_edge, *self.find, *self.show):
            for weight in layer.parameters():
                nn.init.zeros_(weight)
        nn.init.constant_(self.ask_edge.bias, -1.5)  # few texts do

    def evidence(self, given: Tensor, mask: Tensor, text: Tensor) -> Evidence:
        """given: [b c f h w] latents, of which those are read whose `mask` [b f] is 0; text: tokens
        [b n c]."""
        frames = rearrange(given.float(), "b c f h w -> b f c h w")
        neighbours = neighbours_of(mask)
        early, late = neighbours.pair()
        volume, least = cost_volume(frames, early, late)
        speeds = soft_argmin(volume, self.sharpness.float().exp())
        says_same = read_off(self.ask_alike, text)[:, None, :, None, None]  # [b 1 1 1 1]
        differ = (early != late)[..., None, None, None]
        matches = torch.cat([volume, least, speeds], dim=2)
        return Evidence(
            given=frames,
            neighbours=neighbours,
            matches=resized(matches, frames.shape[-2:]),
            speeds=speeds,
            trust=torch.sigmoid(same_scene(least) + says_same) * differ,
            asked_speeds=read_off(self.ask, text)[:, None, :, None, None],
            wipe=read_off(self.ask_edge, text)[:, None, :, None, None].sigmoid(),
        )

    def input_features(self, evidence: Evidence) -> Tensor:
        """[b f h w d], for the network's first layer."""
        frames = evidence.given
        b, f, _, h, w = frames.shape
        before, after = _of_both_sides(frames, evidence.neighbours)
        distances = repeat(evidence.neighbours.features(), "b f n -> b f n h w", h=h, w=w)
        places = repeat(pixel_grid(h, w, frames.device), "h w n -> b f n h w", b=b, f=f)
        seen = torch.cat([before, after, distances, places], dim=2)
        asked = evidence.asked_speeds.expand(b, f, -1, h, w)
        guesses = torch.cat([evidence.matches, asked], dim=2)
        return _features(self.show_given, seen) + _features(self.show_guesses, guesses)

    def refine(self, level: int, x: Tensor, evidence: Evidence, coarser: Flow | None) -> Flow:
        """The flow by the network's activations x [b f h w d] on some level, and by the flow that
        was found on the level before."""
        findings = self.find[level](self.norms[level](x)).float()
        findings = rearrange(findings, "b f h w n -> b f n h w")
        if coarser is not None:
            findings = findings + resized(coarser.findings, findings.shape[-2:])
        return self.flow(findings, evidence)

    def flow_features(self, level: int, flow: Flow) -> Tensor:
        """[b f h w d], for the network's next level."""
        before, after = flow.warped
        blend = rearrange(flow.frames, "b c f h w -> b f c h w")
        seen = torch.cat([before, after, before - after, blend], dim=2)
        return _features(self.show[level], seen)

    def flow(self, findings: Tensor, evidence: Evidence) -> Flow:
        """The flow that `findings` [b f n h w] make of the `evidence`."""
        neighbours = evidence.neighbours
        b, f, _, h, w = findings.shape
        given = F.adaptive_avg_pool2d(evidence.given.flatten(0, 1), (h, w)).unflatten(0, (b, f))
        both, apart, rest = findings.split((SPEEDS, SPEEDS, 2), dim=2)
        asked = evidence.asked_speeds
        both = both + asked + evidence.trust * (resized(evidence.speeds, (h, w)) - asked)
        grid = pixel_grid(h, w, findings.device)
        flows, warped = [], []
        for frames, speed, distance in zip(
            _of_both_sides(given, neighbours),
            (both - apart, both + apart),
            (-neighbours.since, neighbours.until),
            strict=True,
        ):
            flows.append(flow_over(speed, distance[..., None, None] / FAR, grid))
            warped.append(warp(frames, flows[-1], grid))
        fade = _fade(neighbours)[..., None, None, None]
        edge = self._wipe_edge(evidence, grid, fade)
        weight = torch.sigmoid(fade + evidence.wipe * (edge - fade) + rest[:, :, :1])
        # What has left the view, or has not come into it, is not shown by that side.
        seen = [visible(flow, grid) + _BEYOND for flow in flows]
        weight = weight * seen[1] / (weight * seen[1] + (1 - weight) * seen[0])
        is_given = neighbours.given[..., None, None, None]
        weight = weight * ~is_given  # a given frame stays as it is
        frames = warped[0] + (warped[1] - warped[0]) * weight
        spread = _SPREAD + _SPREADS * (rest[:, :, 1:] / _SPREADS).tanh()
        log_variance = spread.where(~is_given, -_SURE)
        return Flow(
            before=flows[0],
            after=flows[1],
            weight=weight,
            warped=(warped[0], warped[1]),
            frames=rearrange(frames, "b f c h w -> b c f h w"),
            log_variance=rearrange(log_variance, "b f n h w -> b n f h w"),
            neighbours=neighbours,
            speeds=both,
            findings=findings,
        )

    def _wipe_edge(self, evidence: Evidence, grid: Tensor, fade: Tensor) -> Tensor:
        """[b f 1 h w]: logits of the frame after behind an edge that goes evenly through the view,
        against the shift that the text asks for; `fade` [b f 1 1 1] where it asks for none."""
        neighbours = evidence.neighbours
        shift = evidence.asked_speeds[:, 0, :2, 0, 0].detach()
        length = shift.norm(dim=1, keepdim=True)
        at = einsum(-shift / length.clamp(min=_LEAST), grid, "b n, h w n -> b h w")
        at = at / at.abs().amax(dim=(1, 2), keepdim=True).clamp(min=_LEAST)  # -1 to 1
        gone = neighbours.since / (neighbours.since + neighbours.until).clamp(min=1)
        far = at[:, None] - (1 - 2 * gone[:, :, None, None])
        crosses = neighbours.has_before & neighbours.has_after & (length >= _LEAST)
        edge = self.edge_sharpness.float().exp() * far[:, :, None]
        return edge.where(crosses[:, :, None, None, None], fade)


def read_off(layer: nn.Linear, text: Tensor) -> Tensor:
    """[b n] speeds or other things that the tokens [b k c] of a text ask for, each adding to
    them."""
    return _LOUD * layer(text).float().mean(dim=1)


def _fade(neighbours: Neighbours) -> Tensor:
    """[b f]: logits of the frame after, as in a cross-fade."""
    fade = ((neighbours.since + 1e-3) / (neighbours.until + 1e-3)).log()
    fade = fade.where(neighbours.has_after, -_SURE)
    return fade.where(neighbours.has_before, _SURE)


def _of_both_sides(frames: Tensor, neighbours: Neighbours) -> list[Tensor]:
    """The given ones [b f c h w] before and after each frame; 0 where there is none."""
    sides = (
        (neighbours.before, neighbours.has_before),
        (neighbours.after, neighbours.has_after),
    )
    return [frames_at(frames, at) * has[..., None, None, None] for at, has in sides]


def _features(layer: nn.Module, seen: Tensor) -> Tensor:
    frames = rearrange(seen, "b f c h w -> b f h w c")
    return layer(frames.to(next(layer.parameters()).dtype))
