"""`chatkut cost` and `chatkut budget`: what a service that runs on the same database sees."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.ledger import SqlLedger
from bot.cli.main import cli
from bot.ports import BudgetSpent, Message, Purchase, Turn, Usage
from tests.databases import made_database

SLACK = "slack:T1/C2"
ANNA = "slack:U1"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("CHATKUT_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("CHATKUT_DATABASE_URL", raising=False)
    return lambda *arguments: CliRunner().invoke(cli, arguments)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(made_database(tmp_path)) as database:
        yield database


@pytest.fixture
def service(database: Database) -> SqlLedger:
    """The books of a service that runs, in which Anna has spoken and a model has answered."""
    books = SqlLedger(database, month_microusd=None)

    async def spend() -> None:
        said = Message("m1", SLACK, "Anna", "hello", user="U1")
        await SqlConversations(database).keep(said, Turn())
        row = await books.reserve(purchase(0))
        await books.settle(row, Usage(1, 1), 420_000)

    asyncio.run(spend())
    return books


def purchase(microusd: int) -> Purchase:
    return Purchase(SLACK, ANNA, "anthropic", "x", 10, microusd)


def test_the_costs_of_any_channel_are_told(
    run: Callable[..., Result], service: SqlLedger, tmp_path: Path
) -> None:
    assert service
    png = tmp_path / "pictures" / "cost.png"
    shown = run("cost", "--channel", SLACK, "--png", str(png)).output
    assert ": $0.42\n" in shown
    assert "\n$0.42 Anna\n" in shown
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "Nothing was spent" in run("cost").output
    assert f"\n$0.42 {SLACK}\n" in run("cost", "--everything").output
    assert "October 2025: $0\n" in run("cost", "--everything", "--month", "2025-10").output


def test_costs_are_json_for_scripts(run: Callable[..., Result], service: SqlLedger) -> None:
    assert service
    told = json.loads(run("cost", "--channel", SLACK, "--json").output)
    spent = {"microusd": 420_000, "reserved_microusd": 0, "unknown_calls": 0}
    assert told["microusd"] == 420_000
    assert told["by_person"] == {ANNA: spent}
    assert told["by_day"] == {datetime.now(UTC).date().isoformat(): spent}


@pytest.mark.parametrize(
    "whose",
    [
        ["--everything"],
        ["--channel", SLACK],
        ["--channel", SLACK, "--person", ANNA],
        ["--everything", "--person", ANNA],
    ],
)
def test_a_running_service_heeds_a_budget_at_once(
    run: Callable[..., Result], service: SqlLedger, whose: list[str]
) -> None:
    shown = run("budget", "$0.50", *whose)
    assert shown.exit_code == 0
    assert shown.output.startswith("$0.42 of $0.50 a month, 84 %: ")
    assert ("Anna in slack" in shown.output) == (len(whose) == 4)
    with pytest.raises(BudgetSpent):
        asyncio.run(service.reserve(purchase(80_001)))
    assert run("budget").output == shown.output
    run("budget", "none", *whose)
    assert run("budget").output.startswith("There are no budgets")
    asyncio.run(service.reserve(purchase(80_001)))


def test_budgets_are_json_for_scripts(run: Callable[..., Result]) -> None:
    run("budget", "20", "--channel", "launch")
    (told,) = json.loads(run("budget", "--json").output)["budgets"]
    assert (told["channel"], told["microusd"]) == ("terminal:launch", 20_000_000)


@pytest.mark.parametrize(
    "words",
    [
        ["5"],
        ["lots", "--everything"],
        ["5", "--everything", "--channel", "launch"],
        ["5", "--everything", "--person", "anna"],
        ["$-5", "--everything"],
    ],
)
def test_a_budget_that_is_not_clear_changes_nothing(
    run: Callable[..., Result], words: list[str]
) -> None:
    assert run("budget", *words).exit_code == 2
    assert run("budget").output.startswith("There are no budgets")
