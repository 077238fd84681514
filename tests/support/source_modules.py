"""The project's own modules, by name."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name; app.py is `app.py`, for the package `app`
    wins the plain name."""
    found = {"app.py": ROOT / "app.py"} if (ROOT / "app.py").exists() else {}
    for folder in ("seine_core", "app"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def within(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")
