"""A whole catalogue written: its cost known before, its progress, and nothing written twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from shopwright.bulk import Bulk
from shopwright.content import ContentWriter
from shopwright.editing import Editing
from shopwright.errors import ModelUnavailable, NotFound, StoreUnavailable
from shopwright.jobs import Job, JobRequest
from shopwright.products import Product
from shopwright.texts import StateChange

from .fakes import InMemoryCatalog, InMemoryContentJobs, InMemoryCustomers, InMemoryTexts, ScriptedModel
from .test_content import NOW

ENGLISH, CHINESE = {"kind": "product_description"}, {"kind": "product_description", "language": "zh"}


def kettle(number: int, **more: object) -> Product:
    return Product.model_validate(
        {
            "id": f"k-{number}",
            "title": f"Swift {number} Kettle",
            "price": "30.00 EUR",
            "product_type": "Kitchen > Kettles",
            "product_highlight": ["quiet boil", f"{number} litre jug"],
            **more,
        }
    )


KETTLES = [kettle(number) for number in range(1, 4)]
LAMP = kettle(9, id="l-1", title="Desk Lamp", product_type="Home > Lamps")
TRANSLATED = kettle(5, translations={"zh": {"title": "迅捷水壶", "product_highlight": ["安静烧水"]}})


class Press:
    """A shop that writes in bulk; `run` does what is queued."""

    def __init__(self, *turns: object, products: list[Product] | None = None, price: float = 0.0) -> None:
        self.catalog = InMemoryCatalog(products or [*KETTLES, LAMP])
        self.texts, self.jobs = InMemoryTexts(), InMemoryContentJobs()
        self.model = ScriptedModel(*turns)
        languages = frozenset({"en"})
        writer = ContentWriter(self.catalog, InMemoryCustomers(), self.model, languages)
        editing = Editing(self.texts, self.catalog)
        self.editing = editing
        self.bulk = Bulk(self.catalog, self.texts, self.jobs, writer, editing, languages, price)

    def start(self, *texts: dict, **more: object) -> Job:
        request = JobRequest.model_validate({"texts": texts or [ENGLISH], **more})
        return self.bulk.start(request, "mia", NOW)

    def run(self, tries: int = 1) -> None:
        work, self.jobs.sent = self.jobs.sent, []
        for job_id, product_id in work:
            self.bulk.work(job_id, product_id, NOW + timedelta(minutes=1), tries)


SAID = [f"The Swift {number} Kettle has a quiet boil and a {number} litre jug." for number in range(1, 4)]


def test_a_dry_run_tells_the_cost_and_does_nothing() -> None:
    press = Press(price=0.5)
    job = press.start(ENGLISH, CHINESE, dry_run=True)
    plan = job.plan
    assert (plan.products, plan.products_to_write, plan.pieces) == (4, 4, 8)
    assert (plan.pieces_to_write, plan.no_texts_in_language, plan.model_calls) == (4, 4, 4)
    assert plan.tokens_in > 4 * 100
    assert plan.tokens_out_at_most >= 4 * 8 * 32
    assert plan.cost_at_most == round((plan.tokens_in + plan.tokens_out_at_most) * 0.5 / 1e6, 4)
    assert (job.job_id, press.jobs.sent, press.jobs.documents, press.model.calls) == (None, [], {}, [])
    assert Press().start(dry_run=True).plan.cost_at_most is None


def test_what_rules_write_costs_nothing() -> None:
    plan = Press(products=[TRANSLATED], price=1.0).start(CHINESE, dry_run=True).plan
    assert (plan.pieces_to_write, plan.model_calls, plan.tokens_in, plan.cost_at_most) == (1, 0, 0, 0.0)


def test_a_job_is_queued_by_product_and_shows_how_far_it_is() -> None:
    press = Press(SAID)
    job = press.start(ENGLISH, {"kind": "ad_copy", "variants": 2})
    assert (job.state, job.started_by, job.progress.products) == ("queued", "mia", 0)
    assert press.jobs.sent == [(job.job_id, each) for each in ("k-1", "k-2", "k-3", "l-1")]
    work, press.jobs.sent = press.jobs.sent[1:], press.jobs.sent[:1]
    press.run()
    half = press.bulk.read(job.job_id, NOW + timedelta(minutes=1))
    assert (half.state, half.progress.products, half.seconds_left) == ("running", 1, 180)
    press.jobs.sent = work
    press.run()
    done = press.bulk.read(job.job_id, NOW + timedelta(minutes=5))
    assert (done.state, done.progress.products, done.seconds_left) == ("done", 4, None)
    assert done.progress.texts == len(press.texts.kept) == 12
    assert 0 < done.progress.by_model < 12
    assert {text.state for text in press.texts.kept.values()} == {"draft"}
    assert {text.history[0].by for text in press.texts.kept.values()} == {f"job {job.job_id}"}


def test_a_cancelled_job_writes_no_more_until_it_is_sent_again() -> None:
    press = Press(SAID)
    job = press.start()
    work, press.jobs.sent = press.jobs.sent[1:], press.jobs.sent[:1]
    press.run()
    stopped = press.bulk.cancel(job.job_id, NOW + timedelta(minutes=2))
    assert (stopped.state, stopped.progress.products, stopped.seconds_left) == ("cancelled", 1, None)
    assert stopped.cancelled_at == NOW + timedelta(minutes=2)
    press.jobs.sent = work
    press.run()
    assert {text.product_id for text in press.texts.kept.values()} == {"k-1"}
    again = press.start()
    assert (again.job_id, again.state, again.cancelled_at) == (job.job_id, "running", None)
    press.run()
    assert press.bulk.read(job.job_id, NOW).state == "done"
    # What is done cannot be cancelled any more.
    assert press.bulk.cancel(job.job_id, NOW).state == "done"
    with pytest.raises(NotFound):
        press.bulk.cancel("nowhere", NOW)


def test_nothing_is_written_twice() -> None:
    press = Press(SAID)
    first = press.start()
    press.run()
    calls = len(press.model.calls)
    again = press.start(ENGLISH, {"kind": "ad_copy"})
    assert (again.plan.written_before, again.plan.pieces_to_write) == (4, 4)
    press.run()
    assert len(press.model.calls) == calls + 4
    # A rejected text is work that was done, too; a changed product is new work.
    press.editing.change(next(iter(press.texts.kept)), StateChange(state="rejected"), "otto", NOW)
    press.catalog.put_products([kettle(1, product_highlight=["loud boil"])], [[0.0]], "toy")
    third = press.start()
    assert third.job_id != first.job_id
    assert (third.plan.written_before, third.plan.products_to_write) == (3, 1)


def test_a_message_that_comes_twice_counts_once_and_writes_once() -> None:
    press = Press(SAID)
    job = press.start()
    press.jobs.sent *= 2
    press.run()
    assert press.bulk.read(job.job_id, NOW).progress.texts == 4
    assert len(press.model.calls) == 4


def test_the_same_request_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    press = Press(SAID)

    def half(job_id: str, product_ids: list[str]) -> None:
        press.jobs.sent += [(job_id, each) for each in product_ids[:2]]
        raise StoreUnavailable("the queue is away")

    with monkeypatch.context() as patch:
        patch.setattr(press.jobs, "send", half)
        with pytest.raises(StoreUnavailable):
            press.start()
    press.run()
    job = press.start()
    assert [product_id for _, product_id in press.jobs.sent] == ["k-3", "l-1"]
    press.run()
    assert press.bulk.read(job.job_id, NOW).state == "done"
    assert len(press.texts.kept) == 4


def test_while_the_model_is_down_work_goes_back_and_at_last_rules_write() -> None:
    press = Press()
    job = press.start(product_ids=["k-1"])
    queued = list(press.jobs.sent)
    for tries in (1, 2):
        press.jobs.sent = list(queued)
        with pytest.raises(ModelUnavailable):
            press.run(tries)
    assert press.texts.kept == {}
    press.jobs.sent = list(queued)
    press.run(tries=3)
    done = press.bulk.read(job.job_id, NOW)
    assert (done.state, done.progress.fell_back, done.progress.by_model) == ("done", 1, 0)


def test_what_cannot_be_written_is_counted_and_stops_nothing() -> None:
    nameless = kettle(7, title="S" * 40, product_type=None)
    press = Press(products=[nameless, KETTLES[0]])
    job = press.start({"kind": "ad_copy", "platform": "google"})
    press.run(tries=3)
    done = press.bulk.read(job.job_id, NOW)
    assert (done.state, done.progress.failed, done.progress.texts) == ("done", 1, 1)


def test_a_product_that_is_gone_is_work_that_is_done() -> None:
    press = Press(SAID)
    job = press.start(product_ids=["k-1"])
    press.catalog._products.clear()
    press.run()
    done = press.bulk.read(job.job_id, NOW)
    assert (done.state, done.progress.texts) == ("done", 0)


def test_a_job_with_nothing_to_do_is_done() -> None:
    job = Press(SAID).start(CHINESE)
    assert (job.state, job.plan.no_texts_in_language) == ("done", 4)


def test_a_category_brings_its_children() -> None:
    assert Press().start(category="kitchen", dry_run=True).plan.products == 3
    assert Press().start(category="Home > Lamps", dry_run=True).plan.products == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"texts": []}, "at least 1"),
        ({"texts": [{"kind": "recommendation_theme"}]}, "about several products"),
        ({"texts": [{"kind": "ad_copy", "platform": "x"}]}, "takes google, meta"),
        ({"category": "Home", "product_ids": ["k-1"]}, "either category or product_ids"),
    ],
)
def test_what_is_no_job_is_refused(wrong: dict, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        JobRequest.model_validate({"texts": [ENGLISH], **wrong})


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="k-8"):
        Press().start(product_ids=["k-1", "k-8"])
    with pytest.raises(NotFound, match="no job"):
        Press().bulk.read("nowhere", NOW)
