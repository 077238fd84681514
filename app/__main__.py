"""`python -m app` is the same as `python app.py`."""

from app.cli import command

command(prog_name="app.py")
