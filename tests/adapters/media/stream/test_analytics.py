import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.media.stream import StreamApi, StreamVideos, check_minutes
from bot.ports import PlaybackBusy, PlaybackRefused
from bot.web.server import WebServer
from tests.adapters.media.stream.analytics import group
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, Site

DAY = date(2026, 11, 21)
DENIED = "not authorized for that account"


@asynccontextmanager
async def answering(body: bytes, status: int = 200) -> AsyncIterator[str]:
    """The address of an API that answers everything with this."""

    async def answer(_: Request) -> Response:
        return Response(body, status)

    server = WebServer([Route("/graphql", answer, methods=["POST"])], "127.0.0.1", 0)
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await server.stop(grace_seconds=0)


async def test_what_was_watched_on_a_day_is_told_by_uid(site: Site, videos: StreamVideos) -> None:
    site.analytics.watched["2026-11-21"] = [group("a1", 12.5), group("b2", 3), group("a1", 1)]
    assert await videos.delivered(DAY) == {"a1": 13.5, "b2": 3}
    assert await videos.delivered(date(2026, 11, 20)) == {}
    assert site.analytics.asked == ["2026-11-21", "2026-11-20"]


async def test_what_cannot_be_is_left_out(site: Site, videos: StreamVideos) -> None:
    odd = [("../x", 1), (None, 1), ("a\0", 1), ("n", -5), ("t", "3.5"), ("m", None), ("h", 1e300)]
    site.analytics.watched["2026-11-21"] = [group(uid, minutes) for uid, minutes in odd]
    assert await videos.delivered(DAY) == {"n": 0, "t": 3.5, "m": 0}


@pytest.mark.parametrize(
    ("status", "says", "kind"),
    [
        (200, DENIED, PlaybackRefused),
        (403, DENIED, PlaybackRefused),
        (403, "does not have access to the path", PlaybackRefused),
        (400, "cannot request data older than 2678400s", PlaybackRefused),
        (200, "", PlaybackRefused),
        (200, "unable to execute query, please try again later", PlaybackBusy),
        (429, "rate limiter budget depleted", PlaybackBusy),
        (503, "", PlaybackBusy),
    ],
)
async def test_errors_come_with_any_status(status: int, says: str, kind: type[Exception]) -> None:
    told: dict[str, Any] = {"data": None, "errors": [{"message": says} if says else {}]}
    async with answering(json.dumps(told).encode(), status) as url:
        api = StreamApi(ACCOUNT, SecretStr(TOKEN), url)
        with pytest.raises(kind) as error:
            await StreamVideos(api).delivered(DAY)
        await api.close()
    assert says in str(error.value)
    is_denied = status == 403 or says == DENIED
    assert ("Account Analytics: Read" in str(error.value)) == is_denied


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"data": null}',
        b'{"data": {"viewer": {"accounts": []}}}',
        b'{"data": {"viewer": {"accounts": [{"streamMinutesViewedAdaptiveGroups": null}]}}}',
        b'{"data": {"viewer": {"accounts": [{"streamMinutesViewedAdaptiveGroups": [{}]}]}}}',
        b"[" * 100_000,
    ],
)
async def test_an_answer_that_is_none_is_asked_for_again(body: bytes) -> None:
    async with answering(body) as url:
        api = StreamApi(ACCOUNT, SecretStr(TOKEN), url)
        with pytest.raises(PlaybackBusy, match="understood"):
            await StreamVideos(api).delivered(DAY)
        await api.close()


async def test_a_wrong_token_and_a_foreign_account_are_refused_and_not_shown(site: Site) -> None:
    for account, token in ((ACCOUNT, "wrong-and-secret"), ("f" * 32, TOKEN)):
        api = StreamApi(account, SecretStr(token), site.api)
        with pytest.raises(PlaybackRefused, match="Account Analytics: Read") as error:
            await StreamVideos(api).delivered(DAY)
        assert token not in f"{error.value}{error.value.__context__!r}"
        await api.close()


async def test_the_doctor_tells_what_was_watched_and_hints_at_the_permission(
    site: Site, api: StreamApi
) -> None:
    site.analytics.watched["2026-11-21"] = [group("a1", 12.5), group("b2", 3)]
    found = await check_minutes(api, DAY)
    assert (found.ok, found.text) == (True, "15.5 were watched on 2026-11-21")
    site.analytics.refusal = DENIED
    hint = await check_minutes(api, DAY)
    assert hint.ok, "playing does without it"
    assert "watched minutes are not booked" in hint.text
    assert "Account Analytics: Read" in hint.text
