"""The command `evaluate`: how good a model is, by figures that anybody can measure again."""

import json
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seine_core.errors import BadInput, MissingWeights

app = typer.Typer(no_args_is_help=True, help="Measure how good a model is.")


@app.callback()
def _evaluate() -> None:
    """Keeps `mini` a command of its own while it is the only one."""


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
    from seine_core.clip_request import Sampling
    from seine_core.engines import seine_mini
    from seine_core.evaluate.mini import Trial, evaluate, seconds_a_clip
    from seine_core.pipeline import SeinePipeline

    folder = weights or seine_mini.weights()
    if folder is None:
        raise MissingWeights(seine_mini.SeineMini().capabilities.missing)
    if not (folder / "model_index.json").is_file():
        raise BadInput(f"{folder}: is no pipeline folder; expected is one with model_index.json")
    for name, value, low in (
        ("clips", clips, 1),
        ("stills", stills, 1),
        ("width", width, 32),
        ("height", height, 32),
    ):
        if value < low:
            raise BadInput(f"{name}: received {value}, allowed is {low} and more")
    sampling = Sampling(
        sampler=sampler,  # type: ignore[arg-type]  # checked there
        num_inference_steps=steps or seine_mini.STEPS,
        guidance_scale=seine_mini.GUIDANCE if guidance is None else guidance,
    )
    pipe = SeinePipeline.from_pretrained(folder, local_files_only=True).place()
    begun = time.time()
    trial = Trial(
        pipe=pipe,
        sampling=sampling,
        clips=clips,
        stills=stills,
        width=width,
        height=height,
        say=lambda text: typer.echo(f"\r\033[K{text}", err=True, nl=False),
    )
    report = {
        "weights": folder.name,
        "sampling": asdict(sampling),
        "size": [width, height],
        "clips": clips,
        "stills": stills,
        "device": f"{pipe.compute_device.type}, {platform.processor() or platform.machine()}",
        "dtype": str(pipe.unet.dtype).removeprefix("torch."),
        "seconds_a_clip": seconds_a_clip(trial),
    }
    bars = []
    for bar in evaluate(trial, ablations=ablations):
        bars.append({**asdict(bar), "reached": bar.reached})
        wish = "" if bar.wanted is None else f"{'<=' if bar.at_most else '>='} {bar.wanted:g}"
        verdict = {True: "reached", False: "missed", None: ""}[bar.reached]
        more = ", ".join(f"{name} {value:.2f}" for name, value in bar.detail.items())
        typer.echo("\r\033[K", err=True, nl=False)
        typer.echo(f"{bar.name:48} {bar.value:7.2f}  {wish:7} {verdict:8} {more}".rstrip())
    if output:
        report |= {"seconds": round(time.time() - begun), "bars": bars}
        output.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
