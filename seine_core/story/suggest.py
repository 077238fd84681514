"""A prompt to begin with for a transition, out of what its two shots say. Rules alone, no model."""

import re
from functools import lru_cache

from seine_core.story.model import Shot

MAX_LETTERS = 70  # of each scene, cut at a whole word


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.I)


_CLAUSES = re.compile(r"[,;:.!?\n()|]+|\s[-–—]+\s|\s(?:while|as|until|when|then)\s", re.I)
_QUALITY = _any(
    *("masterpiece", "(?:best|high|highest|top) quality", "[48]k(?: uhd)?", "u?hd", "hdr", "1080p"),
    *("(?:ultra|highly|extremely|very)[- ](?:detailed|realistic|sharp)", "detailed", "raw photo"),
    *("(?:photo|hyper)[- ]?realistic", "cinematic(?: lighting)?", "award[- ]winning", "bokeh"),
    *(r"trending on \w+", "artstation", "unreal engine", "octane render", "sharp focus"),
    *(r"professional(?: photograph\w*)?", "intricate details?", "film grain"),
    *("smooth transition", "slow[- ]motion", "time-?lapse"),
)
_CAMERA = _any(
    *("camera", "panning", "pans? (?=to|left|right|up|down|over|across)", "shot", "close-?up"),
    *("(?:slow|smooth|gentle) pan", "zoom(?:s|ing)?", "dolly", "tilt(?:s|ing)? (?:up|down)"),
    *("push(?:es|ing)? in", "pull(?:s|ing)? (?:back|out)", "roll(?:s|ing)? (?:left|right)"),
    *("(?:wide|low|high)[- ]angle", "(?:aerial|drone) view", "footage", "lens", r"\d+ ?(?:mm|fps)"),
)
_SEEN = re.compile(r"\b(?:of|over|across|along|through|towards?|into|onto)\s+(.*)", re.I)
# "At dusk a lighthouse" is about the lighthouse, "in a forest" about the forest.
_WHEN = re.compile(r"^(?:at|in|on|by|during|after)(?: \w+){1,3}? (?=(?:an?|the) )", re.I)
_WHERE = re.compile(r"^(?:in|on|at|inside|within) ", re.I)
# Where a long clause can end and still be whole.
_PHRASE = re.compile(
    r" (?=(?:and|with|in|on|at|by|over|under|into|through|across|along|between|beside|behind|"
    r"before|above|below|past|towards?) )",
    re.I,
)
_NAMELESS = re.compile(
    r"(?:img|dsc[fn]?|pxl|vid|mov|image|photo|picture|screenshot|untitled|title card|shot|scene)?"
    r"[\W\d_]*",
    re.I,
)
_VERBS = _any(
    *("runs", "sits", "swims", "burns", "climbs", "crosses", "drifts", "flies", "floats", "flows"),
    *("glides", "glows", "grows", "hangs", "lies", "lifts", "moves", "opens", "passes", "rides"),
    *("rises", "sails", "shines", "sinks", "spins", "spreads", "sweeps", "wanders"),
)
_DOUBLED = {"runs": "running", "sits": "sitting", "swims": "swimming"}


def transition_prompt(left: Shot, right: Shot) -> str:
    """What to ask of the transition between two shots; empty when they say nothing."""
    scenes = [_scene(shot.prompt) or _scene(shot.title) for shot in (left, right)]
    if not any(scenes):
        return ""
    if scenes[0] == scenes[1]:
        return f"{scenes[0]}, smooth transition"
    parts = [f"{word} {scene}" for word, scene in zip(("from", "to"), scenes, strict=True) if scene]
    return f"{' '.join(parts)}, smooth transition"


@lru_cache(maxsize=4096)
def _scene(text: str) -> str:
    """The first clause of a prompt that says what is seen, as it can follow "from"."""
    for clause in _CLAUSES.split(_QUALITY.sub(" ", text)):
        cameras = list(_CAMERA.finditer(clause))
        if cameras:  # "a slow pan over the roofs" shows the roofs
            seen = _SEEN.search(clause, cameras[-1].end() - 1)
            clause = seen[1] if seen else ""
        words = " ".join(clause.split()).strip(" '\"*_-")
        if not _NAMELESS.fullmatch(words):
            return _shortened(_as_noun(words))
    return ""


def _as_noun(words: str) -> str:
    words = _WHERE.sub("", _WHEN.sub("", words))
    words = _VERBS.sub(lambda verb: _participle(verb[0].lower()), words, count=1)
    first, _, rest = words.partition(" ")
    is_name = first[1:] != first[1:].lower() or rest[:1].isupper()
    return words if is_name or first == "I" else words[0].lower() + words[1:]


def _participle(verb: str) -> str:
    if verb in _DOUBLED:
        return _DOUBLED[verb]
    base = re.sub(r"(?<=ss)es$|s$", "", verb)  # passes, crosses
    base = {"lie": "ly", "flie": "fly"}.get(base, base.removesuffix("e"))
    return f"{base}ing"


def _shortened(words: str) -> str:
    if len(words) <= MAX_LETTERS:
        return words
    ends = [phrase.start() for phrase in _PHRASE.finditer(words, MAX_LETTERS // 2, MAX_LETTERS)]
    if ends:
        return words[: ends[-1]]
    return words[: MAX_LETTERS + 1].rpartition(" ")[0] or words[:MAX_LETTERS]
