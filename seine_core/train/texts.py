"""Captions as the network reads them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seine_core.prompts import encode_prompts, tokenize
from seine_core.train.cache import TextCache
from seine_core.train.start import Models

HELD = 20_000  # embeddings in memory; beyond, the oldest goes


class Texts:
    """Tokens [b n] where the text encoder is trained, else embeddings [b n c], each made once."""

    def __init__(
        self, models: Models, trained: bool, device: torch.device, cache: TextCache | None = None
    ) -> None:
        self.models = models
        self.trained = trained
        self.device = device
        self.cache = cache
        self.held: dict[str, Tensor] = {}

    def __call__(self, captions: Sequence[str]) -> Tensor:
        if self.trained:
            return tokenize(self.models.tokenizer, captions).to(self.device)
        return torch.stack([self._embedding(caption) for caption in captions]).to(self.device)

    def _embedding(self, caption: str) -> Tensor:
        if caption not in self.held:
            found = self.cache.get(caption) if self.cache else None
            if found is None:
                found = self._encoded(caption)
                if self.cache:
                    self.cache.put(caption, found)
            if len(self.held) >= HELD:
                del self.held[next(iter(self.held))]
            self.held[caption] = found
        return self.held[caption]

    @torch.no_grad()
    def _encoded(self, caption: str) -> Tensor:
        tokenizer, encoder = self.models.tokenizer, self.models.text_encoder
        return encode_prompts(tokenizer, encoder, [caption], self.device)[0].float().cpu()
