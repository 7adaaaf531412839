"""The run: transformers' Trainer around a PEFT model, from the newest whole checkpoint if there is one."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import LoraConfig, get_peft_model

from ..engines.device import best_device, best_dtype
from .batches import Order, Tokens, collate
from .loss import completion_loss
from .rows import Row
from .settings import Settings, newest_whole


@dataclass(frozen=True)
class Trained:
    """What came of a run. Losses are means in nats a token; those of validation are None without any.

    `history` has (step, validation loss) pairs; `model` is the best by validation, else the last.
    """

    model: Any
    steps: int
    loss: float
    best_validation: float | None
    history: list[tuple[int, float]]
    seconds: float


class Stopped(Exception):
    """The run was ended before its last step; a checkpoint has been written."""


def train(
    base: str,
    rows: Sequence[Row],
    validation: Sequence[Row],
    settings: Settings,
    *,
    checkpoints: Path,
    evaluations: int,
    patience: int,
    seconds: float | None,
    tell: Callable[[str], None],
) -> Trained:
    """Fine-tune an adapter for `base`.

    Args:
        base: folder or name on the hub.
        checkpoints: where they are, or will be.
        evaluations: how often to validate and to write a checkpoint, over the whole run.
        patience: end after so many validations without a better loss; 0 goes on to the last step.
        seconds: stop after so long, with a checkpoint; None for no limit.
        tell: takes progress, a line at a time.

    Raises:
        Stopped: after `seconds`, or on SIGTERM.
    """
    transformers.utils.logging.disable_progress_bar()
    transformers.set_seed(settings.seed)  # the adapter's first weights are drawn
    steps = _steps(len(rows), settings)
    every = max(1, steps // evaluations)
    arguments = _arguments(settings, checkpoints, steps, every, validates=bool(validation))
    progress = _Progress(tell, steps, seconds)
    trainer = _Trainer(
        model=_adapted(base, settings),
        args=arguments,
        train_dataset=Tokens(rows),
        eval_dataset=Tokens(validation) if validation else None,
        data_collator=collate,
        callbacks=[progress],
    )
    trainer.order = Order(rows, settings.batch, settings.seed)
    trainer.share = not settings.gradient_checkpointing
    if validation and patience:
        trainer.add_callback(transformers.EarlyStoppingCallback(early_stopping_patience=patience))
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.remove_callback(transformers.trainer_callback.DefaultFlowCallback)
    trainer.callback_handler.callbacks.insert(0, transformers.trainer_callback.DefaultFlowCallback())
    whole = newest_whole(checkpoints)
    if whole:
        tell(f"resuming from {whole}")
    before = signal.signal(signal.SIGTERM, lambda *_: progress.stop())
    try:
        outcome = trainer.train(resume_from_checkpoint=str(whole) if whole else None)
    finally:
        signal.signal(signal.SIGTERM, before)
    if progress.stopped and trainer.state.global_step < steps:
        raise Stopped(
            f"stopped at step {trainer.state.global_step} of {steps}; the same command goes on from there"
        )
    history = [
        (int(each["step"]), float(each["eval_loss"]))
        for each in trainer.state.log_history
        if "eval_loss" in each
    ]
    return Trained(
        model=trainer.model,
        steps=trainer.state.global_step,
        loss=outcome.training_loss,
        best_validation=min((loss for _, loss in history), default=None),
        history=history,
        seconds=progress.elapsed,
    )


def _adapted(base: str, settings: Settings) -> Any:
    """The base model, frozen, with a LoRA adapter on every linear layer but the head."""
    device = best_device()
    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=best_dtype(device))
    if settings.gradient_checkpointing:
        model.enable_input_require_grads()
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def _steps(rows: int, settings: Settings) -> int:
    batches = -(-rows // settings.batch)
    return max(1, round(settings.epochs * -(-batches // settings.accumulate)))


def _arguments(
    settings: Settings, checkpoints: Path, steps: int, every: int, *, validates: bool
) -> transformers.TrainingArguments:
    device = best_device()
    dtype = best_dtype(device)
    strategy = "steps" if validates else "no"
    return transformers.TrainingArguments(
        output_dir=str(checkpoints),
        max_steps=steps,
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(settings.warmup * steps),
        weight_decay=0.0,
        max_grad_norm=1.0,
        seed=settings.seed,
        use_cpu=device.type == "cpu",
        bf16=dtype == torch.bfloat16,
        fp16=dtype == torch.float16,
        activation_checkpointing=settings.gradient_checkpointing,
        eval_strategy=strategy,
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=validates,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        prediction_loss_only=True,
        logging_strategy="steps",
        logging_steps=max(1, every // 5),
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=device.type == "cuda",
    )


class _Trainer(transformers.Trainer):  # type: ignore[misc]
    """Takes the loss on completions only, and rows in the order of `batches.Order`."""

    order: Order
    share = True

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """See transformers."""
        loss = completion_loss(
            model, inputs, share=self.share, divisor=num_items_in_batch if model.training else None
        )
        if model.training:
            progress = next(each for each in self.callback_handler.callbacks if isinstance(each, _Progress))
            progress.tokens += int(inputs["lengths"].sum())
        return (loss, {}) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> Order:
        return self.order


class _Progress(transformers.TrainerCallback):  # type: ignore[misc]
    """A line now and then, and a stop with a checkpoint when time is up or SIGTERM comes."""

    def __init__(self, tell: Callable[[str], None], steps: int, seconds: float | None) -> None:
        self._tell, self._steps, self._seconds = tell, steps, seconds
        self._begun = time.monotonic()
        self._first_step = 0
        self._asked = False
        self.stopped = False
        self.tokens = 0

    @property
    def elapsed(self) -> float:
        """Seconds since this run began (or was resumed)."""
        return time.monotonic() - self._begun

    def stop(self) -> None:
        """Stop after the step that is being computed."""
        self._asked = True

    def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Notes where a resumed run stands."""
        self._begun, self._first_step = time.monotonic(), state.global_step

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Asks for a checkpoint and the end, if it is time."""
        late = self._seconds is not None and self.elapsed > self._seconds
        if (self._asked or late) and state.global_step < self._steps:
            self.stopped = control.should_save = control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **rest: Any) -> None:
        """Tells the loss, the speed and the time left."""
        if "eval_loss" in logs:
            self._tell(f"step {state.global_step}/{self._steps}  validation loss {logs['eval_loss']:.4f}")
        elif "loss" in logs:
            done = state.global_step - self._first_step
            left = self.elapsed / max(1, done) * (self._steps - state.global_step)
            self._tell(
                f"step {state.global_step}/{self._steps}  loss {logs['loss']:.4f}  "
                f"{self.tokens / self.elapsed:.0f} tokens/s  {left / 60:.1f} min left"
            )
