"""Cloudflare's GraphQL Analytics API, as far as the stand-in of Stream has it."""

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_DECLARED = re.compile(r"query\s+\w+\(\$account: string!, \$day: Date\)\s*{")
_GROUPS = "streamMinutesViewedAdaptiveGroups"


def group(uid: object, minutes: object) -> dict[str, Any]:
    """What was watched of a video."""
    return {"dimensions": {"uid": uid}, "sum": {"minutesViewed": minutes}}


@dataclass
class Analytics:
    """What was watched, by day; `refusal` and its status are told instead."""

    account: str
    token: str
    watched: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refusal: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def route(self) -> Route:
        return Route("/client/v4/graphql", self._answer, methods=["POST"])

    async def _answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _refused("Unauthorized", 401)
        if request.headers.get("content-type") != "application/json":
            return _refused("error parsing args", 400)
        body = await request.json()
        query, variables = body["query"], body["variables"]
        if not _is_sound(query) or set(variables) != {"account", "day"}:
            return _refused("query contains error, please review it and retry", 400)
        self.asked.append(variables["day"])
        if self.refusal or self.status >= 400:
            return _refused(self.refusal, self.status)
        if variables["account"] != self.account:
            return _refused("not authorized for that account", 403)
        groups = self.watched.get(variables["day"], [])
        return JSONResponse({"data": {"viewer": {"accounts": [{_GROUPS: groups}]}}, "errors": None})


def _is_sound(query: str) -> bool:
    """Whether it declares and uses its variables, and asks for what there is."""
    flat = " ".join(query.split())
    parts = ("{accountTag: $account}", "{date: $day}", "limit: 10000", _GROUPS)
    asked = "{ dimensions { uid } sum { minutesViewed } } } } }"
    return bool(_DECLARED.match(flat)) and flat.endswith(asked) and all(p in flat for p in parts)


def _refused(message: str, status: int) -> Response:
    path = ["viewer", "accounts", "0", _GROUPS]
    return JSONResponse({"data": None, "errors": [{"message": message, "path": path}]}, status)
