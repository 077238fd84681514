"""A tokenizer of CLIP's kind whose vocabulary comes from a few captions."""

import json
from collections.abc import Iterable
from typing import Any

from tokenizers import pre_tokenizers
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer

PROMPT_TOKENS = 77  # as CLIP's, both marks included
_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"


def tokenizer_of(captions: Iterable[str], merges: int = 800) -> CLIPTokenizer:
    """Byte pairs learned from `captions`, whose frequent words become one token each. Every byte is
    in the vocabulary, alone and at a word's end, so any text can be read: what is unknown falls
    apart into letters."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = CLIPTokenizer()
    learned = tokenizer.backend_tokenizer
    trainer = BpeTrainer(
        vocab_size=len(alphabet) + merges,
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learned.train_from_iterator(captions, trainer)
    pairs: list[Any] = [tuple(pair) for pair in json.loads(learned.to_str())["model"]["merges"]]
    tokens = [_BEGIN, _END, *alphabet, *(f"{letter}</w>" for letter in alphabet)]
    tokens += ["".join(pair) for pair in pairs]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizer(vocab=vocabulary, merges=pairs, model_max_length=PROMPT_TOKENS)
