"""What Stream tells by itself: that a video is ready, or cannot be made so.

Signature: https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/
Relays such as Svix sign by https://www.standardwebhooks.com, with headers `svix-*` or `webhook-*`.
"""

import hashlib
import hmac
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.body import BODY_SECONDS, whole_body
from bot.adapters.media.stream.video import video_of
from bot.ports import PlaybackBusy, PlaybackRefused, StoreFailed, Video

STREAM_PATH = "/webhooks/stream"
RELAY_PATH = "/webhooks/relay"

_BODY_BYTES = 64 << 10
_TOLERANCE_SECONDS = 300
_REMEMBERED = 10_000
_LATER = {"retry-after": "10"}

Heard = Callable[[Video], Awaitable[None]]


class StreamWebhooks:
    """Routes that call `heard`, once for each event.

    Without a secret there is no route. `secret` may come to be known, or to change, later: see
    `learn`.

    Raises:
        PlaybackRefused: The relay's secret is none.
    """

    def __init__(
        self,
        heard: Heard,
        secret: SecretStr | None,
        relay_secret: SecretStr | None,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._heard = heard
        self._body_seconds = body_seconds
        self._secrets = [secret.get_secret_value()] if secret else []
        self._relay = _relay(relay_secret) if relay_secret else None
        self._seen = _Seen()

    def routes(self, will_learn: bool = False) -> list[Route]:
        """To be mounted at the root; `will_learn` where a secret comes to be known later."""
        routes = []
        if self._secrets or will_learn:
            routes.append(Route(STREAM_PATH, self._from_stream, methods=["POST"]))
        if self._relay is not None:
            routes.append(Route(RELAY_PATH, self._from_relay, methods=["POST"]))
        return routes

    def learn(self, secret: str) -> None:
        """Accept events signed with this one, too."""
        self._secrets.append(secret)

    async def _from_stream(self, request: Request) -> Response:
        raw = await whole_body(request, _BODY_BYTES, self._body_seconds)
        header, now = request.headers.get("webhook-signature", ""), time.time()
        if not any(signature_ok(raw, header, secret, now) for secret in self._secrets):
            raise HTTPException(401, "The signature is wrong, or too old.")
        return await self._told(raw)

    async def _from_relay(self, request: Request) -> Response:
        raw = await whole_body(request, _BODY_BYTES, self._body_seconds)
        headers = {_standard(name): value for name, value in request.headers.items()}
        try:
            if self._relay is not None:
                self._relay.verify(raw, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):  # it leaks the latter on odd headers
            raise HTTPException(400, "The signature is wrong, or too old.") from None
        return await self._told(raw)

    async def _told(self, raw: bytes) -> Response:
        """Pass on what was signed, once."""
        try:
            video = video_of(json.loads(raw), lambda _: False)
        except (ValueError, RecursionError, PlaybackBusy):
            raise HTTPException(400, "This is no event of a video.") from None
        event = hashlib.sha256(raw).hexdigest()
        if self._seen.first_time(event):
            await self._pass_on(video, event)
        return Response(status_code=204)

    async def _pass_on(self, video: Video, event: str) -> None:
        try:
            await self._heard(video)
        except StoreFailed:
            self._seen.forget(event)
            raise HTTPException(503, "It could not be kept: tell it again.", _LATER) from None


def signature_ok(raw: bytes, header: str, secret: str, now: float) -> bool:
    """Whether Cloudflare signed a body with the secret, `now` or within five minutes."""
    fields = dict(part.strip().partition("=")[::2] for part in header.split(","))
    stamp, given = fields.get("time", ""), fields.get("sig1", "")
    if not secret or not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 12:
        return False
    if abs(now - int(stamp)) > _TOLERANCE_SECONDS:
        return False
    signed = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256)
    return hmac.compare_digest(signed.hexdigest().encode(), given.encode("utf-8", "replace"))


class _Seen:
    """Events of the last minutes: what is sent again by somebody who saw it has no effect."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, float] = OrderedDict()

    def first_time(self, event: str) -> bool:
        now = time.monotonic()
        while self._times and (
            len(self._times) >= _REMEMBERED
            or next(iter(self._times.values())) < now - 2 * _TOLERANCE_SECONDS
        ):
            self._times.popitem(last=False)
        is_new = event not in self._times
        self._times.setdefault(event, now)
        return is_new

    def forget(self, event: str) -> None:
        self._times.pop(event, None)


def _standard(header: str) -> str:
    name = header.lower()
    return f"webhook-{name.removeprefix('svix-')}" if name.startswith("svix-") else name


def _relay(secret: SecretStr) -> Webhook:
    try:
        return Webhook(secret.get_secret_value())
    except (ValueError, EmptyWebhookSecretError) as error:
        raise PlaybackRefused(
            "CHATKUT_RELAY_WEBHOOK_SECRET is none: it begins with whsec_, as the relay shows it."
        ) from error
