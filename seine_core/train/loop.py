"""The training loop: clips to latents, noise to loss, and everything that keeps a run alive.

`accelerate` spreads it over processes and precisions. What a run does depends on its configuration
and its clips alone, so that stopping and resuming, or more processes with fewer clips each, change
nothing but rounding.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn

from seine_core.errors import BadInput
from seine_core.placement import cpu_has_bfloat16
from seine_core.train.cache import LatentCache, TextCache, fingerprint
from seine_core.train.checkpoints import checkpoints, load_checkpoint, save_checkpoint
from seine_core.train.clips import ClipSource
from seine_core.train.config import Config, Optimiser
from seine_core.train.draws import draw
from seine_core.train.ema import MovingAverage
from seine_core.train.export import export
from seine_core.train.loading import Item, Items, load
from seine_core.train.logs import GROUPS, Board, Meter, Table
from seine_core.train.objective import noise_loss
from seine_core.train.start import Models, begin, choose_trained, trained_weights
from seine_core.train.stopping import watch
from seine_core.train.texts import Texts

COLUMNS = ("step", *GROUPS, "lr", "grad_norm", "clips_per_s")
VAE_FRAMES = 16  # through the VAE at once
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended."""

    step: int
    finished: bool  # or stopped by a signal, its state saved
    skipped: int  # files that could not be read


def train(
    config: Config,
    source: ClipSource,
    *,
    models: Models | None = None,
    resume: bool = False,
    say: Say = print,
) -> Ended:
    """Train on the clips of `source`, to the end or until a signal asks to stop.

    `resume` goes on from the newest checkpoint in `config.out`, where there is one. `models`
    replaces those that `config.start` names.

    Raises:
        BadInput: a file cannot be used, or no clip can.
        MissingWeights: the base is not on this machine.
    """
    run = Run(config, source, models or begin(config.start, config.seed), say)
    if resume:
        run.resume()
    elif checkpoints(run.folder):
        raise BadInput(
            f"{config.out}: holds a run already; go on with it by --resume, or name another folder"
        )
    return run.go()


