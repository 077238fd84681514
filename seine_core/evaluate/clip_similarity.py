"""CLIPSIM, the three scores of SEINE's table (arXiv 2310.20700, section 4): how a clip, its prompt
and its scenes agree for a CLIP model (Radford et al., arXiv 2103.00020).

    clipsim_text     mean cosine of every frame and the prompt
    clipsim_scenes   mean cosine of every frame and the given scenes, over both of them alike
    clipsim_frames   mean cosine of every frame and the next

All are -1..1 and better the higher. Scores of different CLIP models do not compare: with the usual
ViT-B/32 a fitting caption has about 0.3, two pictures of one scene more than 0.9.

Nothing is fetched here. Only safetensors are read, and no code that a folder may hold is run.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Frames, Still
from seine_core.engines.local.availability import missing
from seine_core.errors import BadInput, MissingWeights, download, quoted
from seine_core.files.outside_text import read_json
from seine_core.weights.store import path
from seine_core.weights.weight_file import damage

MODEL = "clip"  # of the model store
_BATCH = 32
_EXPECTED = (
    "expected is a CLIP folder with config.json, model.safetensors, tokenizer and image processor"
)
# What reading a damaged or made-up folder may raise beside the libraries' own errors.
_UNREADABLE = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError),
    *(RuntimeError, ArithmeticError, MemoryError),
)
_KEPT = 8192  # embeddings, the latest used ones: 16 MB of ViT-B/32's

Embeddings = NDArray[np.float32]  # [n d], each of length 1


class ClipModel:
    """CLIP's encoders of pictures and texts, with a cache of the latest embeddings; thread-safe."""

    def __init__(self, model: Any, tokenizer: Any, processor: Any) -> None:
        self._model, self._tokenizer, self._processor = model, tokenizer, processor
        self._words = model.config.text_config.max_position_embeddings  # 77 tokens
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._working = threading.Lock()

    def images(self, frames: Iterable[Still]) -> Embeddings:
        """[n d] float32 unit vectors of n >= 1 pictures [h w 3] uint8 of any size, whose middle
        square CLIP reads."""
        stills = [np.ascontiguousarray(frame) for frame in frames]
        keys = [_key(f"image {still.shape}", still) for still in stills]
        return self._embedded(keys, lambda new: self._of_images([stills[i] for i in new]))

    def texts(self, prompts: Sequence[str]) -> Embeddings:
        """[n d] float32 unit vectors of n >= 1 texts, cut off after 77 tokens, about 60 words."""
        keys = [_key("text", prompt.encode("utf-8", "replace")) for prompt in prompts]
        return self._embedded(keys, lambda new: self._of_texts([prompts[i] for i in new]))

    def _embedded(self, keys: list[bytes], embed: Callable[[list[int]], Embeddings]) -> Embeddings:
        """The embeddings of `keys`; `embed` makes those of the positions that are not kept."""
        with self._working:
            found = {key: self._kept.pop(key) for key in dict.fromkeys(keys) if key in self._kept}
            new = [i for i, key in enumerate(keys) if key not in found and key not in keys[:i]]
            for at in range(0, len(new), _BATCH):
                batch = new[at : at + _BATCH]
                found |= zip((keys[i] for i in batch), embed(batch), strict=True)
            self._kept |= found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return np.stack([found[key] for key in keys])

    def _of_images(self, frames: list[Still]) -> Embeddings:
        pixels = self._processor(images=frames, return_tensors="pt").pixel_values
        pixels = pixels.to(self._model.device, self._model.dtype)
        return self._run(self._model.get_image_features, pixel_values=pixels)

    def _of_texts(self, prompts: list[str]) -> Embeddings:
        tokens = self._tokenizer(
            prompts, padding=True, truncation=True, max_length=self._words, return_tensors="pt"
        ).to(self._model.device)
        return self._run(
            self._model.get_text_features,
            input_ids=tokens.input_ids,
            attention_mask=tokens.attention_mask,
        )

    def _run(self, embed: Callable[..., Any], **inputs: Any) -> Embeddings:
        import torch

        with torch.inference_mode():
            features = embed(**inputs).pooler_output.float()
        return np.asarray(torch.nn.functional.normalize(features, dim=-1).cpu(), np.float32)


