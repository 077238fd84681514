"""The finished model: the published layout in one file, and a folder for SeinePipeline."""

from pathlib import Path

import torch

from seine_core.checkpoint import save_seine
from seine_core.convert import save_pipeline
from seine_core.diffusion.schedule import seine_scheduler
from seine_core.model.unet import UNet3DConditionModel
from seine_core.pipeline import SeinePipeline
from seine_core.train.lora import merged_state
from seine_core.train.start import Models


def pipeline_of(models: Models) -> SeinePipeline:
    """The models as they are now, ready to make clips."""
    return SeinePipeline(
        vae=models.vae,
        text_encoder=models.text_encoder,
        tokenizer=models.tokenizer,
        unet=plain(models.unet),
        scheduler=seine_scheduler(),
    )


def plain(unet: UNet3DConditionModel) -> UNet3DConditionModel:
    """The UNet without adapters, which are added in; it shares all other weights with `unet`."""
    with torch.device("meta"):
        made = UNet3DConditionModel.from_config(unet.config)
    made.load_state_dict(merged_state(unet), assign=True)
    return made.eval()


def export(models: Models, out: Path) -> Path:
    """Write `seine.pt` and the folder `pipeline` into `out`; the folder's path.

    Raises:
        BadInput: they cannot be written.
    """
    pipeline = pipeline_of(models)
    save_seine(pipeline.unet, out / "seine.pt")
    save_pipeline(pipeline, out / "pipeline", replace=True)
    return out / "pipeline"
