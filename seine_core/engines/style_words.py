"""Which style of transition the words of a prompt ask for."""

import re

StyleWords = tuple[tuple[str, str], ...]  # a pattern of lower-case text, and the style it names

WIPES: StyleWords = (
    (r"\bwip(e|es|ing)( to)?( the)? right", "wipe-right"),
    (r"\bwip(e|es|ing) up", "wipe-up"),
    (r"\bwip(e|es|ing) down", "wipe-down"),
    (r"\bwip(e|es|ing)\b", "wipe-left"),
)


def style_named(prompt: str, words: StyleWords) -> str | None:
    """The style of the first of `words` that `prompt` has, so what is more exact stands first; None
    where it has none."""
    text = prompt.lower()
    return next((style for pattern, style in words if re.search(pattern, text)), None)
