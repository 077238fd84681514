"""One folder for `SeinePipeline.from_pretrained`, of the checkpoint and Stable Diffusion 1.4."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from seine_core.errors import BadInput, MissingWeights, download
from seine_core.files.atomic import make_folder, new_folder
from seine_core.weights import store
from seine_core.weights.checkpoint import check_file, load_seine

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_SPARE = 100_000_000  # bytes beside the weights


def convert(
    checkpoint: Path | str,
    base: Path | str | None,
    out: Path | str,
    torch_dtype: torch.dtype | None = None,
    *,
    download: bool = False,
) -> Path:
    """Write the pipeline of `checkpoint` and `base` into the new folder `out`; it is there whole or
    not at all.

    Raises:
        BadInput: a file or folder cannot be used, or the disk has no room.
        MissingWeights: the base is not on this machine.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(
            "exists already", subject=out, advice="name a new folder, or delete this one first"
        )
    save_pipeline(build_pipeline(checkpoint, base, torch_dtype, download=download), out)
    return out


def save_pipeline(
    pipeline: Any,
    out: Path,
    *,
    replace: bool = False,
    finish: Callable[[Path], None] = lambda part: None,
) -> None:
    """Write a SeinePipeline into the folder `out`, which is there whole or not at all; it must be
    new or empty unless it may be replaced. `finish` gets the folder of another name that `out` is
    made in, when all but what it does is done.

    Raises:
        BadInput: the folder cannot be written, or the disk has no room.
    """
    _check_room(pipeline, out)
    try:
        make_folder(out.parent)
        with new_folder(out, replace=lambda old: replace) as part:
            pipeline.save_pretrained(part, safe_serialization=True)
            for file in part.rglob("*.safetensors"):
                file.chmod(0o644)  # its writer leaves them to their owner alone
            finish(part)
    except OSError as error:
        raise BadInput("cannot be written", subject=out, reason=error) from None


def build_pipeline(
    checkpoint: Path | str,
    base: Path | str | None,
    torch_dtype: torch.dtype | None = None,
    *,
    download: bool = False,
) -> Any:
    """A SeinePipeline in memory. `base` is a Stable Diffusion 1.4 folder or its id on the hub; the
    model manager's where left out. Nothing is downloaded unless `download` is set.

    Raises:
        BadInput: a file or folder cannot be used.
        MissingWeights: the base is not on this machine.
    """
    from seine_core.diffusion.schedule import seine_scheduler
    from seine_core.pipeline.pipeline import SeinePipeline

    check_file(checkpoint)
    parts = base_parts(base, torch_dtype, download)
    unet = load_seine(checkpoint, torch_dtype)
    check_match(parts, unet, base)
    return SeinePipeline(unet=unet, scheduler=seine_scheduler(), **parts)


def base_parts(
    base: Path | str | None, torch_dtype: torch.dtype | None, download: bool = False
) -> dict[str, Any]:
    """Tokenizer, text encoder and VAE of a base, by the pipeline's names for them.

    Raises: as `build_pipeline`.
    """
    from diffusers import AutoencoderKL
    from transformers import CLIPTextModel, CLIPTokenizer

    place = base_place(base, download)
    _check_whole(place)
    options: dict[str, Any] = {"local_files_only": not download}
    try:
        return {
            "tokenizer": CLIPTokenizer.from_pretrained(place, subfolder="tokenizer", **options),
            "text_encoder": CLIPTextModel.from_pretrained(
                place, subfolder="text_encoder", dtype=torch_dtype or "auto", **options
            ).eval(),
            "vae": AutoencoderKL.from_pretrained(
                place, subfolder="vae", dtype=torch_dtype, low_cpu_mem_usage=False, **options
            ).eval(),
        }
    except Exception as error:  # of diffusers, transformers, the hub and safetensors alike
        raise _base_error(place, error) from error


def base_place(base: Path | str | None, download: bool = False) -> str:
    """Where the base is: a folder, or an id that the hub's cache knows."""
    if base is None:
        return str(store.path("seine", "base"))
    if Path(base).is_dir():
        return str(base)
    own = store.find("seine").parts[1]
    if str(base) in (own.repo, own.folder.rsplit("/", 1)[-1]):
        try:
            return str(store.path("seine", "base"))
        except MissingWeights:
            if not download:
                raise
            return own.repo
    if not _HUB_ID.fullmatch(str(base)):
        raise BadInput(
            "no such folder",
            subject=base,
            advice="expected is Stable Diffusion 1.4's, or its hub id",
        )
    return str(base)


def _check_whole(place: str) -> None:
    """Say what a folder lacks before the libraries do: they make up an empty tokenizer."""
    folder = Path(place)
    if not folder.is_dir():
        return
    words = folder / "tokenizer" / "tokenizer.json"
    for name in ("vae/config.json", "text_encoder/config.json", "tokenizer/vocab.json"):
        if not (folder / name).is_file() and not (name.startswith("tokenizer") and words.is_file()):
            raise BadInput(
                f"is no Stable Diffusion 1.4 folder ({name} is missing)",
                subject=folder,
                advice="expected are the subfolders vae, text_encoder and tokenizer",
            )


def _base_error(place: str, error: Exception) -> Exception:
    if not Path(place).is_dir():
        return MissingWeights(
            "is not in the hub's cache",
            subject=place,
            advice=f"{download('seine')}, or give a folder, or allow the download with --download",
        )
    return BadInput("is no whole Stable Diffusion 1.4 folder", subject=Path(place), reason=error)


def check_match(parts: dict[str, Any], unet: Any, base: Path | str | None) -> None:
    """The base must be the one that the UNet was trained on, as far as its shapes tell."""
    width, channels = parts["text_encoder"].config.hidden_size, parts["vae"].config.latent_channels
    for described, found, expected in (
        (f"text encoder has width {width}", width, unet.config.cross_attention_dim),
        (f"VAE has {channels} latent channels", channels, unet.config.out_channels),
    ):
        if found != expected:
            raise BadInput(
                f"its {described}, the UNet expects {expected}",
                subject=base,
                advice="the base is Stable Diffusion 1.4",
            )


def _check_room(pipeline: Any, out: Path) -> None:
    modules = (pipeline.unet, pipeline.vae, pipeline.text_encoder)
    needed = sum(t.nbytes for m in modules for t in m.state_dict().values()) + _SPARE
    there = next(folder for folder in (out, *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise BadInput(
            f"needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free",
            subject=out,
            advice="choose another disk, or half the size with --dtype float16",
        )
