"""The types of a story's fields, and the base of its parts: frozen, with no field unknown."""

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from seine_core.errors import BadInput
from seine_core.rates import MAX_RATE, RATES, exact_rate, rate_number

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Text = Annotated[str, Field(max_length=2000)]
Line = Annotated[str, Field(max_length=200)]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$"), BeforeValidator(lambda v: _lower(v))]
Label = Literal["red", "orange", "yellow", "green", "blue", "purple"]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Strength = Annotated[float, Field(ge=0, le=4)]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86400)]  # in a file
Fade = Annotated[float, Field(ge=0, le=60)]  # seconds
Rate = Annotated[  # frames a second; a file has the nearest number
    Fraction,
    BeforeValidator(lambda v: _rate(v)),
    PlainSerializer(rate_number, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number", "minimum": 1, "maximum": MAX_RATE}),
]
Volume = Annotated[float, Field(ge=0, le=4)]  # a factor of the amplitude
Fit = Literal["cover", "contain", "blur"]
Quality = Literal["draft", "final"]
MediaName = Annotated[
    str,
    # One plain name inside media/: no folder, no drive, nothing hidden.
    Field(pattern=r"^[^\x00-\x1f/\\:.][^\x00-\x1f/\\:]{0,199}$"),
]


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _rate(value: Any) -> Fraction:
    try:
        return exact_rate(value)
    except BadInput:
        raise ValueError(f"allowed are {RATES}") from None


class Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )
