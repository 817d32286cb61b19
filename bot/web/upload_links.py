"""Which browser may use an upload link.

Looking at a link does not use it up: chats fetch what is posted in them. The first browser that
says so takes it, and gets a secret in a cookie that no script can read and no other site can send.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.ports import Claim, Claims, Message, key_of
from bot.web.links import SignedLinks
from bot.web.tus import Giver

COOKIE = "chatkut-upload"

State = Literal["free", "mine", "taken"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that works: whose it is, and the message that asked for it."""

    asked: Message
    state: State


class UploadLinks:
    """Upload links, and who has them. With `is_https`, browsers send the secret by HTTPS alone."""

    def __init__(self, links: SignedLinks, claims: Claims, is_https: bool) -> None:
        self._links = links
        self._claims = claims
        self._is_https = is_https

    async def opened(self, request: Request) -> Opened:
        """What a request has to do with its link.

        Raises:
            HTTPException: The link is not one of ours, has expired or is closed.
        """
        claim = await self._claim(request)
        if claim is None:
            return Opened(self._links.uploading(_token(request)), "free")
        return Opened(claim.asked, "mine" if _holds(_secret(request), claim) else "taken")

    async def take(self, request: Request) -> str:
        """Take a link for the browser that sends this, and return its secret; again does nothing.

        Raises:
            HTTPException: Another browser has it, or it does not work any more.
        """
        claim, secret = await self._claim(request), _secret(request)
        if claim is None:
            secret = secrets.token_urlsafe(32)
            claim = await self._claims.claim(self._wanted(request, secret))
        _refuse_others(secret, claim)
        return secret

    async def giver(self, request: Request) -> Giver:
        """The browser that has the link; see `TusServer`.

        Raises:
            HTTPException: The request comes from no such browser.
        """
        claim = await self._claim(request)
        if claim is None:
            self._links.uploading(_token(request))
            raise HTTPException(HTTPStatus.FORBIDDEN, "Open the link in a browser first.")
        _refuse_others(_secret(request), claim)
        return Giver(claim.link, claim.asked, claim.expires_at)

    async def close(self, request: Request) -> None:
        """Let nothing more come by a link.

        Raises:
            HTTPException: The request does not come from the browser that has it.
        """
        await self._claims.close((await self.giver(request)).link)

    def remember(self, response: Response, request: Request, secret: str) -> None:
        """Give the browser its secret, for this link alone."""
        response.set_cookie(
            COOKIE,
            secret,
            max_age=int(self._links.upload_seconds),
            path=f"/u/{_token(request)}",
            secure=self._is_https,
            httponly=True,
            samesite="strict",
        )

    async def _claim(self, request: Request) -> Claim | None:
        claim = await self._claims.find(key_of(_token(request)))
        if claim is not None:
            _refuse_ended(claim)
        return claim

    def _wanted(self, request: Request, secret: str) -> Claim:
        token = _token(request)
        ends = datetime.now(UTC) + timedelta(seconds=self._links.upload_seconds)
        return Claim(key_of(token), _hashed(secret), self._links.uploading(token), ends)


def _token(request: Request) -> str:
    return str(request.path_params["token"])


def _secret(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


def _holds(secret: str, claim: Claim) -> bool:
    return hmac.compare_digest(_hashed(secret), claim.holder)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _refuse_others(secret: str, claim: Claim) -> None:
    if not _holds(secret, claim):
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            "This link is in use in another browser; ask for a new one in the chat.",
        )


def _refuse_ended(claim: Claim) -> None:
    if claim.is_closed:
        raise HTTPException(
            HTTPStatus.GONE, "This link was closed with “Done”; ask for a new one in the chat."
        )
    if claim.expires_at <= datetime.now(UTC):
        raise HTTPException(
            HTTPStatus.GONE, "This link has expired; ask for a new one in the chat."
        )
