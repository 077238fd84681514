"""The training loop: clips to latents, noise to loss, and everything that keeps a run alive.

`accelerate` spreads it over processes and precisions. What a run does depends on its configuration
and its clips alone, so that stopping and resuming, or more processes with fewer clips each, change
nothing but rounding.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch

from seine_core.errors import BadInput, RenderFailed
from seine_core.pipeline.placement import cpu_has_bfloat16
from seine_core.train.checkpoints import checkpoints, load_checkpoint, put_weights, save_checkpoint
from seine_core.train.clips import ClipSource
from seine_core.train.config import Config, Optimiser
from seine_core.train.draws import draw
from seine_core.train.ema import MovingAverage
from seine_core.train.encoding import Encoder
from seine_core.train.export import export
from seine_core.train.loading import Item, Items, load
from seine_core.train.logs import Journal, Meter
from seine_core.train.objective import losses_of, snr_weights
from seine_core.train.start import Models, begin, choose_trained, trained_weights
from seine_core.train.stopping import watch
from seine_core.train.validate import Looks

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
    held_out: ClipSource | None = None,
    models: Models | None = None,
    resume: bool = False,
    say: Say = print,
) -> Ended:
    """Train on the clips of `source`, to the end or until a signal asks to stop.

    `held_out` is what `config.validation` looks at; the clips of `source` where it is left out.
    `resume` goes on from the newest checkpoint in `config.out`, where there is one. `models`
    replaces those that `config.start` names.

    Raises:
        BadInput: a file cannot be used, or no clip can.
        MissingWeights: the base is not on this machine.
        RenderFailed: the network gave NaN.
    """
    models = models or begin(config.start, config.seed)
    run = Run(config, source, held_out or source, models, say)
    if resume:
        run.resume()
    elif checkpoints(run.folder):
        raise BadInput(
            f"{config.out}: holds a run already; go on with it by --resume, or name another folder"
        )
    return run.go()


class Run:
    """A run at some step: the network, its optimiser, its average, and where it writes."""

    def __init__(
        self, config: Config, source: ClipSource, held_out: ClipSource, models: Models, say: Say
    ) -> None:
        self.config = config
        self.models = models
        self.folder = config.out / "checkpoints"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{config.out}: cannot be written ({error.strerror})") from None
        self.accelerator = accelerator(config)
        self.say: Say = say if self.accelerator.is_main_process else lambda _: None
        self.step = 0  # steps done
        self.meter = Meter()
        self.skipped: set[str] = set()

        network = choose_trained(models, config.start)
        # Pixels' channels side by side: what the convolutions compute in anyway.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
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
        self.network, self.optimiser = self.accelerator.prepare(network, optimiser)
        self.average = MovingAverage(self.weights, config.ema_decay)

        self.encoder = Encoder(models, config, self.device, self.accelerator.autocast)
        self.items = Items(
            source, config.seed, config.loading.variations, self.encoder.latent_cache
        )
        self.looks = Looks(config.validation, held_out) if config.validation else None

    @property
    def device(self) -> torch.device:
        return self.accelerator.device

    def go(self) -> Ended:
        config, main = self.config, self.accelerator.is_main_process
        journal = Journal(config.out, self.step, config.tensorboard) if main else None
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
                    self.log(journal, grad_norm, speed)
                if self.step % config.checkpoint_every == 0:
                    self.save()
                    saved = self.step
                if self.looks and self.step % self.looks.every == 0:
                    paused = time.perf_counter()
                    self.look(self.looks, journal)
                    begun += time.perf_counter() - paused
        if saved < self.step:
            self.save()
        if journal:
            journal.close()
        finished = self.step == config.steps
        if finished and main:
            with self.average.in_place():
                export(self.models, config.out)
        if self.skipped:
            self.say(f"files skipped: {len(self.skipped)}, see {config.out}/skipped-*.txt")
        self.say(
            f"{config.out}/seine.pt and {config.out}/pipeline: the model"
            if finished
            else f"stopped after step {self.step}, saved; the same command with --resume goes on"
        )
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
        # float16's own overflows are normal: its scaler leaves such a step out.
        if self.accelerator.scaler is None and not torch.isfinite(norm):
            raise RenderFailed(
                f"step {self.step + 1}: the gradient is NaN or infinite; lower optimiser.lr or set "
                "precision to float32, then go on with --resume from the newest checkpoint"
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
        latents = self.encoder.latents(items)
        draws = [
            draw(
                x.shape,
                config.masks,
                config.drop_text,
                config.seed,
                item.number,
                config.noise_shift,
            )
            for x, item in zip(latents, items, strict=True)
        ]
        captions = [
            item.caption if d.reads_text else "" for item, d in zip(items, draws, strict=True)
        ]
        text = self.encoder.texts(captions)
        losses = losses_of(self.network, latents, self.encoder.grey, text, draws)
        weighed = losses.noise
        if config.min_snr:
            weights = snr_weights(draws, config.min_snr, config.heaviest)
            weighed = losses.noise * weights.to(weighed)
        weighed = weighed + config.carried * (losses.carried + losses.speeds + losses.variance)
        self.accelerator.backward(weighed.mean() / passes)
        self.meter.add(losses.noise.detach(), losses.carried.detach(), draws)

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

    def log(self, journal: Journal | None, grad_norm: float, speed: float) -> None:
        sums = self.accelerator.reduce(self.meter.sums.to(self.device, torch.float32), "sum")
        self.meter.sums.zero_()
        if journal:
            rate = learning_rate(self.config.optimiser, self.step - 1, self.config.steps)
            values = self.meter.means(sums.double().cpu())
            values |= {"lr": rate, "grad_norm": grad_norm, "clips_per_s": speed}
            journal.trained(self.step, values)
            loss = f"loss {values['loss']:.4f}, {speed:.2f} clips/s"
            self.say(f"step {self.step} of {self.config.steps}: {loss}")

    def look(self, looks: Looks, journal: Journal | None) -> None:
        """At held-out clips, with the averaged weights, in the main process alone."""
        if journal:
            network = self.accelerator.unwrap_model(self.network)
            with self.average.in_place():
                values, picture = looks.take(network, self.models, self.encoder)
            path = journal.looked(self.step, values, picture)
            told = (
                f"{n.removeprefix('psnr_')} {v:.1f} dB" for n, v in values.items() if "psnr" in n
            )
            self.say(f"{path}: {', '.join(told)}")
        self.accelerator.wait_for_everyone()

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
        put_weights(self.weights, state["weights"], found[-1])
        self.average.load(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.accelerator.scaler:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        self.meter.sums.copy_(state["meter"])
        self.step = state["step"]


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
