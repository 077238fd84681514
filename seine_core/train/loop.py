"""The training loop: from clips to latents to the loss, with checkpoints, logs and validation.

`accelerate` distributes it over processes and sets the precision. A run depends on its
configuration and its clips alone: resuming it, or more processes with fewer clips each, changes
nothing but rounding.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch

from seine_core.errors import BadInput, RenderFailed
from seine_core.pipeline.generate import Models
from seine_core.pipeline.placement import avoid_one_column, choose_device, has_bfloat16
from seine_core.train.checkpoints import checkpoints, load_checkpoint, put_weights, save_checkpoint
from seine_core.train.clips import ClipSource
from seine_core.train.config import Config, Optimiser
from seine_core.train.draws import draw
from seine_core.train.ema import MovingAverage
from seine_core.train.encoding import Encoder
from seine_core.train.export import export
from seine_core.train.loading import Item, Items, load_batches
from seine_core.train.logs import Meter, RunLog
from seine_core.train.objective import losses_of, snr_weights
from seine_core.train.start import load_models, trainable_network, trained_weights
from seine_core.train.stopping import stop_on_signal
from seine_core.train.validate import Validator

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a run ended."""

    step: int  # steps done
    finished: bool  # false: stopped by a signal, its state saved
    skipped: int  # files that could not be read


def train(
    config: Config,
    source: ClipSource,
    *,
    held_out: ClipSource | None = None,
    models: Models | None = None,
    resume: bool = False,
    say: Say = print,
) -> RunResult:
    """Train on the clips of `source`, to the end or until a signal.

    `held_out`: the clips of the validation; those of `source` if left out. `resume`: continue from
    the newest checkpoint in `config.out`, if any. `models` replaces those that `config.start`
    names.

    Raises:
        BadInput: a file cannot be used, or no clip can.
        MissingWeights: the base is not on this machine.
        RenderFailed: the network gave NaN.
    """
    models = models or load_models(config.start, config.seed)
    run = Run(config, source, held_out or source, models, say)
    if resume:
        run.resume()
    elif checkpoints(run.folder):
        raise BadInput(
            "holds a run already",
            subject=config.out,
            advice="go on with it by --resume, or name another folder",
        )
    return run.run()


