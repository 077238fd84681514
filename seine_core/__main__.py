"""`python -m seine_core`: the command line."""

from seine_core.cli import app

if __name__ == "__main__":
    app(prog_name="python -m seine_core")
