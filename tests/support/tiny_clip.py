"""A CLIP of random weights in the real layout."""

from pathlib import Path


def tiny_clip_folder(folder: Path, seed: int = 0) -> Path:
    """`folder`, with config, safetensors, tokenizer and image processor of a CLIP that takes
    milliseconds."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    from seine_core.train.vocabulary import tokenizer_of

    tokenizer = tokenizer_of(["a red balloon over the sea", "a city at night"], merges=40)
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    config = CLIPConfig(
        text_config={
            **sizes,
            "vocab_size": len(tokenizer),
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.eos_token_id,
        },
        vision_config={**sizes, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = CLIPModel(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    size = {"height": 32, "width": 32}
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=size)
    processor.save_pretrained(folder)
    return folder
