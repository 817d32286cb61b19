"""The commands that are about money."""

from datetime import datetime
from pathlib import Path

import click

from bot.cli.running import as_json_option, run_to_end

_any_channel = click.option(
    "--channel", "-c", help="A channel of the terminal, or of a platform, such as slack:T123/C456."
)
_everything = click.option("--everything", is_flag=True, help="All channels together.")


@click.command()
@_any_channel
@_everything
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="Another month than this.")
@as_json_option
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Draw it here.")
def cost(
    channel: str | None,
    everything: bool,
    month: datetime | None,
    as_json: bool,
    png: Path | None,
) -> None:
    """Show what a month cost, by person and by day.

    Models, renders and storage; of a channel, main unless one is named, or of all.

    \b
    Examples:
      chatkut cost
      chatkut cost --channel slack:T123/C456 --month 2026-10 --png october.png
      chatkut cost --everything --json | jq .by_channel
    """
    from bot.cli.money import show_cost

    _refuse_both(channel, everything)
    run_to_end(show_cost(None if everything else channel or "main", month, as_json, png))


@click.command()
@click.argument("amount", required=False)
@_any_channel
@_everything
@click.option(
    "--person", help="Of one person, such as slack:U123: everywhere, with --channel only there."
)
@as_json_option
def budget(
    amount: str | None, channel: str | None, everything: bool, person: str | None, as_json: bool
) -> None:
    """Show what may be spent in a month, or set it.

    AMOUNT is dollars in a calendar month (UTC), or none for no limit. A running service heeds a new
    budget at once. What is set for everything holds instead of CHATKUT_MONTH_BUDGET_USD.

    \b
    Examples:
      chatkut budget
      chatkut budget '$50' --everything
      chatkut budget '$20' --channel slack:T123/C456
      chatkut budget '$5' --person slack:U123
      chatkut budget '$5' --person slack:U123 --channel slack:T123/C456
      chatkut budget none --everything
    """
    from bot.cli.money import set_budget, show_budgets

    _refuse_both(channel, everything)
    if amount is None:
        run_to_end(show_budgets(channel, as_json))
    elif channel is None and person is None and not everything:
        raise click.UsageError("Say whose budget: --channel NAME, --person ID, or --everything.")
    else:
        run_to_end(set_budget(amount, channel, person))


def _refuse_both(channel: str | None, everything: bool) -> None:
    if channel is not None and everything:
        raise click.UsageError("Say either --channel or --everything.")
