"""The scores of CLIP, on a tiny one of random weights."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seine_core.errors import BadInput, MissingWeights
from seine_core.evaluate.clip_similarity import ClipModel, clip_is_here, clip_scores, open_clip
from seine_core.evaluate.measures import MEASURES, measure
from tiny_clip import tiny_clip_folder

RNG = np.random.default_rng(0)
A, B = RNG.integers(0, 256, (2, 40, 56, 3), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_clip_folder(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def model(folder: Path) -> ClipModel:
    return open_clip(folder, device="cpu")


def walk(frames: int = 9) -> np.ndarray:
    """Evenly from A to B."""
    share = np.linspace(0, 1, frames)[:, None, None, None]
    return np.round(A * (1 - share) + B * share).astype(np.uint8)


def test_embeddings_have_length_one_and_do_not_depend_on_the_batch(model, folder):
    together = model.images(walk())
    alone = np.concatenate([open_clip(folder, "cpu").images([frame]) for frame in walk()])
    assert together.shape == (9, 16) and together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    assert together == pytest.approx(alone, abs=1e-5)
    texts = ["a city at night", "a balloon", "a city at night"]
    assert model.texts(texts) == pytest.approx(
        np.concatenate([open_clip(folder, "cpu").texts([text]) for text in texts]), abs=1e-5
    )


def test_the_models_own_forward_gives_the_same_cosine(model, folder):
    import torch
    from transformers import CLIPModel

    known = CLIPModel.from_pretrained(folder).eval()
    tokens = model._tokenizer(["a city at night"], return_tensors="pt")
    pixels = model._processor(images=[A], return_tensors="pt").pixel_values
    with torch.inference_mode():
        logit = known(pixel_values=pixels, **tokens).logits_per_image / known.logit_scale.exp()
    cosine = model.images([A]) @ model.texts(["a city at night"]).T
    assert cosine.item() == pytest.approx(logit.item(), abs=1e-5)


def test_what_was_embedded_is_kept_but_not_for_ever(folder, monkeypatch):
    from seine_core.evaluate import clip_similarity

    model = open_clip(folder, device="cpu")
    made = []
    embed = model._of_images
    monkeypatch.setattr(model, "_of_images", lambda new: made.append(len(new)) or embed(new))
    monkeypatch.setattr(clip_similarity, "_BATCH", 4)
    model.images([*walk(), A])
    assert made == [4, 4, 1]  # A is the walk's first frame
    again = model.images(walk())
    assert sum(made) == 9
    monkeypatch.setattr(clip_similarity, "_KEPT", 3)
    model.images([B])
    model.images(walk()[:1])
    assert sum(made) == 10
    assert again == pytest.approx(model.images(walk()), abs=1e-5)


def test_a_picture_and_its_mirror_of_the_same_bytes_are_two(model):
    tall = np.ascontiguousarray(A.reshape(56, 40, 3))
    assert tall.tobytes() == A.tobytes()
    assert not np.allclose(*model.images([A, tall]))


def test_a_long_prompt_is_cut_off_after_77_tokens(model):
    long = "night " * 200
    whole, more, other = model.texts([long, long + "sea", "sea " + long])
    assert np.allclose(whole, more, atol=1e-6) and not np.allclose(whole, other)


def test_scores_by_hand(model):
    clip = walk(3)
    e, scenes = model.images(clip), model.images([A, B])
    text = model.texts(["a balloon"])[0]
    scores = clip_scores(model, A, B, clip, "a balloon")
    assert scores["clipsim_text"] == pytest.approx(np.mean([x @ text for x in e]), abs=1e-6)
    assert scores["clipsim_scenes"] == pytest.approx(
        np.mean([x @ scene for x in e for scene in scenes]), abs=1e-6
    )
    assert scores["clipsim_frames"] == pytest.approx((e[0] @ e[1] + e[1] @ e[2]) / 2, abs=1e-6)


def test_identical_pictures_score_best_and_noise_lowers_it(model):
    still = clip_scores(model, A, A, np.stack([A] * 3), "")
    assert still == {"clipsim_scenes": pytest.approx(1), "clipsim_frames": pytest.approx(1)}
    flat = np.full((40, 56, 3), 128, np.uint8)
    noise = np.random.default_rng(1).normal(size=(6, 40, 56, 3))
    scores = [
        clip_scores(model, flat, flat, (flat + level * noise).clip(0, 255).astype(np.uint8), "")
        for level in (0, 5, 60)
    ]
    for name in ("clipsim_scenes", "clipsim_frames"):
        best, middle, worst = (score[name] for score in scores)
        assert best > middle > worst


def test_shuffled_frames_are_less_alike_than_neighbours(model):
    order = np.random.default_rng(3).permutation(9)
    shuffled = clip_scores(model, A, B, walk()[order], "")
    ordered = clip_scores(model, A, B, walk(), "")
    assert shuffled["clipsim_frames"] < ordered["clipsim_frames"]
    assert shuffled["clipsim_scenes"] == pytest.approx(ordered["clipsim_scenes"], abs=1e-5)


def test_measure_adds_them_in_the_order_of_the_table(model):
    figures = measure(A, B, walk(2), "a balloon", model)
    names = [each.name for each in MEASURES]
    assert list(figures) == [name for name in names if name in figures]
    assert {*names} - {*figures} <= {"faces_cut"}, "which needs the detector"
    assert "clipsim_text" not in measure(A, B, walk(2), " ", model)


def test_one_frame_and_one_pixel(model):
    dot = np.zeros((1, 1, 3), np.uint8)
    assert clip_scores(model, dot, dot, dot[None], "")["clipsim_frames"] == 1


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _configured(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


def _cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def _half(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = folder / "model.safetensors"
    weights = {k: v for k, v in load_file(file).items() if not k.startswith("text_model")}
    save_file(weights, file, {"format": "pt"})


def _not_json(folder: Path) -> None:
    (folder / "config.json").write_text("[")


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (_without("config.json"), BadInput, "has no config.json; expected is a CLIP folder"),
        (_not_json, BadInput, "config.json cannot be read"),
        (_configured(model_type="t5"), BadInput, "is a model of the kind 't5'"),
        (_configured(model_type="siglip"), BadInput, "is a model of the kind 'siglip'"),
        (_configured(projection_dim=8), BadInput, "cannot be read as a CLIP model"),
        (_configured(projection_dim="wide"), BadInput, "cannot be read as a CLIP model"),
        (
            _configured(vision_config={"num_attention_heads": 0}),
            BadInput,
            "cannot be read as a CLIP model",
        ),
        (_pickled, BadInput, "its weights are pickled"),
        (_without("model.safetensors"), MissingWeights, "has no model.safetensors"),
        (_without("tokenizer.json"), MissingWeights, "has no tokenizer"),
        (_without("preprocessor_config.json"), MissingWeights, "has no image processor"),
        (_cut, MissingWeights, "is cut off"),
        (_half, MissingWeights, "weights are missing, first text_model"),
    ],
)
def test_a_wrong_folder_is_told_in_one_line(folder, tmp_path, spoil, error, said):
    spoiled = tmp_path / "clip"
    shutil.copytree(folder, spoiled)
    spoil(spoiled)
    with pytest.raises(error) as raised:
        open_clip(spoiled, device="cpu")
    assert type(raised.value) is error
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_the_store_and_the_hubs_cache_are_looked_in(folder, tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setenv("SEINE_MODELS", str(tmp_path / "none"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    assert not clip_is_here()
    for name in (None, "owner/clip", "no such/folder/here"):
        with pytest.raises(MissingWeights, match="models download clip"):
            open_clip(name)
    snapshot = tmp_path / "hub/models--owner--clip/snapshots/abc"
    shutil.copytree(folder, snapshot)
    assert open_clip("owner/clip", device="cpu").images([A]).shape == (1, 16)
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path / "models"))
    own = tmp_path / "models/clip"
    shutil.copytree(folder, own)
    for name in ("vocab.json", "merges.txt"):
        (own / name).write_text("{}")  # a slow tokenizer's, which the hub has too
    assert clip_is_here()
    assert open_clip(device="cpu").images([A]).shape == (1, 16)
