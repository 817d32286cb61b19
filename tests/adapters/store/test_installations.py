"""Slack workspaces, on both databases."""

import asyncio
import time

import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import text

from bot.adapters.store.database import Database
from bot.adapters.store.installations import SqlInstallations, SqlStates
from bot.ports import StoreFailed
from tests.adapters.store.conftest import Opener

TOKEN, REFRESH = "xoxb-" + "t" * 190, "xoxe-1-" + "r" * 190
RENEWED = "xoxb-new"
KEY, NEW_KEY = (Fernet.generate_key().decode() for _ in range(2))


def installation(team: str, at: float = 1_700_000_000.25) -> Installation:
    return Installation(
        app_id="A1",
        enterprise_id="E1",
        team_id=team,
        user_id="U1",
        bot_token=TOKEN,
        bot_id="B1",
        bot_user_id="U2",
        bot_refresh_token=REFRESH,
        bot_token_expires_in=100,
        user_token=TOKEN,
        user_refresh_token=REFRESH,
        installed_at=at,
    )


def stored(database: Database) -> str:
    with database.reading() as session:
        tables = ("slack_bots", "slack_installations")
        return repr([session.execute(text(f"SELECT * FROM {each}")).all() for each in tables])  # noqa: S608


async def test_a_workspace_is_found_with_its_tokens_which_nobody_can_read(
    database: Database,
) -> None:
    kept = SqlInstallations(database, "1.2", [KEY])
    await kept.async_save(installation("T1"))
    bot = await kept.bot("T1")
    assert bot is not None
    assert (bot.bot_token, bot.bot_refresh_token, bot.bot_user_id) == (TOKEN, REFRESH, "U2")
    assert abs((bot.bot_token_expires_at or 0) - time.time() - 100) < 60
    assert TOKEN not in stored(database)
    assert REFRESH not in stored(database)
    assert await kept.bot("T2") is None
    assert await SqlInstallations(database, "another app", [KEY]).bot("T1") is None


async def test_a_renewed_token_takes_the_place_of_the_old_one(database: Database) -> None:
    kept = SqlInstallations(database, "1.2", [KEY])
    await kept.async_save(installation("T1"))
    bot = await kept.bot("T1")
    assert bot is not None
    bot.bot_token = RENEWED
    await kept.async_save_bot(bot)
    found = await kept.bot("T1")
    assert found is not None
    assert found.bot_token == RENEWED
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM slack_bots")).scalar() == 1


async def test_a_forgotten_workspace_is_gone_and_the_others_are_not(database: Database) -> None:
    kept = SqlInstallations(database, "1.2", [KEY])
    for team in ("T2", "T1", "T1"):
        await kept.async_save(installation(team, time.time()))
    assert await kept.teams() == ("T1", "T2")
    await kept.forget("T1")
    assert await kept.teams() == ("T2",)
    assert "'T1'" not in stored(database)


async def test_with_a_new_key_in_front_the_old_one_can_be_taken_away(database: Database) -> None:
    await SqlInstallations(database, "1.2", [KEY]).async_save(installation("T1"))
    SqlInstallations(database, "1.2", [NEW_KEY, KEY])
    found = await SqlInstallations(database, "1.2", [NEW_KEY]).bot("T1")
    assert found is not None
    assert found.bot_token == TOKEN
    with pytest.raises(StoreFailed, match="a key that is missing"):
        await SqlInstallations(database, "1.2", [KEY]).bot("T1")
    with pytest.raises(StoreFailed, match="a key that is missing"):
        SqlInstallations(database, "1.2", [KEY, Fernet.generate_key().decode()])


async def test_a_state_is_consumed_once_however_many_ask_at_once(opener: Opener) -> None:
    stores = [SqlStates(opener()) for _ in range(2)]
    for _ in range(5):
        state = await stores[0].async_issue()
        taken = await asyncio.gather(*(each.async_consume(state) for each in stores * 4))
        assert sorted(taken) == [False] * 7 + [True]
    assert not await stores[0].async_consume("forged")