def clip_scores(
    model: ClipModel, start: Still, end: Still, clip: Frames, prompt: str
) -> dict[str, float]:
    """The scores by name, -1..1, of `clip` [f h w 3] uint8, f >= 1, between the stills [h w 3]
    uint8; `clipsim_text` only where the prompt is not blank."""
    frames = model.images(clip)
    scores = {}
    if prompt.strip():
        scores["clipsim_text"] = float((frames @ model.texts([prompt]).T).mean())
    scores["clipsim_scenes"] = float((frames @ model.images([start, end]).T).mean())
    neighbours = (frames[:-1] * frames[1:]).sum(axis=1)
    scores["clipsim_frames"] = float(neighbours.mean()) if len(neighbours) else 1.0
    return scores


def clip_is_here() -> bool:
    """Whether the model store has its CLIP model on this machine; cheap."""
    return not missing(MODEL)


def open_clip(name_or_folder: str | Path | None = None, device: str = "auto") -> ClipModel:
    """The CLIP model of a folder, of a hub id whose files are on this machine already, or, without
    a name, of the model store; in half precision on a GPU.

    Raises:
        MissingWeights: it is not on this machine, or not whole.
        BadInput: it is another kind of model, or its weights are pickled.
    """
    folder = path(MODEL) if name_or_folder is None else _folder(name_or_folder)
    _check(folder)
    return _loaded(folder, device)


def _folder(name: str | Path) -> Path:
    folder = Path(name)
    if folder.is_dir():
        return folder
    for snapshot in _hub_snapshots(str(name)):
        if any(snapshot.glob("*.safetensors")):
            return snapshot
    raise MissingWeights(
        "neither a folder nor a hub id whose safetensors are on this machine",
        subject="CLIP",
        received=str(name),
        advice=download(MODEL),
    )


def _hub_snapshots(repo: str) -> Iterator[Path]:
    from huggingface_hub import constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError:
        return
    folder = Path(constants.HF_HUB_CACHE, f"models--{repo.replace('/', '--')}", "snapshots")
    if folder.is_dir():
        yield from sorted(folder.iterdir())


def _check(folder: Path) -> None:
    """Whether the folder is a CLIP model's at all, judged by its small files."""
    if not (folder / "config.json").exists():
        raise BadInput("has no config.json", subject=folder, advice=_EXPECTED)
    try:
        config = read_json(folder / "config.json")
        kind = str(config["model_type"]) if isinstance(config, dict) else ""
    except (BadInput, KeyError):
        raise BadInput("its config.json cannot be read", subject=folder, advice=_EXPECTED) from None
    if kind != "clip":
        raise BadInput(f"is a model of the kind {quoted(kind)}", subject=folder, advice=_EXPECTED)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        if any(folder.glob("*.bin")):
            raise BadInput(
                "its weights are pickled (.bin), which can run code and is not read",
                subject=folder,
                allowed=f"safetensors, as `models download {MODEL}` gets them",
            )
        raise MissingWeights("has no model.safetensors", subject=folder, advice=_EXPECTED)
    for file in weights:
        if fault := damage(file):
            raise MissingWeights(fault, subject=file)
    for what, choices in (
        ("tokenizer", ("tokenizer.json", "vocab.json")),
        ("image processor", ("preprocessor_config.json", "processor_config.json")),
    ):
        if not any((folder / name).is_file() for name in choices):
            raise MissingWeights(
                f"has no {what} ({' or '.join(choices)})", subject=folder, advice=_EXPECTED
            )


def _loaded(folder: Path, device: str) -> ClipModel:
    import torch
    import transformers
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

    from seine_core.pipeline.placement import choose_device

    transformers.utils.logging.disable_progress_bar()
    place = choose_device(device)
    dtype = torch.float32 if place.type == "cpu" else torch.float16
    try:
        read: Any = CLIPModel.from_pretrained  # whose type leaves the second result out
        model, loading = read(
            folder,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        # Pillow's, with which the published scores are made; the other needs torchvision.
        processor = CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
    except (*_UNREADABLE, StrictDataclassError, SafetensorError) as error:
        raise BadInput("cannot be read as a CLIP model", subject=folder, reason=error) from None
    if absent := sorted(loading["missing_keys"]):
        raise MissingWeights(
            f"{len(absent)} weights are missing, first {absent[0]}",
            subject=folder,
            advice="get the model again",
        )
    return ClipModel(model.eval().to(place), tokenizer, processor)


def _key(kind: str, content: Any) -> bytes:
    """Of what lies in memory as `content`, bytes or an array."""
    digest = hashlib.blake2b(kind.encode(), digest_size=16)
    digest.update(content)
    return digest.digest()
