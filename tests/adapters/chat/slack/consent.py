"""How workspaces install an app at Slack: consent, codes, tokens that expire, and their end.

https://docs.slack.dev/authentication/installing-with-oauth
https://docs.slack.dev/authentication/using-token-rotation
"""

import base64
import itertools
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from tests.adapters.chat.slack.telling import TellingSlack
from tests.adapters.chat.slack.things import BOT_USER, SCOPES, Refused
from tests.adapters.chat.slack.workspace import Args

CLIENT_ID, CLIENT_SECRET = "1.2", "loopback-client-secret"
REDIRECT = "https://chatkut.example.com/slack/oauth_redirect"
TWELVE_HOURS = 43_200


@dataclass
class Code:
    """What somebody consented to; good once, for one redirect address."""

    team: str
    redirect_uri: str


class InstallingSlack(TellingSlack):
    """A Slack where workspaces install the app; with `rotates`, tokens expire."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.clear()
        self.rotates = False
        self.expires_in = TWELVE_HOURS
        self.codes: dict[str, Code] = {}
        self.refreshable: dict[str, str] = {}  # refresh token -> team
        self._grants = itertools.count(1)

    def consent(self, location: str, team: str) -> str:
        """Somebody allows what the app asks for; where their browser is sent back to."""
        parts = urlsplit(location)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        page = f"{parts.scheme}://{parts.netloc}{parts.path}"
        assert page == f"{self.url}/oauth/v2/authorize"  # beside the Web API, as of slack.com
        assert asked["client_id"] == CLIENT_ID
        assert set(asked["scope"].split(",")) == set(SCOPES.split(","))
        assert asked["redirect_uri"] == REDIRECT
        code = f"code{next(self._grants)}"
        self.codes[code] = Code(team, asked["redirect_uri"])
        return f"/slack/oauth_redirect?{urlencode({'code': code, 'state': asked['state']})}"

    def revoke(self, team: str) -> None:
        """The app is taken out of a workspace: its tokens are good no more."""
        for token in [token for token, of in self.tokens.items() if of == team]:
            del self.tokens[token]
        for token in [token for token, of in self.refreshable.items() if of == team]:
            del self.refreshable[token]

    async def uninstall(self, team: str, at: float | None = None) -> None:
        self.revoke(team)
        for event in ({"type": "app_uninstalled"}, tokens_revoked()):
            told = self.event(event, team) | {"event_time": int(at or time.time())}
            await self.tell("events_api", told)

    def _authorize(self, method: str, request: web.Request, args: Args) -> str:
        if method != "oauth.v2.access":
            return super()._authorize(method, request, args)
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        expected = f"{CLIENT_ID}:{CLIENT_SECRET}".encode()
        if kind != "Basic" or base64.b64decode(given) != expected:
            raise Refused("bad_client_secret")
        return ""

    async def _on_oauth_v2_access(self, args: Args) -> dict[str, Any]:
        if args.get("grant_type") == "refresh_token":
            team = self.refreshable.pop(args["refresh_token"], None)
            if team is None:
                raise Refused("invalid_refresh_token")
            return self._granted(team)
        code = self.codes.pop(args.get("code", ""), None)
        if code is None:
            raise Refused("invalid_code")
        if args.get("redirect_uri") != code.redirect_uri:
            raise Refused("bad_redirect_uri")
        return self._granted(code.team)

    def _granted(self, team: str) -> dict[str, Any]:
        number = next(self._grants)
        token = f"xoxb-{team}-{number}"
        self.tokens[token] = team
        rotating = {}
        if self.rotates:
            refresh = f"xoxe-1-{team}-{number}-{'x' * 120}"
            self.refreshable[refresh] = team
            rotating = {"refresh_token": refresh, "expires_in": self.expires_in}
        return {
            "access_token": token,
            "token_type": "bot",
            "scope": self.faults.scopes,
            "bot_user_id": BOT_USER,
            "app_id": "A0APP",
            "team": {"id": team, "name": f"Workspace {team}"},
            "enterprise": {"id": "E0ORG", "name": "Org"},
            "authed_user": {"id": "U0ANNA"},
            "is_enterprise_install": False,
            **rotating,
        }


def tokens_revoked(*bots: str) -> dict[str, Any]:
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [*(bots or (BOT_USER,))]}}
