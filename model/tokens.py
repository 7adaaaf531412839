"""Messages to tokens, and tokens back to text as they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class RequestRefused(Exception):
    """The model cannot do what this request asks; `field` is where, in dotted form."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class Message(Protocol):
    """One turn of a chat; `role` is system, user or assistant."""

    @property
    def role(self) -> str: ...

    @property
    def content(self) -> str: ...


class ChatTokenizer:
    """A chat model's tokenizer and template: a folder, or a name on the Hugging Face hub."""

    def __init__(self, source: str) -> None:
        """Raises OSError if absent, ValueError without a chat template."""
        import transformers

        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(source)
        if not self._tokenizer.chat_template:
            raise ValueError("its tokenizer has no chat template")
        self._controls = frozenset(self._tokenizer.all_special_ids)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens after which the model writes the next turn. Raises RequestRefused."""
        for position, message in enumerate(messages):
            tokens = self._tokenizer(message.content, add_special_tokens=False)["input_ids"]
            if not self._controls.isdisjoint(tokens):
                # The model would read its own turn markers: whoever wrote it could speak as the system.
                raise RequestRefused("contains the model's control tokens", f"messages.{position}.content")
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            encoded = self._tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, return_dict=True, enable_thinking=False
            )
        except Exception as error:  # the template is code of the model's own: whatever it raises, it said no
            raise RequestRefused(
                f"the model's chat template takes no such messages ({type(error).__name__})", "messages"
            ) from None
        prompt: list[int] = encoded["input_ids"]
        return prompt

    def is_control(self, token: int) -> bool:
        """Whether a token is no text but a marker, such as the end of a turn."""
        return token in self._controls

    def token_text(self, token: int) -> str:
        """One token alone; half a character shows as U+FFFD."""
        text: str = self._tokenizer.decode([token])
        return text

    def stream(self, stops: Sequence[str] = ()) -> TextStream:
        """For one sequence."""
        return TextStream(self._tokenizer.backend_tokenizer, stops)


class TextStream:
    """The text of one sequence, given out as soon as no later token can change it.

    `stopped` is True once one of the stop texts has come; it and what follows are left out.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str]) -> None:
        from tokenizers.decoders import DecodeStream

        self._tokenizer = tokenizer
        self._decoder = DecodeStream(skip_special_tokens=True)
        self._stops = stops
        self._held = ""
        self.stopped = False

    def feed(self, tokens: Sequence[int]) -> str:
        """What is certain after these tokens."""
        if self.stopped:
            return ""
        for token in tokens:
            self._held += self._decoder.step(self._tokenizer, token) or ""
        cuts = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if cuts:
            self.stopped = True
            return self._give(min(cuts))
        # What may be the beginning of a stop text waits.
        begun = max(
            (
                length
                for stop in self._stops
                for length in range(1, len(stop))
                if self._held.endswith(stop[:length])
            ),
            default=0,
        )
        return self._give(len(self._held) - begun)

    def rest(self) -> str:
        """At the end: what was held back."""
        return "" if self.stopped else self._give(len(self._held))

    def _give(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        return text
