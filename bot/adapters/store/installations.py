"""Slack workspaces that the app is installed in, in SQL: slack_sdk's stores, with sealed tokens."""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import Table as SqlTable
from sqlalchemy import delete
from sqlmodel import col, select

from bot.adapters.store.database import Database
from bot.adapters.store.sentences import sentences
from bot.adapters.store.tables import SlackBotRow, SlackInstallationRow, SlackStateRow, Table
from bot.adapters.store.threads import in_thread
from bot.ports import StoreFailed

STATE_SECONDS = 600
_SECRETS = (
    "bot_token",
    "bot_refresh_token",
    "user_token",
    "user_refresh_token",
    "incoming_webhook_url",
)
_ROWS: tuple[type[SlackBotRow] | type[SlackInstallationRow], ...] = (
    SlackBotRow,
    SlackInstallationRow,
)

_Kept = TypeVar("_Kept", Bot, Installation)


class SqlInstallations(AsyncInstallationStore):
    """Installations of one app, found by their workspace alone: it is all that we know a place by.

    `keys` are Fernet keys: the first one seals, all of them open. What others than the first one
    sealed is sealed anew when this is made, so that they can be taken away afterwards.

    Raises:
        StoreFailed: A key is none, or one that is needed is missing.
    """

    def __init__(self, database: Database, client_id: str, keys: Sequence[str]) -> None:
        self._database = database
        self._seal = _seal(keys)
        self._client_id = client_id
        self._writing = _Installations(client_id, database.engine)
        self._reading = _Installations(client_id, database.reader)
        if len(keys) > 1:
            self._seal_anew()

    @in_thread
    def async_save(self, installation: Installation) -> None:
        with self._sentences():
            self._writing.save(self._sealed(installation))

    @in_thread
    def async_save_bot(self, bot: Bot) -> None:
        with self._sentences():
            self._writing.save_bot(self._sealed(bot))

    @in_thread
    def bot(self, team: str) -> Bot | None:
        with self._sentences():
            found = self._reading.find_bot(enterprise_id=None, team_id=team)
        return None if found is None else self._opened(found)

    @in_thread
    def teams(self) -> tuple[str, ...]:
        mine = select(SlackBotRow.team_id).where(SlackBotRow.client_id == self._client_id)
        with self._database.reading() as session:
            return tuple(sorted(filter(None, session.exec(mine.distinct()))))

    @in_thread
    def forget(self, team: str) -> None:
        with self._sentences():
            self._writing.delete_all(enterprise_id=None, team_id=team)

    def _sentences(self) -> AbstractContextManager[None]:
        return sentences(self._database.engine.url)

    def _sealed(self, kept: _Kept) -> _Kept:
        sealed = copy.copy(kept)
        sealed.enterprise_id = None  # else the workspace alone would not find it
        for name, secret in _secrets(kept):
            setattr(sealed, name, self._seal.encrypt(secret.encode()).decode())
        return sealed

    def _opened(self, bot: Bot) -> Bot:
        for name, sealed in _secrets(bot):
            setattr(bot, name, _readable(self._seal.decrypt, sealed))
        return bot

    def _seal_anew(self) -> None:
        """Seal everything with the first key."""
        with self._database.writing("slack keys") as session:
            for table in _ROWS:
                # Locked: a token that another process renews meanwhile must not be lost.
                for row in session.exec(select(table).with_for_update()).all():
                    for name, sealed in _secrets(row):
                        setattr(row, name, _readable(self._seal.rotate, sealed))
                    session.add(row)


class SqlStates(AsyncOAuthStateStore):
    """Installings that were begun: each is finished at most once, within ten minutes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._states = _States(STATE_SECONDS, database.engine)

    @in_thread
    def async_issue(self, *_args: Any, **_kwargs: Any) -> str:
        with self._database.writing() as session:
            session.exec(delete(SlackStateRow).where(col(SlackStateRow.expire_at) <= _now()))
        with sentences(self._database.engine.url):
            return self._states.issue()

    @in_thread
    def async_consume(self, state: str) -> bool:
        # slack_sdk looks before it deletes: two at once would both find it.
        mine = (col(SlackStateRow.state) == state) & (col(SlackStateRow.expire_at) > _now())
        with self._database.writing() as session:
            return session.exec(delete(SlackStateRow).where(mine)).rowcount == 1


class _Installations(SQLAlchemyInstallationStore):
    """On our tables: sealed tokens are longer than slack_sdk's columns."""

    @classmethod
    def build_installations_table(cls, **_: Any) -> SqlTable:  # type: ignore[override]
        return _table(SlackInstallationRow)

    @classmethod
    def build_bots_table(cls, **_: Any) -> SqlTable:  # type: ignore[override]
        return _table(SlackBotRow)


class _States(SQLAlchemyOAuthStateStore):
    @classmethod
    def build_oauth_states_table(cls, *_: Any) -> SqlTable:
        return _table(SlackStateRow)


def _table(rows: type[Table]) -> SqlTable:
    return cast(SqlTable, rows.__table__)  # type: ignore[attr-defined]


def _seal(keys: Sequence[str]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:  # whose text is not shown: it may tell of a key
        raise StoreFailed(
            "CHATKUT_SLACK_TOKEN_KEY is not a key: docs/slack.md says how to make one."
        ) from None


def _secrets(kept: object) -> Iterator[tuple[str, str]]:
    for name in _SECRETS:
        if secret := getattr(kept, name, None):
            yield name, secret


def _readable(open_it: Callable[[str], bytes], sealed: str) -> str:
    try:
        return open_it(sealed).decode()
    except InvalidToken:
        raise StoreFailed(
            "Slack's tokens were sealed with a key that is missing: add it to "
            "CHATKUT_SLACK_TOKEN_KEY, after the new one, or install the app again."
        ) from None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
