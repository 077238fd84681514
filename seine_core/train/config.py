"""The configuration of a training run, read from a TOML or JSON file and validated at once.

`configs/` holds the files for the usual runs. Paths count from where the command is run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from seine_core.errors import BadInput
from seine_core.files.outside_text import parse_json, parse_toml, read_text
from seine_core.painter import CHANGING
from seine_core.pipeline.masks import VISIBLE_IN_TRAINING

HEAVIEST = 50.0  # a weight beyond makes the errors of rounding count

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
NonNegative = Annotated[int, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClipShape(_Section):
    """The shape of the clips: frames and pixels."""

    frames: Annotated[int, Field(ge=2, le=32)] = 16
    width: Annotated[int, Field(ge=16, le=2048, multiple_of=8)] = 512
    height: Annotated[int, Field(ge=16, le=2048, multiple_of=8)] = 320


class Videos(_Section):
    """A folder of videos. Without `captions` a video's is in the .txt file beside it, if any."""

    kind: Literal["videos"]
    folder: Path
    captions: Path | None = None  # CSV or JSONL `path,caption`, WebVid's CSV, MSR-VTT's JSON
    stride: tuple[Count, Count] = (2, 6)  # every how manieth frame of the file: from, to


class Images(_Section):
    """A folder of pictures, each a still clip over which a camera moves."""

    kind: Literal["images"]
    folder: Path
    captions: Path | None = None
    strength: tuple[float, float] = (0.5, 1.5)  # of the camera's move: from, to
    fps: Annotated[int, Field(ge=1, le=60)] = 8


class PaintedScenes(_Section):
    """Clips painted on the fly (`painter`)."""

    kind: Literal["painted"]
    clips: Count = 10_000
    held_out: bool = False  # from the seeds that are never trained on
    changing: Fraction = CHANGING  # probability of two scenes in a clip


Data = Annotated[Videos | Images | PaintedScenes, Field(discriminator="kind")]


class Loading(_Section):
    """How clips are loaded."""

    workers: NonNegative = 2  # processes that decode; 0: the training process itself
    variations: NonNegative = (
        0  # different starts, strides and moves of an item; 0: new in every epoch
    )
    cache: Path | None = None  # a folder for latents and texts; of use with few variations


class Start(_Section):
    """The initial weights, and which of them are trained."""

    weights: Literal["scratch", "sd14", "lavie", "seine"]
    checkpoint: Path | None = None  # of lavie or seine; the model manager's seine if left out
    base: Path | None = None  # VAE, text encoder and tokenizer; the model manager's if left out
    unet: dict[str, Any] = {}  # its sizes, where they are not the published ones
    train: Literal["all", "temporal", "lora"] = "all"
    lora_rank: Count = 16
    train_text: bool = False  # the text encoder too, for a small one that begins from nothing

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.weights == "lavie" and self.checkpoint is None:
            raise ValueError("checkpoint: name LaVie's file, such as lavie_base.pt")
        if self.weights in ("scratch", "sd14") and self.checkpoint is not None:
            raise ValueError(f"checkpoint: {self.weights!r} begins without one; leave it out")
        if self.weights in ("sd14", "seine") and self.unet:
            raise ValueError(f"unet: {self.weights!r} has its own sizes; leave it out")
        if self.weights == "scratch" and self.train != "all":
            raise ValueError("train: from scratch, only 'all' makes sense")
        return self


class MaskProbabilities(_Section):
    """The probability of each kind of mask. The published training has random = 1 alone; the others
    follow how often each task is used."""

    random: Fraction = 0.5  # each frame given with probability `visible`
    transition: Fraction = 0.2  # first and last given
    first: Fraction = 0.15
    first_k: Fraction = 0.1  # the first 2 to `max_k`
    hidden: Fraction = 0.05  # none given: text to video
    visible: Fraction = VISIBLE_IN_TRAINING
    max_k: Annotated[int, Field(ge=2)] = 6

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.random + self.transition + self.first + self.first_k + self.hidden
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the probabilities of the masks add up to {total:g}, they must to 1")
        return self


