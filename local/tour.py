"""The tour: one customer of the sample shop, from their first event to copy written for them.

Every line it prints is an answer of the running shop; nothing is prepared. `--json` keeps all of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.sample import load_products
from local.sample.customers import generate

CUSTOMER = "c-074"  # the sample's customers end at c-064, so nothing is known of this one yet

# The example this project grew from.
PHONE = {
    "title": "智能手机",
    "brand": "苹果",
    "language": "zh",
    "product_highlight": ["6.1英寸显示屏", "1200万像素摄像头", "A15仿生芯片"],
    "translations": {
        "en": {
            "title": "Smartphone",
            "brand": "Apple",
            "product_highlight": ["6.1-inch display", "12-megapixel camera", "A15 Bionic chip"],
        }
    },
}
LOOKED_AT = "p-0401"  # an espresso machine
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("a product fact", {"question": "How big is the water tank?", "product_id": LOOKED_AT}),
    ("a shop policy", {"question": "How many days do I have to return an item?"}),
    ("the same in Chinese", {"question": "退货期限是几天？"}),
    ("two products", {"question": "What is the difference between the Crevanti Uno and the Crevanti Duo?"}),
    ("nothing the shop knows", {"question": "Which football team does your founder support?"}),
]
# Asked by others than the customer, whose token lets them ask for themselves only.
UNANSWERED = [
    ("c-075", "Can you engrave a name on a bottle?"),
    ("c-076", "Do you engrave names on bottles?"),
    ("c-077", "可以在水壶上刻名字吗？"),
]
CATEGORY = "Coffee & Tea > Espresso Machines"
KINDS = ("product_description", "ad_copy", "social_post")


class Tour:
    """Calls the shop and prints what it answers.

    Args:
        url: the gateway's address.
        tokens: of the `customer`, of `marketing` and of the shop's `service`.
        rebuild: queues a customer's profile and returns when it was rebuilt.
        train: trains a recommender on what all customers did, publishes it and says what came of it.
        group: groups the questions that nothing answered.
        drain: returns when no queued work is left.
        console: where to print.
    """

    def __init__(
        self,
        url: str,
        tokens: Mapping[str, str],
        rebuild: Callable[[str], None],
        train: Callable[[], dict[str, Any]],
        group: Callable[[], Any],
        drain: Callable[[], None],
        console: Console,
    ) -> None:
        self._http = httpx.Client(base_url=url, timeout=40)
        self._tokens = tokens
        self._rebuild = rebuild
        self._train = train
        self._group = group
        self._drain = drain
        self._console = console
        self.data: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """The whole tour; returns every answer with its latency, by step."""
        started = time.monotonic()
        with self._http:
            self.events()
            self.profile()
            self.recommendations()
            self.questions()
            self.content()
            self.bulk()
            self.decisions()
        self.data["seconds"] = round(time.monotonic() - started, 1)
        self._console.print(f"\nThe tour took {self.data['seconds']} s.", style="bold")
        return self.data

    def events(self) -> None:
        self._chapter("1", "What a customer does", f"POST /events for {CUSTOMER}, with their token")
        said = {"profiling": "granted", "personalisation": "granted", "model_processing": "granted"}
        consent = self._call("PUT", f"/customers/{CUSTOMER}/consent", {**said, "source": "web banner"})
        self.data["consent"] = consent
        allowed = [purpose for purpose, each in consent["purposes"].items() if each["allowed"]]
        self._say(f"consent first: {', '.join(allowed)} granted", consent["_ms"])
        history = _history()
        answers = [self._call("POST", "/events", {"events": batch}) for batch in _batches(history)]
        self.data["events"] = answers
        accepted = sum(answer["accepted"] for answer in answers)
        self._say(f"{accepted} events of the last two months and of today accepted", answers[0]["_ms"])
        again = self._call("POST", "/events", {"events": history[-3:]})
        self._say(f"the last 3 sent again: {again['duplicates']} recognised as duplicates", again["_ms"])
        wrong = {"event_id": "e-x", "event_name": "looked", "event_time": "today", "customer_id": CUSTOMER}
        refused = self._call("POST", "/events", {"events": [wrong]})
        for rejection in refused["rejected"]:
            self._say(
                f"a bad one is refused: {rejection['field']}: {_short(rejection['why'], 70)}", refused["_ms"]
            )
        self.data["events_again"], self.data["events_refused"] = again, refused

    def profile(self) -> None:
        self._chapter("2", "Who that is", f"GET /customers/{CUSTOMER}/profile, with their token")
        self._rebuild(CUSTOMER)
        profile = self._call("GET", f"/customers/{CUSTOMER}/profile")
        self.data["profile"] = profile
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("trait", "value", "confidence", "rests on", "expires"):
            table.add_column(column, overflow="fold")
        for trait in profile["traits"]:
            table.add_row(
                trait["name"],
                _value(trait["value"]),
                f"{trait['confidence']:.2f}",
                _evidence(trait["evidence"]),
                (trait["expires_at"] or "never")[:10],
            )
        self._console.print(Padding(table, (0, 2)))
        self._say(profile["summary"], profile["_ms"], profile)

    def recommendations(self) -> None:
        call = f"GET /customers/{CUSTOMER}/recommendations, with their token"
        self._chapter("3", "What to show them", call)
        self.data["recommendations"] = {}
        for placement, product_id in (
            ("for_you", None),
            ("similar", LOOKED_AT),
            ("bought_together", LOOKED_AT),
        ):
            self.data["recommendations"][placement] = self._recommend(placement, product_id)
        self._console.print(Padding("now a recommender is trained on what all customers did", (0, 2)))
        trained = self._train()
        self.data["recommender"] = trained
        self._console.print(Padding(f"{trained['status']}: {trained['why']}", (0, 2)))
        self.data["recommendations"]["for_you_trained"] = self._recommend("for_you", None)

    def _recommend(self, placement: str, product_id: str | None) -> dict[str, Any]:
        query = f"placement={placement}&limit=4" + (f"&product_id={product_id}" if product_id else "")
        answer = self._call("GET", f"/customers/{CUSTOMER}/recommendations?{query}")
        about = f" (to {product_id}, an espresso machine)" if product_id else ""
        self._say(f"{placement}{about}", answer["_ms"], answer, style="bold")
        table = Table(box=None, pad_edge=False, show_header=False)
        for item in answer["items"]:
            table.add_row(f"{item['score']:.2f}", item["title"], Text(item["reason"]["text"], style="italic"))
        self._console.print(Padding(table, (0, 4)))
        return answer

    def questions(self) -> None:
        self._chapter("4", "What they ask", "POST /questions, with their token")
        self.data["questions"] = []
        for label, question in QUESTIONS:
            answer = self._call("POST", "/questions", question)
            self.data["questions"].append({**question, "answer": answer})
            self._console.print(Padding(Text(f"{question['question']}  ({label})", style="bold"), (0, 2)))
            self._say(answer["answer"], answer["_ms"], answer, indent=4)
            for citation in answer["citations"]:
                self._console.print(
                    Padding(Text(f"from {citation['source']}: “{citation['quote']}”", style="dim"), (0, 4))
                )
            if answer["hand_over"]:
                self._console.print(Padding(Text("→ offered: a person takes over", style="yellow"), (0, 4)))
        self._learn_from(self.data["questions"][1]["answer"]["question_id"])

    def _learn_from(self, question_id: str) -> None:
        """An opinion of one answer; and what several customers asked in vain."""
        opinion = {"helpful": False, "why": "incomplete", "comment": "And who pays for the parcel?"}
        given = self._call("POST", f"/questions/{question_id}/feedback", opinion)
        self._say(f"on the second answer: not helpful, {given['why']}: “{given['comment']}”", given["_ms"])
        for customer, question in UNANSWERED:
            body = {"customer_id": customer, "question": question}
            answer = self._call("POST", "/questions", body, by="service")
            self._say(f"{customer}: {question} - {answer['hand_over_reason']}", answer["_ms"])
        self._group()
        found = self.data["gaps"] = self._call("GET", "/articles/gaps", by="marketing")
        self._say("articles worth writing, as marketing sees them each week:", found["_ms"])
        for gap in found["gaps"]:
            closest = f" · closest: {gap['closest']['title']}" if gap["closest"] else ""
            wordings = " / ".join([gap["question"], *gap["examples"]])
            line = Text(f"{gap['customers']} customers: {wordings}")
            self._console.print(Padding(line.append(closest, style="dim"), (0, 4)))
        self._console.print(Padding(Text(f"asked once: {found['asked_once']} more", style="dim"), (0, 4)))

    def content(self) -> None:
        self._chapter("5", "What to write for them", "POST /content, with marketing's token")
        facts = PHONE["title"], PHONE["brand"], *PHONE["product_highlight"]
        self._console.print(Padding(Text("facts: " + " / ".join(map(str, facts)), style="dim"), (0, 2)))
        self.data["content"] = []
        for language in ("zh", "en"):
            for kind in KINDS:
                request = {"kind": kind, "product": PHONE, "language": language}
                answer = self._call("POST", "/content", request, by="marketing")
                self.data["content"].append(answer)
                for text in answer["texts"]:
                    self._console.print(
                        Padding(
                            Panel(
                                Group(Text(text["text"]), Text(_wrote(answer, text), style="dim")),
                                title=f"{kind} · {language}",
                                title_align="left",
                            ),
                            (0, 2),
                        )
                    )
        if any(answer["degraded"] == "model_language" for answer in self.data["content"]):
            self._console.print(
                Padding(
                    "The default model writes no Chinese, so Chinese comes from the rules. With a larger one "
                    "(MODEL_ID=..., MODEL_LANGUAGES=en,zh) the model writes both.",
                    (0, 2),
                ),
                style="yellow",
            )

    def bulk(self) -> None:
        """Copy for a whole category: its cost first, then the work; one text goes to customers."""
        self._chapter(
            "6", "Copy for many", "POST /content/jobs, PATCH /content/{text_id}, with marketing's token"
        )
        wanted = [
            {"kind": "product_description"},
            {"kind": "ad_copy", "platform": "google", "language": "zh", "variants": 2},
        ]
        request = {"texts": wanted, "category": CATEGORY}
        found = self.data["bulk"] = {}
        planned = found["planned"] = self._call(
            "POST", "/content/jobs", {**request, "dry_run": True}, by="marketing"
        )
        plan = planned["plan"]
        self._say(
            f"{CATEGORY}: {plan['products']} products, {plan['pieces_to_write']} pieces to write, "
            f"{plan['model_calls']} of them by the model with {plan['tokens_in']} tokens to read and at most "
            f"{plan['tokens_out_at_most']} to write",
            planned["_ms"],
        )
        job = self._call("POST", "/content/jobs", request, by="marketing")
        self._drain()
        done = found["done"] = self._call("GET", f"/content/jobs/{job['job_id']}", by="marketing")
        told = done["progress"]
        self._say(
            f"{done['state']}: {told['texts']} drafts, {told['by_model']} of them by the model", done["_ms"]
        )
        again = found["again"] = self._call(
            "POST", "/content/jobs", {**request, "dry_run": True}, by="marketing"
        )
        self._say(f"the same once more: {again['plan']['pieces_to_write']} pieces to write", again["_ms"])
        drafts = self._call("GET", "/content?state=draft", by="marketing")["texts"]
        text = next(each for each in drafts if each["kind"] == "ad_copy")
        for state in ("approved", "published"):
            text = self._call("PATCH", f"/content/{text['text_id']}", {"state": state}, by="marketing")
        way = ", ".join(f"{step['state']} by {step['by']}" for step in text["history"])
        self._say(f"{text['product_id']}: {way}", text["_ms"])
        seen = found["seen"] = self._call("GET", f"/products/{text['product_id']}/content")
        self._say("what a customer gets of it:", seen["_ms"])
        for each in seen["texts"]:
            for name, part in each["fields"].items():
                self._console.print(Padding(Text(f"{name}: {part}"), (0, 4)))

    def decisions(self) -> None:
        own = f"/customers/{CUSTOMER}"
        self._chapter("7", "What they may decide", f"PUT {own}/consent, GET {own}/export, DELETE {own}")
        found = self.data["decisions"] = {}
        said = {"model_processing": "withdrawn", "source": "account page"}
        withdrawn = found["withdrawn"] = self._call("PUT", f"{own}/consent", said)
        self._say("model_processing withdrawn: no model sees anything of theirs any more", withdrawn["_ms"])
        found["for_you"] = self._recommend("for_you", None)
        held = found["export"] = self._call("GET", f"{own}/export")
        counts = f"{len(held['events'])} events, {len(held['profile']['traits'])} traits"
        self._say(f"what is held of them, as one document: {counts}", held["_ms"])
        receipt = found["receipt"] = self._call("DELETE", own)
        self._say("and gone:", receipt["_ms"])
        for removed in receipt["removed"]:
            line = f"{removed['items']} {removed['what']} from the {removed['place']}"
            self._console.print(Padding(Text(line), (0, 4)))
        late = found["late"] = self._call("POST", "/events", {"events": _history()[-3:]})
        self._say(f"3 of their events that arrive late: {late['late']} not kept", late["_ms"])
        nothing = found["export_after"] = self._call("GET", f"{own}/export")
        self._say(f"what is held of them now: {len(nothing['events'])} events", nothing["_ms"])

    def _call(self, method: str, path: str, body: Any = None, by: str = "customer") -> dict[str, Any]:
        started = time.monotonic()
        bearer = {"authorization": f"Bearer {self._tokens[by]}"}
        response = self._http.request(method, path, json=body, headers=bearer)
        if response.status_code >= 400:
            raise RuntimeError(f"{method} {path} answered {response.status_code}: {response.text}")
        answer: dict[str, Any] = response.json()
        answer["_ms"] = round((time.monotonic() - started) * 1000)
        return answer

    def _chapter(self, number: str, title: str, call: str) -> None:
        self._console.print()
        self._console.rule(Text(f"{number}  {title}", style="bold cyan"), align="left")
        self._console.print(Padding(Text(call, style="dim"), (0, 2)))

    def _say(
        self,
        text: str,
        milliseconds: int,
        answer: dict[str, Any] | None = None,
        style: str = "",
        indent: int = 2,
    ) -> None:
        line = Text(text, style=style)
        line.append(f"  [{_rung(answer)}{milliseconds} ms]", style="dim")
        self._console.print(Padding(line, (0, indent)))


def tour(
    url: str,
    tokens: Mapping[str, str],
    rebuild: Callable[[str], None],
    train: Callable[[], dict[str, Any]],
    group: Callable[[], Any],
    drain: Callable[[], None],
    keep: Path | None = None,
) -> None:
    """Runs the tour and prints it; `keep` is a file for all the answers, as JSON."""
    data = Tour(url, tokens, rebuild, train, group, drain, Console(highlight=False, soft_wrap=False)).run()
    if keep:
        keep.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _history() -> list[dict[str, Any]]:
    """Two months as the generator makes them, and a visit of the last minutes."""
    now = datetime.now(UTC).replace(microsecond=0)
    past = [
        event
        for event in generate(load_products(), customers=int(CUSTOMER[2:]), until=now)
        if event["customer_id"] == CUSTOMER
    ]
    today: list[dict[str, Any]] = [
        {"event_name": "search", "search_term": "espresso machine"},
        {"event_name": "view_item", "items": [{"item_id": "p-0402"}]},
        {"event_name": "view_item", "items": [{"item_id": LOOKED_AT}]},
        {"event_name": "view_item", "items": [{"item_id": "p-0411"}]},
        {"event_name": "add_to_cart", "items": [{"item_id": "p-0411"}]},
    ]
    stamp = now.isoformat().replace("+00:00", "Z")
    return past + [
        {"event_id": f"e-today-{n}", "event_time": stamp, "customer_id": CUSTOMER, "language": "en", **event}
        for n, event in enumerate(today)
    ]


def _batches(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [events[start : start + 100] for start in range(0, len(events), 100)]


def _rung(answer: dict[str, Any] | None) -> str:
    if answer is None:
        return ""
    return f"{answer['served_by']}{', degraded: ' + answer['degraded'] if answer['degraded'] else ''}, "


def _wrote(answer: dict[str, Any], text: dict[str, Any]) -> str:
    carried, passed = "; ".join(text["facts"]), ", ".join(text["checks"])
    return f"{_rung({**answer, **text})}{answer['_ms']} ms · carried by: {carried} · passed: {passed}"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    low, high, level = value["low"], value["high"], value["level"]
    return f"{low:g} to {high:g}" + (f" ({level})" if level else "")


def _evidence(events: list[str]) -> str:
    if not events:
        return "their own word"
    return events[0] + (f" and {len(events) - 1} more" if len(events) > 1 else "")


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
