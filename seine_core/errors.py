"""The few errors that a caller reacts to. Every message is one line for the user:
what was received, what is allowed, what to do."""


class BadInput(ValueError):
    """Something the user gave (a file, a field, an argument) cannot be used."""


class MissingWeights(BadInput):
    """An engine was asked for that needs model weights which are not on this machine."""


class RenderFailed(RuntimeError):
    """At least one clip of a story could not be rendered; the finished ones stay in the cache."""


class RenderCancelled(Exception):
    """The user stopped the work. Raised by a `Report`, passed through by every engine."""
