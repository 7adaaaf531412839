"""The cases under events/ through their handlers: right answers, clear refusals, nothing left behind."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shopwright import bootstrap

from .conftest import Invoke, body, event

REFUSED = [
    ("activity/of_somebody_else", 403, None),
    ("profiling/of_somebody_else", 403, None),
    ("profiling/correct_somebody_else", 403, None),
    ("recommendation/of_somebody_else", 403, None),
    ("question_answering/of_somebody_else", 403, None),
    ("profiling/without_token", 401, None),
    ("content/without_token", 401, None),
    ("activity/not_json", 400, None),
    ("activity/unknown_field", 422, "source"),
    ("activity/too_many", 422, "events"),
    ("activity/no_events", 422, "events"),
    ("profiling/correct_unknown_trait", 422, "corrections.0.trait_id"),
    ("profiling/refuse_set", 422, "corrections.0.action"),
    ("recommendation/similar_without_product", 422, "product_id"),
    ("recommendation/unknown_product", 404, None),
    ("recommendation/bad_limit", 422, "limit"),
    ("recommendation/bad_placement", 422, "placement"),
    ("recommendation/bad_price_range", 422, "min_price"),
    ("recommendation/bad_availability", 422, "availability"),
    ("question_answering/unknown_product", 404, None),
    ("question_answering/empty", 422, "question"),
    ("question_answering/unknown_field", 422, "mood"),
    ("question_answering/feedback_unknown_question", 404, None),
    ("question_answering/feedback_unknown_why", 422, "why"),
    ("content/no_product", 422, None),
    ("content/unknown_kind", 422, "kind"),
    ("content/wrong_platform", 422, None),
    ("content/job_of_a_theme", 422, None),
    ("content/unknown_job", 404, None),
    ("editing/unknown_state", 422, "state"),
    ("content/no_text_in_language", 422, "product.translations.zh"),
    ("catalog/get_unknown_product", 404, None),
    ("catalog/put_merchandising_bad", 422, "rules.1.factor"),
]


@pytest.fixture
def shop(invoke: Invoke, endpoint: None) -> Invoke:
    """A shop with a few products and articles in it."""
    assert body(invoke("catalog", event("catalog/put_products")))["rejected"] == []
    assert body(invoke("catalog", event("catalog/put_articles")))["rejected"] == []
    return invoke


@pytest.mark.parametrize(("case", "status", "field"), REFUSED)
def test_bad_input_is_refused_by_name(invoke: Invoke, case: str, status: int, field: str | None) -> None:
    response = invoke(case.split("/")[0], event(case))
    assert response["statusCode"] == status
    assert response["headers"]["Content-Type"] == "application/problem+json"
    problem = body(response)
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["request_id"]
    if field:
        assert [error["field"] for error in problem["errors"]] == [field]


def test_a_refused_body_leaves_nothing_behind(invoke: Invoke) -> None:
    for case in ("activity/unknown_field", "activity/too_many", "activity/not_json"):
        invoke("activity", event(case))
    assert list(bootstrap.customers().all_events()) == []


def test_whose_data_it_is_cannot_be_told_from_a_refusal(invoke: Invoke) -> None:
    assert body(invoke("activity", event("activity/session")))["accepted"]
    for case in ("profiling/of_somebody_else", "recommendation/of_somebody_else"):
        known = event(case)
        unknown = json.loads(json.dumps(known).replace("c-900", "c-nobody"))
        assert unknown != known
        assert invoke(case.split("/")[0], unknown) == invoke(case.split("/")[0], known)


def test_a_batch_with_one_event_of_somebody_elses_leaves_nothing(invoke: Invoke) -> None:
    mixed = event("activity/session")
    rows = json.loads(mixed["body"])["events"]
    claims = mixed["requestContext"]["authorizer"]["jwt"]["claims"]
    claims |= {"sub": rows[0]["customer_id"], "scope": "shop/customer"}
    assert body(invoke("activity", mixed))["accepted"] == len(rows)
    rows.append({**rows[0], "event_id": "e-other", "customer_id": "c-999"})
    refused = invoke("activity", mixed | {"body": json.dumps({"events": [*rows, {"event_id": "e-new"}]})})
    assert refused["statusCode"] == 403
    assert {each.customer_id for each in bootstrap.customers().all_events()} == {rows[0]["customer_id"]}


def test_a_body_over_the_limit_is_refused(invoke: Invoke) -> None:
    for sent in (json.dumps({"events": ["x" * 1_000_001]}), "not json" + "x" * 1_000_000, "[" * 1_000_001):
        response = invoke("activity", event("activity/session") | {"body": sent})
        assert response["statusCode"] == 413
        assert "1000000" in body(response)["detail"]


def test_a_body_of_another_type_is_refused(invoke: Invoke) -> None:
    form = event("activity/session")
    form["headers"]["content-type"] = "application/x-www-form-urlencoded"
    response = invoke("activity", form)
    assert response["statusCode"] == 415
    assert "application/json" in body(response)["detail"]
    assert list(bootstrap.customers().all_events()) == []


@pytest.mark.parametrize("sent", ["/9j/", "bm90IHRleHQ=!", "w7Zk"])
def test_a_body_that_is_no_text_or_no_json_is_refused(invoke: Invoke, sent: str) -> None:
    response = invoke("activity", event("activity/session") | {"body": sent, "isBase64Encoded": True})
    assert response["statusCode"] == 400
    assert body(response)["title"] == "The request cannot be read"


def test_a_body_that_was_packed_by_the_gateway_is_read(invoke: Invoke) -> None:
    sent = event("activity/session")
    packed = base64.b64encode(sent["body"].encode()).decode()
    assert body(invoke("activity", sent | {"body": packed, "isBase64Encoded": True}))["accepted"] == 7


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
def test_a_type_that_is_not_json_is_refused_whatever_it_holds(invoke: Invoke, kind: str) -> None:
    sent = event("question_answering/policy")
    sent["headers"]["content-type"] = kind
    assert invoke("question_answering", sent)["statusCode"] == 415


def test_an_unknown_address_is_a_problem_document_too(invoke: Invoke) -> None:
    lost = event("activity/session")
    lost["rawPath"] = lost["requestContext"]["http"]["path"] = "/nowhere"
    assert body(invoke("activity", lost))["status"] == 404


def test_events_are_accepted_once_and_the_bad_ones_named(invoke: Invoke) -> None:
    response = invoke("activity", event("activity/session"))
    assert response["statusCode"] == 202
    assert body(response) == {"accepted": 7, "duplicates": 0, "anonymous": 0, "late": 0, "rejected": []}
    assert body(invoke("activity", event("activity/session")))["duplicates"] == 7

    answer = body(invoke("activity", event("activity/some_bad_rows")))
    assert answer["accepted"] == 2
    assert {(row["index"], row["field"]) for row in answer["rejected"]} == {
        (1, "event_name"),
        (2, ""),
        (3, "colour"),
        (4, "event_time"),
        (5, ""),
        (6, ""),
        (7, "event_time"),
    }


def test_what_a_customer_typed_is_not_repeated_in_a_refusal(invoke: Invoke) -> None:
    secret = "my-secret-diary"  # pragma: allowlist secret
    rows = [{"event_id": secret + "!", "event_name": secret, "event_time": secret, "customer_id": secret}]
    response = invoke("activity", event("activity/session") | {"body": json.dumps({"events": rows})})
    assert body(response)["accepted"] == 0
    assert secret not in response["body"]


def test_a_catalogue_batch_keeps_the_good_rows_and_names_the_bad(invoke: Invoke, endpoint: None) -> None:
    answer = body(invoke("catalog", event("catalog/put_products_some_bad")))
    assert [row["id"] for row in answer["stored"]] == ["p-0401"]
    assert {(row["index"], row["field"]) for row in answer["rejected"]} == {
        (1, "price"),
        (2, "title"),
        (3, "colour_scheme"),
        (4, ""),
    }
    answer = body(invoke("catalog", event("catalog/put_articles_bad")))
    assert [row["index"] for row in answer["stored"]] == [1]
    assert [row["field"] for row in answer["rejected"]] == ["body"]


def test_a_product_comes_back_as_it_was_sent(shop: Invoke) -> None:
    sent = next(
        p for p in json.loads(event("catalog/put_products")["body"])["products"] if p["id"] == "p-0401"
    )
    got = body(shop("catalog", event("catalog/get_product")))
    assert {name: got[name] for name in sent if name != "translations"} == {
        name: value if name != "product_detail" else [{**row, "section_name": None} for row in value]
        for name, value in sent.items()
        if name != "translations"
    }


def test_products_cannot_be_stored_while_the_model_is_down(invoke: Invoke) -> None:
    response = invoke("catalog", event("catalog/put_products"))
    assert response["statusCode"] == 503
    assert response["headers"]["Retry-After"]
    assert list(bootstrap.catalog().all_products()) == []


def test_a_profile_forms_and_the_customers_word_wins(shop: Invoke) -> None:
    shop("activity", event("activity/session"))
    before = body(shop("profiling", event("profiling/read")))
    assert before["stale"]
    assert before["affinities"]["category"]
    assert before["traits"] == []

    assert shop("profile_sweep", event("profile_sweep/scheduled")) == {"queued": 1}
    assert shop("profile_refresh", event("profile_refresh/one_customer")) == {"batchItemFailures": []}
    profile = body(shop("profiling", event("profiling/read")))
    assert not profile["stale"]
    removed = "category_affinity:Coffee & Tea > Espresso Machines"
    trait = next(trait for trait in profile["traits"] if trait["id"] == removed)
    assert set(trait["evidence"]) <= {f"e-{n:04}" for n in range(1, 8)}
    assert trait["expires_at"]
    assert profile["summary"]
    assert profile["served_by"] in ("model", "rules")

    corrected = body(shop("profiling", event("profiling/correct")))
    assert removed not in [trait["id"] for trait in corrected["traits"]]
    shop("profile_refresh", event("profile_refresh/one_customer"))
    after = body(shop("profiling", event("profiling/read")))
    assert removed not in [trait["id"] for trait in after["traits"]]
    assert ("interest:hiking", "customer") in [(trait["id"], trait["source"]) for trait in after["traits"]]


def test_a_profile_of_nobody_is_empty(invoke: Invoke) -> None:
    response = invoke("profiling", event("profiling/read_unknown"))
    assert response["statusCode"] == 200
    assert body(response)["traits"] == []


def test_a_poisoned_message_fails_alone(shop: Invoke) -> None:
    shop("activity", event("activity/session"))
    answer = shop("profile_refresh", event("profile_refresh/one_poisoned"))
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["m-1", "m-2"]
    assert not body(shop("profiling", event("profiling/read")))["stale"]


def test_recommendations_react_to_what_was_done_and_leave_out_what_is_owned(shop: Invoke) -> None:
    first = body(shop("recommendation", event("recommendation/for_nobody")))
    assert first["items"]
    assert all(item["reason"]["text"] for item in first["items"])

    shop("activity", event("activity/session"))
    counted = shop("neighbour_refresh", event("neighbour_refresh/scheduled"))
    assert counted["events"] == 7
    for placement in ("for_you", "similar", "bought_together"):
        answer = body(shop("recommendation", event(f"recommendation/{placement}")))
        ids = [item["product_id"] for item in answer["items"]]
        assert ids, placement
        assert not {"p-0401", "p-0434"} & set(ids), placement
        assert answer["served_by"] == "rules"
        assert all(item["reason"]["text"] and 0 <= item["score"] <= 1 for item in answer["items"])


@pytest.mark.parametrize(
    ("case", "words", "source"),
    [
        ("product_fact", ["1.2"], "product:p-0401"),
        ("policy", ["15"], "article:returns"),
        ("policy_zh", ["15"], "article:returns"),
    ],
)
def test_questions_are_answered_from_the_shops_facts(
    shop: Invoke, case: str, words: list[str], source: str
) -> None:
    answer = body(shop("question_answering", event(f"question_answering/{case}")))
    assert all(word in answer["answer"] for word in words)
    assert source in [citation["source"] for citation in answer["citations"]]
    assert not answer["hand_over"]


def test_a_conversation_goes_on(shop: Invoke) -> None:
    """The customer's own token, two calls: the second says only what is new."""
    asked = event("question_answering/product_fact")
    asked["requestContext"]["authorizer"]["jwt"]["claims"] |= {"sub": "c-900", "scope": "shop/customer"}

    def ask(**question: str) -> Any:
        return body(shop("question_answering", asked | {"body": json.dumps(question)}))

    first = ask(question="How big is the water tank?", product_id="p-0401")
    assert "product:p-0401" in [each["source"] for each in first["citations"]]
    second = ask(question="And how much does it weigh?", conversation_id=first["conversation_id"])
    assert {each["source"] for each in second["citations"]} <= {"product:p-0401"}
    assert second["conversation_id"] == first["conversation_id"]


