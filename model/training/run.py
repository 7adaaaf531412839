"""The run: transformers' Trainer around a PEFT model, from the newest whole checkpoint if there is one."""

from __future__ import annotations

import signal
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
from .progress import Progress
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
    progress = Progress(tell, steps, seconds)
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
    whole = newest_whole(checkpoints)
    if whole:
        tell(f"resuming from {whole}")
    before = signal.signal(signal.SIGTERM, lambda *_: progress.stop())
    try:
        trainer.train(resume_from_checkpoint=str(whole) if whole else None)
    finally:
        signal.signal(signal.SIGTERM, before)
    if progress.stopped and trainer.state.global_step < steps:
        raise Stopped(
            f"stopped at step {trainer.state.global_step} of {steps}; the same command goes on from there"
        )
    # Not the trainer's own mean, which knows nothing of the steps before a resumption.
    losses = [float(each["loss"]) for each in trainer.state.log_history if "loss" in each]
    history = [
        (int(each["step"]), float(each["eval_loss"]))
        for each in trainer.state.log_history
        if "eval_loss" in each
    ]
    return Trained(
        model=trainer.model,
        steps=trainer.state.global_step,
        loss=sum(losses) / max(1, len(losses)),
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
    arguments = transformers.TrainingArguments(
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
    # One GPU, also where there are several: rows of one batch share keys and values, which cannot be split.
    arguments._n_gpu = min(1, arguments.n_gpu)
    return arguments


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
            progress = next(each for each in self.callback_handler.callbacks if isinstance(each, Progress))
            progress.tokens += int(inputs["lengths"].sum())
        return (loss, {}) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> Order:
        return self.order
