"""Several turns: a customer's question is taken together with what they asked before."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from .errors import StoreUnavailable
from .followups import goes_on, points_back, rewritten
from .knowledge import Knowledge
from .ports import Conversations, Turn
from .questions import Question
from .retrieval import tokens

_PRODUCT = "product:"


class Memory:
    """What a customer asked last in a conversation.

    Args:
        conversations: where it is kept, for an hour.
    """

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    def last(self, question: Question, now: datetime) -> Turn | None:
        """What was asked before in the question's conversation. Without it a question stands for itself."""
        if not (question.customer_id and question.conversation_id):
            return None
        with suppress(StoreUnavailable):
            return self._conversations.last_turn(question.customer_id, question.conversation_id, now)
        return None

    def remember(
        self, question: Question, last: Turn | None, conversation_id: str, about: str | None, now: datetime
    ) -> None:
        """Keep what was asked for the next turn; that it cannot be kept is no reason not to answer.

        Args:
            question: as it was asked, with the product that it was taken to be about.
            last: what was asked before; its words stay where the question only went on from it.
            conversation_id: the answer's.
            about: the source that the answer rests on.
        """
        if question.customer_id is None:
            return
        product_id = question.product_id
        if product_id is None and about and about.startswith(_PRODUCT):
            product_id = about.removeprefix(_PRODUCT)
        stands = last.question if last and goes_on(question.question) else question.question
        with suppress(StoreUnavailable):
            self._conversations.keep_turn(
                question.customer_id, conversation_id, Turn(stands, product_id), now
            )


def resumed(question: Question, last: Turn, knowledge: Knowledge) -> Question:
    """The question as it would have been asked alone: with the product, and the words, of the one before."""
    product_id = question.product_id
    if product_id is None and last.product_id and points_back(question.question):
        named = tokens(question.question)
        if knowledge.named(named) is None:
            product_id = knowledge.sibling(named, last.product_id) or last.product_id
    return question.model_copy(
        update={
            "question": rewritten(question.question, last),
            "product_id": product_id,
            "language": question.spoken,
        }
    )
