"""The given frames carried along the motion that the network finds: an option of the video UNet.

What a hidden frame shows is mostly what the given frames around it show, elsewhere. A UNet has to
learn that for every shape anew; here it only says how each place moves, and where the result can
be trusted. Moving pictures instead of drawing them anew is how latent flow diffusion (Ni et al.,
arXiv 2303.13744) animates.

A place moves as it would before a camera: it shifts, grows and turns at a steady speed, so that
what is learned of frames close by holds for those farther away (`model.ways`). First, two given
frames are compared under a range of such speeds (`model.comparing`), unless the text says that they
show two scenes; where it tells of the camera's way to the second, an edge crosses the view. Then
the network looks from coarse to fine, as networks for optical flow do (SpyNet, Ranjan and Black,
arXiv 1611.00850): the given frames are moved by what was found so far, and shown to the next level,
which mends what is still off. Where only one frame is given there is nothing to compare, and it
begins with the speeds that the text asks for, each of whose words may add to them.

Departure: the published network has none of this; it is there in models made with `carries_given`.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from einops import einsum, rearrange, repeat
from torch import Tensor, nn

from seine_core.model.blocks import ClipNorm, FrameConv
from seine_core.model.carried.cost_volume import SHARP, agreed, alike, candidates, compared
from seine_core.model.carried.sweep import (
    FAR,
    SPEEDS,
    in_view,
    resized,
    sampled,
    taken,
    view_places,
    way_over,
)
from seine_core.noise_levels import alpha_bar

_GIVEN = 0.5  # a mask below it
_SURE = 12.0  # logits by which a frame on one side alone, or a given frame itself, is shown
_SPREAD = -1.5  # logarithm of the variance that the carried frames are thought to miss at first
_SPREADS = 5.0  # the most that it is changed by
_LOUD = 2.0  # a word's part in what the text asks for, times the number of tokens
_EDGE = 25.0  # logits over half the view by which an edge is sharp at first
_LEAST = 1e-3  # a shift that is as good as none
_BEYOND = 0.02  # what a frame still counts beyond its edges
_FINDINGS = 2 * SPEEDS + 2  # speeds, those after less those before, whose part it is, how sure


@dataclass(frozen=True, kw_only=True)
class Around:
    """Which given frames are around each frame of a clip. `before` is itself where it is given."""

    before: Tensor  # [b f] the last given frame up to here
    after: Tensor  # [b f] the first from here on
    since: Tensor  # [b f] frames from the one before, 0 where there is none
    until: Tensor  # [b f] frames to the one after
    has_before: Tensor  # [b f] whether there is one
    has_after: Tensor
    first: Tensor  # [b f] the first given frame of the clip
    last: Tensor

    @property
    def given(self) -> Tensor:
        """[b f]: whether the frame itself is."""
        return (self.before == self.after) & self.has_before & self.has_after

    def compared(self) -> tuple[Tensor, Tensor]:
        """Two [b f] given frames to tell the motion by: those around; where there are none on one
        side, or the frame itself is given, those that are farthest apart."""
        between = self.has_before & self.has_after & ~self.given
        early = self.before.where(between, self.first.where(self.has_before, self.after))
        late = self.after.where(
            between, self.before.where(self.has_before & ~self.given, self.last)
        )
        return early, late

    def told(self) -> Tensor:
        """[b f 4]: the ways and whether they exist, for the network."""
        ways = (self.since / FAR, self.until / FAR, self.has_before, self.has_after)
        return torch.stack([way.float() for way in ways], dim=-1)


def given_around(mask: Tensor) -> Around:
    """mask: [b f], 0 where given."""
    given = mask < _GIVEN
    frames = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
    before = frames.where(given, -1).cummax(dim=1).values
    last = mask.shape[1]
    after = frames.where(given, last).flip(1).cummin(dim=1).values.flip(1)
    has_before, has_after = before >= 0, after < last
    before, after = before.where(has_before, 0), after.where(has_after, 0)
    return Around(
        before=before,
        after=after,
        since=(frames - before).where(has_before, 0),
        until=(after - frames).where(has_after, 0),
        has_before=has_before,
        has_after=has_after,
        first=after[:, :1].expand_as(after),
        last=before[:, -1:].expand_as(before),
    )


@dataclass(frozen=True, kw_only=True)
class Motion:
    """How a clip's frames lie in the given ones, and what that shows.

    Ways are [b f h w 2], right and down in halves of the view's height. `share` [b f 1 h w] is the
    part of the frame after, 0 to 1. `frames` [b c f h w] are the given latents moved and mixed,
    `log_variance` [b 1 f h w] how far the true ones may be from them. `around` says which frames
    are meant. `speeds` [b f 4 h w] are what the ways come of.
    """

    before: Tensor
    after: Tensor
    share: Tensor
    frames: Tensor
    log_variance: Tensor
    around: Around
    speeds: Tensor


class MotionFinder(nn.Module):
    """The layers that look for the motion, one on the lowest level and one behind each level of the
    way up, and those that show the network what was found."""

    def __init__(
        self, latents: int, dims: list[int], context_dim: int, groups: int, eps: float
    ) -> None:
        """dims: channels of the network's input, and where the motion is looked for."""
        super().__init__()
        first, *inner = dims
        self.ask = nn.Linear(context_dim, SPEEDS, bias=False)
        self.ask_alike = nn.Linear(context_dim, 1, bias=False)
        self.ask_edge = nn.Linear(context_dim, 1)
        self.edge_sharpness = nn.Parameter(torch.tensor([_EDGE]).log())
        # Both given frames, the ways to them, the place; then the scores, and both first guesses.
        self.show_given = FrameConv(2 * latents + 6, first, 3, padding=1)
        self.show_guesses = FrameConv(len(candidates()) + 2 + 2 * SPEEDS, first, 3, padding=1)
        self.sharpness = nn.Parameter(torch.tensor([SHARP]).log())
        self.norms = nn.ModuleList(ClipNorm(groups, dim, eps) for dim in inner)
        self.find = nn.ModuleList(FrameConv(dim, _FINDINGS, 3, padding=1) for dim in inner)
        # Both frames moved, their difference and mixture.
        self.show = nn.ModuleList(FrameConv(4 * latents, dim, 3, padding=1) for dim in inner[:-1])
        for layer in (self.ask, self.ask_alike, self.ask_edge, *self.find, *self.show):
            for weight in layer.parameters():
                nn.init.zeros_(weight)
        nn.init.constant_(self.ask_edge.bias, -1.5)  # few texts do


