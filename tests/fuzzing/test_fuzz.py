"""Whatever is in a file or a request, what reads it gives a good value or refuses it in one line:
the stored corpus as it is, and what hypothesis makes of it."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fuzz_targets
from fuzz_targets import TARGETS, seeds

STORED = [(name, seed) for name in TARGETS for seed in seeds(name)]
TOKENS = (
    *(bytes(8), b"\xff" * 8, b"\x7f" + b"\xff" * 3, b"\x80" + bytes(3)),
    *(struct.pack("<I", 1 << n) for n in (8, 16, 24, 31)),
    *(struct.pack(">I", 1 << n) for n in (8, 16, 24, 31)),
    *(b"null", b"1e999", b"-1", b"1" * 400, b'"\\ud800"', b'"\\u0000"', b"[" * 3000, b"{}", b'"'),
    *(b"\r\n", b"\xc3\x28", b"../", b"\x1b[2J", "\u202e".encode()),
)


@st.composite
def changed(draw: st.DrawFn, stored: list[bytes]) -> bytes:
    """A seed with a few places of it changed, as fuzzers do."""
    data = draw(st.sampled_from(stored))
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
        head, cut, tail = data[:at], data[at : at + length], data[at + length :]
        kind = draw(st.sampled_from(("bytes", "token", "remove", "repeat", "end", "splice")))
        if kind == "bytes":
            cut = draw(st.binary(min_size=1, max_size=4))
            tail = data[at + len(cut) :]
        elif kind == "token":
            cut = draw(st.sampled_from(TOKENS))
        elif kind == "remove":
            cut = b""
        elif kind == "repeat":
            cut *= draw(st.integers(2, 50))
        elif kind == "end":
            tail = b""
        else:
            other = draw(st.sampled_from(stored))
            cut, tail = b"", other[draw(st.integers(0, len(other))) :]
        data = head + cut + tail
    return data


@pytest.mark.parametrize(("name", "seed"), STORED, ids=lambda part: part)
def test_the_stored_corpus(name: str, seed: str) -> None:
    fuzz_targets.run(name, seeds(name)[seed])


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_changed_a_little(name: str) -> None:
    stored = list(seeds(name).values())

    @settings(max_examples=25)
    @given(data=changed(stored))
    def holds(data: Any) -> None:
        fuzz_targets.run(name, data)

    holds()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", TARGETS)
def test_what_is_changed_in_many_ways(name: str) -> None:
    stored = list(seeds(name).values())

    @settings(max_examples=2500)
    @given(data=changed(stored))
    def holds(data: Any) -> None:
        fuzz_targets.run(name, data)

    holds()


def test_every_target_has_a_corpus_that_is_small() -> None:
    sizes = [path.stat().st_size for path in fuzz_targets.CORPUS.rglob("*") if path.is_file()]
    assert {path.name for path in fuzz_targets.CORPUS.iterdir() if path.is_dir()} == set(TARGETS)
    assert sum(sizes) < 300_000
