"""Text to what the network reads, by SD 1.4's CLIP text encoder."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer


def encode_prompts(
    tokenizer: CLIPTokenizer,
    text_encoder: CLIPTextModel,
    prompts: Sequence[str],
    device: torch.device,
) -> Tensor:
    """Prompt embeddings [b n c], n = 77 tokens with both marks; what is beyond is not read."""
    # No attention mask, as in training: the padding was read too.
    return text_encoder(tokenize(tokenizer, prompts).to(device)).last_hidden_state


def tokenize(tokenizer: CLIPTokenizer, prompts: Sequence[str]) -> Tensor:
    """[b n] int64, padded or cut to the length that the text encoder reads."""
    return tokenizer(
        list(prompts),
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids


def unread_words(tokenizer: CLIPTokenizer, prompt: str) -> str:
    """The end of `prompt` that does not fit in 77 tokens; empty where all of it does."""
    tokens = tokenizer(prompt, truncation=False, verbose=False).input_ids
    limit = tokenizer.model_max_length
    if len(tokens) <= limit:
        return ""
    return str(tokenizer.decode(tokens[limit - 1 : -1]))


def prompt_warnings(tokenizer: CLIPTokenizer, *prompts: str) -> tuple[str, ...]:
    return tuple(
        f"prompt: longer than {tokenizer.model_max_length} tokens, so its end is not read: "
        f"{unread!r}; shorten it"
        for unread in (unread_words(tokenizer, prompt) for prompt in prompts)
        if unread
    )
