"""`chatkut migrate`: moves state from one kind of database to another."""

import asyncio

import click

from bot.app.move import moved_to_postgres
from bot.config import Settings


async def to_postgres() -> bool:
    """Move the data directory's state to Postgres, and say how much it was."""
    counts = await asyncio.to_thread(moved_to_postgres, Settings())
    for table, count in counts.items():
        if count:
            click.echo(f"  {count:>8,} {table}")
    click.echo("Moved. Start `chatkut run` with CHATKUT_DATABASE_URL set as it is now.")
    return True
