"""Where models are kept, and which of their files are there and whole. Loads nothing, asks nobody.

A folder that was downloaded holds a receipt with each file's size and hash as the hub gave them;
files that were put there by hand are judged by themselves.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seine_core.errors import BadInput, MissingWeights, Wording, download
from seine_core.weights.store.catalogue import MODELS, Model, Part, find
from seine_core.weights.weight_file import damage

FOLDER_VARIABLE = "SEINE_MODELS"
DEFAULT_FOLDER = "~/.cache/seine-storyboard/models"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # of a trained model: what a story can name
PART_SUFFIX = ".part"  # of a file that is still being downloaded

State = Literal["complete", "partial", "missing"]
Receipt = dict[str, tuple[int, str]]  # {file: (bytes, SHA-256 or "")}


@dataclass(frozen=True, kw_only=True)
class PartStatus:
    """`folder` is where the part is, or where it belongs; `problems` are lines for the user."""

    part: Part
    state: State
    folder: Path
    here: int  # bytes
    total: int
    problems: tuple[str, ...] = ()
    in_hub_cache: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelStatus:
    model: Model
    parts: tuple[PartStatus, ...]

    @property
    def state(self) -> State:
        states = {part.state for part in self.parts}
        if states == {"complete"}:
            return "complete"
        return "missing" if states == {"missing"} else "partial"

    @property
    def here(self) -> int:
        return sum(part.here for part in self.parts)

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts)

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for part in self.parts for problem in part.problems)


def models_folder() -> Path:
    """Where models are kept: the environment's SEINE_MODELS, or a folder in the user's cache."""
    return Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER).expanduser().absolute()


def trained_folders() -> dict[str, Path]:
    """Pipelines that `train` wrote and somebody put into the models' folder `trained`, by name."""
    root = models_folder() / "trained"
    if not root.is_dir():
        return {}
    return {
        folder.name: folder
        for folder in sorted(root.iterdir())
        if _NAME.fullmatch(folder.name) and (folder / "model_index.json").is_file()
    }


def shown_root() -> str:
    """The models' folder as it is told to a user who sits elsewhere: without the home folder."""
    return f"${FOLDER_VARIABLE}" if os.environ.get(FOLDER_VARIABLE) else DEFAULT_FOLDER


def shown_folder(part: Part) -> str:
    """A part's folder as it is told to a user who sits elsewhere."""
    return f"{shown_root()}/{part.folder}"


def status(name: str) -> ModelStatus:
    """What is there of a model, in its own folder or in the hub's cache.

    Raises:
        BadInput: there is no such model.
    """
    model = find(name)
    return ModelStatus(model=model, parts=tuple(part_status(part) for part in model.parts))


def list_models() -> tuple[ModelStatus, ...]:
    """Every model that an engine can use, and what is there of it."""
    return tuple(status(model.name) for model in MODELS)


def path(name: str, part: str = "") -> Path:
    """Where the whole part of a model is, its first part if none is named: the file itself where
    the part is one file, else the folder.

    Raises:
        BadInput: there is no such model or part.
        MissingWeights: it is not there, or not whole; the message says what to do.
    """
    found = status(name)
    names = [each.part.name for each in found.parts]
    if part and part not in names:
        raise BadInput(f"it has {', '.join(names)}", subject=f"the part of {name}", received=part)
    here = found.parts[names.index(part) if part else 0]
    if here.state != "complete":
        why = here.problems[0] if here.problems else "its weights are not on this machine"
        get = download(name)
        place = f"or put the files into {own_folder(here.part)} (`models status {name}` names them)"
        raise MissingWeights(
            why,
            subject=found.model.title,
            advice=Wording(f"{get.terminal}, {place}", get.page),
        )
    return here.folder / here.part.single if here.part.single else here.folder


def by_hand(part: Part, folder: str) -> str:
    """Which files to put where, without the help of this program."""
    if part.single:
        return f"{part.single} of {part.source} into {folder}"
    names = ", ".join(sorted(_required(part, own_folder(part))))
    return f"the files of {part.source} into {folder}: {names}"


def part_status(part: Part) -> PartStatus:
    """What is there of a part: in its own folder, else in the hub's cache, else nothing."""
    own = _judge(part, own_folder(part), in_hub_cache=False)
    if own.state == "complete":
        return own
    for snapshot in _hub_snapshots(part):
        cached = _judge(part, snapshot, in_hub_cache=True)
        if cached.state == "complete":
            return cached
    return own


