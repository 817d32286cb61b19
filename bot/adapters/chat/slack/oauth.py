"""How a workspace installs ChatKut: OAuth, in the browser of whoever installs it.

https://docs.slack.dev/authentication/installing-with-oauth
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.adapters.chat.slack.check import SCOPES
from bot.adapters.chat.slack.workspaces import InstalledWorkspaces
from bot.ports import StoreFailed

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
_MOST_QUERY = 4096
_TIMEOUT_SECONDS = 20

_log = logging.getLogger(__name__)
_CODE = re.compile(r"(with code: ).*(?= - error)", re.DOTALL)


class _WithoutCode(logging.Filter):
    """Bolt logs the code that it could not redeem: it may still be good."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _CODE.sub(r"\1***", str(record.msg))
        return True


_log.addFilter(_WithoutCode())


class Installing:
    """The routes of installing. `public_url` is where browsers reach them.

    The state goes along as a cookie too, so that nobody finishes what somebody else began; it is
    good once, for ten minutes.
    """

    def __init__(
        self, workspaces: InstalledWorkspaces, states: AsyncOAuthStateStore, public_url: str
    ) -> None:
        self._flow = _Flow(workspaces, states, public_url)

    def routes(self) -> list[Route]:
        """To be mounted on a server."""
        return [Route(INSTALL_PATH, self._begin), Route(REDIRECT_PATH, self._finish)]

    async def _begin(self, request: Request) -> Response:
        with _explained():
            return to_starlette_response(await self._flow.handle_installation(_asked(request)))

    async def _finish(self, request: Request) -> Response:
        with _explained():
            return to_starlette_response(await self._flow.handle_callback(_asked(request)))


class _Flow(AsyncOAuthFlow):
    """Bolt's flow; what comes of it is kept by `workspaces`."""

    def __init__(
        self, workspaces: InstalledWorkspaces, states: AsyncOAuthStateStore, public_url: str
    ) -> None:
        self._workspaces = workspaces
        app = workspaces.app
        super().__init__(
            client=AsyncWebClient(base_url=app.base_url, timeout=_TIMEOUT_SECONDS),
            logger=_log,
            settings=AsyncOAuthSettings(
                client_id=app.client_id,
                client_secret=app.client_secret.get_secret_value(),
                scopes=sorted(SCOPES),
                user_scopes=[],
                authorization_url=f"{app.base_url.removesuffix('api/')}oauth/v2/authorize",
                redirect_uri=f"{public_url}{REDIRECT_PATH}",
                install_path=INSTALL_PATH,
                redirect_uri_path=REDIRECT_PATH,
                # Slack's own page comes next; ours would only hold one button.
                install_page_rendering_enabled=False,
                state_store=states,
            ),
        )

    async def store_installation(
        self, _request: AsyncBoltRequest, installation: Installation
    ) -> None:
        if not installation.team_id or installation.is_enterprise_install:
            raise BoltError("Choose a workspace: ChatKut is not installed in whole organisations.")
        await self._workspaces.install(installation)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        raise HTTPException(502, "Slack did not answer: install ChatKut again.") from error
    except StoreFailed as error:
        raise HTTPException(503, "This could not be kept: install ChatKut again.") from error


def _asked(request: Request) -> AsyncBoltRequest:
    if len(request.url.query) > _MOST_QUERY:
        raise HTTPException(414)
    return to_async_bolt_request(request, b"")
