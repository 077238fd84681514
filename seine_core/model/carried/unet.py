"""A UNet that carries the given frames along the flow that it finds, and the noise by both.

What a hidden frame shows is mostly what the given frames around it show, elsewhere. A UNet has to
learn that for every shape anew; this one only says how each place moves, and where the result can
be trusted. Warping pictures instead of drawing them anew is how latent flow diffusion (Ni et al.,
arXiv 2303.13744) animates.

Departure: the published network has none of this; configurations with `carries_given` do.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from seine_core.model.attention import PreparedText
from seine_core.model.carried.finder import Flow, FlowFinder
from seine_core.model.config import UNetConfig
from seine_core.model.unet import UNet3DConditionModel, UNet3DConditionOutput, timesteps


@dataclass
class CarriedOutput(UNet3DConditionOutput):
    """`sample` is not the noise, but what the network adds to it, in units of what the flow leaves
    unsure."""

    flow: tuple[Flow, ...] = ()  # from coarse to fine


class Denoised(NamedTuple):
    """What a network says of a noisy clip."""

    eps: Tensor  # [b c f h w] float32, the noise
    flow: tuple[Flow, ...] = ()  # from coarse to fine; of a `CarriedUNet` alone


class CarriedUNet(UNet3DConditionModel):
    """The flow of a clip, and what it leaves open; `predict_noise` tells the noise by both."""

    carries_given: ClassVar[bool] = True

    def __init__(self, config: UNetConfig) -> None:
        super().__init__(config)
        dims = config.block_out_channels
        inner = [dims[0], dims[-1], *reversed(dims)]
        self.motion = FlowFinder(  # the weight files' name for it
            config.out_channels,
            inner,
            config.cross_attention_dim,
            config.norm_num_groups,
            config.norm_eps,
        )

    def through_levels(self, sample: Tensor, time: Tensor, text: PreparedText) -> CarriedOutput:
        """As of the plain UNet, to which each level of the way up is shown the warped frames."""
        n = self.conv_out.out_channels
        evidence = self.motion.evidence(sample[:, n + 1 :], sample[:, n, :, 0, 0], text.context)
        x = self.embed_latents(sample) + self.motion.input_features(evidence)
        x, skips = self.down(x, time, text)
        flow = self.motion.refine(0, x, evidence, None)
        flows = [flow]
        for i, level in enumerate(self.up_blocks):
            x = level(x + self.motion.flow_features(i, flow), skips, time, text)
            flow = self.motion.refine(i + 1, x, evidence, flow)
            flows.append(flow)
        return CarriedOutput(sample=self.to_latents(x), flow=tuple(flows))


def make_unet(config: UNetConfig) -> UNet3DConditionModel:
    """The network of a configuration, its weights not yet learned.

    Raises:
        ValueError: its sizes do not fit each other.
    """
    return CarriedUNet(config) if config.carries_given else UNet3DConditionModel(config)


def predict_noise(
    unet: UNet3DConditionModel,
    sample: Tensor,
    timestep: Tensor | float,
    text: Tensor | PreparedText,
    alpha_bar: Tensor,
) -> Denoised:
    """The noise in a clip, as the network has learned to tell it.

    sample, timestep, text: as of its `forward`.
    alpha_bar: [1000] float32 on the sample's device, what remains of the clip's variance after each
    step of training.

    By a `CarriedUNet`, the clip is expected where the warped frames are, within their variance v;
    what x_t itself tells of it, within that of the noise, counts as much as it is surer. The
    variance is learned from what was missed alone, not from the use that is made of it here. With
    k = v / (v + s²/a²): x_0 = (1 - k) warped + k x_t/a - √k s/a · sample, of which this is the
    noise; EDM's skip connection (Karras et al., arXiv 2206.00364, table 1) is the case that nothing
    is carried.
    """
    out = unet(sample, timestep, text)
    if not isinstance(out, CarriedOutput):
        return Denoised(out.sample.float())
    level = alpha_bar[timesteps(timestep, sample).long()].view(-1, 1, 1, 1, 1)
    signal, noise = level.sqrt(), (1 - level).sqrt()
    flow, x_t = out.flow[-1], sample[:, : out.sample.shape[1]].float()
    odds = flow.log_variance.detach() - ((1 - level) / level).log()
    clear = (x_t - signal * flow.frames) / noise
    eps = torch.sigmoid(-odds) * clear + torch.sigmoid(odds).sqrt() * out.sample.float()
    return Denoised(eps, out.flow)
