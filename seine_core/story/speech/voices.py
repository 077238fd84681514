"""Voices that speak a text on this machine: eSpeak NG where it is installed, Piper with weights.

Each is a program of its own, which a text from outside cannot bring down with it: it gets the text
by its standard input, no shell and no argument, and writes a WAV.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from seine_core.errors import BadInput, MissingWeights, Wording
from seine_core.weights.store import path

MAX_TEXT = 2000  # characters, some two minutes
_TIMEOUT_S = 300  # Piper loads its weights first
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}")


class Voice(Protocol):
    """What speaks."""

    @property
    def name(self) -> str:
        """As it is chosen by."""

    def missing(self) -> BadInput | None:
        """Why it cannot speak here, and what to do; None where it can."""

    def languages(self) -> tuple[str, ...]:
        """The codes of what it speaks here: en, pt-br …; none where it is missing."""

    def speak(self, text: str, out: Path) -> None:
        """Write `text` spoken to the WAV `out`.

        Raises:
            BadInput: it is missing, or cannot speak that.
        """


@dataclass(frozen=True)
class EspeakNg:
    """eSpeak NG, the program: it sounds like a machine, and knows a hundred languages."""

    language: str = "en"
    name: str = "espeak-ng"

    def __post_init__(self) -> None:
        if not _LANGUAGE.fullmatch(self.language):
            allowed = "a code such as en, de or pt-br"
            raise BadInput(subject="language", received=self.language, allowed=allowed)

    def missing(self) -> BadInput | None:
        if shutil.which(self.name):
            return None
        fault, advice = "is not installed", "install the system's package espeak-ng"
        return BadInput(fault, subject="eSpeak NG", advice=advice)

    def languages(self) -> tuple[str, ...]:
        program = shutil.which(self.name)
        try:
            return _spoken_by(program) if program else ()
        except (OSError, subprocess.TimeoutExpired):  # it may answer another time
            return ()

    def speak(self, text: str, out: Path) -> None:
        command = [shutil.which(self.name) or self.name, "--stdin", "-b", "1"]
        _speak(self, [*command, "-v", self.language, "-w", str(out.absolute())], text, out)


@dataclass(frozen=True)
class Piper:
    """Piper, a small network: it speaks English as a person does."""

    name: str = "piper"

    def missing(self) -> BadInput | None:
        if find_spec("piper") is None:
            advice = Wording("run `pip install -r requirements-voice.txt`", "install them")
            return BadInput("its packages are not installed", subject="Piper", advice=advice)
        try:
            self._weights()
        except MissingWeights as error:
            return error
        return None

    def languages(self) -> tuple[str, ...]:
        return () if self.missing() else ("en",)

    def speak(self, text: str, out: Path) -> None:
        command = [sys.executable, "-P", "-m", "piper"]
        if self.missing() is None:
            command += ["-m", str(self._weights()), "-f", str(out.absolute())]
        _speak(self, command, text, out)

    def _weights(self) -> Path:
        return next(path("piper").rglob("*.onnx"))


def voices(language: str = "en") -> tuple[Voice, ...]:
    """All voices, the best first, whether they are here or not. `language` is for those that know
    several."""
    return Piper(), EspeakNg(language)


def find_voice(name: str = "", language: str = "en") -> Voice:
    """The voice of that name, or the best that can speak here if none is named.

    Raises:
        BadInput: there is no such voice, or it cannot speak here.
    """
    known = {voice.name: voice for voice in voices(language)}
    if name and name not in known:
        raise BadInput(subject="voice", received=name, allowed=known)
    faults = {n: v.missing() for n, v in known.items() if name in ("", n)}
    for n, fault in faults.items():
        if fault is None:
            return known[n]
    raise BadInput("cannot speak here", subject="voice", reason=[f for f in faults.values() if f])


@lru_cache(maxsize=4)
def _spoken_by(program: str) -> tuple[str, ...]:
    """The languages that eSpeak NG lists: a table with the code in its second column."""
    table = subprocess.run(
        [program, "--voices"], stdin=subprocess.DEVNULL, capture_output=True, timeout=10
    ).stdout
    rows = [line.split() for line in table.decode(errors="replace").splitlines()[1:]]
    codes = {row[1].lower() for row in rows if len(row) > 1}
    return tuple(sorted(code for code in codes if _LANGUAGE.fullmatch(code)))


def _speak(voice: Voice, command: list[str], text: str, out: Path) -> None:
    if (fault := voice.missing()) is not None:
        raise fault
    words = " ".join(text.split())
    if not words or len(words) > MAX_TEXT or not words.isprintable():
        allowed = f"1 to {MAX_TEXT} characters that can be read out"
        raise BadInput(f"received {len(words)}", subject="the text to speak", allowed=allowed)
    try:
        done = subprocess.run(
            command,
            input=f"{words}\n".encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_S,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1", "LANG": "C.UTF-8"},
            start_new_session=True,  # who stops this process by its terminal stops it alone
        )
    except subprocess.TimeoutExpired:
        raise BadInput(
            f"took longer than {_TIMEOUT_S} s", subject=voice.name, advice="shorten the text"
        ) from None
    except OSError as error:
        raise BadInput("cannot be run", subject=voice.name, reason=error.strerror) from None
    if done.returncode or not out.is_file() or not out.stat().st_size:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"exit status {done.returncode}"
        raise BadInput("did not speak", subject=voice.name, reason=reason)
