"""What is counted, on told models behind a real HTTP server: one copies the facts, one invents numbers."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import pytest

from local.benchmarks.model_quality.answering import answers_of_sample
from local.benchmarks.model_quality.copywriting import Copywriting
from local.benchmarks.model_quality.customer_summaries import summaries
from local.benchmarks.model_quality.documents import SCHEMAS, wanted
from local.benchmarks.model_quality.progress import Progress
from local.benchmarks.model_quality.rehearsal import ModelFailed, Rehearsal, seed_of
from local.benchmarks.model_quality.shelf import shelf
from local.benchmarks.model_quality.structured import fault_of, structured
from local.benchmarks.model_quality.wire import Wire
from shopwright.adapters.endpoint import EndpointModel
from shopwright.adapters.sagemaker import Endpoint
from shopwright.ports import Candidate, Message
from tests.local.told_model import Refuse, told_model
from tests.unit.fakes import DIMENSIONS

QUIET = Progress(lambda line: None)
SEED = 4  # draws products whose highlights read well one after the other


def copies(body):
    """Says nothing but the facts in the request."""
    asked = body["messages"][-1]["content"]
    if asked.startswith("- "):  # notes on a customer
        return " ".join(line.removeprefix("- ") for line in asked.splitlines())
    if asked.startswith("Fact: "):
        fact = asked.removeprefix("Fact: ").partition("\n<question>")[0]
        return fact.partition(": ")[2] or fact
    colon, mark, comma, stop = (
        ("：", "；", "，", "。") if asked.startswith("事实") else (": ", "; ", ", ", ".")
    )
    title, *facts = asked.partition(colon)[2].split(mark)
    brand = next((fact.partition(colon)[2] for fact in facts if fact.startswith(("Brand", "品牌"))), "")
    plain = [fact for fact in facts if colon not in fact and not fact.endswith(stop)]
    return f"{brand} {title}{': ' if stop == '.' else comma}{comma.join(plain[:2])}{stop}"


def invents(body):
    """Says one false number about what it was asked about."""
    asked = body["messages"][-1]["content"]
    title = re.split("; |；|: |：|\n", asked)[1]
    return f"The {title} weighs 98765 kg." if "事实" not in asked else f"{title}重98765千克。"


def _model(wire):
    endpoint = Endpoint(wire, "told")
    return EndpointModel(endpoint, endpoint, endpoint)


@contextmanager
def rehearsing(say):
    """A told model to judge, and the chat bodies it is sent."""
    with told_model(say) as (url, asked), Wire(url) as wire:
        yield Rehearsal(_model(wire), 7), asked


@pytest.fixture
def stores():
    with shelf(DIMENSIONS) as made:
        yield made


def shares(results):
    """(task, language, measure) -> (passed, of)."""
    return {
        (name.task, name.language, name.measure): (share.passed, share.of)
        for name, share in results.shares.items()
    }


def copy(rehearsal, stores, language):
    writing = Copywriting(rehearsal, stores, QUIET)
    writing.sample_shop(SEED, language, 3)
    return writing.results


@pytest.mark.parametrize("language", ["en", "zh"])
def test_copied_facts_pass_and_invented_numbers_do_not(stores, language):
    kinds = ["product_description", "ad_copy", "social_post"]
    with rehearsing(copies) as (model, asked):
        counted = shares(copy(model, stores, language))
        for kind in kinds:
            assert counted[kind, language, "candidates"] == (24, 24)
            assert counted[kind, language, "best of 8"] == (3, 3)
            assert counted[kind, language, "candidates without a fault"] == (24, 24)
        # The functions' own numbers, and a seed of our own.
        assert {(body["n"], body["temperature"], body["top_p"]) for body in asked} == {(8, 0.4, 0.9)}
        assert len({body["seed"] for body in asked}) == len(asked) == 9
    with rehearsing(invents) as (model, _):
        results = copy(model, stores, language)
        for kind in kinds:
            assert shares(results)[kind, language, "candidates"] == (0, 24)
            assert shares(results)[kind, language, "best of 8"] == (0, 3)
            assert results.reasons[f"{kind}, {language}, sample shop"]["numbers"] == 24


def test_one_good_candidate_of_eight_is_enough_for_best_of_eight(stores):
    class OneOfEight:
        def generate(self, messages, **how):
            said = [copies({"messages": [{"content": messages[-1].content}]})]
            false = invents({"messages": [{"content": messages[-1].content}]})
            return [Candidate(text, complete=True) for text in [*said, *[false] * 7]]

    writing = Copywriting(Rehearsal(OneOfEight(), 7), stores, QUIET)
    writing.sample_shop(SEED, "en", 3)
    assert shares(writing.results)["ad_copy", "en", "candidates"] == (3, 24)
    assert shares(writing.results)["ad_copy", "en", "best of 8"] == (3, 3)


def test_summaries_are_counted_in_both_languages():
    with rehearsing(copies) as (model, _):
        counted = shares(summaries(model, 7, 3, QUIET))
    assert counted["summary", "en", "best of 3"] == counted["summary", "zh", "best of 3"] == (3, 3)
    with rehearsing(lambda body: "They paid 98765 EUR.") as (model, _):
        counted = shares(summaries(model, 7, 3, QUIET))
    assert counted["summary", "en", "candidates"] == counted["summary", "zh", "candidates"] == (0, 9)


def test_answers_are_judged_as_a_whole_and_by_the_models_part(stores):
    with rehearsing(copies) as (model, _):
        results = answers_of_sample(model, stores, 12, QUIET)
    counted = shares(results)
    right, wrong, handed_over = (
        counted["answerable, whole service", "en", measure]
        for measure in ("answered, and right", "answered, but wrong", "handed over")
    )
    assert right[1] == wrong[1] == handed_over[1] == right[0] + wrong[0] + handed_over[0]
    assert counted["answerable, model alone", "en", "best of 3: pass"][0] > 0


def test_invented_answers_are_refused_whatever_was_asked(stores):
    with rehearsing(invents) as (model, _):
        counted = shares(answers_of_sample(model, stores, 12, QUIET))
    assert counted["answerable, model alone", "en", "candidates: pass"][0] == 0
    refused = counted["unanswerable, model alone", "en", "best of 3: refused"]
    assert refused[0] == refused[1] > 0


def least(schema):
    """The shortest document of one of our schemas."""
    kind = schema["type"]
    if kind == "object":
        return {name: least(each) for name, each in schema["properties"].items()}
    kind = kind[0] if isinstance(kind, list) else kind
    return {"array": [], "string": schema.get("enum", [""])[0], "boolean": True}[kind]


def test_json_is_counted_with_and_without_constraint():
    def writes(body):
        if "response_format" not in body:
            return "Sure! Here is the JSON."
        wish = body["response_format"]["json_schema"]
        assert wish["strict"] is True
        assert wish["schema"] == SCHEMAS[wish["name"]]
        return json.dumps(least(wish["schema"]))

    with told_model(writes) as (url, _), Wire(url) as wire:
        results = structured(wire, 7, 2, QUIET)
    for kind in SCHEMAS:
        assert shares(results)[kind, "en", "constrained: parses and validates"] == (4, 4)
        assert shares(results)[kind, "en", "not constrained: parses and validates"] == (0, 4)
        assert results.reasons[f"{kind}, not constrained"] == {"no JSON": 4}


def test_a_server_that_refuses_response_format_is_counted_as_refusing():
    def says(body):
        if "response_format" in body:
            raise Refuse("response_format: unknown field")
        return "{}"

    with told_model(says) as (url, _), Wire(url) as wire:
        results = structured(wire, 7, 1, QUIET)
    assert shares(results)["routing", "en", "constrained: parses and validates"] == (0, 2)
    assert results.reasons["routing, constrained"] == {"response_format refused by the server": 2}
    assert results.reasons["routing, not constrained"] == {"not of the schema": 2}


def test_a_body_that_was_cut_short_does_not_count():
    assert fault_of(json.dumps(least(SCHEMAS["traits"])), True, SCHEMAS["traits"]) is None
    assert fault_of(json.dumps(least(SCHEMAS["traits"])), False, SCHEMAS["traits"]) == "cut short"


def test_documents_are_the_same_for_the_same_seed():
    assert wanted(7, 2) == wanted(7, 2) != wanted(8, 2)


def test_a_seed_depends_on_what_is_asked_and_on_the_runs():
    hello, bye = [Message("user", "hello")], [Message("user", "bye")]
    assert len({seed_of(7, hello), seed_of(7, bye), seed_of(8, hello)}) == 3
    assert seed_of(7, hello) == seed_of(7, list(hello))


def test_a_model_that_fails_is_no_model_that_writes_badly(stores):
    def refuses(body):
        raise Refuse("max_tokens: too many")

    with rehearsing(refuses) as (model, _), pytest.raises(ModelFailed, match="max_tokens: too many"):
        copy(model, stores, "en")
    with Wire("http://127.0.0.1:9") as nobody, pytest.raises(ModelFailed, match="gave no answer"):
        copy(Rehearsal(_model(nobody), 7), stores, "en")
