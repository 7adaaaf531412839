"""A whole recommender and its answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..engines import Suggestion, Suggestions
from .candidates import Candidates, chosen, signals, unseen
from .measure import Scores
from .parts import Parts
from .reranker import Reranked, Reranker
from .sequences import History


class TrainedRecommender:
    """Recommends after a history.

    Args:
        version: names it; a later one sorts after an earlier one.
        ids: of the products; place 0 holds "".
        parts: nothing is learned any more: the network is frozen.
        reranker: learned on the parts' candidates.
    """

    def __init__(self, version: str, ids: Sequence[str], parts: Parts, reranker: Reranker) -> None:
        self.version, self.ids, self.parts, self.reranker = version, list(ids), parts, reranker
        parts.network.freeze()
        self._scores = parts.scores()
        self._reranked = Reranked(self._scores, reranker)
        self._places = {product_id: place for place, product_id in enumerate(ids) if place}
        self._extended: tuple[list[tuple[str, bytes]], TrainedRecommender] | None = None

    @property
    def embedding_model(self) -> str:
        """The id of the model that embedded the texts; empty without texts."""
        return self.parts.texts.model if self.parts.texts else ""

    @property
    def dimensions(self) -> int:
        """Length of the text embeddings; 0 without texts."""
        return len(self.parts.texts.middle) if self.parts.texts else 0

    def places(self, product_ids: Sequence[str]) -> History:
        """The places of those products that it knows."""
        return np.array([self._places[each] for each in product_ids if each in self._places], np.int64)

    def scores(self, histories: Sequence[History]) -> Scores:
        """(histories, places), for measuring."""
        return self._reranked.scores(histories)

    def best(
        self,
        history: Sequence[str],
        *,
        limit: int,
        exclude: Collection[str] = (),
        arrivals: Mapping[str, NDArray[np.float32]] | None = None,
        explain: int = 0,
    ) -> Suggestions:
        """The best products after a history, none of the history's own.

        Args:
            history: product ids, oldest first. Unknown ones are passed over.
            limit: how many at most.
            exclude: products not to suggest.
            arrivals: products that came after training, each with its text's embedding of `dimensions`.
            explain: for so many products of the history, the latest, it is told how much they contribute.
        """
        new = {key: vector for key, vector in (arrivals or {}).items() if key not in self._places}
        if new and self.parts.texts:
            return self._with(new).best(history, limit=limit, exclude=exclude, explain=explain)
        whole = self.places(history)
        if not len(whole):
            return Suggestions([], 0)
        taken = np.concatenate([whole, self.places(list(exclude))])
        parts = self._scores.values()
        scores = [unseen(part([whole]), [taken]) for part in parts]
        places = chosen(scores)
        if not places.any():
            return Suggestions([], len(whole))
        explained = list(dict.fromkeys(whole[::-1].tolist()))[:explain]
        without = [whole[whole != product] for product in explained]
        views = [whole, *(view for view in without if len(view))]
        own = [part[:, places[0]] for part in scores]
        if len(views) > 1:
            others = [part(views[1:], places[0]) for part in parts]
            own = [np.concatenate(pair) for pair in zip(own, others, strict=True)]
        shown = places.repeat(len(views), 0)
        odds = self._reranked.order(Candidates(shown, signals(own, shown, views)))
        likely = np.exp(odds - odds.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        left = iter(likely[1:])
        drops = {
            # Without its only product a history says nothing: all of the score goes.
            self.ids[product]: likely[0] - (next(left) if len(view) else 0)
            for product, view in zip(explained, without, strict=True)
        }
        first = np.argsort(-likely[0], kind="stable")[:limit]
        suggested = [
            Suggestion(
                self.ids[places[0, at]],
                float(likely[0, at]),
                {product_id: float(drop[at]) for product_id, drop in drops.items()},
            )
            for at in first
        ]
        return Suggestions(suggested, len(whole))

    def _with(self, arrivals: Mapping[str, NDArray[np.float32]]) -> TrainedRecommender:
        """One that knows the arrivals too, kept until others come: they change seldom."""
        key = [(product_id, vector.tobytes()) for product_id, vector in sorted(arrivals.items())]
        kept = self._extended
        if kept is None or kept[0] != key:
            assert self.parts.texts is not None
            vectors = np.stack([arrivals[product_id] for product_id in sorted(arrivals)])
            parts = self.parts.extended(self.parts.texts, vectors)
            ids = [*self.ids, *sorted(arrivals)]
            kept = key, TrainedRecommender(self.version, ids, parts, self.reranker)
            self._extended = kept
        return kept[1]
