"""Encodes clips and captions for the network: by VAE and text encoder, or from the cache."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import torch
from einops import rearrange
from torch import Tensor, nn

from seine_core.pipeline.generate import Models
from seine_core.pipeline.prompts import encode_prompts, tokenize
from seine_core.train.cache import LatentCache, TextCache, fingerprint
from seine_core.train.config import Config
from seine_core.train.loading import Item

VAE_FRAMES = 16  # through the VAE at once
HELD_TEXTS = 20_000  # embeddings in memory; beyond, the oldest goes


class Encoder:
    """The VAE and the text encoder of a run, with their caches. `grey` is the latent [c h w] of a
    mid-grey frame."""

    def __init__(
        self,
        models: Models,
        config: Config,
        device: torch.device,
        autocast: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.models = models
        self.device = device
        self.autocast = autocast
        self.trains_text = config.start.train_text
        for model in (models.vae, models.text_encoder):
            nn.Module.to(model, device)
        clip, folder = config.clip, config.loading.cache
        self.latent_cache = self.text_cache = None
        if folder:
            shape = f"{clip.frames}x{clip.height}x{clip.width}"
            self.latent_cache = LatentCache(folder, fingerprint(models.vae), shape)
            self.text_cache = TextCache(folder, fingerprint(models.text_encoder))
        self.held: dict[str, Tensor] = {}
        self.grey = self._encode(torch.zeros(1, 3, clip.height, clip.width))[0]

    def latents(self, items: Sequence[Item]) -> Tensor:
        """[b c f h w] float32 scaled latents of items, cached where there is a cache."""
        made = []
        for item in items:
            if item.latents is not None:
                made.append(item.latents.to(self.device))
                continue
            assert item.frames is not None
            latents = self.clip(item.frames)
            if self.latent_cache:
                self.latent_cache.put(item.key, latents, item.caption)
            made.append(latents)
        return torch.stack(made)

    def clip(self, frames: Tensor) -> Tensor:
        """[c f h w] float32 scaled latents of frames [f h w 3] uint8."""
        pixels = rearrange(frames, "f h w c -> f c h w").to(self.device).float() / 127.5 - 1
        return rearrange(self._encode(pixels), "f c h w -> c f h w")

    def texts(self, captions: Sequence[str]) -> Tensor:
        """Tokens [b n] int64 if the text encoder is trained, else embeddings [b n c] float32."""
        if self.trains_text:
            return tokenize(self.models.tokenizer, captions).to(self.device)
        return torch.stack([self._text(caption) for caption in captions]).to(self.device)

    @torch.no_grad()
    def _encode(self, pixels: Tensor) -> Tensor:
        """[f c h w] of pixels [f 3 h w] in [-1, 1]; the mean of the VAE's distribution, as in
        `latents.encode_given`."""
        vae, parts = self.models.vae, []
        for part in pixels.to(self.device).split(VAE_FRAMES):
            with self.autocast():
                posterior = vae.encode(part).latent_dist
            parts.append(posterior.mode().float() * vae.config["scaling_factor"])
        return torch.cat(parts)

    @torch.no_grad()
    def _text(self, caption: str) -> Tensor:
        if caption in self.held:
            return self.held[caption]
        found = self.text_cache.get(caption) if self.text_cache else None
        if found is None:
            tokenizer, encoder = self.models.tokenizer, self.models.text_encoder
            found = encode_prompts(tokenizer, encoder, [caption], self.device)[0].float().cpu()
            if self.text_cache:
                self.text_cache.put(caption, found)
        if len(self.held) >= HELD_TEXTS:
            del self.held[next(iter(self.held))]
        self.held[caption] = found
        return found