def test_feedback_is_kept_with_the_question_and_only_its_customer_gives_it(shop: Invoke) -> None:
    asked = event("question_answering/product_fact")
    theirs = asked["requestContext"]["authorizer"]["jwt"]["claims"]
    theirs |= {"sub": "c-900", "scope": "shop/customer"}
    question_id = body(shop("question_answering", asked))["question_id"]
    given = event("question_answering/feedback_not_helpful")
    given["pathParameters"] = {"question_id": question_id}
    given["rawPath"] = given["requestContext"]["http"]["path"] = f"/questions/{question_id}/feedback"
    response = shop("question_answering", given)
    assert (response["statusCode"], body(response)["why"]) == (200, "incomplete")
    [kept] = bootstrap.questions().of("c-900", datetime.now(UTC))
    assert kept.opinion is not None
    assert (kept.question_id, kept.outcome, kept.opinion.helpful) == (question_id, "answered", False)
    told = {"customer_id": "c-900", "helpful": True, "comment": "Call me: 13812345678"}
    shop("question_answering", given | {"body": json.dumps(told)})
    [kept] = bootstrap.questions().of("c-900", datetime.now(UTC))
    assert kept.opinion is not None
    assert kept.opinion.comment == "Call me: ..."
    given["requestContext"]["authorizer"]["jwt"]["claims"] |= {"sub": "c-901", "scope": "shop/customer"}
    assert shop("question_answering", given)["statusCode"] == 403
    stranger = given | {"body": json.dumps({"helpful": True})}
    assert shop("question_answering", stranger)["statusCode"] == 404
    exported = body(shop("privacy", event("privacy/export")))
    assert [each["question_id"] for each in exported["questions"]] == [question_id]
    removed = {row["what"]: row["items"] for row in body(shop("privacy", event("privacy/erase")))["removed"]}
    assert removed["questions"] == 1


