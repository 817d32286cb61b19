"""The page behind an upload link.

/u/TOKEN          the page; POST takes the link for this browser
/u/TOKEN/state    whether this browser has it
/u/TOKEN/files    uploads, see `TusServer`
/u/TOKEN/videos   and those that go elsewhere, see `direct_uploads`
/u/TOKEN/done     POST closes the link

The page itself is the same for all: a browser that comes from another site, such as a chat, sends
no strict cookie with it. What it asks for then, it asks for from our own page.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.web.direct_uploads import Elsewhere, direct_uploads
from bot.web.pages import page
from bot.web.tus import TusServer
from bot.web.tus_rules import size_of
from bot.web.upload_links import UploadLinks


class UploadPages:
    """The routes of upload links. `most_bytes` is how large a file may be.

    Videos go `elsewhere` where that is given.
    """

    def __init__(
        self,
        links: UploadLinks,
        server: TusServer,
        most_bytes: int,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._links = links
        self._server = server
        self._most_bytes = most_bytes
        self._elsewhere = elsewhere

    @property
    def routes(self) -> list[BaseRoute]:
        """To be mounted on a server, together with `static_files`."""
        return [
            Route("/u/{token}", self._page),
            Route("/u/{token}", self._take, methods=["POST"]),
            Route("/u/{token}/state", self._state),
            Route("/u/{token}/done", self._done, methods=["POST"]),
            *self._server.routes("/u/{token}/files"),
            *self._direct(),
        ]

    def _direct(self) -> list[BaseRoute]:
        if self._elsewhere is None:
            return []
        return [direct_uploads(self._links.giver, self._elsewhere.begin, self._most_bytes)]

    async def _page(self, request: Request) -> Response:
        opened = await self._links.opened(request)
        hosts = ["'self'", *(self._elsewhere.hosts if self._elsewhere else ())]
        return page(
            "upload.html",
            {"connect-src": " ".join(hosts)},
            author=opened.asked.author,
            token=request.path_params["token"],
            most_bytes=self._most_bytes,
            most=size_of(self._most_bytes),
            videos="videos" if self._elsewhere else "files",
        )

    async def _state(self, request: Request) -> Response:
        return JSONResponse({"state": (await self._links.opened(request)).state})

    async def _take(self, request: Request) -> Response:
        secret = await self._links.take(request)
        response = Response(status_code=204)
        self._links.remember(response, request, secret)
        return response

    async def _done(self, request: Request) -> Response:
        await self._links.close(request)
        return Response(status_code=204)
