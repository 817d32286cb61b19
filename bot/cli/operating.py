"""The commands of those who run ChatKut for others."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.running import as_json_option, run_to_end

if TYPE_CHECKING:
    from bot.app.service import Role


@click.group()
def migrate() -> None:
    """Move to another kind of database.

    \b
    Examples:
      chatkut migrate sqlite-to-postgres
    """


@migrate.command("sqlite-to-postgres")
def sqlite_to_postgres() -> None:
    """Copy everything from SQLite to Postgres.

    From the file in the data directory to the empty database in CHATKUT_DATABASE_URL. ChatKut must
    not run, and must have finished: `chatkut run --role drain` sees to that.

    \b
    Examples:
      CHATKUT_DATABASE_URL=postgresql://chatkut@db/chatkut chatkut migrate sqlite-to-postgres
    """
    from bot.cli.migrate import to_postgres

    run_to_end(to_postgres())


@click.command()
@click.option(
    "--role",
    type=click.Choice(("all", "front", "worker", "drain")),
    default="all",
    show_default=True,
    help="front: only hear and serve HTTP; worker: only do jobs (both need Postgres); "
    "drain: finish what waits, hear nothing new, and end.",
)
def run(role: "Role") -> None:
    """Run the service on the chat platforms that are set up.

    It ends with SIGTERM or Ctrl-C, and goes on at the next start with what was not finished.

    \b
    Examples:
      chatkut run
      chatkut run --role worker
    """
    from bot.cli.run import run as serve

    run_to_end(serve(role))


@click.command()
@as_json_option
def doctor(as_json: bool) -> None:
    """Check the installation and the settings.

    Python, fonts, encoder, disk, database, and all that is set up; says what to do about failures.
    The exit status is 1 where something has failed.

    \b
    Examples:
      chatkut doctor
      chatkut doctor --json
    """
    from bot.cli.doctor import examine

    run_to_end(examine(as_json))


@click.command("discord-sync")
def discord_sync() -> None:
    """Register /chatkut with Discord.

    Once, and again after an update that says so.

    \b
    Examples:
      chatkut discord-sync
    """
    from bot.cli.discord_sync import sync

    run_to_end(sync())


@click.command("eval")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--planner",
    "planners",
    multiple=True,
    type=click.Choice(("offline", "anthropic", "openai", "dedalus", "chain")),
    default=("offline",),
    show_default=True,
    help="Which planner to evaluate: the built-in rules, the models of one provider alone, or all "
    "together as in the chat; may be given several times.",
)
@click.option(
    "--max-usd",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Stop before calls of models can cost more than this altogether.",
)
@click.option("--failures", is_flag=True, help="Show every case that was not right.")
@as_json_option
def eval_(
    files: tuple[Path, ...],
    planners: tuple[str, ...],
    max_usd: float,
    failures: bool,
    as_json: bool,
) -> None:
    """Measure how well planners understand.

    On FILES of cases: right, right or asked, wrong commits, latency, cost. A case is a line of
    JSON: what is said, on which composition, and what must come of it. The exit status is 0 when
    all was run, 1 when --max-usd or a provider ended it, and 2 when a file holds no cases or a
    planner has no key.

    \b
    Examples:
      chatkut eval benchmarks/planner/untouched.jsonl
      chatkut eval --failures --planner offline benchmarks/planner/*.jsonl
      chatkut eval --planner offline --planner chain --max-usd 0.50 benchmarks/planner/blind.jsonl
    """
    from bot.cli.eval import evaluate

    run_to_end(evaluate(files, planners, max_usd, as_json=as_json, failures=failures))
