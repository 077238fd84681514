"""The networks that look at pictures, a few kilobytes each, untrained, in their real formats."""

from pathlib import Path


def tiny_depth(folder: Path, seed: int = 0) -> Path:
    """A Depth Anything V2 whose every part is there, saved as the hub has it."""
    import torch
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    backbone = Dinov2Config(
        image_size=56,
        patch_size=14,
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[4, 8, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=8,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = DepthAnythingForDepthEstimation(config)
        for weight in (*model.neck.parameters(), *model.head.parameters()):
            weight.data.normal_(0, 0.3)  # as they begin they would show nothing of the picture
        model.head.conv3.bias.data.fill_(5.0)  # what ends below 0 is cut off
        model.save_pretrained(folder)
    return folder


def tiny_matching(folder: Path, seed: int = 0) -> Path:
    """An EfficientLoFTR whose every part is there, saved as the hub has it. Untrained, it is
    sure of nothing, so that no pair is too poor for it."""
    import torch
    from transformers import EfficientLoFTRConfig, EfficientLoFTRForKeypointMatching

    config = EfficientLoFTRConfig(
        stage_num_blocks=[1, 1, 1, 1],
        out_features=[16, 16, 16, 32],
        hidden_size=32,
        num_attention_layers=1,
        num_attention_heads=8,
        coarse_matching_threshold=0.0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        EfficientLoFTRForKeypointMatching(config).save_pretrained(folder)
    return folder
