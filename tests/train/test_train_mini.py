"""The small model's parts: a vocabulary that reads anything, an autoencoder and a network that fit
the pipeline, and the whole way from nothing to a published folder."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.model.carried.unet import CarriedUNet
from seine_core.model.config import UNetConfig
from seine_core.model.unet import UNet3DConditionModel
from seine_core.painter import HELD_OUT, paint
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import Sampling
from seine_core.train import autoencoder, mini
from seine_core.train.config import ClipShape, PaintedScenes
from seine_core.train.draws import Draw
from seine_core.train.noise_start import begin_with_the_noisy
from seine_core.train.objective import snr_weights
from seine_core.train.painted import PaintedClips
from seine_core.train.vocabulary import tokenizer_of


@pytest.fixture(scope="module")
def tokenizer():
    captions = [paint(seed, frames=2, width=16, height=16).caption for seed in range(150)]
    return tokenizer_of(captions)


def test_usual_words_are_one_token_each(tokenizer):
    words = tokenizer.tokenize("the camera pans left, smooth transition")
    assert words == [
        f"{w}</w>" for w in ("the", "camera", "pans", "left", ",", "smooth", "transition")
    ]


@pytest.mark.parametrize("text", ["", "Zürich qxz 7", "夜の海 €", "<|endoftext|> 'tis!"])
def test_any_text_can_be_read(tokenizer, text):
    ids = tokenizer(text).input_ids
    assert ids[0] == tokenizer.bos_token_id and ids[-1] == tokenizer.eos_token_id
    if "<" not in text:
        assert tokenizer.eos_token_id not in ids[1:-1], "unknown"


def test_the_vocabulary_survives_its_files(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    again = type(tokenizer).from_pretrained(tmp_path)
    text = "from snowy mountains at dusk to the sea, pan left"
    assert again(text).input_ids == tokenizer(text).input_ids
    assert again.model_max_length == 77


def test_a_perfect_reconstruction_costs_nothing_and_a_worse_one_more():
    pixels = autoencoder.painted_pixels(paint(0, frames=2).frames)
    losses = [
        float(autoencoder.reconstruction_loss(pixels + noise * torch.randn_like(pixels), pixels))
        for noise in (0.0, 0.1, 0.3)
    ]
    assert losses[0] == 0 < losses[1] < losses[2]


def test_a_clip_source_gives_each_clip_again_and_held_out_ones_apart():
    shape = ClipShape(frames=4, width=64, height=32)
    source = PaintedClips(data=PaintedScenes(kind="painted", clips=5), shape=shape)
    held = PaintedClips(data=PaintedScenes(kind="painted", clips=5, held_out=True), shape=shape)
    assert np.array_equal(source.clip(1, 77).frames, source.clip(1, 77).frames)
    assert source.clip(1, 77).frames.shape == (4, 32, 64, 3)
    assert np.array_equal(
        held.clip(2, 1).frames, paint(HELD_OUT + 2, frames=4, width=64, height=32).frames
    )
    assert source.key(1) != source.key(2) != held.key(2)


@pytest.mark.slow
def test_from_nothing_to_a_pipeline(tmp_path, monkeypatch):
    """Two steps of everything, stopped in the middle of the autoencoder and in that of the loop."""
    monkeypatch.setattr(autoencoder, "_POOL", 8)
    monkeypatch.setattr(autoencoder, "held_out_psnr", lambda vae: math.nan)
    monkeypatch.setattr(autoencoder, "latent_std", lambda vae: 0.5)
    sizes = {"block_out_channels": (32, 64), "attention_head_dim": 1, "norm_num_groups": 8}
    monkeypatch.setattr(mini, "SIZES", mini.SIZES | sizes)
    monkeypatch.setattr(mini, "_CAPTIONS", 20)
    monkeypatch.setattr(mini, "_CAPTION_STEPS", 2)
    settings = {
        "loading.workers": 0,
        "clip.width": 32,
        "clip.height": 16,
        "clip.frames": 4,
        "batch_size": 1,
        "tensorboard": "false",
        "validation.every": 2,
        "validation.clips": 1,
        "validation.sampling_steps": 1,
    }
    fields = [f"{name}={value}" for name, value in settings.items()]
    published = tmp_path / "published"
    published.mkdir()
    (published / "README.md").write_text("the card")
    autoencoder.train_autoencoder(tmp_path / "autoencoder", steps=1, batch=1)
    for steps in (1, 2):
        mini.main(tmp_path, 2, [*fields, f"steps={steps}"], published)
    pipe = SeinePipeline.from_pretrained(published).place("cpu", "float32")
    assert (published / "README.md").read_text() == "the card"
    assert not any(str(tmp_path) in file.read_text() for file in published.rglob("*.json"))
    assert pipe.vae.config.scaling_factor == 2
    still = paint(0, frames=2, width=32, height=16).frames[0]
    clip = pipe.animate(still, "pan left", 4, sampling=Sampling(num_inference_steps=1))
    assert clip.frames.shape == (4, 16, 32, 3) and np.array_equal(clip.frames[0], still)


def test_what_is_published_is_small(tokenizer):
    """In half precision."""
    with torch.device("meta"):
        text_encoder = mini.small_text_encoder(tokenizer)
        width = text_encoder.config.hidden_size
        unet = CarriedUNet(UNetConfig(cross_attention_dim=width, **mini.SIZES))
        parts = (autoencoder.small_autoencoder(), text_encoder, unet)
    assert sum(2 * weight.numel() for part in parts for weight in part.parameters()) < 60e6


def test_the_weight_of_a_noise_level():
    """By hand: (snr + 1) / snr up to a ratio of 4, 5 / snr beyond, and never above 50."""
    levels = alpha_bar()
    snr = levels / (1 - levels)
    steps = [999, *(int((snr - ratio).abs().argmin()) for ratio in (0.25, 1, 20))]
    draws = [
        Draw(kind="random", mask=torch.ones(2), t=t, eps=torch.zeros(4, 2, 1, 1), reads_text=True)
        for t in steps
    ]
    assert snr_weights(draws, 5.0) == pytest.approx([50, 5, 2, 0.25], rel=0.05)


@torch.no_grad()
def test_the_autoencoder_begins_with_the_mean_colours() -> None:
    vae = autoencoder.small_autoencoder()
    pixels = autoencoder.painted_pixels(paint(3, frames=2).frames)
    latents = vae.encode(pixels).latent_dist.mode()
    assert (latents[:, :3] - F.avg_pool2d(pixels, 8)).abs().max() < 0.1
    made = vae.decode(latents).sample
    assert (F.avg_pool2d(made - pixels, 8)).abs().mean() < 0.1
    assert autoencoder.held_out_psnr(vae, clips=4) > 22


def begun(width):
    """A network from nothing, with 16 groups in its norms."""
    torch.manual_seed(0)
    config = UNetConfig(
        sample_size=8,
        block_out_channels=(width, width),
        attention_head_dim=width // 32,
        layers_per_block=1,
        norm_num_groups=16,
        cross_attention_dim=16,
    )
    unet = UNet3DConditionModel(config)
    begin_with_the_noisy(unet)
    return unet


@torch.no_grad()
def test_a_network_from_nothing_begins_with_the_noisy_latents_as_its_answer():
    unet = begun(64)
    sample, text = torch.randn(2, 9, 8, 8, 8), torch.randn(2, 5, 16)
    made = unet(sample, torch.tensor([10, 990]), text).sample
    assert (made - sample[:, :4]).square().mean() < 1e-3


@torch.no_grad()
def test_where_the_groups_are_too_small_it_begins_with_random_answers():
    unet = begun(32)
    made = unet(torch.randn(1, 9, 2, 8, 8), 10, torch.randn(1, 5, 16)).sample
    assert made.isfinite().all() and made.std() > 0
