"""Writes a whole catalogue: plans the work and its cost, queues it by product, does it, never twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from .content import CANDIDATES, ContentWriter, brief_of, every_product
from .copy_requests import ContentRequest, Wanted
from .editing import Editing, digest, work_of
from .errors import InvalidInput, ModelUnavailable, NotAvailableIn
from .filters import in_category
from .jobs import Job, JobRequest, JobState, Plan, Progress
from .ladder import ENDPOINT_FAILED
from .metering import tokens_in
from .ports import Catalog, Jobs, Texts
from .products import Product

_MEASURED = 50  # pieces whose prompts are looked at; the others are taken to be like them
# From the third time on a message is kept, whoever could write: the queue gives none a fourth.
_LAST_TRY = 3

Piece = tuple[Product, Wanted]


class Bulk:
    """Plans, starts, does and shows jobs.

    Args:
        catalog: the products.
        texts: what is written already.
        jobs: where jobs and their work are kept.
        writer: writes.
        editing: keeps what was written.
        model_languages: the languages that the model is trusted to write.
        price: of a million tokens of the model, in the shop's currency; 0 if that is not known.
    """

    def __init__(
        self,
        catalog: Catalog,
        texts: Texts,
        jobs: Jobs,
        writer: ContentWriter,
        editing: Editing,
        model_languages: frozenset[str],
        price: float = 0.0,
    ) -> None:
        self._catalog = catalog
        self._texts = texts
        self._jobs = jobs
        self._writer = writer
        self._editing = editing
        self._model_languages = model_languages
        self._price = price

    def start(self, request: JobRequest, by: str, now: datetime) -> Job:
        """Plan the job and, unless it is a dry run, queue its work.

        The same request, sent again while the catalogue has not changed, is the same job: what of its work is
        not done is queued once more, though the job was cancelled.

        Raises:
            NotFound: naming the products that the catalogue does not have.
            StoreUnavailable: sending the same again goes on where this stopped.
        """
        plan, products = self._plan(request)
        if request.dry_run:
            return Job(job_id=None, state=None, request=request, plan=plan)
        job_id = digest(request.model_dump_json(), self._catalog.version())
        job = Job(job_id=job_id, state="queued", request=request, started_by=by, started_at=now, plan=plan)
        # First the work's list, then the work: a job that was queued in part is queued again.
        if self._jobs.create(job_id, job.model_dump_json()):
            self._jobs.send(job_id, products)
        else:
            self._jobs.set_cancelled(job_id, None)
            done = self._jobs.done(job_id)
            self._jobs.send(job_id, [each for each in products if each not in done])
        return self.read(job_id, now)

    def read(self, job_id: str, now: datetime) -> Job:
        """A job and how far it is.

        Raises:
            NotFound: if there is none of that id.
        """
        kept = self._jobs.read(job_id)
        job = Job.model_validate_json(kept.document)
        progress = Progress.model_validate({**kept.counts, "updated_at": kept.updated_at})
        left = job.plan.products_to_write - progress.products
        state: JobState = "running" if progress.products else "queued"
        if left <= 0:
            state = "done"
        elif kept.cancelled_at:
            state = "cancelled"
        pace = None
        if state == "running" and job.started_at:
            pace = (now - job.started_at).total_seconds() / progress.products
        return job.model_copy(
            update={
                "state": state,
                "cancelled_at": kept.cancelled_at,
                "progress": progress,
                "seconds_left": None if pace is None else round(pace * left),
            }
        )

    def cancel(self, job_id: str, now: datetime) -> Job:
        """Write no more of a job. The product that is being written is finished; what is written stays.

        Raises:
            NotFound: if there is none of that id.
        """
        self._jobs.set_cancelled(job_id, now)
        return self.read(job_id, now)

    def work(self, job_id: str, product_id: str, now: datetime, tries: int) -> None:
        """Write a product's texts and count them. What is written already is not written again.

        Args:
            tries: how often this was begun, this time included.

        Raises:
            ModelUnavailable: the model failed and may do better later; what it wrote before is kept.
        """
        job = self._jobs.read(job_id)
        if job.cancelled_at:
            return
        request = Job.model_validate_json(job.document).request
        fell_back = failed = 0
        # The product may have been deleted since the job was planned: then there is nothing to do.
        products = self._catalog.products([product_id]).values()
        written = [text.work for text in self._texts.of(product_id)]
        for product, wanted in _left(products, request.texts, written)[0]:
            wish = {name: getattr(wanted, name) for name in Wanted.model_fields}
            try:
                answer = self._writer.write(ContentRequest(product_id=product_id, **wish), now)
            except InvalidInput:
                failed += 1
                continue
            if answer.degraded in ENDPOINT_FAILED:
                if tries < _LAST_TRY:
                    raise ModelUnavailable("the model did not write; the work goes back to the queue")
                fell_back += 1
            self._editing.keep(product, wanted, answer, _by(job_id), now)
        kept = [text for text in self._texts.of(product_id) if text.history[0].by == _by(job_id)]
        counts = {
            "products": 1,
            "texts": len(kept),
            "by_model": sum(text.served_by == "model" for text in kept),
            "fell_back": fell_back,
            "failed": failed,
        }
        self._jobs.finish(job_id, product_id, {name: float(count) for name, count in counts.items()}, now)

    def _plan(self, request: JobRequest) -> tuple[Plan, list[str]]:
        """The plan, and the products that there is work for."""
        products = self._selected(request)
        written = {text.work for text in self._texts.all_texts()}
        pieces, before, lacking = _left(products, request.texts, written)
        calls = [(product, wanted) for product, wanted in pieces if wanted.language in self._model_languages]
        tokens, most = self._tokens(calls)
        ids = list(dict.fromkeys(product.id for product, _ in pieces))
        plan = Plan(
            products=len(products),
            products_to_write=len(ids),
            pieces=len(products) * len(request.texts),
            written_before=before,
            no_texts_in_language=lacking,
            pieces_to_write=len(pieces),
            model_calls=len(calls),
            tokens_in=tokens,
            tokens_out_at_most=most,
            cost_at_most=round((tokens + most) * self._price / 1e6, 4) if self._price else None,
        )
        return plan, ids

    def _selected(self, request: JobRequest) -> list[Product]:
        if request.product_ids:
            named = every_product(self._catalog, request.product_ids)
            return [*{product.id: product for product in named}.values()]
        everything = self._catalog.all_products()
        category = request.category
        some = (each for each in everything if category is None or in_category(each, category))
        return sorted(some, key=lambda each: each.id)

    def _tokens(self, calls: list[Piece]) -> tuple[int, int]:
        """Tokens that the calls will read, and at most write."""
        step = max(1, len(calls) // _MEASURED)
        looked_at = [brief_of(product, wanted) for product, wanted in calls[::step]]
        if not looked_at:
            return 0, 0
        read = sum(tokens_in(message.content) for brief in looked_at for message in brief.messages)
        write = sum(CANDIDATES * brief.max_tokens for brief in looked_at)
        share = len(calls) / len(looked_at)
        return round(read * share), round(write * share)


def _by(job_id: str) -> str:
    return f"job {job_id}"


def _left(
    products: Iterable[Product], texts: Sequence[Wanted], written: Iterable[str]
) -> tuple[list[Piece], int, int]:
    """What is left to write, how many are written before, and for how many the product lacks the language.

    Args:
        written: the works (`work_of`) that there are texts of.
    """
    seen = set(written)
    pieces: list[Piece] = []
    before = lacking = 0
    for product in products:
        for wanted in texts:
            try:
                work = work_of(product, wanted)
            except NotAvailableIn:
                lacking += 1
                continue
            if work in seen:
                before += 1
            else:
                seen.add(work)
                pieces.append((product, wanted))
    return pieces, before, lacking
