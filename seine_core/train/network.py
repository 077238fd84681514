"""What is trained, as one module: the UNet, and the text encoder where it is trained too."""

from torch import Tensor, nn
from transformers import CLIPTextModel

from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.model.carried.unet import Denoised, predict_noise
from seine_core.model.unet import UNet3DConditionModel


class Network(nn.Module):
    """`text` is embeddings [b n c]; with a text encoder inside it is tokens [b n]."""

    alpha_bar: Tensor  # [1000] float32

    def __init__(self, unet: UNet3DConditionModel, text_encoder: CLIPTextModel | None) -> None:
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder
        self.register_buffer("alpha_bar", alpha_bar().float(), persistent=False)

    def forward(self, sample: Tensor, t: Tensor, text: Tensor) -> Denoised:
        """sample: [b c f h w] with mask and given frames, t: [b]."""
        if self.text_encoder is not None:
            text = self.text_encoder(text).last_hidden_state
        return predict_noise(self.unet, sample, t, text, self.alpha_bar)