class Run:
    """The state of a run: network, optimiser, averaged weights, and where it writes."""

    def __init__(
        self, config: Config, source: ClipSource, held_out: ClipSource, models: Models, say: Say
    ) -> None:
        self.config = config
        self.models = models
        self.folder = config.out / "checkpoints"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput("cannot be written", subject=config.out, reason=error) from None
        self.accelerator = accelerator(config)
        self.say: Say = say if self.accelerator.is_main_process else lambda _: None
        self.step = 0  # steps done
        self.meter = Meter()
        self.skipped: set[str] = set()

        network = trainable_network(models, config.start)
        for model in (models.unet, models.vae):
            avoid_one_column(model)
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
        self.validator = Validator(config.validation, held_out) if config.validation else None

    @property
    def device(self) -> torch.device:
        """The device of this process."""
        return self.accelerator.device

    def run(self) -> RunResult:
        """Train to the last step or until a signal, then save, and export a finished model."""
        config, main = self.config, self.accelerator.is_main_process
        log = RunLog(config.out, self.step, config.tensorboard) if main else None
        count = sum(weight.numel() for weight in self.weights.values())
        self.say(
            f"{config.out}: step {self.step} of {config.steps}, {count / 1e6:.1f} M weights trained"
            f" in {self.accelerator.mixed_precision} on {self.device}"
        )
        passes = load_batches(
            self.items,
            config,
            first_step=self.step,
            process=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
        )
        saved = self.step
        begun, begun_at = time.perf_counter(), self.step
        with stop_on_signal() as request:
            while self.step < config.steps and not self.any_process(request.stop):
                grad_norm = self.optimiser_step(list(islice(passes, config.accumulate)))
                if self.step % config.log_every == 0:
                    seconds = time.perf_counter() - begun
                    speed = (self.step - begun_at) * self.batch_total / seconds
                    begun, begun_at = time.perf_counter(), self.step
                    self.log_losses(log, grad_norm, speed)
                if self.step % config.checkpoint_every == 0:
                    self.save()
                    saved = self.step
                if self.validator and self.step % self.validator.every == 0:
                    paused = time.perf_counter()
                    self.validate(self.validator, log)
                    begun += time.perf_counter() - paused
        if saved < self.step:
            self.save()
        if log:
            log.close()
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
        return RunResult(step=self.step, finished=finished, skipped=len(self.skipped))

    @property
    def batch_total(self) -> int:
        """Clips of a step, over all passes and processes."""
        return self.config.batch_size * self.config.accumulate * self.accelerator.num_processes

    def optimiser_step(self, passes: list[list[Item]]) -> float:
        """Make one step of the optimiser; the gradient's norm before clipping.

        Raises:
            RenderFailed: the gradient is not finite.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.config.optimiser, self.step, self.config.steps)
        for i, items in enumerate(passes):
            if i + 1 < len(passes):
                with self.accelerator.no_sync(self.network):
                    self.accumulate_gradient(items, len(passes))
            else:
                self.accumulate_gradient(items, len(passes))
        norm = self.accelerator.clip_grad_norm_(
            list(self.weights.values()), self.config.optimiser.max_grad_norm
        )
        # float16's own overflows are normal: its scaler leaves such a step out.
        if self.accelerator.scaler is None and not torch.isfinite(norm):
            raise RenderFailed(
                "the gradient is NaN or infinite",
                subject=f"step {self.step + 1}",
                advice="lower optimiser.lr or set precision to float32, then "
                "go on with --resume from the newest checkpoint",
            )
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        self.average.update(self.step)
        return float(norm)

    def accumulate_gradient(self, items: list[Item], passes: int) -> None:
        """Add the gradient of these clips, one of `passes` parts of a step."""
        config = self.config
        for item in items:
            self.log_skipped(item.faults)
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
        weighted = losses.noise
        if config.min_snr:
            weights = snr_weights(draws, config.min_snr, config.heaviest)
            weighted = losses.noise * weights.to(weighted)
        weighted = weighted + config.carried * (losses.carried + losses.speeds + losses.variance)
        self.accelerator.backward(weighted.mean() / passes)
        self.meter.add(losses.noise.detach(), losses.carried.detach(), draws)

    def log_skipped(self, faults: tuple[str, ...]) -> None:
        """Count files that cannot be read, print each once, and append them to skipped-N.txt."""
        for fault in faults:
            if fault in self.skipped:
                continue
            self.skipped.add(fault)
            self.say(f"skipped: {fault}")
            process = self.accelerator.process_index
            with (self.config.out / f"skipped-{process}.txt").open("a", encoding="utf-8") as file:
                file.write(f"{fault}\n")

    def log_losses(self, log: RunLog | None, grad_norm: float, speed: float) -> None:
        """Write the mean losses of all processes since the last line."""
        sums = self.accelerator.reduce(self.meter.sums.to(self.device, torch.float32), "sum")
        self.meter.sums.zero_()
        if log:
            rate = learning_rate(self.config.optimiser, self.step - 1, self.config.steps)
            values = self.meter.means(sums.double().cpu())
            values |= {"lr": rate, "grad_norm": grad_norm, "clips_per_s": speed}
            log.log_training(self.step, values)
            loss = f"loss {values['loss']:.4f}, {speed:.2f} clips/s"
            self.say(f"step {self.step} of {self.config.steps}: {loss}")

    def validate(self, validator: Validator, log: RunLog | None) -> None:
        """Validate the averaged weights, in the main process alone."""
        if log:
            network = self.accelerator.unwrap_model(self.network)
            with self.average.in_place():
                values, sheet = validator.run(network, self.models, self.encoder)
            path = log.log_validation(self.step, values, sheet)
            figures = (
                f"{n.removeprefix('psnr_')} {v:.1f} dB" for n, v in values.items() if "psnr" in n
            )
            self.say(f"{path}: {', '.join(figures)}")
        self.accelerator.wait_for_everyone()

    def any_process(self, flag: bool) -> bool:
        """Whether `flag` is set in any process: all must stop together, or they wait for each other
        forever."""
        if self.accelerator.num_processes == 1:
            return flag
        flags = torch.tensor([float(flag)], device=self.device)
        return bool(self.accelerator.reduce(flags, "sum").item())

    def state(self) -> dict[str, Any]:
        """The content of a checkpoint."""
        scaler = self.accelerator.scaler
        return {
            "weights": {name: weight.detach() for name, weight in self.weights.items()},
            "average": self.average.average,
            "optimiser": self.optimiser.state_dict(),
            "scaler": scaler.state_dict() if scaler else {},
            "meter": self.meter.sums,
        }

    def save(self) -> None:
        """Write a checkpoint, in the main process alone."""
        if self.accelerator.is_main_process:
            save_checkpoint(self.folder, self.step, self.state(), self.config.keep)
        self.accelerator.wait_for_everyone()

    def resume(self) -> None:
        """Load the newest checkpoint, if any.

        Raises:
            BadInput: it is damaged, or of a run that trains other weights.
        """
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
    """The learning rate of the step after `step` of `steps`: warm-up, then constant or cosine."""
    rise = min(1.0, (step + 1) / optimiser.warmup) if optimiser.warmup else 1.0
    if optimiser.decay == "constant":
        return optimiser.lr * rise
    done = min(1.0, max(0, step - optimiser.warmup) / max(1, steps - optimiser.warmup))
    return optimiser.lr * rise * 0.5 * (1 + float(torch.cos(torch.tensor(torch.pi * done))))


def accelerator(config: Config) -> Any:
    """The `Accelerator` of the configured precision.

    Raises:
        BadInput: accelerate is not installed, or there is no such precision here.
    """
    try:
        from accelerate import Accelerator
    except ImportError:
        raise BadInput(
            "training needs the package accelerate",
            advice="run pip install -r requirements-train.txt",
        ) from None
    name = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
    precision = config.precision
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16(choose_device()) else "float32"
    try:
        return Accelerator(mixed_precision=name[precision])
    except ValueError as error:
        raise BadInput(
            f"{precision} is not possible here", subject="precision", reason=error
        ) from None