class Carrying:
    """One forward pass: the motion found so far."""

    def __init__(self, finder: Any, known: Tensor, mask: Tensor, text: Tensor) -> None:
        """known: [b c f h w] latents, of which those are read whose `mask` [b f] is 0; text:
        tokens [b n c]."""
        self.finder = finder
        self.asked = read_off(finder.ask, text)[:, None, :, None, None]  # [b 1 4 1 1]
        # [b 1 1 1 1]: logits of the text telling of one scene, which is looked for in both frames
        self.said_alike = read_off(finder.ask_alike, text)[:, None, :, None, None]
        # [b 1 1 1 1], 0..1: whether it tells of an edge that crosses the view between two scenes
        self.has_edge = read_off(finder.ask_edge, text)[:, None, :, None, None].sigmoid()
        self.around = given_around(mask)
        self.pair = self.around.compared()
        self.known = rearrange(known.float(), "b c f h w -> b f c h w")
        self.agreed = known.new_zeros(())  # [b f 4 h w], the speeds at which given frames agree
        self.trust = known.new_zeros(())  # [b f 1 1 1], 0..1, in these
        self.findings: Tensor | None = None  # [b f n h w]
        self.found: list[Motion] = []

    def at_input(self) -> Tensor:
        """[b f h w d] for the network's first layer."""
        b, f, _, h, w = self.known.shape
        before, after = self._of_both_sides(self.known)
        told = repeat(self.around.told(), "b f n -> b f n h w", h=h, w=w)
        places = repeat(view_places(h, w, self.known.device), "h w n -> b f n h w", b=b, f=f)
        seen = torch.cat([before, after, told, places], dim=2)
        scores, least = compared(self.known, *self.pair)
        self.agreed = agreed(scores, self.finder.sharpness.float().exp())
        early, late = self.pair
        differ = (early != late)[..., None, None, None]
        self.trust = torch.sigmoid(alike(least) + self.said_alike) * differ
        scores = resized(torch.cat([scores, least, self.agreed], dim=2), (h, w))
        asked = self.asked.expand(b, f, -1, h, w)
        guesses = torch.cat([scores, asked], dim=2)
        return self._shown(self.finder.show_given, seen) + self._shown(
            self.finder.show_guesses, guesses
        )

    def look(self, x: Tensor) -> Tensor:
        """x [b f h w d] of the network on some level, with what is found there."""
        level = len(self.found)
        findings = self.finder.find[level](self.finder.norms[level](x)).float()
        findings = rearrange(findings, "b f h w n -> b f n h w")
        size = findings.shape[-2:]
        if self.findings is not None:
            findings = findings + resized(self.findings, size)
        self.findings = findings
        before, after, motion = self._moved(findings)
        self.found.append(motion)
        if level == len(self.finder.show):
            return x
        mixed = rearrange(motion.frames, "b c f h w -> b f c h w")
        seen = torch.cat([before, after, before - after, mixed], dim=2)
        return x + self._shown(self.finder.show[level], seen)

    def answer(self, x_t: Tensor, t: Tensor, rest: Tensor) -> Tensor:
        """The noise [b c f h w] in `x_t`. The clip is expected where the carried frames are, within
        their variance v; what `x_t` itself tells of it, within that of the noise, counts as much
        as it is surer. `rest` is what the network adds, in units of what is still unsure. The
        variance is learned from what was missed alone, not from the use that is made of it here.

        With k = v / (v + s²/a²): x_0 = (1 - k) carried + k x_t/a - √k s/a · rest, of which this is
        the noise; EDM's skip connection (Karras et al., arXiv 2206.00364, table 1) is the case that
        nothing is carried.
        """
        level = alpha_bar()[t.cpu().long()].to(x_t.device, torch.float32).view(-1, 1, 1, 1, 1)
        signal, noise = level.sqrt(), (1 - level).sqrt()
        motion = self.found[-1]
        odds = motion.log_variance.detach() - ((1 - level) / level).log()
        clear = (x_t.float() - signal * motion.frames) / noise
        return torch.sigmoid(-odds) * clear + torch.sigmoid(odds).sqrt() * rest.float()

    def _shown(self, layer: nn.Module, seen: Tensor) -> Tensor:
        frames = rearrange(seen, "b f c h w -> b f h w c")
        return layer(frames.to(next(layer.parameters()).dtype))

    def _of_both_sides(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """The given ones [b f c h w] before and after each frame; 0 where there is none."""
        around = self.around
        sides = []
        for at, has in ((around.before, around.has_before), (around.after, around.has_after)):
            sides.append(taken(frames, at) * has[..., None, None, None])
        return sides[0], sides[1]

    def _moved(self, findings: Tensor) -> tuple[Tensor, Tensor, Motion]:
        around = self.around
        b, f, _, h, w = findings.shape
        known = F.adaptive_avg_pool2d(self.known.flatten(0, 1), (h, w)).unflatten(0, (b, f))
        both, apart, rest = findings.split((SPEEDS, SPEEDS, 2), dim=2)
        agreed = resized(self.agreed, (h, w))
        both = both + self.asked + self.trust * (agreed - self.asked)
        places = view_places(h, w, findings.device)
        ways, sides = [], []
        for frames, speed, distance in zip(
            self._of_both_sides(known),
            (both - apart, both + apart),
            (-around.since, around.until),
            strict=True,
        ):
            way = way_over(speed, distance[..., None, None] / FAR, places)
            ways.append(way)
            sides.append(sampled(frames, way, places))
        fade = self._part_of_after()[..., None, None, None]
        share = torch.sigmoid(
            fade + self.has_edge * (self._edge(places, fade) - fade) + rest[:, :, :1]
        )
        # What has left the view, or has not come into it, is not shown by that side.
        seen = [in_view(way, places) + _BEYOND for way in ways]
        share = share * seen[1] / (share * seen[1] + (1 - share) * seen[0])
        share = share * (~around.given)[..., None, None, None]  # a given frame stays as it is
        frames = sides[0] + (sides[1] - sides[0]) * share
        given = around.given[..., None, None, None]
        spread = _SPREAD + _SPREADS * (rest[:, :, 1:] / _SPREADS).tanh()
        log_variance = spread.where(~given, -_SURE)
        motion = Motion(
            before=ways[0],
            after=ways[1],
            share=share,
            frames=rearrange(frames, "b f c h w -> b c f h w"),
            log_variance=rearrange(log_variance, "b f n h w -> b n f h w"),
            around=around,
            speeds=both,
        )
        return sides[0], sides[1], motion

    def _part_of_after(self) -> Tensor:
        """[b f]: logits of the frame after, as in a cross-fade."""
        around = self.around
        fade = ((around.since + 1e-3) / (around.until + 1e-3)).log()
        fade = fade.where(around.has_after, -_SURE)
        return fade.where(around.has_before, _SURE)

    def _edge(self, places: Tensor, fade: Tensor) -> Tensor:
        """[b f 1 h w]: logits of the frame after behind an edge that goes evenly through the view,
        against the shift that the text asks for; `fade` [b f 1 1 1] where it asks for none."""
        around = self.around
        shift = self.asked[:, 0, :2, 0, 0].detach()
        length = shift.norm(dim=1, keepdim=True)
        at = einsum(-shift / length.clamp(min=_LEAST), places, "b n, h w n -> b h w")
        at = at / at.abs().amax(dim=(1, 2), keepdim=True).clamp(min=_LEAST)  # -1 to 1
        gone = around.since / (around.since + around.until).clamp(min=1)
        far = at[:, None] - (1 - 2 * gone[:, :, None, None])
        crosses = around.has_before & around.has_after & (length >= _LEAST)
        edge = self.finder.edge_sharpness.float().exp() * far[:, :, None]
        return edge.where(crosses[:, :, None, None, None], fade)


def read_off(layer: nn.Linear, text: Tensor) -> Tensor:
    """[b n] speeds or other things that the tokens [b k c] of a text ask for, each adding to
    them."""
    return _LOUD * layer(text).float().mean(dim=1)