def wrong_hashes(found: PartStatus) -> list[str]:
    """Files whose content is not what the hub or the release published. Reads them whole."""
    known = dict(found.part.sha256)
    known |= {
        name: sha256
        for name, (_, sha256) in read_receipt(found.part, found.folder).items()
        if sha256  # what the hub said of this very download
    }
    return [
        f"{name}: differs from the published file (SHA-256)"
        for name, sha256 in known.items()
        if (found.folder / name).is_file() and file_hash(found.folder / name) != sha256
    ]


def file_hash(file: Path) -> str:
    """The file's SHA-256 in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def own_folder(part: Part) -> Path:
    """Where a part is put, by a download or by hand."""
    return models_folder() / part.folder


def _hub_snapshots(part: Part) -> Iterator[Path]:
    """The part's snapshots in the cache that all programs of the hub share."""
    from huggingface_hub import constants

    for repo in (part.repo, *part.also):
        snapshots = Path(constants.HF_HUB_CACHE, f"models--{repo.replace('/', '--')}", "snapshots")
        if snapshots.is_dir():
            yield from sorted(snapshots.iterdir())


def _judge(part: Part, folder: Path, *, in_hub_cache: bool) -> PartStatus:
    receipt = {} if in_hub_cache else read_receipt(part, folder)
    wanted, published = set(receipt) | _required(part, folder), dict(part.sha256)
    here, problems, absent = 0, [], []
    for name in sorted(wanted):
        file = folder / name
        size, _ = receipt.get(name, (-1, ""))
        try:
            if file.is_file():
                here += file.stat().st_size
                fault = "" if file.stat().st_size == size else damage(file)
                fault = fault or _other_content(file, published.get(name, ""))
                if fault:
                    problems.append(f"{name} {fault}")
            else:
                absent.append(name)
                unfinished = file.with_name(file.name + PART_SUFFIX)
                here += unfinished.stat().st_size if unfinished.is_file() else 0
        except OSError as error:
            problems.append(f"{name} cannot be read ({error.strerror})")
    if absent and here:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        problems.append(f"{absent[0]}{more} not here yet")
    complete = bool(wanted) and not absent and not problems
    total = sum(size for size, _ in receipt.values()) or (here if complete else part.size)
    return PartStatus(
        part=part,
        state="complete" if complete else "partial" if here else "missing",
        folder=folder,
        here=here,
        total=total,
        problems=tuple(problems),
        in_hub_cache=in_hub_cache,
    )


def _other_content(file: Path, sha256: str) -> str:
    """What is wrong with an ONNX file that was published with this hash. Its reader is native code,
    which is given no file of somebody else."""
    if not sha256 or file.suffix != ".onnx" or file_hash(file) == sha256:
        return ""
    return "differs from the published file (SHA-256); download it again"


def _required(part: Part, folder: Path) -> set[str]:
    """The files without which the part does not work, weights as they are split here."""
    names = set(part.files)
    for component in part.components:
        names |= {f"{component}/config.json", *_weights(folder, component)}
    return names


def _weights(folder: Path, component: str) -> set[str]:
    """A component's weight files: all shards that its index names, else the one whole file."""
    inside = folder / component
    for index in sorted(inside.glob("*.index.json")):
        if index.name.count(".") == 3 and ".safetensors" in index.name:  # no variant like fp16
            try:
                shards = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
            except (OSError, ValueError, TypeError, KeyError, AttributeError):
                shards = set()
            return {f"{component}/{index.name}", *(f"{component}/{s}" for s in shards)}
    stem = "model" if component.endswith("_encoder") else "diffusion_pytorch_model"
    for suffix in (".safetensors", ".bin"):
        for name in (f"{stem}{suffix}", f"pytorch_model{suffix}"):
            if (inside / name).is_file():
                return {f"{component}/{name}"}
    return {f"{component}/{stem}.safetensors"}


def receipt_file(part: Part, folder: Path) -> Path:
    """Where the receipt of a part that was downloaded is."""
    return folder / f".{part.name}-download.json"


def read_receipt(part: Part, folder: Path) -> Receipt:
    """What the hub said of the part's files when they were downloaded; empty if they were not."""
    try:
        files = json.loads(receipt_file(part, folder).read_text("utf-8"))["files"]
        return {str(name): (int(size), str(sha256)) for name, (size, sha256) in files.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