def test_what_the_shop_could_not_answer_becomes_a_list_of_articles_worth_writing(shop: Invoke) -> None:
    assert body(shop("catalog", event("catalog/get_article_gaps")))["made_at"] is None
    asked = event("question_answering/not_known")
    for customer, question in (
        ("c-1", "Can you engrave a name on the bottle?"),
        ("c-2", "Do you engrave names on bottles?"),
        ("c-3", "可以在水壶上刻名字吗？"),
        ("c-4", "Which football team does your founder support?"),
    ):
        sent = asked | {"body": json.dumps({"question": question, "customer_id": customer})}
        assert body(shop("question_answering", sent))["hand_over_reason"] == "not_known"
    done = shop("article_gaps", event("article_gaps/scheduled"))
    assert done == {"gaps": 1, "degraded": None, "questions": 4, "asked_once": 1}
    [gap] = body(shop("catalog", event("catalog/get_article_gaps")))["gaps"]
    assert (gap["customers"], gap["languages"]) == (3, {"en": 2, "zh": 1})
    assert gap["closest"]["source"].startswith("article:")


def test_what_a_customer_wants_done_goes_to_its_form(shop: Invoke) -> None:
    answer = body(shop("question_answering", event("question_answering/wants_form")))
    assert (answer["intent"], answer["hand_over_reason"]) == ("cancel_order", "form_wanted")
    assert answer["hand_over"]