class Optimiser(_Section):
    """AdamW."""

    lr: Annotated[float, Field(gt=0, le=1)] = 1e-5
    warmup: NonNegative = 500  # steps over which the rate rises from 0
    decay: Literal["constant", "cosine"] = "constant"  # of the rate, after the warm-up
    betas: tuple[Fraction, Fraction] = (0.9, 0.999)
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0


class Validation(_Section):
    """Validation every `every` steps, always on the same clips and the same noise."""

    every: Count = 1000
    clips: Annotated[int, Field(ge=1, le=16)] = 4
    data: Data | None = None  # held-out clips
    sampling_steps: Annotated[int, Field(ge=1, le=1000)] = 25
    guidance_scale: Annotated[float, Field(ge=0, le=100)] = 8.0


class Config(_Section):
    """A whole run. A step has batch_size x accumulate x processes clips.

    On a CPU, bfloat16 is several times as fast as float32 where there are instructions for it;
    `auto` finds out. Where the machine does other work too, fewer threads are faster than threads
    that wait for each other: set OMP_NUM_THREADS to the cores that are free.
    """

    out: Path  # checkpoints, logs, sheets and the finished model
    steps: Count
    seed: Annotated[int, Field(ge=0)] = 0
    clip: ClipShape = ClipShape()
    data: Data | None = None  # None: the caller of `train` brings the clips
    loading: Loading = Loading()
    start: Start
    masks: MaskProbabilities = MaskProbabilities()
    drop_text: Fraction = 0.1
    noise_shift: Annotated[float, Field(ge=1, le=100)] = 1.0  # above 1, noisy steps come more often
    min_snr: Annotated[float, Field(gt=0)] | None = None  # gamma of min-SNR weighting; 5 is usual
    heaviest: Annotated[float, Field(ge=1)] = HEAVIEST  # largest of those weights
    carried: Annotated[float, Field(ge=0)] = 1.0  # weight of the losses of warped frames
    optimiser: Optimiser = Optimiser()
    batch_size: Count = 1
    accumulate: Count = 1
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    gradient_checkpointing: bool = True  # false takes memory and saves about a quarter of the time
    ema_decay: Annotated[float, Field(ge=0, lt=1)] = 0.9999
    log_every: Count = 10
    checkpoint_every: Count = 500
    keep: Count = 2  # newest checkpoints
    tensorboard: bool = True
    validation: Validation | None = None


_MAX_BYTES = 1_000_000


def read_config(path: Path, changes: Sequence[str] = ()) -> Config:
    """The configuration in a file, with `changes` such as "optimiser.lr=1e-4" applied.

    Raises:
        BadInput: the file or a value cannot be used.
    """
    text = read_text(path, _MAX_BYTES)
    try:
        content = parse_json(text) if path.suffix == ".json" else parse_toml(text)
    except BadInput as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise BadInput(f"is no {kind} that can be read", subject=path, reason=error) from None
    if not isinstance(content, dict):
        raise BadInput("holds no settings", subject=path, advice="expected are names and values")
    for change in changes:
        _change(content, change)
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise BadInput(_first_fault(error), subject=path) from None


def _change(content: dict[str, Any], change: str) -> None:
    name, is_, value = change.partition("=")
    if not is_ or not name:
        raise BadInput(
            subject="--set", received=change, allowed="name=value, as in optimiser.lr=1e-4"
        )
    *sections, last = name.strip().split(".")
    for section in sections:
        content = content.setdefault(section, {})
        if not isinstance(content, dict):
            raise BadInput(f"{section} in {name!r} is a value, not a section", subject="--set")
    try:
        content[last] = parse_toml(f"value = {value}")["value"]
    except BadInput:
        content[last] = value.strip()  # a bare word is text


def _first_fault(error: ValidationError) -> str:
    faults = error.errors(include_url=False)
    first = faults[0]
    place = ".".join(str(part) for part in first["loc"])
    why = first["msg"].removeprefix("Value error, ")
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    if first["type"] == "extra_forbidden":
        return f"{place}: there is no such setting{more}"
    if first["type"] == "missing":
        return f"{place}: is missing{more}"
    received = "" if first["type"] == "value_error" else f"received {first['input']!r}, "
    return f"{place}: {received}{why[0].lower()}{why[1:]}{more}".removeprefix(": ")
