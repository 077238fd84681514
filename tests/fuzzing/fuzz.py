"""Looks for inputs that break what reads them, with atheris: `make fuzz ARGS="image 600"`.

Starts from the stored corpus. What is new to it is kept in `out/fuzz/TARGET` and gone on from the
next time; an input with which a fault was found is left in `out/fuzz` as `crash-…`: reproduce it
with `make fuzz ARGS="TARGET FILE"`, mend the fault, and keep the input in
`tests/fuzzing/corpus/TARGET`.
"""

import subprocess
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGETS = ("image", "video", "sound", "story", "archive", "checkpoint", "command", "body", "vote")
SECONDS = "60"
USAGE = f"usage: make fuzz ARGS='[{'|'.join(TARGETS)}] [SECONDS | FILE]'"


def main(arguments: list[str]) -> int:
    """Fuzz one target, or all of them one after the other, a process each."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("fuzz did not run: atheris is not installed; `.venv/bin/pip install atheris`")
        return 0
    name, what = [*arguments, *("", SECONDS)[len(arguments) :]][:2]
    if len(arguments) > 2 or name not in ("", *TARGETS):
        print(USAGE, file=sys.stderr)
        return 2
    if name:
        fuzz(name, what)  # libFuzzer ends the process itself
    for target in TARGETS:
        print(f"== {target}", flush=True)
        done = subprocess.run([sys.executable, __file__, target, SECONDS], cwd=ROOT)
        if done.returncode:
            return done.returncode
    return 0


def fuzz(name: str, what: str) -> None:
    """Give a target inputs for so many seconds, or one input from a file."""
    import atheris

    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
    with atheris.instrument_imports(include=["app", "seine_core", "zipfile", "PIL"]):
        import fuzz_targets
        from seine_core.media.decoding import decoder_pool
    decoder_pool._CONTAINED = False  # here atheris sees what a decoder does, and what it raises
    warnings.simplefilter("error")
    grown = ROOT / "out" / "fuzz" / name
    grown.mkdir(parents=True, exist_ok=True)
    options = [f"-artifact_prefix={grown.parent}/", "-timeout=60", "-rss_limit_mb=4000"]
    if what.isdecimal():
        inputs = [str(grown), str(fuzz_targets.CORPUS / name), f"-max_total_time={what}"]
    else:
        inputs = [what]
    atheris.Setup([sys.argv[0], *options, *inputs], lambda data: fuzz_targets.run(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
