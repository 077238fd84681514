"""What is trained, as one module: the UNet, and the text encoder where it is trained too."""

from typing import NamedTuple

from torch import Tensor, nn
from transformers import CLIPTextModel

from seine_core.model.carried.motion import Motion
from seine_core.model.unet import UNet3DConditionModel


class Answer(NamedTuple):
    """What the network says of a clip."""

    eps: Tensor  # [b c f h w], the noise
    motion: tuple[Motion, ...] = ()  # of the given frames, from coarse to fine


class Network(nn.Module):
    """`text` is embeddings [b n c]; with a text encoder inside it is tokens [b n]."""

    def __init__(self, unet: UNet3DConditionModel, text_encoder: CLIPTextModel | None) -> None:
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder

    def forward(self, sample: Tensor, t: Tensor, text: Tensor) -> Answer:
        """sample: [b c f h w] with mask and given frames, t: [b]."""
        if self.text_encoder is not None:
            text = self.text_encoder(text).last_hidden_state
        out = self.unet(sample, t, text)
        return Answer(out.sample, out.motion)