def test_what_the_shop_does_not_know_is_said_and_handed_over(shop: Invoke) -> None:
    answer = body(shop("question_answering", event("question_answering/not_known")))
    assert answer["hand_over"]
    assert answer["citations"] == []
    assert answer["confidence"] < 0.5


@pytest.mark.parametrize("kind", ["product_description", "ad_copy", "social_post"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_copy_is_written_and_says_what_carries_it(shop: Invoke, kind: str, language: str) -> None:
    answer = body(shop("content", event(f"content/{kind}_{language}")))
    text = answer["texts"][0]
    assert text["text"]
    assert text["facts"]
    assert text["checks"]
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text["text"])
    assert chinese == (language == "zh")
    if language == "zh":
        assert (answer["served_by"], answer["degraded"]) == ("rules", "model_language")


@pytest.mark.parametrize(
    ("case", "parts"),
    [
        ("ad_copy_google", {"headline": 30, "long_headline": 90, "description": 90}),
        ("ad_copy_meta_zh", {"primary_text": 125, "headline": 40, "description": 30}),
        ("email_en", {"subject": 60, "preheader": 100, "body": 600}),
    ],
)
def test_copy_with_parts_has_them_all(shop: Invoke, case: str, parts: dict[str, int]) -> None:
    for text in body(shop("content", event(f"content/{case}")))["texts"]:
        assert {name: len(text["fields"][name]) <= most for name, most in parts.items()} == dict.fromkeys(
            parts, True
        )
        assert text["claims"]


def test_a_list_gets_a_name_that_holds_of_all_its_products(shop: Invoke) -> None:
    [text] = body(shop("content", event("content/recommendation_theme")))["texts"]
    assert "espresso machines" in text["text"].lower()


def test_variants_of_a_catalogue_product_differ(shop: Invoke) -> None:
    answer = body(shop("content", event("content/catalogue_product")))
    texts = [text["text"] for text in answer["texts"]]
    assert len(set(texts)) == 2


def test_with_the_model_down_every_answer_still_comes_and_says_why(
    shop: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "http://127.0.0.1:9")
    bootstrap.reset()
    answers: dict[str, Any] = {
        "question": body(shop("question_answering", event("question_answering/policy"))),
        "content": body(shop("content", event("content/ad_copy_en"))),
    }
    assert "15" in answers["question"]["answer"]
    assert answers["question"]["degraded"] in ("no_embeddings", "model_unavailable")
    assert answers["content"]["texts"][0]["text"]
    assert answers["content"]["degraded"] == "model_unavailable"
    assert {answer["served_by"] for answer in answers.values()} == {"rules"}
