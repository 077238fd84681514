"""Start the storyboard editor: `python app.py [STORY]`; `--help` lists the options."""

from app.cli import command

command(prog_name="app.py")
