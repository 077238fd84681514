"""The few errors that a caller reacts to, and the words for them.

An error carries what it says as fields and is worded here alone: in one line for a terminal
(`str(error)`), and in one for a page (`error.for_page()`), whose visitors see neither the server's
folders nor its command line.
"""

import reprlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar, Self

MAX_MESSAGE = 1000  # characters: what was received may be of any length
_BEGINNING = 600
_MAX_REASON = 200
_FIELDS = ("fault", "subject", "received", "allowed", "reason", "advice")
# What making text of a value from outside may raise: numbers of too many digits, and the like.
_NO_TEXT = (ValueError, RecursionError, OverflowError, MemoryError)
_repr = reprlib.Repr()
_repr.maxlevel, _repr.maxstring, _repr.maxother, _repr.maxlong = 2, 60, 60, 60


@dataclass(frozen=True)
class Wording:
    """What is said otherwise on a page than in a terminal."""

    terminal: str
    page: str

    def __str__(self) -> str:
        return self.terminal


def download(model: str) -> Wording:
    """The advice to get a model of the store."""
    return Wording(f"run `python -m seine_core models download {model}`", "get them in Models")


class SeineError(Exception):
    """What a user is told, in one line: `subject: received …, fault (reason), allowed …; advice`,
    of which any part may be left out. A sentence that fits no such form is the `fault` alone.

    subject: what it is about, a field's name or a file.
    received: the value itself, of any type; it is shown as Python writes it, and bounded.
    allowed: in words, or the choices themselves.
    reason: what lies behind it, in words or an exception of any kind, or several of them.
    advice: what to do.

    Each may be text, a `Path`, which a page shows by its name alone, a `Wording`, or another error,
    which is worded as it is itself. `code` is the kind of the error for programs.
    """

    code: ClassVar[str] = "failed"

    def __init__(
        self,
        fault: object = "",
        *,
        subject: object = "",
        received: object = ...,
        allowed: object = "",
        reason: object = "",
        advice: object = "",
    ) -> None:
        super().__init__(fault)
        self.fault = fault
        self.subject = subject
        self.received = received
        self.allowed = allowed
        self.reason = reason
        self.advice = advice

    def __str__(self) -> str:
        return one_line(self._worded(page=False))

    def for_page(self) -> str:
        """The line for visitors of a page."""
        return one_line(self._worded(page=True))

    def about(self, subject: object) -> Self:
        """This error with what it is about, said before all that it says itself, unless it is that
        already."""
        if self._is_about(subject):
            return self
        if self.subject == "":
            return self._copy(subject=subject)
        return self._copy(
            fault=self, subject=subject, received=..., allowed="", reason="", advice=""
        )

    def _is_about(self, subject: object) -> bool:
        inner = self.fault
        if self.subject == "" and isinstance(inner, SeineError):
            return inner._is_about(subject)
        return bool(self.subject == subject)

    def renamed(self, name: Callable[[PurePath], object]) -> Self:
        """This error with what `name` makes of each path in it."""

        def change(value: object) -> object:
            match value:
                case PurePath():
                    return name(value)
                case SeineError():
                    return value.renamed(name)
                case list():
                    return [change(each) for each in value]
            return value

        return self._copy(**{field: change(getattr(self, field)) for field in _FIELDS})

    def _copy(self, **fields: object) -> Self:
        other = type(self).__new__(type(self), *self.args)
        other.__dict__.update(self.__dict__ | fields)
        return other

    def _worded(self, page: bool) -> str:
        said, reason = _say(self.fault, page), _say(self.reason, page)
        if reason:
            said = f"{said} ({reason})" if said else reason
        parts = []
        if self.received is not ...:
            is_path = isinstance(self.received, PurePath)
            shown = _say(self.received, page) if is_path else quoted(self.received)
            parts.append(f"received {shown}")
        if said:
            parts.append(said)
        if allowed := _say(self.allowed, page, ", "):
            parts.append(f"allowed {allowed}")
        line = ", ".join(parts)
        if subject := _say(self.subject, page):
            line = f"{subject}: {line}"
        if advice := _say(self.advice, page):
            line = f"{line}; {advice}"
        return line


class BadInput(SeineError, ValueError):
    """Something the user gave (a file, a field, an argument) cannot be used."""

    code = "bad_input"


class MissingWeights(BadInput):
    """An engine was asked for that needs model weights which are not on this machine."""

    code = "missing_weights"


class NotFound(BadInput):
    """What the user names is not there, or no longer."""

    code = "not_found"


class TooLarge(BadInput):
    """What the user gave is larger than may be taken."""

    code = "too_large"


class Busy(BadInput):
    """There is too much to do just now; the same can be done later."""

    code = "busy"


class RenderFailed(SeineError, RuntimeError):
    """At least one clip of a story could not be rendered; the finished ones stay in the cache."""


class RenderCancelled(Exception):
    """The user stopped the work. Raised by a `Report`, passed through by every engine."""

    code: ClassVar[str] = "cancelled"


def _say(value: object, page: bool, between: str = "; ") -> str:
    """A part of an error in words; of several parts all."""
    match value:
        case str():
            return value
        case Wording():
            return value.page if page else value.terminal
        case PurePath():
            return (page and value.name) or str(value)
        case SeineError():
            return value.for_page() if page else str(value)
        case BaseException():
            return _reason(value, page)
        case Iterable():
            return between.join(_say(each, page) for each in value)
    return str(value)


def _reason(error: BaseException, page: bool) -> str:
    """What a library or the system says is wrong, in short. On a page not where it might name a
    folder of the server."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    said = " ".join(((isinstance(error, OSError) and error.strerror) or str(error)).split())
    if not said or (page and ("/" in said or "\\" in said)):
        said = type(error).__name__
    return said[:_MAX_REASON]


def quoted(value: object, most: int = 60) -> str:
    """A value as Python writes it, of a long one the beginning."""
    try:
        text = repr(value[: most + 1]) if isinstance(value, str) else _repr.repr(value)
    except _NO_TEXT:
        text = f"a {type(value).__name__}"
    return text if len(text) <= most else f"{text[: most - 3]}…"


def one_line(message: str) -> str:
    """`message` in one line that can be shown: of a long one the beginning, which says what was
    received, and the end, which says what to do."""
    if not message.isprintable():  # line breaks, codes for terminals, halves of characters
        message = "".join(c if c.isprintable() else " " for c in message).strip()
    if len(message) <= MAX_MESSAGE:
        return message
    return f"{message[:_BEGINNING]} … {message[_BEGINNING + 3 - MAX_MESSAGE :]}"
