"""What to do, said for the editor: the core's messages name commands for a terminal, which visitors
of a page may not have."""

import re

_DOWNLOAD = re.compile(
    r"run `python -m seine_core models download [\w-]+`(, or put the files into .* names them\))?"
)


def in_the_editor(message: str) -> str:
    """`message` with the Models dialog in place of the command that downloads weights."""
    return _DOWNLOAD.sub("get them in Models", message)
