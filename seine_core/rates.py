"""Frame rates as exact numbers: what is called 29.97 is 30000/1001, and no hour of it drifts."""

from fractions import Fraction
from typing import Any

from seine_core.errors import BadInput

Rate = int | Fraction  # frames a second, exact either way

MAX_RATE = 60
# The rates of NTSC, a thousandth less than whole ones: 23.976, 29.97 and 59.94.
NTSC = tuple(Fraction(1000 * whole, 1001) for whole in (24, 30, 60))
RATES = f"whole numbers, 1 to {MAX_RATE}, and 23.976, 29.97 and 59.94"
_NEAR = Fraction(1, 200)  # 23.98 means 23.976, too


def exact_rate(value: Any) -> Fraction:
    """The rate that a number, or text such as "25", "29.97" or "30000/1001", stands for.

    Raises:
        BadInput: it is none of `RATES`.
    """
    try:
        given = Fraction(value)
    except (TypeError, ValueError, ArithmeticError):
        given = Fraction(0)
    if given.denominator == 1 and 1 <= given <= MAX_RATE and not isinstance(value, bool):
        return given
    for rate in NTSC:
        if abs(given - rate) <= _NEAR:
            return rate
    raise BadInput(subject="fps", received=value, allowed=RATES)


def rate_name(rate: Rate) -> str:
    """What people call it: 25, 29.97."""
    return f"{float(rate):.5g}"


def rate_number(rate: Rate) -> int | float:
    """The nearest number that JSON knows, which `exact_rate` turns into the same rate again."""
    return int(rate) if rate == int(rate) else float(rate)


def rate_key(rate: Rate) -> int | str:
    """As it stands in keys: 25, "30000/1001"."""
    return int(rate) if rate == int(rate) else str(rate)
