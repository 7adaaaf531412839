"""The recommendation handler, called as Lambda calls it, in a child process with nothing else in it.

Question: `rungs`, by name a list of [path, query string]; `warm_up` calls of each first. Answer: by rung the
seconds of each call, those that this process computed in, and what the answers said (how many products,
which rung of the ladder).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

from local.authorizer import context
from local.benchmarks.model_speed.processes import asked_of_job
from local.container import Context, load_handler
from local.http_events import Request, Router, event_for
from local.template import load_template

_FUNCTION = "RecommendationFunction"


def main() -> None:
    """Answers the question in the files named on the command line."""
    asked, answer = asked_of_job()
    template = load_template()
    function = template.function(_FUNCTION)
    router = Router((route, function.name) for route in function.routes)
    began = time.perf_counter()
    handler = load_handler(function)
    found: dict[str, Any] = {"import_s": time.perf_counter() - began, "rungs": {}}
    for rung, calls in asked["rungs"].items():
        seconds, computed, said = [], [], Counter[str]()
        for number, (path, query) in enumerate([*calls[: asked["warm_up"]], *calls]):
            event = _event(router, path, query)
            request_id = event["requestContext"]["requestId"]
            told = Context(function.name, str(function.memory), request_id, time.time() + 29)
            start, busy = time.perf_counter(), time.process_time()
            result = handler(event, told)
            took, busy = time.perf_counter() - start, time.process_time() - busy
            if result["statusCode"] != 200:
                raise SystemExit(f"{path}?{query}: {result['statusCode']} {result['body']}")
            if number >= asked["warm_up"]:
                seconds.append(took)
                computed.append(busy)
                body = json.loads(result["body"])
                rung_said = body["degraded"] or "not degraded"
                said[f"{body['served_by']}, {rung_said}, {len(body['items'])} products"] += 1
        found["rungs"][rung] = {"seconds": seconds, "computed": computed, "said": dict(said.most_common())}
    answer.write_text(json.dumps(found), encoding="utf-8")


def _event(router: Router, path: str, query: str) -> dict[str, Any]:
    """As the local gateway, and API Gateway, would make it of this request by the shop's own service."""
    route = router.find("GET", path)
    assert route is not None
    headers = (("host", "shop.example"), ("accept", "application/json"), ("user-agent", "shop-app/1.0"))
    request = Request("GET", path, query, headers, b"", "127.0.0.1")
    event = event_for(request, route[0], route[2])
    scopes = route[0].scopes or ()
    event["requestContext"]["authorizer"] = context({"sub": "shop-app", "scope": " ".join(scopes)}, scopes)
    return event


if __name__ == "__main__":
    main()
