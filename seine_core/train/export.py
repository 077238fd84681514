"""Export of a trained model: a file in the published layout, and a folder for SeinePipeline."""

from pathlib import Path

import torch

from seine_core.diffusion.schedule import seine_scheduler
from seine_core.errors import BadInput
from seine_core.model.unet import UNet3DConditionModel
from seine_core.pipeline.convert import save_pipeline
from seine_core.pipeline.generate import Models
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.train.checkpoints import checkpoints, load_checkpoint, put_weights
from seine_core.train.config import Config
from seine_core.train.lora import merged_state
from seine_core.train.start import load_models, trainable_network, trained_weights
from seine_core.weights.checkpoint import save_seine


def export_newest(config: Config) -> Path:
    """Write the model of a run's newest checkpoint; the path of its pipeline folder.

    Raises:
        BadInput: there is no checkpoint yet, or it is of another run.
    """
    found = checkpoints(config.out / "checkpoints")
    if not found:
        raise BadInput("holds no checkpoint yet", subject=config.out, advice="train first")
    models = load_models(config.start, config.seed)
    weights = trained_weights(trainable_network(models, config.start))
    put_weights(weights, load_checkpoint(found[-1])["average"], found[-1])
    return export(models, config.out)


def pipeline_of(models: Models) -> SeinePipeline:
    """A pipeline of the models, which shares their weights."""
    return SeinePipeline(
        vae=models.vae,
        text_encoder=models.text_encoder,
        tokenizer=models.tokenizer,
        unet=plain(models.unet),
        scheduler=seine_scheduler(),
    )


def plain(unet: UNet3DConditionModel) -> UNet3DConditionModel:
    """The UNet with its adapters merged in; it shares all other weights with `unet`."""
    with torch.device("meta"):
        made = type(unet).from_config(unet.config)
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
