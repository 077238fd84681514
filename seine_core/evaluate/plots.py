"""Plots as inline SVG: all values of a measure as dots, the mean with its interval on top."""

import math
from collections.abc import Mapping, Sequence

from seine_core.evaluate.markup import Markup, tag
from seine_core.evaluate.measures import Measure
from seine_core.evaluate.statistics import Estimate

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP, _FOOT = 360, 86, 20, 34, 6, 26
_DOTS = 300  # of an engine; of more, evenly spaced ones
_GOLDEN = 0.618034  # spreads the dots of a row without a pattern


def dot_plot(
    measure: Measure,
    engines: Sequence[str],
    values: Mapping[str, Sequence[float]],
    estimates: Mapping[str, Estimate],
    described: str,
) -> Markup:
    """A row for each engine. `described` says the same in words."""
    everything = [value for row in values.values() for value in row]
    ticks = axis_ticks(min(everything), max(everything))
    low, high = ticks[0], ticks[-1]
    height = _TOP + _ROW * len(engines) + _FOOT

    def x(value: float) -> float:
        return round(_LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT), 1)

    floor = height - _FOOT
    parts = [
        [
            tag("line", class_="grid", x1=x(tick), x2=x(tick), y1=_TOP, y2=floor),
            tag("text", f"{tick:g}", x=x(tick), y=floor + 16, text_anchor="middle"),
        ]
        for tick in ticks
    ]
    for row, engine in enumerate(engines):
        middle = _TOP + _ROW * (row + 0.5)
        name = engine if len(engine) <= 12 else f"{engine[:11]}…"
        label = tag("text", name, x=_LEFT - 10, y=middle + 4, text_anchor="end", class_="name")
        dots = [
            tag(
                "circle",
                class_="dot",
                cx=x(value),
                cy=round(middle + ((i * _GOLDEN) % 1 - 0.5) * 16, 1),
                r=2.2,
            )
            for i, value in enumerate(_spaced(sorted(values.get(engine, ()))))
        ]
        parts.append([label, *dots])
        found = estimates.get(engine)
        if found:
            parts.append(
                [
                    tag(
                        "line",
                        class_="span",
                        x1=x(found.low),
                        x2=x(found.high),
                        y1=middle,
                        y2=middle,
                    ),
                    tag(
                        "line",
                        class_="mean",
                        x1=x(found.mean),
                        x2=x(found.mean),
                        y1=middle - 9,
                        y2=middle + 9,
                    ),
                ]
            )
    return tag("svg", parts, viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=described)


def axis_ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers, the first not above `low`, the last not below `high`."""
    if low == high:
        low, high = low - abs(low or 1) / 2, high + abs(high or 1) / 2
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _spaced(values: Sequence[float]) -> Sequence[float]:
    if len(values) <= _DOTS:
        return values
    return [values[round(i * (len(values) - 1) / (_DOTS - 1))] for i in range(_DOTS)]
