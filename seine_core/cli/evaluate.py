"""The command `evaluate`: engines compared over pairs of scenes, and the small model's bars."""

import json
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from typer.core import TyperGroup

from seine_core.cli.options import progress
from seine_core.cli.output import check_text_file, write_text_file
from seine_core.errors import BadInput, MissingWeights

_DEFAULT = "data"


class _DataOrCommand(TyperGroup):
    """`evaluate DATA …`: where the first word is no command, all words are those of the default
    one. A folder that is called like a command is reached as `./mini`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = bool(args) and args[0] in self.commands and args[0] != _DEFAULT
        return super().parse_args(ctx, args if named else [_DEFAULT, *args])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return "" if name == _DEFAULT else name, command, rest


app = typer.Typer(cls=_DataOrCommand, help="Compare engines over pairs of scenes; write a report.")


@app.command(_DEFAULT, hidden=True, no_args_is_help=True)
def compare(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA", help="folders: MSR-VTT, videos, pairs of pictures, stories"),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="for the results")],
    engines: Annotated[
        str, typer.Option(help="with commas between them, see the command `engines`")
    ] = "layers,morph,crossfade",
    limit: Annotated[int | None, typer.Option(help="only the first so many pairs")] = None,
    seed: Annotated[int, typer.Option(help="of the clips and of the choice of captions")] = 0,
    frames: Annotated[int, typer.Option(help="of each transition")] = 16,
    fps: Annotated[int, typer.Option(help="frames per second")] = 8,
    size: Annotated[str, typer.Option(metavar="WxH", help="pixels")] = "512x320",
    first: Annotated[int, typer.Option(help="frame of a video that is its first scene")] = 1,
    second: Annotated[int, typer.Option(help="frame of a video that is its second scene")] = 64,
    prompt: Annotated[
        str | None, typer.Option(help='for all, in place of their own; "" for none')
    ] = None,
    clip: Annotated[
        str | None,
        typer.Option(
            help="folder or hub id; the model manager's if it is here; none leaves it out"
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="processes for engines without weights; all cores, or 1 with CLIP"),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="try again what failed before")
    ] = False,
) -> None:
    """Compare engines over pairs of scenes, and write a table, a CSV, a JSON and a report.

    The same command goes on where it was stopped. The defaults are the paper's protocol.
    `evaluate mini --help` tells how the bars of the small model are measured.
    """
    from seine_core.evaluate.clip_similarity import clip_is_here
    from seine_core.evaluate.datasets import open_data
    from seine_core.evaluate.evaluation import evaluate
    from seine_core.evaluate.summary import as_markdown
    from seine_core.evaluate.trial import Settings

    for folder in data:
        if output.resolve().is_relative_to(folder.resolve()):
            raise BadInput(
                f"lies within {folder}, whose videos are read",
                subject=output,
                advice="choose another",
            )
    width, height = _size(size)
    settings = Settings(
        frames=frames,
        fps=fps,
        width=width,
        height=height,
        seed=seed,
        clip=("" if clip_is_here() else None) if clip is None else None if clip == "none" else clip,
    )
    opened = open_data(data, seed=seed, frames=(first, second), limit=limit, prompt=prompt)
    asked = {
        "folders": ", ".join(map(str, data)),
        "pairs": str(len(opened.pairs)) + ("" if limit is None else f" (limit {limit})"),
        "frames of a video": f"{first} and {second}",
        "prompts": "their own" if prompt is None else prompt or "none",
    }
    with progress("starting") as show:
        summary = evaluate(
            opened,
            [name.strip() for name in engines.split(",") if name.strip()],
            settings,
            output,
            asked=asked,
            workers=workers,
            retry_failed=retry_failed,
            say=lambda text: typer.echo(text, err=True),
            progress=lambda done, total, label: show(done / total, f"{label} · {done}/{total}"),
        )
    typer.echo(as_markdown(summary))
    for (engine, kind), count in sorted(summary.failures().items()):
        typer.echo(f"{engine}: {count} without figures ({kind})", err=True)
    typer.echo(f"{output / 'report.html'}")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdecimal() and height.isascii() and height.isdecimal()):
        raise BadInput(subject="size", received=text, allowed="a size as in 512x320")
    return int(width), int(height)


@app.command()
def mini(
    weights: Annotated[
        Path | None, typer.Option(help="a pipeline folder; the bundled one if left out")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="JSON")] = None,
    clips: Annotated[int, typer.Option(help="for each figure")] = 20,
    stills: Annotated[int, typer.Option(help="each animated in five ways")] = 10,
    steps: Annotated[
        int | None, typer.Option(help="of the sampler; the engine's if left out")
    ] = None,
    guidance: Annotated[float | None, typer.Option(help="the engine's if left out")] = None,
    width: Annotated[int, typer.Option(help="pixels of the painted clips")] = 224,
    height: Annotated[int, typer.Option(help="pixels")] = 128,
    sampler: Annotated[str, typer.Option(help="dpm++, unipc, ddim or ddpm")] = "dpm++",
    ablations: Annotated[bool, typer.Option(help="also with parts of the network left out")] = True,
) -> None:
    """The small model's bars, on painted clips that it was never trained on."""
    from seine_core.engines.protocol import Task
    from seine_core.engines.seine import mini
    from seine_core.engines.seine.engine import Seine
    from seine_core.evaluate.mini import Subject, evaluate, seconds_a_clip
    from seine_core.pipeline.pipeline import SeinePipeline
    from seine_core.pipeline.request import Sampling

    folder = weights or mini.weights()
    recipe = mini.recipe(folder)
    if folder is None:
        raise MissingWeights(recipe.about.missing or "")
    if not (folder / "model_index.json").is_file():
        raise BadInput(
            "is no pipeline folder", subject=folder, advice="expected is one with model_index.json"
        )
    for name, value, low in (
        ("clips", clips, 1),
        ("stills", stills, 1),
        ("width", width, 32),
        ("height", height, 32),
    ):
        if value < low:
            raise BadInput(subject=name, received=value, allowed=f"{low} and more")
    if output:
        check_text_file(output)
    sampling = {
        task: Sampling(
            sampler=sampler,  # type: ignore[arg-type]  # checked there
            num_inference_steps=steps or recipe.steps,
            guidance_scale=recipe.guidance_scale if guidance is None else guidance,
        )
        for task in get_args(Task)
    }
    pipe = SeinePipeline.from_pretrained(folder, local_files_only=True).place()
    begun = time.time()
    subject = Subject(
        pipe=pipe,
        engine=Seine(lambda: recipe),
        sampling=sampling,
        clips=clips,
        stills=stills,
        width=width,
        height=height,
        say=lambda text: typer.echo(f"\r\033[K{text}", err=True, nl=False),
    )
    report = {
        "weights": folder.name,
        "sampling": {task: asdict(how) for task, how in sampling.items()},
        "size": [width, height],
        "clips": clips,
        "stills": stills,
        "device": f"{pipe.placement.device.type}, {platform.processor() or platform.machine()}",
        "dtype": str(pipe.unet.dtype).removeprefix("torch."),
        "seconds_a_clip": seconds_a_clip(subject),
    }
    bars = []
    for bar in evaluate(subject, ablations=ablations):
        bars.append({**asdict(bar), "reached": bar.reached})
        wanted = "" if bar.wanted is None else f"{'<=' if bar.at_most else '>='} {bar.wanted:g}"
        verdict = {True: "reached", False: "missed", None: ""}[bar.reached]
        more = ", ".join(f"{name} {value:.2f}" for name, value in bar.detail.items())
        typer.echo("\r\033[K", err=True, nl=False)
        typer.echo(f"{bar.name:48} {bar.value:7.2f}  {wanted:7} {verdict:8} {more}".rstrip())
    if output:
        report |= {"seconds": round(time.time() - begun), "bars": bars}
        write_text_file(output, json.dumps(report, indent=2) + "\n")
