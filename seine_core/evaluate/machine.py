"""What a measurement was made with: versions, the machine, the commit."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import seine_core

_PACKAGES = (
    "numpy",
    "opencv-python-headless",
    "av",
    "pillow",
    "torch",
    "diffusers",
    "transformers",
)


def commit() -> str:
    """Of the checkout this file is in; `unknown` when installed, and where there is no git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def versions() -> dict[str, str]:
    """Of this project, of Python and of the packages that a clip or a figure can depend on."""
    found = {
        "seine_core": f"{seine_core.__version__} ({commit()})",
        "python": platform.python_version(),
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine(*, gpus: bool) -> dict[str, str]:
    """The system and the processor; with `gpus` also those, which torch is loaded for."""
    about = {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
    }
    if gpus:
        import torch

        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        about["GPUs"] = ", ".join(names) or "none"
    return about


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
