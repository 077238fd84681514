"""Scores in the words of somebody who makes a video: each as a number in a short sentence, how good
that is, and what it means."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from app.served.shapes import Message
from seine_core.evaluate.ranking import on_scale
from seine_core.evaluate.story_quality import SOFTER, TORN_SHREDS, Fault, Jump

Tone = Literal["good", "fair", "bad"]
# Title and meaning of all that is scored: measures of a transition, parts of a take's score.
MEANINGS = {
    "clipsim_text": (
        "Prompt",
        "How well a model that has seen millions of captioned pictures finds the prompt in it.",
    ),
    "clipsim_scenes": (
        "Both scenes",
        "How much of its two scenes is to be seen on the way. Something new in between lowers it.",
    ),
    "clipsim_frames": (
        "Steadiness",
        "Whether each frame shows the same things as the one before. Things that pop up lower it.",
    ),
    "seam_jump": (
        "Joins",
        "How far the picture steps where the transition meets its shots, against a usual step.",
    ),
    "shreds": (
        "Pictures",
        "Whether the pictures stay whole, or lie beside each other in shreds. A straight wipe's "
        "edge is as long as the frame is high.",
    ),
    "jump": ("Flow", "Whether it moves at an even pace, or stands still and then leaps."),
    "scene_mix": (
        "Mix",
        "How much is torn, or of neither picture. A fact: a fade between unlike pictures has much "
        "of it half way; of two ways between the same pictures, the one with less looks better.",
    ),
    "detail": (
        "Detail",
        "How sharp its softest frame is. A fact: a fast pan is blurred, and a cut keeps all.",
    ),
    "motion_ratio": (
        "Motion",
        "How much moves, against a plain fade between the same two pictures. A fact.",
    ),
    "colour_drift": (
        "Colours",
        "How far the colours stray from the way from one scene's to the other's. A fact.",
    ),
    "clean": (
        "Pictures",
        "Whether every frame is one whole, sharp picture, and not shreds or ghosts of two.",
    ),
    "evenness": ("Flow", "Whether it moves at an even pace, or stands still and then leaps."),
    "ends": ("Joins", "Whether it begins and ends as smoothly as it goes on."),
    "motion": ("Motion", "How much moves. A plain fade or a still has none."),
}


@dataclass(frozen=True)
class Reading:
    """A figure in words. `bar` is 0..1, more is better; of a fact, more is more."""

    name: str
    text: str
    tone: Tone | Literal["plain"]  # of a fact, which is no verdict
    bar: float


class FlagView(Message):
    """A fault that is seen at a moment of the part."""

    kind: Literal["torn", "cut", "seam", "drift", "soft"]
    says: str
    at_s: float


class DriftView(Message):
    """How far the colours are from the picture's, every `step_s`; `cut` is where they pass the
    limit."""

    curve: list[float]
    limit: float
    cut: int | None
    step_s: float


class PartView(Message):
    """The scores of a part in words."""

    draft: bool
    tone: Tone
    says: str
    flags: list[FlagView]
    rows: list[Reading]
    drift: DriftView | None


def readings(figures: dict[str, float]) -> list[Reading]:
    """The figures that say something about a transition in a story, in the order of `MEANINGS`."""
    return [_WORDS[name](figures[name]) for name in MEANINGS if name in figures and name in _WORDS]


def _tone(value: float, good: float, fair: float) -> Tone:
    """By two thresholds; where `good` is the smaller one, less is better."""
    sign = 1 if good > fair else -1
    return "good" if sign * (value - good) >= 0 else "fair" if sign * (value - fair) >= 0 else "bad"


def _words(tone: Tone, good: str, fair: str, bad: str) -> str:
    return {"good": good, "fair": fair, "bad": bad}[tone]


def _detail(value: float) -> Reading:
    percent = round(100 * min(1.0, value))
    return Reading("detail", f"Keeps {percent} % of the detail", "plain", min(1.0, value))


def _motion_ratio(value: float) -> Reading:
    text = f"Moves {min(value, 99):.1f} times as much as a fade"
    return Reading(
        "motion_ratio",
        text if value >= 1.15 else "Moves no more than a fade",
        "plain",
        min(1.0, value / 4),
    )


def _shreds(value: float) -> Reading:
    tone = _tone(value, 0.85, TORN_SHREDS)
    word = _words(tone, "Pictures stay whole", "Pictures are a little torn", "Pictures are torn")
    text = f"{word}, edges of {value:.1f} frame heights"
    return Reading("shreds", text, tone, 1 / (1 + value))


def _scene_mix(value: float) -> Reading:
    return Reading("scene_mix", f"Mixes the pictures by {value:.2f}", "plain", min(1.0, value / 3))


def _jump(value: float) -> Reading:
    tone = _tone(value, 3.6, 6.0)  # a fast push has 3.2
    word = _words(tone, "Flows evenly", "Flows a little unevenly", "Leaps")
    return Reading("jump", f"{word}, largest step {value:.1f} times the usual", tone, 1 / value)


def _seam_jump(value: float) -> Reading:
    tone = _tone(value, 2.0, 3.5)
    word = _words(tone, "Joins smoothly", "Joins with a small step", "Joins with a jump")
    return Reading("seam_jump", f"{word}, {value:.1f} times a usual one", tone, 1 / max(1.0, value))


def _colour_drift(value: float) -> Reading:
    text = f"Colours stray by {value:.1f} of 100"
    return Reading("colour_drift", text, "plain", min(1.0, value / 16))


def _similar(name: str, good: str, fair: str, bad: str) -> Callable[[float], Reading]:
    def words(value: float) -> Reading:
        bar = on_scale(name, value)
        tone = _tone(bar, 0.6, 0.25)
        return Reading(name, f"{_words(tone, good, fair, bad)}, {value:.2f} of 1", tone, bar)

    return words


_WORDS: dict[str, Callable[[float], Reading]] = {
    "clipsim_text": _similar(
        "clipsim_text", "Shows the prompt", "Shows part of the prompt", "Shows little of the prompt"
    ),
    "clipsim_scenes": _similar(
        "clipsim_scenes",
        "Stays with both scenes",
        "Leaves the scenes a little",
        "Leaves the scenes",
    ),
    "clipsim_frames": _similar(
        "clipsim_frames", "Frames follow each other", "Frames differ a little", "Frames differ much"
    ),
    "seam_jump": _seam_jump,
    "shreds": _shreds,
    "jump": _jump,
    "scene_mix": _scene_mix,
    "detail": _detail,
    "motion_ratio": _motion_ratio,
    "colour_drift": _colour_drift,
}
_JUMPS: dict[Jump, str] = {
    "brightness": "The brightness jumps",
    "colour": "The colours jump",
    "picture": "The picture jumps",
}

_FAULTS: dict[Fault, str] = {
    "torn": "Shreds of both pictures at {at:.1f} s: try another style",
    "cut": "A hard cut at {at:.1f} s: try another style or a longer transition",
}


def seam_words(jump: Jump, where: str) -> str:
    """A seam that is seen, in a sentence; `where` as "where it begins"."""
    return f"{_JUMPS[jump]} {where}"


def part_view(fact: dict[str, Any], *, draft: bool) -> PartView:
    """The scores of a part in words; `fact` is what `Figures` found."""
    rows = readings(fact.get("figures", {}))
    flags = [
        FlagView(kind=what, says=_FAULTS[what].format(at=at), at_s=at)
        for what, at in fact.get("faults", ())
    ]
    flags += [
        FlagView(kind="seam", says=seam_words(what, _place(where, at)), at_s=at)
        for what, where, at in fact["seams"]
    ]
    wandering = fact.get("drift")
    if wandering and wandering["cut"] is not None:
        at = wandering["cut"] * wandering["step_s"]
        says = f"The colours wander off; end it at {at:.1f} s to hide that"
        flags.append(FlagView(kind="drift", says=says, at_s=at))
    if fact.get("sharpness", 1.0) < SOFTER:
        percent = round(100 * fact["sharpness"])
        says = f"It goes on with {percent} % of the sharpness: try another engine"
        flags.append(FlagView(kind="soft", says=says, at_s=0.0))
    faults = [row.text for row in rows if row.tone == "bad"]
    return PartView(
        draft=draft,
        tone="bad" if flags else "fair" if faults else "good",
        says=". ".join([flag.says for flag in flags] or faults or _praise(rows)),
        flags=flags,
        rows=rows,
        drift=DriftView(**wandering) if wandering else None,
    )


def _praise(rows: list[Reading]) -> list[str]:
    """What to say where nothing is wrong: of a transition also its weakest side."""
    weakest = [row.text for row in rows if row.tone == "fair"]
    usual = [row.text for row in rows if row.name == "shreds"]
    return ["Smooth", *(weakest or usual)[:1]] if rows else ["No seam shows"]


def _place(where: str, at_s: float) -> str:
    return {"start": "where it begins", "end": "where it ends"}.get(where, f"at {at_s:.1f} s")


def overall(
    transitions: list[bool],
    *,
    broken: int = 0,
    seams: int = 0,
    drifting: int = 0,
    waiting: int = 0,
    missing: int = 0,
) -> str:
    """The story in a line: whether each transition that was looked at is smooth, how many are torn
    or cut, seams that jump and shots that drift, and what is not looked at yet or not rendered."""
    parts = []
    if transitions:
        smooth = f"{sum(transitions)} of {_count(len(transitions), 'transition')} smooth"
        torn = f"{broken} torn or cut" if broken else ""
        parts = [smooth, torn, f"{_count(seams, 'seam')} jump{'s' * (seams == 1)}" if seams else ""]
    if drifting:
        parts.append(f"{_count(drifting, 'shot')} drift{'s' * (drifting == 1)} in colour")
    if waiting:
        parts.append(f"{_count(waiting, 'part')} still looked at")
    if missing:
        parts.append(f"{_count(missing, 'transition')} not rendered")
    return "; ".join(filter(None, parts))


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def meanings() -> dict[str, dict[str, Any]]:
    """Title and meaning by name, for the page."""
    return {name: {"title": title, "means": means} for name, (title, means) in MEANINGS.items()}
