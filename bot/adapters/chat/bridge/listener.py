"""The hearing side of the bridge."""

import asyncio
import hmac
import re
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, ValidationError, model_validator
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.adapters.body import whole_body
from bot.engine.record import Record
from bot.ports import Attachment, ChatRefused, Intake, Message, StoreFailed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_BODY_BYTES = 256 << 10
_RETRY_SECONDS = 5
_TOKEN_LETTERS = 16

_Id = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
_Name = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]


_ADDRESSED = re.compile(r"^\s*@chatkut\b[\s,:]*", re.IGNORECASE)


class _File(Record):
    name: _Name
    url: str = Field(max_length=4000, pattern=r"^https?://[^\s\x00-\x1f]+$")
    size: int | None = Field(default=None, ge=0, lt=1 << 53)


class _Incoming(Record):
    """What the chat brings; every size is limited here, once."""

    id: _Id = Field(min_length=1)
    channel: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")
    author: _Name
    user: _Id = ""
    text: str = Field(default="", max_length=20_000, pattern=r"^[^\x00]*$")
    thread: _Id = ""
    chose: str = Field(default="", pattern=r"^([a-z0-9]{1,24}#[0-9]{1,3})?$")
    admin: bool = False
    external: bool = False
    attachments: tuple[_File, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text.strip() or self.chose or self.attachments):
            raise ValueError("there is no text, no choice and no attachment")
        return self

    def message(self) -> Message:
        files = tuple(Attachment(file.name, file.url, file.size) for file in self.attachments)
        return Message(
            id=self.id,
            channel=f"bridge:{self.channel}",
            author=self.author,
            text=_ADDRESSED.sub("", self.text),
            attachments=files,
            user=self.user,
            thread=self.thread,
            chose=self.chose,
            admin=self.admin,
            external=self.external,
        )


class BridgeListener:
    """The hearing side: a `Listener` whose routes a web server mounts."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._intake: Intake | None = None
        self._accepting = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def connected(self) -> bool:
        return self._intake is not None

    async def start(self, intake: Intake) -> None:
        """Take messages from now on; see `Listener.start`."""
        self.refuse_wrong()
        self._intake = intake

    def refuse_wrong(self) -> None:
        """Look whether the settings can work.

        Raises:
            ChatRefused: The token is too short.
        """
        if len(self._token) < _TOKEN_LETTERS:
            raise ChatRefused(
                f"The token of the bridge is too short: choose {_TOKEN_LETTERS} or more random "
                "letters and digits."
            )

    async def stop(self) -> None:
        """Take nothing more, and wait for what is being accepted; see `Listener.stop`."""
        self._intake = None
        await self._idle.wait()

    def routes(self) -> list[Route]:
        """What is to be mounted at the root of the web server."""
        return [Route("/bridge/messages", self._receive, methods=["POST"])]

    async def _receive(self, request: Request) -> JSONResponse:
        if not self._is_known(request):
            return _answer(401, "The token is wrong.", {"WWW-Authenticate": "Bearer"})
        try:
            body = await whole_body(request, _BODY_BYTES)
        except ClientDisconnect:
            return _answer(400, "The message did not arrive.")
        try:
            message = _Incoming.model_validate_json(body).message()
        except ValidationError as exc:
            return _answer(400, _what_is_wrong(exc))
        return await self._accept(message)

    async def _accept(self, message: Message) -> JSONResponse:
        if self._intake is None:
            return _later("ChatKut is stopping: bring it again.")
        self._accepting += 1
        self._idle.clear()
        try:
            await self._intake.accept(message)
        except StoreFailed:
            return _later("It could not be kept: bring it again.")
        finally:
            self._accepting -= 1
            if not self._accepting:
                self._idle.set()
        return JSONResponse({"accepted": message.id}, 202)

    def _is_known(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            token.strip().encode("latin-1"), self._token
        )


def _what_is_wrong(exc: ValidationError) -> str:
    """The first thing that is wrong, and the fields that there are not."""
    found = exc.errors(include_url=False, include_input=False, include_context=False)
    unknown = [_place(each) for each in found if each["type"] == "extra_forbidden"]
    wrong = [
        ": ".join(filter(None, (_place(each), _reason(each))))
        for each in found
        if each["type"] != "extra_forbidden"
    ]
    named = [f"unknown: {', '.join(unknown)}"] if unknown else []
    return "; ".join(wrong[:1] + named)


def _place(wrong: "ErrorDetails") -> str:
    return ".".join(map(str, wrong["loc"]))


def _reason(wrong: "ErrorDetails") -> str:
    return wrong["msg"].removeprefix("Value error, ")


def _later(why: str) -> JSONResponse:
    return _answer(503, why, {"Retry-After": str(_RETRY_SECONDS)})


def _answer(status: int, error: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error}, status, headers)
