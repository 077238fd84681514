"""`python -m seine_core.train.mini`: the small model, from nothing to the folder that ships.

First the autoencoder, then the tokenizer and what the captions say of motion, then the network and
its text encoder together by the usual loop, on frames of half the size and then of the full one.
Stopped anywhere, the same command goes on.
"""

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

import seine_core
from seine_core.files.atomic import make_folder, new_folder
from seine_core.model.carried.unet import CarriedUNet
from seine_core.model.config import UNetConfig
from seine_core.painter import paint
from seine_core.pipeline.convert import save_pipeline
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.train.autoencoder import train_autoencoder
from seine_core.train.captions import teach_captions
from seine_core.train.config import ClipShape, Config, PaintedScenes, read_config
from seine_core.train.loading import Items
from seine_core.train.loop import train
from seine_core.train.painted import PaintedClips
from seine_core.train.sources import open_source
from seine_core.train.vocabulary import PROMPT_TOKENS, tokenizer_of
from seine_core.weights.checkpoint import save_seine

OUT = Path("out/train/seine-mini")
AUTOENCODER_STEPS = 4_000
CONFIGS = Path(seine_core.__file__).parents[1] / "configs"
_CAPTIONS = 4000  # that the vocabulary and the words of motion are learned from
_CAPTION_STEPS = 1_500
# Of the UNet, beside what the text encoder decides.
SIZES: dict[str, Any] = {
    "sample_size": 16,
    "block_out_channels": (64, 96, 192),
    "attention_head_dim": 2,
    "layers_per_block": 1,
    "norm_num_groups": 16,
    "spatial_rotary": True,  # attention within a frame knows its places, at any size
    "carries_given": True,  # the network says how the given frames move
}


def small_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A text encoder of 0.7 M parameters, untrained."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=512,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=PROMPT_TOKENS,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


def make_base(folder: Path, state: Path, steps: int) -> None:
    """Write the base of the training into `folder`, if missing: a trained autoencoder, a tokenizer,
    a pretrained text encoder, and an untrained network but for the layer that reads it. `state`
    keeps unfinished work."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with new_folder(folder) as unfinished:
        _fill_base(unfinished, state, steps)


def _fill_base(folder: Path, state: Path, steps: int) -> None:
    train_autoencoder(state, steps=steps).save_pretrained(folder / "vae")
    captions = (paint(seed, frames=2, width=16, height=16).caption for seed in range(_CAPTIONS))
    tokenizer = tokenizer_of(captions)
    tokenizer.save_pretrained(folder / "tokenizer")

    torch.manual_seed(0)
    text_encoder = small_text_encoder(tokenizer)
    sizes = UNetConfig(cross_attention_dim=text_encoder.config.hidden_size, **SIZES)
    unet = CarriedUNet(sizes)
    shape = ClipShape(width=112, height=64)
    painted = PaintedScenes(kind="painted", clips=_CAPTIONS, changing=0.4)
    clips = Items(PaintedClips(data=painted, shape=shape), seed=0)
    left = teach_captions(text_encoder, unet.motion.ask, tokenizer, clips, steps=_CAPTION_STEPS)
    print(f"captions: the speeds predicted from them are {left:.3f} off on average", flush=True)
    text_encoder.save_pretrained(folder / "text_encoder")
    save_seine(unet, folder / "seine.pt")


def publish(pipeline: Path, out: Path) -> None:
    """Write a trained pipeline in half precision into `out`; an existing model card there stays."""
    made = SeinePipeline.from_pretrained(pipeline, dtype=torch.float16)
    card = out / "README.md"

    def finish(part: Path) -> None:
        for file in part.rglob("*.json"):  # paths of the machine that trained it
            content = json.loads(file.read_text("utf-8"))
            if content.pop("_name_or_path", None):
                file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        if card.is_file():
            shutil.copyfile(card, part / card.name)

    save_pipeline(made, out, replace=True, finish=finish)


def main(
    out: Annotated[Path, typer.Option(help="where everything is kept")] = OUT,
    autoencoder_steps: Annotated[int, typer.Option()] = AUTOENCODER_STEPS,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="change a field of both configurations"),
    ] = None,
    publish_to: Annotated[
        Path | None, typer.Option("--publish", help="write the finished model into this folder")
    ] = None,
) -> None:
    """Train the small model, from nothing to the folder that ships; go on where it was stopped."""
    make_base(out / "base", out / "autoencoder", autoencoder_steps)
    half = [
        f"out={out}/half",
        f"start.base={out}/base",
        f"start.checkpoint={out}/base/seine.pt",
    ]
    full = [
        f"out={out}/full",
        f"start.base={out}/half/pipeline",
        f"start.checkpoint={out}/half/seine.pt",
    ]
    for name, places in (("seine-mini-half.toml", half), ("seine-mini.toml", full)):
        fields = [*places, f"loading.cache={out}/cache", *(changes or ())]
        if not train_to_end(read_config(CONFIGS / name, fields)):
            return
    if publish_to:
        from accelerate import PartialState  # late: it is there, or nothing was trained

        if PartialState().is_main_process:
            publish(out / "full" / "pipeline", publish_to)


def train_to_end(config: Config) -> bool:
    """Start or resume a run; whether it finished."""
    validation = config.validation
    assert config.data and validation and validation.data
    result = train(
        config,
        open_source(config.data, config.clip),
        held_out=open_source(validation.data, config.clip),
        resume=True,
    )
    return result.finished


if __name__ == "__main__":
    typer.run(main)
