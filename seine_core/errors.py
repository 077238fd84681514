"""The few errors that a caller reacts to. Every message is one line for the user:
what was received, what is allowed, what to do."""

MAX_MESSAGE = 1000  # characters: what was received may be of any length
_BEGINNING = 600


class BadInput(ValueError):
    """Something the user gave (a file, a field, an argument) cannot be used."""

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


class MissingWeights(BadInput):
    """An engine was asked for that needs model weights which are not on this machine."""


class RenderFailed(RuntimeError):
    """At least one clip of a story could not be rendered; the finished ones stay in the cache."""

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


class RenderCancelled(Exception):
    """The user stopped the work. Raised by a `Report`, passed through by every engine."""


def one_line(message: str) -> str:
    """`message` in one line that can be shown: of a long one the beginning, which says what was
    received, and the end, which says what to do."""
    if not message.isprintable():  # line breaks, codes for terminals, halves of characters
        message = "".join(c if c.isprintable() else " " for c in message).strip()
    if len(message) <= MAX_MESSAGE:
        return message
    return f"{message[:_BEGINNING]} … {message[_BEGINNING + 3 - MAX_MESSAGE :]}"
