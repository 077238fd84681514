"""What a story is called while nobody has named it: after its pictures."""

import re
from collections.abc import Sequence
from itertools import takewhile

from seine_core.story.model import Story

# What cameras and programs begin names with, which tell nobody anything.
_SAID_BY_NOBODY = {
    *("img", "image", "dsc", "dscf", "dscn", "dcim", "pxl", "mvi", "mov", "vid", "video", "clip"),
    *("gopr", "dji", "photo", "picture", "pic", "scan", "screenshot", "screen", "shot", "file"),
    *("whatsapp", "signal", "untitled", "unnamed", "frame", "download"),
}
_LONGEST = 60


def words_of(file: str) -> str:
    """A file's name, without its ending, as words, without the number that put it in order."""
    words = re.sub(r"[\s_-]+", " ", file).strip()
    words = re.sub(r"^\d+ (?=\S)", "", words)
    return words[:1].upper() + words[1:]


def title_of(names: Sequence[str]) -> str:
    """A title made of the names of pictures, each as words: what they share, else the first and the
    last of those that say something; "" where none does."""
    told = [words for name in names if (words := _telling(name))]
    if not told:
        return ""
    if len({words.lower() for words in told}) > 1:
        first, last = told[0], told[-1]
        joined = f"{first} to {last[:1].lower() + last[1:]}" if first != last else first
        title = _shared(told) or joined
    else:
        title = told[0]
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1].rstrip()}…"


def _shared(told: Sequence[str]) -> str:
    """The words that all of them begin with."""
    columns = zip(*(words.split() for words in told), strict=False)
    same = takewhile(lambda column: len({word.lower() for word in column}) == 1, columns)
    return " ".join(column[0] for column in same)


def named_after(story: Story, names: Sequence[str]) -> Story:
    """The story under a title made of these names, unless it has shots or a title of its own."""
    unnamed = story.title in ("", Story.model_fields["title"].default)
    title = title_of(names) if unnamed and not story.shots else ""
    return story.model_copy(update={"title": title}) if title else story


def _telling(name: str) -> str:
    """The name without numbers at its end, where it has a word that says something."""
    words = re.sub(r"[\W\d_]+$", "", name).strip()
    said = set(re.findall(r"[^\W\d_]{3,}", words.lower())) - _SAID_BY_NOBODY
    return words if said else ""
