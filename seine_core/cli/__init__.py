"""The command line. Each command is a thin call of the core; heavy modules load in the command."""

import errno
import os
from typing import Any

import typer
from typer.core import TyperGroup

from seine_core.cli import (
    bench,
    clips,
    evaluate,
    models,
    shots,
    speech,
    stories,
    study,
    training,
)
from seine_core.cli.options import STOPPED
from seine_core.errors import BadInput, MissingWeights, RenderCancelled, RenderFailed


class _Commands(TyperGroup):
    """Turns the errors of the core into one line and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (RenderFailed, MissingWeights) as error:
            raise _exit(1, f"error: {error}") from None
        except BadInput as error:
            raise _exit(2, f"error: {error}") from None
        except MemoryError:
            raise _exit(1, "error: out of memory; close other programs and run again") from None
        except OSError as error:
            if error.errno in (None, errno.EPIPE):  # no word of the system, or nobody reads on
                raise
            place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
            raise _exit(1, f"error: {place}{error.strerror}; mend that and run again") from None
        except (RenderCancelled, KeyboardInterrupt):
            raise _exit(
                STOPPED, "stopped; finished clips are kept, the same command goes on from here"
            ) from None


def _exit(status: int, message: str) -> typer.Exit:
    typer.echo(" ".join(message.split("\n")), err=True)
    return typer.Exit(status)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Storyboards to long videos: a transition between every two neighbouring shots.",
)

for command in (
    stories.new,
    stories.check,
    stories.render,
    stories.captions,
    shots.shot,
    speech.narrate,
    stories.pack,
    stories.unpack,
    clips.transition,
    clips.animate,
    clips.extend,
    clips.scenes,
    clips.engines,
    models.convert,
    training.train,
    study.study,
):
    app.command()(command)
app.add_typer(models.app, name="models")
app.add_typer(bench.app, name="bench")
app.add_typer(evaluate.app, name="evaluate")
