"""The given frames carried along the motion that the network finds: an option of the video UNet.

What a hidden frame shows is mostly what the given frames around it show, elsewhere. A UNet has to
learn that for every shape anew; here it only says how each place moves, and where the result can
be trusted. Moving pictures instead of drawing them anew is how latent flow diffusion (Ni et al.,
arXiv 2303.13744) animates.

A place moves as it would before a camera: it shifts, grows and turns at a steady speed, so that
what is learned of frames close by holds for those farther away. First, two given frames are
compared under a range of such speeds (a plane sweep, as in stereo: Collins, CVPR 1996). Then the
network looks from coarse to fine, as networks for optical flow do (SpyNet, Ranjan and Black,
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
from seine_core.noise_levels import alpha_bar

FAR = 16.0  # frames of a way of length 1
_GIVEN = 0.5  # a mask below it
_SURE = 12.0  # logits by which a frame on one side alone, or a given frame itself, is shown
_SPREAD = -1.5  # logarithm of the variance that the carried frames are thought to miss at first
_SPREADS = 5.0  # the most that it is changed by
_LOUD = 2.0  # a word's part in what the text asks for, times the number of tokens
_SPEEDS = 4  # shift right, shift down, growth (of the logarithm), turn
_TRIED = (  # of each kind, in both directions
    (0.15, 0.4, 0.7, 1.05, 1.5, 2.0, 2.6, 3.5, 4.6),
    (0.15, 0.35, 0.6, 0.9, 1.25, 1.8, 2.5),
    (0.1, 0.25, 0.42, 0.62),
    (0.1, 0.22, 0.36, 0.5),
)
_COMPARED = 8 * 14  # places; larger latents are compared at half the size
_FLAT = 0.05  # a difference of latents that says nothing
_BEYOND = 0.02  # what a frame still counts beyond its edges
_GROWTH = 2.0  # logarithm of the most that a place grows
_FINDINGS = 2 * _SPEEDS + 2  # speeds, those after less those before, whose part it is, how sure
USUAL = (1.5, 0.8, 0.4, 0.25)  # speeds of each kind, about
_SHARP = 40.0  # of the comparison at first
# Two frames agree, so that the comparison counts, where the best candidate's difference is below
# the first, or below the second as a part of the mean; how much each tells, in logits.
_ALIKE, _OF_MEAN = 0.16, 0.27
_TELLS = (80.0, 60.0)
# Nor does it where the text asks the camera to leave the scene: less of the view than this stays.
_STILL_THERE, _TOLD = 0.15, 40.0


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
        self.ask = nn.Linear(context_dim, _SPEEDS, bias=False)
        # Both given frames, the ways to them, the place; then the scores, and both first guesses.
        self.show_given = FrameConv(2 * latents + 6, first, 3, padding=1)
        self.show_guesses = FrameConv(len(candidates()) + 2 + 2 * _SPEEDS, first, 3, padding=1)
        self.sharpness = nn.Parameter(torch.tensor([_SHARP]).log())
        self.norms = nn.ModuleList(ClipNorm(groups, dim, eps) for dim in inner)
        self.find = nn.ModuleList(FrameConv(dim, _FINDINGS, 3, padding=1) for dim in inner)
        # Both frames moved, their difference and mixture.
        self.show = nn.ModuleList(FrameConv(4 * latents, dim, 3, padding=1) for dim in inner[:-1])
        for layer in (self.ask, *self.find, *self.show):
            for weight in layer.parameters():
                nn.init.zeros_(weight)


class Carrying:
    """One forward pass: the motion found so far."""

    def __init__(self, finder: Any, known: Tensor, mask: Tensor, text: Tensor) -> None:
        """known: [b c f h w] latents, of which those are read whose `mask` [b f] is 0; text:
        tokens [b n c]."""
        self.finder = finder
        self.asked = asked_speeds(finder.ask, text)[:, None, :, None, None]  # [b 1 4 1 1]
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
        places = repeat(_places(h, w, self.known.device), "h w n -> b f n h w", b=b, f=f)
        seen = torch.cat([before, after, told, places], dim=2)
        scores, least = compared(self.known, *self.pair)
        self.agreed = agreed(scores, self.finder.sharpness.float().exp())
        early, late = self.pair
        in_view = overlap(self.asked[:, 0, :, 0, 0], (late - early) / FAR, w / h)
        compares = torch.sigmoid(_TOLD * (in_view - _STILL_THERE)) * (early != late)
        self.trust = trusted(least) * compares[..., None, None, None]
        scores = _resized(torch.cat([scores, least, self.agreed], dim=2), (h, w))
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
            findings = findings + _resized(self.findings, size)
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
            sides.append(_taken(frames, at) * has[..., None, None, None])
        return sides[0], sides[1]

    def _moved(self, findings: Tensor) -> tuple[Tensor, Tensor, Motion]:
        around = self.around
        b, f, _, h, w = findings.shape
        known = F.adaptive_avg_pool2d(self.known.flatten(0, 1), (h, w)).unflatten(0, (b, f))
        both, apart, rest = findings.split((_SPEEDS, _SPEEDS, 2), dim=2)
        agreed = _resized(self.agreed, (h, w))
        both = both + self.asked + self.trust * (agreed - self.asked)
        places = _places(h, w, findings.device)
        ways, sides = [], []
        for frames, speed, distance in zip(
            self._of_both_sides(known),
            (both - apart, both + apart),
            (-around.since, around.until),
            strict=True,
        ):
            way = _way(speed, distance[..., None, None] / FAR, places)
            ways.append(way)
            sides.append(_sampled(frames, way, places))
        share = torch.sigmoid(self._part_of_after()[..., None, None, None] + rest[:, :, :1])
        # What has left the view, or has not come into it, is not shown by that side.
        seen = [_visible(way, places) + _BEYOND for way in ways]
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


def _places(height: int, width: int, device: torch.device) -> Tensor:
    """[h w 2]: right and down from the middle, in halves of the height."""
    y, x = ((2 * torch.arange(n, device=device) + 1 - n) / height for n in (height, width))
    return torch.stack(torch.broadcast_tensors(x[None], y[:, None]), dim=-1)


@torch.no_grad()
def compared(frames: Tensor, early: Tensor, late: Tensor) -> tuple[Tensor, Tensor]:
    """How well, for each of `frames` [b f c h w], those whose numbers `early` and `late` [b f] say
    agree at each place, when both are moved there at each of the candidates' speeds.

    [b f n h w] are the differences beyond the least in parts of their mean, with a minus; [b f 2 h
    w] is the least, as it is and in parts of the mean.
    """
    (b, f), (h, w) = frames.shape[:2], frames.shape[-2:]
    if h * w > _COMPARED:
        frames = F.avg_pool2d(frames.flatten(0, 1), 2).unflatten(0, (b, f))
        h, w = frames.shape[-2:]
    places = _places(h, w, frames.device)
    # Far beyond both, all that is left of them is their edges, which agree at any speed.
    now = torch.arange(f, device=frames.device).clamp(early, late)
    pair = [(_taken(frames, at), (at - now)[:, :, None, None] / FAR) for at in (early, late)]
    differ = []
    for speed in candidates():
        speeds = torch.tensor(speed, device=frames.device).expand(b, f, 4)[..., None, None]
        one, other = (_sampled(x, _way(speeds, far, places), places) for x, far in pair)
        differ.append((one - other).abs().mean(dim=2))
    differences = torch.stack(differ, dim=2)
    least = differences.amin(dim=2, keepdim=True)
    mean = differences.mean(dim=2, keepdim=True) + _FLAT
    return (least - differences) / mean, torch.cat([least, least / mean], dim=2)


def trusted(least: Tensor) -> Tensor:
    """[b f 1 1 1], 0 to 1: whether two frames show one scene, by how little they may differ
    [b f 2 h w]."""
    alike, of_mean = least.mean(dim=(-2, -1), keepdim=True).split(1, dim=2)
    return torch.maximum(_TELLS[0] * (_ALIKE - alike), _TELLS[1] * (_OF_MEAN - of_mean)).sigmoid()


def overlap(asked: Tensor, time: Tensor, aspect: float) -> Tensor:
    """[b f]: the part of the view that is still in it after shifting at speeds `asked` [b 4] for a
    `time` [b f]; `aspect` is its width by its height."""
    right, down = (asked[:, i, None].abs() * time.abs() for i in (0, 1))
    return (1 - right / (2 * aspect)).clamp(min=0) * (1 - down / 2).clamp(min=0)


def agreed(scores: Tensor, sharpness: Tensor | float = _SHARP) -> Tensor:
    """[b f 4 h w]: the mean of the candidates' speeds, those the most whose `scores` are best
    around here and in the whole frame; 0 where only one frame is given."""
    around = F.avg_pool2d(scores.flatten(0, 1), 5, 1, 2, count_include_pad=False)
    evidence = scores.mean(dim=(-2, -1), keepdim=True) + 0.5 * around.view_as(scores)
    speeds = torch.tensor(candidates(), device=scores.device)
    return einsum((evidence * sharpness).softmax(dim=2), speeds, "b f k h w, k n -> b f n h w")


@torch.no_grad()
def speeds_in(latents: Tensor) -> Tensor:
    """[b f 4 h w]: how the places of a whole clip [b c f h w] move, by comparing each frame's
    neighbours two frames away: what a network can be taught that sees only some of them."""
    frames = rearrange(latents.float(), "b c f h w -> b f c h w")
    b, f = frames.shape[:2]
    now = torch.arange(f, device=latents.device).expand(b, -1)
    return agreed(compared(frames, (now - 2).clamp(min=0), (now + 2).clamp(max=f - 1))[0])


def asked_speeds(ask: nn.Linear, text: Tensor) -> Tensor:
    """[b 4] that the tokens [b n c] of a text ask for, each adding to them."""
    return _LOUD * ask(text).float().mean(dim=1)


def candidates() -> list[tuple[float, float, float, float]]:
    """Speeds of one kind each, and rest."""
    found = [(0.0, 0.0, 0.0, 0.0)]
    for kind, speeds in enumerate(_TRIED):
        for speed in (*(-speed for speed in reversed(speeds)), *speeds):
            one = [0.0] * _SPEEDS
            one[kind] = speed
            found.append((one[0], one[1], one[2], one[3]))
    return found


def _taken(frames: Tensor, at: Tensor) -> Tensor:
    """[b f c h w]: for each frame, that of `frames` whose number `at` [b f] says."""
    return frames.gather(1, at[..., None, None, None].expand_as(frames))


def _way(speed: Tensor, time: Tensor, places: Tensor) -> Tensor:
    """[b f h w 2] of speeds [b f 4 h w] over `time` [b f 1 1], which may go back."""
    right, down, growth, turn = (part * time for part in speed.unbind(2))
    x, y = places.unbind(-1)
    scale = growth.clamp(-_GROWTH, _GROWTH).exp()
    cos, sin = scale * turn.cos() - 1, scale * turn.sin()
    return torch.stack([right + cos * x - sin * y, down + cos * y + sin * x], dim=-1)


def _sampled(frames: Tensor, way: Tensor, places: Tensor) -> Tensor:
    """`frames` [b f c h w], each place taken from where `way` leads; beyond the edge it goes on."""
    b, f, _, h, w = frames.shape
    grid = (places + way) * places.new_tensor([h / w, 1.0])
    made = F.grid_sample(
        frames.flatten(0, 1), grid.flatten(0, 1), padding_mode="border", align_corners=False
    )
    return made.unflatten(0, (b, f))


def _visible(way: Tensor, places: Tensor) -> Tensor:
    """[b f 1 h w], 0 to 1: whether `way` [b f h w 2] leads to somewhere in the frame."""
    h, w = way.shape[2:4]
    size = places.new_tensor([w / h, 1.0])
    cells = (size - (places + way).detach().abs()) * (h / 2) + 0.5  # from the nearest edge
    return cells.clamp(0, 1).amin(dim=-1)[:, :, None]


def _resized(findings: Tensor, size: Any) -> Tensor:
    b, f = findings.shape[:2]
    if findings.shape[-2:] == size:
        return findings
    grown = F.interpolate(findings.flatten(0, 1), size=tuple(size), mode="bilinear")
    return grown.unflatten(0, (b, f))
