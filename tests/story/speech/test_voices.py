"""Voices: programs that are given a text and write a WAV."""

import shutil
from pathlib import Path

import pytest

from seine_core.errors import BadInput
from seine_core.media.sound import SAMPLE_RATE, read_sound
from seine_core.story.speech import voices
from seine_core.story.speech.voices import EspeakNg, Piper, find_voice

HOSTILE = "$(touch /tmp/x); `id` -v de --stdout\nsecond line <speak>"


def program(monkeypatch: pytest.MonkeyPatch, folder: Path, lines: str) -> Path:
    """An `espeak-ng` that is a script, alone on the path."""
    path = folder / "bin" / "espeak-ng"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/bin:/usr/bin")
    return path


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
def test_espeak_ng_speaks_for_as_long_as_there_are_words(tmp_path: Path) -> None:
    lengths = []
    for text in ("One.", "One two three four five six seven.", HOSTILE):
        out = tmp_path / f"{len(lengths)}.wav"
        EspeakNg().speak(text, out)
        lengths.append(sum(map(len, read_sound(out))) / SAMPLE_RATE)
    assert 0.2 < lengths[0] < lengths[1] / 2 < 3


def test_a_text_comes_by_the_standard_input_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        monkeypatch,
        tmp_path,
        f'printf "%s\\n" "$@" > {tmp_path}/arguments; tee {tmp_path}/given > "$7"',
    )
    EspeakNg("de").speak(HOSTILE, tmp_path / "out.wav")
    assert (tmp_path / "given").read_text() == HOSTILE.replace("\n", " ") + "\n"
    arguments = (tmp_path / "arguments").read_text().splitlines()
    assert arguments == ["--stdin", "-b", "1", "-v", "de", "-w", str(tmp_path / "out.wav")]


@pytest.mark.parametrize(
    ("lines", "said"),
    [("echo no such voice >&2; exit 1", "no such voice"), ("exit 0", "exit status 0")],
)
def test_what_a_program_says_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, said: str
) -> None:
    program(monkeypatch, tmp_path, lines)
    with pytest.raises(BadInput, match=said):
        EspeakNg().speak("Hello.", tmp_path / "out.wav")


def test_a_program_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, tmp_path, "exec sleep 1000")
    monkeypatch.setattr(voices, "_TIMEOUT_S", 0.05)
    with pytest.raises(BadInput, match="took longer"):
        EspeakNg().speak("Hello.", tmp_path / "out.wav")


def test_what_it_speaks_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = r"Pty Language Age\n 5 af --/M Afrikaans gmw/af\n 2 en-US --/M English\n 5 -w x\n 5\n"
    program(monkeypatch, tmp_path, f"echo asked >> {tmp_path}/log; printf '{table}'")
    assert EspeakNg().languages() == EspeakNg("de").languages() == ("af", "en-us")
    assert (tmp_path / "log").read_text() == "asked\n"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert EspeakNg().languages() == ()


@pytest.mark.parametrize("text", ["", " \n ", "a" * 2001, "a\0b"])
def test_what_cannot_be_spoken_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    program(monkeypatch, tmp_path, f"touch {tmp_path}/ran")
    with pytest.raises(BadInput, match="the text to speak"):
        EspeakNg().speak(text, tmp_path / "out.wav")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("language", ["", "-w", "en us", "../x", "EN"])
def test_a_language_is_a_code(language: str) -> None:
    with pytest.raises(BadInput, match="language"):
        EspeakNg(language)


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    with pytest.raises(BadInput, match=r"requirements-voice\.txt|models download piper"):
        find_voice("piper")
    with pytest.raises(BadInput, match="install the system's package espeak-ng"):
        find_voice()
    with pytest.raises(BadInput, match="install the system's package espeak-ng"):
        EspeakNg().speak("Hello.", tmp_path / "out.wav")
    with pytest.raises(BadInput, match="allowed piper, espeak-ng"):
        find_voice("hal")


def test_piper_wants_its_weights_once_its_packages_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "find_spec", lambda name: name)
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    assert "models download piper" in str(Piper().missing())
    folder = tmp_path / "piper" / "en" / "en_US" / "ljspeech" / "medium"
    folder.mkdir(parents=True)
    for end, content in (("", b"weights"), (".json", b"{}")):
        (folder / f"en_US-ljspeech-medium.onnx{end}").write_bytes(content)
    assert Piper().missing() is None
