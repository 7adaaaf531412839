"""What a run tells while it goes, and how it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import transformers


class Progress(transformers.TrainerCallback):  # type: ignore[misc]
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
