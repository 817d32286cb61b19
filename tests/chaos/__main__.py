"""Storms of any length: `python -m tests.chaos --kills 200 --seed 7`."""

import logging
import sys
import time
from pathlib import Path
from tempfile import mkdtemp

import click

from tests.chaos.storm import shared_storm, storm
from tests.postgres import postgres_server


@click.command()
@click.option("--kills", default=15, show_default=True, help="How often to kill -9.")
@click.option(
    "--seed", default=None, type=int, help="Repeats the same story (the time, if not given)."
)
@click.option("--postgres", is_flag=True, help="A front and two workers, which are killed.")
@click.option(
    "--keys/--no-keys", "idempotent", default=False, help="A chat that knows posts by their key."
)
def main(kills: int, seed: int | None, postgres: bool, idempotent: bool) -> None:
    """Kill ChatKut again and again while people talk to it, and see what came of their words."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # clips that are cut off
    seed = int(time.time()) if seed is None else seed
    folder = Path(mkdtemp(prefix="chatkut-chaos-"))
    if postgres:
        with postgres_server() as server:
            url = server.create("chaos")
            outcome = shared_storm(folder, kills, seed, url, idempotent=idempotent)
    else:
        outcome = storm(folder, kills, seed, idempotent=idempotent)
    for finding in outcome.findings:
        click.echo(f"{finding.fault}: {finding.what}")
    click.echo(outcome)
    click.echo(f"data and logs: {folder}")
    sys.exit(1 if outcome.findings else 0)


if __name__ == "__main__":
    main()