class Run:
    """A run at some step: the network, its optimiser, its average, and where it writes."""

    def __init__(self, config: Config, source: ClipSource, models: Models, say: Say) -> None:
        self.config = config
        self.models = models
        self.folder = config.out / "checkpoints"
        self.accelerator = accelerator(config)
        self.say: Say = say if self.accelerator.is_main_process else lambda _: None
        self.step = 0  # steps done
        self.meter = Meter()
        self.skipped: set[str] = set()

        network = choose_trained(models, config.start)
        if config.gradient_checkpointing:
            models.unet.enable_gradient_checkpointing()
        self.weights = trained_weights(network)
        optimiser = torch.optim.AdamW(
            self.weights.values(),
            lr=config.optimiser.lr,
            betas=config.optimiser.betas,
            weight_decay=config.optimiser.weight_decay,
            fused=self.device.type in ("cuda", "cpu") or None,
        )
        for model in (models.vae, models.text_encoder):
            nn.Module.to(model, self.device)
        self.network, self.optimiser = self.accelerator.prepare(network, optimiser)
        self.average = MovingAverage(self.weights, config.ema_decay)

        clip, cache = config.clip, config.loading.cache
        self.latent_cache = self.text_cache = None
        if cache:
            shape = f"{clip.frames}x{clip.height}x{clip.width}"
            self.latent_cache = LatentCache(cache, fingerprint(models.vae), shape)
            self.text_cache = TextCache(cache, fingerprint(models.text_encoder))
        self.items = Items(source, config.seed, config.loading.variations, self.latent_cache)
        self.texts = Texts(models, config.start.train_text, self.device, self.text_cache)
        grey = torch.zeros(1, 3, clip.height, clip.width)
        self.grey = self.encode(grey)[0]

    @property
    def device(self) -> torch.device:
        return self.accelerator.device

    def go(self) -> Ended:
        config, main = self.config, self.accelerator.is_main_process
        table = Table(config.out / "log.csv", COLUMNS, self.step) if main else None
        board = Board(
            config.out / "tensorboard" if main and config.tensorboard else None, self.step
        )
        count = sum(weight.numel() for weight in self.weights.values())
        self.say(
            f"{config.out}: step {self.step} of {config.steps}, {count / 1e6:.1f} M weights trained"
            f" in {self.accelerator.mixed_precision} on {self.device}"
        )
        passes = load(
            self.items,
            config,
            first_step=self.step,
            process=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
        )
        saved = self.step
        begun, begun_at = time.perf_counter(), self.step
        with watch() as asked:
            while self.step < config.steps and not self.anywhere(asked.stop):
                grad_norm = self.advance(list(islice(passes, config.accumulate)))
                if self.step % config.log_every == 0:
                    seconds = time.perf_counter() - begun
                    speed = (self.step - begun_at) * self.clips_a_step / seconds
                    begun, begun_at = time.perf_counter(), self.step
                    self.log(table, board, grad_norm, speed)
                if self.step % config.checkpoint_every == 0:
                    self.save()
                    saved = self.step
        if saved < self.step:
            self.save()
        board.close()
        finished = self.step == config.steps
        if finished and main:
            self.export()
        self.accelerator.wait_for_everyone()
        return Ended(step=self.step, finished=finished, skipped=len(self.skipped))

    @property
    def clips_a_step(self) -> int:
        return self.config.batch_size * self.config.accumulate * self.accelerator.num_processes

    def advance(self, passes: list[list[Item]]) -> float:
        """One step of the optimiser; the gradient's norm before it was clipped."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.config.optimiser, self.step, self.config.steps)
        for i, items in enumerate(passes):
            if i + 1 < len(passes):
                with self.accelerator.no_sync(self.network):
                    self.learn(items, len(passes))
            else:
                self.learn(items, len(passes))
        norm = self.accelerator.clip_grad_norm_(
            list(self.weights.values()), self.config.optimiser.max_grad_norm
        )
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        self.average.update(self.step)
        return float(norm)

    def learn(self, items: list[Item], passes: int) -> None:
        """Add the gradient of these clips, one of `passes` parts of a step."""
        config = self.config
        for item in items:
            self.skip(item.faults)
        latents = self.latents(items)
        draws = [
            draw(x.shape, config.masks, config.drop_text, config.seed, item.number)
            for x, item in zip(latents, items, strict=True)
        ]
        captions = [
            item.caption if d.reads_text else "" for item, d in zip(items, draws, strict=True)
        ]
        losses = noise_loss(self.network, latents, self.grey, self.texts(captions), draws)
        self.accelerator.backward(losses.mean() / passes)
        self.meter.add(losses.detach(), draws)

    def latents(self, items: list[Item]) -> Tensor:
        """[b c f h w], from the cache where they are there."""
        made = []
        for item in items:
            if item.latents is not None:
                made.append(item.latents.to(self.device))
                continue
            assert item.frames is not None
            pixels = rearrange(item.frames, "f h w c -> f c h w").to(self.device).float()
            latents = rearrange(self.encode(pixels / 127.5 - 1), "f c h w -> c f h w")
            if self.latent_cache:
                self.latent_cache.put(item.key, latents, item.caption)
            made.append(latents)
        return torch.stack(made)

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        """[f c h w] of pixels [f 3 h w] in [-1, 1]; the mean of the VAE's distribution, as in
        `latents.encode_given`."""
        vae, parts = self.models.vae, []
        for part in pixels.to(self.device).split(VAE_FRAMES):
            with self.accelerator.autocast():
                posterior = vae.encode(part).latent_dist
            parts.append(posterior.mode().float() * vae.config["scaling_factor"])
        return torch.cat(parts)

    def skip(self, faults: tuple[str, ...]) -> None:
        """Count files that cannot be read, name each once, and keep their names."""
        for fault in faults:
            if fault in self.skipped:
                continue
            self.skipped.add(fault)
            self.say(f"skipped: {fault}")
            process = self.accelerator.process_index
            with (self.config.out / f"skipped-{process}.txt").open("a", encoding="utf-8") as file:
                file.write(f"{fault}\n")

    def log(self, table: Table | None, board: Board, grad_norm: float, speed: float) -> None:
        sums = self.accelerator.reduce(self.meter.sums.to(self.device, torch.float32), "sum")
        self.meter.sums.zero_()
        rate = learning_rate(self.config.optimiser, self.step - 1, self.config.steps)
        values = self.meter.means(sums.double().cpu())
        values |= {"lr": rate, "grad_norm": grad_norm, "clips_per_s": speed}
        if table:
            table.add({"step": self.step, **values})
        board.numbers(self.step, values)
        self.say(
            f"step {self.step} of {self.config.steps}: loss {values['loss']:.4f}, "
            f"{speed:.2f} clips/s"
        )

    def anywhere(self, flag: bool) -> bool:
        """Whether it is set in any process: they stop together or wait for each other forever."""
        if self.accelerator.num_processes == 1:
            return flag
        flags = torch.tensor([float(flag)], device=self.device)
        return bool(self.accelerator.reduce(flags, "sum").item())

    def state(self) -> dict[str, Any]:
        scaler = self.accelerator.scaler
        return {
            "weights": {name: weight.detach() for name, weight in self.weights.items()},
            "average": self.average.average,
            "optimiser": self.optimiser.state_dict(),
            "scaler": scaler.state_dict() if scaler else {},
            "meter": self.meter.sums,
        }

    def save(self) -> None:
        if self.accelerator.is_main_process:
            save_checkpoint(self.folder, self.step, self.state(), self.config.keep)
        self.accelerator.wait_for_everyone()

    def resume(self) -> None:
        """Go on from the newest checkpoint; from the start where there is none."""
        found = checkpoints(self.folder)
        if not found:
            return
        state = load_checkpoint(found[-1])
        for name, weight in self.weights.items():
            if name not in state["weights"] or state["weights"][name].shape != weight.shape:
                raise BadInput(
                    f"{found[-1]}: is of another network or trains other weights ({name}); use the "
                    "settings that it was made with, or another `out`"
                )
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(state["weights"][name])
        self.average.load(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.accelerator.scaler:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        self.meter.sums.copy_(state["meter"])
        self.step = state["step"]

    def export(self) -> Path:
        """Write the model as it stands, with the averaged weights."""
        with self.average.in_place():
            return export(self.models, self.config.out)


def learning_rate(optimiser: Optimiser, step: int, steps: int) -> float:
    """Of the step after `step` steps of `steps`."""
    rise = min(1.0, (step + 1) / optimiser.warmup) if optimiser.warmup else 1.0
    if optimiser.decay == "constant":
        return optimiser.lr * rise
    done = min(1.0, max(0, step - optimiser.warmup) / max(1, steps - optimiser.warmup))
    return optimiser.lr * rise * 0.5 * (1 + float(torch.cos(torch.tensor(torch.pi * done))))


def accelerator(config: Config) -> Any:
    """Raises:
    BadInput: accelerate is not installed, or there is no such precision here.
    """
    try:
        from accelerate import Accelerator
    except ImportError:
        raise BadInput(
            "training needs the package accelerate; run pip install -r requirements-train.txt"
        ) from None
    name = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
    precision = config.precision
    if precision == "auto":
        able = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else cpu_has_bfloat16()
        precision = "bfloat16" if able else "float32"
    try:
        return Accelerator(mixed_precision=name[precision])
    except ValueError as error:
        raise BadInput(f"precision: {precision} is not possible here ({error})") from None
