"""T5 text encoders of a few kilobytes with random weights, and a tokenizer for them, in the real
formats. Nothing is downloaded."""

import json
from pathlib import Path
from typing import Any

WIDTH = 32
_LETTERS = "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'()-"
_SIZES: dict[str, Any] = {
    "vocab_size": 96,
    "d_model": WIDTH,
    "d_kv": 8,
    "d_ff": 37,
    "num_layers": 2,
    "num_heads": 2,
    "feed_forward_proj": "gated-gelu",
}


def write_tokenizer(folder: Path) -> None:
    """The files of a T5 tokenizer that knows letters alone."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
    from tokenizers.models import Unigram

    special = ["<pad>", "</s>", "<unk>"]
    words = [(token, 0.0) for token in special] + [(letter, -4.0) for letter in _LETTERS]
    tokenizer = Tokenizer(Unigram(words, unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer.add_special_tokens(special)
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    config = names | {"tokenizer_class": "T5TokenizerFast", "extra_ids": 0}
    config["model_max_length"] = 512
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1), "utf-8")
    (folder / "special_tokens_map.json").write_text(json.dumps(names, indent=1), "utf-8")


def tiny_umt5() -> Any:
    from transformers import UMT5Config, UMT5EncoderModel

    return UMT5EncoderModel(UMT5Config(**_SIZES)).eval()


def tiny_t5() -> Any:
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(T5Config(**_SIZES)).eval()
