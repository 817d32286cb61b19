"""Several workspaces: installing in a browser, tokens that expire, taking the app out again."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import text
from starlette.applications import Starlette

from bot.adapters.chat.slack import (
    App,
    Around,
    InstalledWorkspaces,
    Installing,
    SlackChat,
    SlackListener,
    check,
)
from bot.adapters.download import Downloads
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.installations import SqlInstallations, SqlStates
from bot.ports import ChatBusy, ChatRefused, Reply, StoreFailed, key_of
from tests.adapters.chat.slack.conftest import Accepting, Joined
from tests.adapters.chat.slack.consent import (
    CLIENT_ID,
    CLIENT_SECRET,
    TWELVE_HOURS,
    InstallingSlack,
    tokens_revoked,
)
from tests.adapters.chat.slack.slack_platform import address
from tests.adapters.chat.slack.telling import SECRET
from tests.adapters.chat.slack.things import APP_TOKEN, BOT_USER

# slack_sdk's own business: it authenticates as aiohttp would not any more.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

PUBLIC = "https://chatkut.example.com"
ONE, TWO = "T0ONE", "T0TWO"
SAID = Reply("answer", "Hello")
TOKEN = "xoxb-1"  # noqa: S105


@dataclass
class Office:
    """An app that workspaces install, and the database that it keeps them in."""

    slack: InstallingSlack
    database: Database
    keys: list[str]
    workspaces: InstalledWorkspaces
    listener: SlackListener
    intake: Accepting

    def chat(self) -> SlackChat:
        return SlackChat(self.workspaces, Downloads([self.slack.url], 1000))

    def stored(self) -> str:
        """All that the database knows of the installations."""
        with self.database.reading() as session:
            tables = ("slack_bots", "slack_installations", "slack_oauth_states")
            return repr([session.execute(text(f"SELECT * FROM {t}")).all() for t in tables])  # noqa: S608

    async def install(self, team: str) -> httpx.Response:
        """Somebody installs the app in their workspace, with a browser."""
        async with self.browser() as browser:
            begun = await browser.get("/slack/install")
            assert begun.status_code == 302
            return await browser.get(self.slack.consent(begun.headers["location"], team))

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(Starlette(routes=self.listener.routes()))
        return httpx.AsyncClient(transport=transport, base_url=PUBLIC)


def workspaces(slack: InstallingSlack, database: Database, keys: list[str]) -> InstalledWorkspaces:
    """Opens what is kept, as a process does when it starts."""
    app = App(CLIENT_ID, SecretStr(CLIENT_SECRET), slack.api_url)
    return InstalledWorkspaces(app, SqlInstallations(database, CLIENT_ID, keys))


@asynccontextmanager
async def opened(folder: Path, app_token: SecretStr | None = None) -> AsyncIterator[Office]:
    database, keys = Database(sqlite_url(folder / "kept.sqlite")), [Fernet.generate_key().decode()]
    async with InstallingSlack() as slack:
        rooms = workspaces(slack, database, keys)
        around = Around(installing=Installing(rooms, SqlStates(database), PUBLIC))
        listener = SlackListener(
            rooms, Joined(), app_token, SecretStr(SECRET), around=around, ping_seconds=0.1
        )
        office = Office(slack, database, keys, rooms, listener, Accepting())
        await listener.start(office.intake)
        async with office.browser() as http:
            slack.http = None if app_token else http
            yield office
        await listener.stop()
        await rooms.close()
    database.close()


@pytest.fixture(params=["http", "socket"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    token = SecretStr(APP_TOKEN) if request.param == "socket" else None
    async with opened(tmp_path, token) as office:
        yield office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        yield office


async def test_two_workspaces_install_and_each_is_answered_with_its_own_token(
    either: Office,
) -> None:
    for team, name in ((ONE, "C0ONE"), (TWO, "C0TWO")):
        assert (await either.install(team)).status_code == 200
        channel = either.slack.channel(name, team=team)
        said, _ = await either.slack.said(channel, "U0ANNA", "<@U0BOT> hi")
        assert (f"slack:{team}/{name}", said["ts"]) in either.intake.messages
        to = address(channel, message=said["ts"], team=team)
        await either.chat().post(to, SAID, key_of(team))
        assert [shown.text for shown in either.slack.shown(channel)] == ["Hello"]


async def test_buttons_and_commands_are_heard_in_the_right_workspace(either: Office) -> None:
    await either.install(ONE)
    channel = either.slack.channel("C0ONE", team=ONE)
    root = either.slack.say(channel, "U0ANNA", "hi")["ts"]
    await either.slack.press(channel, root, "key#0")
    await either.slack.command(channel, "undo")
    heard = {message.channel for message in either.intake.messages.values()}
    assert heard == {f"slack:{ONE}/C0ONE"}
    assert len(either.intake.messages) == 2


async def test_what_is_told_while_slack_does_not_say_who_we_are_is_told_again(
    either: Office,
) -> None:
    await either.install(ONE)
    channel = either.slack.channel("D0ONE", team=ONE)
    either.slack.patience_seconds = 0.3
    either.slack.faults.busy.append(1)
    _, (told,) = await either.slack.said(channel, "U0ANNA", "hi")
    assert told.attempts > 1
    assert either.intake.only().text == "hi"


async def test_no_token_lies_in_the_database_as_it_is(office: Office) -> None:
    office.slack.rotates = True
    await office.install(ONE)
    (bot,) = ((await office.workspaces.of(ONE)).token.get_secret_value(),)
    (refresh,) = office.slack.refreshable
    assert bot in office.slack.tokens
    assert bot not in office.stored()
    assert refresh not in office.stored()
    assert CLIENT_SECRET not in repr(office.workspaces.app)


async def test_a_state_is_good_once_in_its_own_browser_and_for_ten_minutes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office.browser() as browser:
        begun = (await browser.get("/slack/install")).headers["location"]
        async with office.browser() as stranger:
            stolen = await stranger.get(office.slack.consent(begun, ONE))
            assert stolen.status_code == 400
        cookies = dict(browser.cookies)
        assert (await browser.get(office.slack.consent(begun, ONE))).status_code == 200
        browser.cookies.update(cookies)
        assert (await browser.get(office.slack.consent(begun, TWO))).status_code == 401
        begun = (await browser.get("/slack/install")).headers["location"]
        later = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=11)
        monkeypatch.setattr("bot.adapters.store.installations._now", lambda: later)
        assert (await browser.get(office.slack.consent(begun, TWO))).status_code == 401
    assert await office.workspaces.installations.teams() == (ONE,)


async def test_two_requests_at_once_with_one_state_are_one_installation(office: Office) -> None:
    states = SqlStates(office.database)
    state = await states.async_issue()
    taken = await asyncio.gather(*(states.async_consume(state) for _ in range(8)))
    assert sorted(taken) == [False] * 7 + [True]


async def test_what_was_begun_and_is_too_old_is_forgotten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = SqlStates(office.database)
    old = await states.async_issue()
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=11)
    monkeypatch.setattr("bot.adapters.store.installations._now", lambda: later)
    await states.async_issue()
    assert old not in office.stored()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("error=access_denied", 200),
        ("code=x&state=forged", 400),
        ("", 400),
        (f"state={'x' * 5000}", 414),
        ("error=%3Cscript%3Ealert(1)%3C/script%3E", 200),
    ],
)
async def test_what_strangers_send_to_the_redirect_address_installs_nothing(
    office: Office, query: str, status: int
) -> None:
    async with office.browser() as browser:
        answer = await browser.get(f"/slack/oauth_redirect?{query}")
    assert answer.status_code == status
    assert "<script>" not in answer.text
    assert await office.workspaces.installations.teams() == ()


async def test_whom_slack_made_anew_is_who_we_are_from_then_on(office: Office) -> None:
    await office.install(ONE)
    films = office.slack.channel(team=ONE)
    await office.slack.said(films, "U0ANNA", f"<@{BOT_USER}> one")
    office.slack.bot_user = "U0ANEW"
    await office.install(ONE)
    for user in (BOT_USER, "U0ANEW"):
        event = office.slack.say(films, "U0ANNA", f"<@{user}> to {user}") | {"channel": films.id}
        await office.slack.tell("events_api", office.slack.event(event, ONE))
    assert [message.text for message in office.intake.messages.values()] == ["one", "to U0ANEW"]


async def test_a_code_is_not_written_into_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async with office.browser() as browser:
        begun = await browser.get("/slack/install")
        finish = office.slack.consent(begun.headers["location"], ONE)
        office.slack.faults.errors.append("bad_client_secret")
        await browser.get(finish)
    assert "code1" not in caplog.text
    assert "bad_client_secret" in caplog.text


async def test_a_wrong_code_installs_nothing(office: Office) -> None:
    async with office.browser() as browser:
        begun = (await browser.get("/slack/install")).headers["location"]
        back = office.slack.consent(begun, ONE)
        office.slack.codes.clear()
        assert (await browser.get(back)).status_code == 401
    assert await office.workspaces.installations.teams() == ()


async def test_a_slack_that_does_not_answer_is_told_to_whoever_installs(office: Office) -> None:
    async with office.browser() as browser:
        begun = (await browser.get("/slack/install")).headers["location"]
        back = office.slack.consent(begun, ONE)
        await office.slack.__aexit__()
        assert (await browser.get(back)).status_code == 502


async def test_a_token_is_renewed_before_it_expires_and_kept(office: Office) -> None:
    office.slack.rotates, office.slack.expires_in = True, 60
    await office.install(ONE)
    (first,) = office.slack.tokens
    office.slack.expires_in = 43_200
    api = await office.workspaces.of(ONE)
    second = api.token.get_secret_value()
    assert second != first
    again = workspaces(office.slack, office.database, office.keys)
    assert (await again.of(ONE)).token.get_secret_value() == second
    assert len(office.slack.called("oauth.v2.access")) == 2
    assert office.stored().count(ONE) == 4  # id and name in two rows: it was replaced


async def test_of_two_processes_that_renew_a_token_the_second_takes_that_of_the_first(
    office: Office,
) -> None:
    office.slack.rotates, office.slack.expires_in = True, 60
    await office.install(ONE)
    office.slack.expires_in = 43_200
    others = [workspaces(office.slack, office.database, office.keys) for _ in range(2)]
    found = await asyncio.gather(*(each.of(ONE) for each in others), return_exceptions=True)
    tokens = {(await each.of(ONE)).token.get_secret_value() for each in others}
    assert not [each for each in found if isinstance(each, Exception)]
    assert tokens <= set(office.slack.tokens)


async def test_a_new_token_that_cannot_be_kept_at_once_is_not_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.slack.rotates, office.slack.expires_in = True, 60
    await office.install(ONE)
    office.slack.expires_in = 43_200
    with monkeypatch.context() as broken:

        async def full(*_: object) -> None:
            raise StoreFailed("The disk is full.")

        broken.setattr(office.workspaces.installations, "async_save_bot", full)
        with pytest.raises(StoreFailed):
            await office.workspaces.of(ONE)
    token = (await office.workspaces.of(ONE)).token.get_secret_value()
    again = workspaces(office.slack, office.database, office.keys)
    assert (await again.of(ONE)).token.get_secret_value() == token
    assert len(office.slack.called("oauth.v2.access")) == 2


async def test_whoever_stops_waiting_does_not_lose_the_new_token(office: Office) -> None:
    office.slack.rotates, office.slack.expires_in = True, 60
    await office.install(ONE)
    office.slack.expires_in = 43_200
    asked, go = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        asked.set()
        await go.wait()

    office.slack.faults.meanwhile["oauth.v2.access"] = slowly
    waiting = asyncio.create_task(office.workspaces.of(ONE))
    await asked.wait()
    waiting.cancel()
    closing = asyncio.create_task(office.workspaces.close())
    go.set()
    await closing
    again = workspaces(office.slack, office.database, office.keys)
    token = (await again.of(ONE)).token.get_secret_value()
    assert token == list(office.slack.tokens)[-1]
    assert len(office.slack.called("oauth.v2.access")) == 2


async def test_while_slack_renews_nothing_the_old_token_is_used_as_long_as_it_is_good(
    office: Office,
) -> None:
    office.slack.rotates, office.slack.expires_in = True, 60
    await office.install(ONE)
    office.slack.refreshable.clear()
    assert (await office.workspaces.of(ONE)).token.get_secret_value() in office.slack.tokens
    office.slack.expires_in = -1
    await office.install(TWO)
    office.slack.refreshable.clear()
    with pytest.raises(ChatBusy, match="install it again"):
        await office.workspaces.of(TWO)


async def test_taking_the_app_out_forgets_the_workspace_and_no_other(either: Office) -> None:
    for team in (ONE, TWO):
        await either.install(team)
    await either.slack.uninstall(ONE)
    assert await either.workspaces.installations.teams() == (TWO,)
    assert ONE not in either.stored()
    with pytest.raises(ChatRefused, match="not installed"):
        await either.chat().post(
            address(either.slack.channel("C0ONE", team=ONE), team=ONE), SAID, key_of("1")
        )
    channel = either.slack.channel("D0ONE", team=ONE)
    _, (told,) = await either.slack.said(channel, "U0ANNA", "hi")
    assert told.answer is not None  # else Slack would tell it again and again
    assert either.intake.messages == {}


async def test_tokens_of_people_that_are_revoked_are_none_of_ours(office: Office) -> None:
    await office.install(ONE)
    event = tokens_revoked() | {"tokens": {"oauth": ["U0ANNA"], "bot": []}}
    await office.slack.tell("events_api", office.slack.event(event, ONE))
    assert await office.workspaces.installations.teams() == (ONE,)


async def test_an_end_that_is_told_late_does_not_end_what_was_installed_since(
    office: Office,
) -> None:
    await office.install(ONE)
    await office.slack.uninstall(ONE, at=1_700_000_000)
    await office.install(ONE)
    assert (await office.workspaces.of(ONE)).token.get_secret_value() in office.slack.tokens


async def test_who_installs_again_is_answered_with_the_new_token(office: Office) -> None:
    await office.install(ONE)
    channel = office.slack.channel("C0ONE", team=ONE)
    await office.chat().post(address(channel, team=ONE), SAID, key_of("1"))
    office.slack.revoke(ONE)
    await office.install(ONE)
    await office.chat().post(address(channel, team=ONE), SAID, key_of("2"))
    assert len(office.slack.shown(channel)) == 2


async def test_keys_are_changed_one_after_the_other(office: Office) -> None:
    await office.install(ONE)
    token = (await office.workspaces.of(ONE)).token
    new = Fernet.generate_key().decode()
    both = workspaces(office.slack, office.database, [new, *office.keys])
    assert (await both.of(ONE)).token == token
    only = workspaces(office.slack, office.database, [new])
    assert (await only.of(ONE)).token == token
    with pytest.raises(StoreFailed, match="CHATKUT_SLACK_TOKEN_KEY"):
        await workspaces(office.slack, office.database, office.keys).of(ONE)


@pytest.mark.parametrize("keys", [["short"], [""], [], [base64.b64encode(os.urandom(31)).decode()]])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, keys: list[str]) -> None:
    database = Database(sqlite_url(tmp_path / "kept.sqlite"))
    with pytest.raises(StoreFailed, match="is not a key") as refused:
        SqlInstallations(database, CLIENT_ID, keys)
    assert not any(key and key in str(refused.value) for key in keys)
    database.close()


async def test_a_whole_organisation_cannot_install(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = office.slack._granted
    whole = {"is_enterprise_install": True, "team": None}
    monkeypatch.setattr(office.slack, "_granted", lambda team: granted(team) | whole)
    assert (await office.install(ONE)).status_code == 500
    assert await office.workspaces.installations.teams() == ()


async def test_the_doctor_looks_at_each_workspace(office: Office) -> None:
    assert [f.ok for f in await check(office.workspaces, None, SecretStr(SECRET))] == [True]
    for team in (ONE, TWO):
        await office.install(team)
    office.slack.revoke(TWO)
    findings = await check(office.workspaces, None, SecretStr(SECRET))
    assert [(f.name, f.ok) for f in findings] == [
        ("Slack", True),
        ("Slack scopes", True),
        ("Slack", False),
    ]


async def test_the_doctor_goes_on_where_the_access_to_a_workspace_has_expired(
    office: Office,
) -> None:
    office.slack.rotates, office.slack.expires_in = True, 0
    await office.install(ONE)
    office.slack.revoke(ONE)
    office.slack.expires_in = TWELVE_HOURS
    await office.install(TWO)
    expired, *rest = await check(office.workspaces, None, SecretStr(SECRET))
    assert ONE in expired.text
    assert [expired.ok, *(finding.ok for finding in rest)] == [False, True, True]


async def test_a_store_that_is_away_is_told_to_whoever_installs(office: Office) -> None:
    with office.database.writing() as session:
        session.execute(text("DROP TABLE slack_oauth_states"))
    async with office.browser() as browser:
        assert (await browser.get("/slack/install")).status_code == 503


async def test_an_installation_is_found_whatever_organisation_it_is_of(office: Office) -> None:
    installation = Installation(
        app_id="A0APP", enterprise_id="E0ORG", team_id=ONE, user_id="U0ANNA", bot_token=TOKEN
    )
    await office.workspaces.install(installation)
    assert (await office.workspaces.of(ONE)).token.get_secret_value() == TOKEN
    assert installation.bot_token == TOKEN  # what was given is as it was
