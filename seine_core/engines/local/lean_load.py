"""A large model from its shards, with little more memory than it takes itself.

Departure: diffusers' own loader needs accelerate for this, and for Wan refuses to work without it.
"""

from pathlib import Path
from typing import Any

from seine_core.errors import MissingWeights
from seine_core.weights.weight_file import reading


def load_model(class_name: str, folder: Path, dtype: Any) -> Any:
    """The model of diffusers' class `class_name` in `folder`, in `dtype` but for the layers that
    the class wants in float32.

    Raises:
        MissingWeights: weights are missing or have other shapes than `config.json` says.
    """
    import diffusers
    import torch
    from diffusers.models.modeling_utils import no_init_weights
    from safetensors.torch import load_file

    kind = getattr(diffusers, class_name)
    with no_init_weights():  # memory that is never written to is not taken
        model = kind.from_config(kind.load_config(folder, local_files_only=True))
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    precise = set(kind._keep_in_fp32_modules or ())
    for file in sorted(folder.glob("*.safetensors")):
        weights = {}
        with reading(file):
            stored = load_file(file)
        for name, tensor in stored.items():
            if name in shapes:
                if tensor.shape != shapes[name]:
                    raise MissingWeights(
                        f"{name} is {list(tensor.shape)}, its config.json wants "
                        f"{list(shapes[name])}",
                        subject=file,
                        advice="download the model again",
                    )
                keep = not precise.isdisjoint(name.split("."))
                weights[name] = tensor.to(torch.float32 if keep else dtype)
                del shapes[name]
        model.load_state_dict(weights, strict=False, assign=True)
    if shapes:
        raise MissingWeights(
            f"{len(shapes)} weights are missing, first {next(iter(shapes))}",
            subject=folder,
            advice="download the model again",
        )
    return model.requires_grad_(False).eval()
