"""The commands of `chatkut`: each opens the app, does one thing, and ends with an exit status."""

import asyncio
import sys
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from pydantic import ValidationError

from bot import __version__
from bot.engine.presets import PresetName

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from bot.app.service import Role

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_CANCELLED = 130


def _of_the_terminal(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    name = name.removeprefix("terminal:")
    if ":" in name:
        raise click.BadParameter(
            f"{name!r} is a channel of a chat platform: there, the service answers what is said. "
            "Channels of the terminal have names without a colon."
        )
    return name


_channel = click.option(
    "--channel",
    "-c",
    default="main",
    show_default=True,
    callback=_of_the_terminal,
    help="The channel of the terminal to work in.",
)
_preset = click.option(
    "--preset",
    type=click.Choice(get_args(PresetName)),
    default="source",
    show_default=True,
    help="The format of the film.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ChatKut")
def cli() -> None:
    """ChatKut: the video editor that lives in a chat channel.

    \b
    Examples:
      chatkut chat                                   talk at a prompt
      chatkut chat --attach clip.mp4 "trim it to 5 seconds and call it teaser"
      chatkut timeline --png timeline.png            draw what there is
      chatkut render --preset 720p --out film.mp4    make the film
      chatkut help                                   what you can say
    """


@cli.command()
@_channel
@click.option(
    "--attach",
    "-a",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A clip, image or sound to drop in; may be given several times.",
)
@click.option("--author", help="Who is speaking; you, if not given.")
@_json
@click.argument("words", nargs=-1)
def chat(
    channel: str,
    attach: tuple[Path, ...],
    author: str | None,
    as_json: bool,
    words: tuple[str, ...],
) -> None:
    """Say something; without WORDS, talk at a prompt (or take lines from standard input).

    The exit status is 0 when the message was handled (a question counts) and 1 on an error.

    \b
    Examples:
      chatkut chat
      chatkut chat --channel launch --attach clip.mp4 "trim it to 5 seconds and call it teaser"
      chatkut chat --json "undo"
    """
    from bot.cli.conversation import one_message, prompt

    if words or attach:
        _run(one_message(" ".join(words), channel, attach, author, as_json))
    else:
        _run(prompt(channel, author, as_json))


@cli.command()
@_channel
@_json
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Draw it here.")
def timeline(channel: str, as_json: bool, png: Path | None) -> None:
    """Show the composition as a table, as JSON or as a picture.

    \b
    Examples:
      chatkut timeline --channel launch
      chatkut timeline --json | jq .duration
      chatkut timeline --png timeline.png
    """
    from bot.cli.looking import show_timeline

    _run(show_timeline(channel, as_json, png))


@cli.command()
@_channel
@_json
@click.argument("words", nargs=-1, required=True)
def plan(channel: str, as_json: bool, words: tuple[str, ...]) -> None:
    """Show what a message would do, without doing it.

    \b
    Examples:
      chatkut plan "swap the first two clips"
      chatkut plan --json --channel launch "make it vertical"
    """
    from bot.cli.looking import show_plan

    _run(show_plan(" ".join(words), channel, as_json))


@cli.command()
@_channel
@_json
@_preset
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Copy the film here.")
def render(channel: str, as_json: bool, preset: PresetName, out: Path | None) -> None:
    """Render the film: estimate, progress, and the path of the finished file.

    Asking for it here accepts its price; in a chat, a dear render asks first. The exit status is 1
    where no film came of it.

    \b
    Examples:
      chatkut render
      chatkut render --channel launch --preset vertical --out launch.mp4
    """
    from bot.cli.conversation import rendered

    _run(rendered(preset, channel, as_json, out))


@cli.command()
@_channel
@_json
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default=".",
    show_default=True,
    help="The folder to write into.",
)
def export(channel: str, as_json: bool, out: Path) -> None:
    """Write the composition for other programs: OpenTimelineIO, an EDL, and as JSON.

    \b
    Examples:
      chatkut export
      chatkut export --channel launch --out ~/launch
    """
    from bot.cli.looking import export as write

    _run(write(channel, as_json, out))


def _saying(name: str, text: str, help_text: str) -> None:
    """Add a command that says one fixed thing."""
    examples = f"\b\nExamples:\n  chatkut {name}\n  chatkut {name} --channel launch --json"

    @cli.command(name, help=f"{help_text}\n\n{examples}")
    @_channel
    @_json
    def command(channel: str, as_json: bool) -> None:
        from bot.cli.conversation import one_message

        _run(one_message(text, channel, (), None, as_json))


_saying("history", "/history", "Show who did what in a channel.")
_saying("undo", "/undo", "Take back the last edit of a channel; “chat undo 3” goes further.")
_saying("redo", "/redo", "Do again what was undone last.")


@cli.command()
@_channel
@_json
@_preset
def estimate(channel: str, as_json: bool, preset: PresetName) -> None:
    """Estimate what rendering a channel's film takes.

    \b
    Examples:
      chatkut estimate
      chatkut estimate --channel launch --preset vertical --json
    """
    from bot.cli.conversation import one_message

    _run(one_message(f"/estimate {preset}", channel, (), None, as_json))


_any_channel = click.option(
    "--channel", "-c", help="A channel of the terminal, or such as slack:T123/C456."
)
_everything = click.option("--everything", is_flag=True, help="All channels together.")


@cli.command()
@_any_channel
@_everything
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="Another month than this.")
@_json
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Draw it here.")
def cost(
    channel: str | None,
    everything: bool,
    month: datetime | None,
    as_json: bool,
    png: Path | None,
) -> None:
    """Show what a channel cost this month: models, renders and storage, by person and by day.

    \b
    Examples:
      chatkut cost
      chatkut cost --channel slack:T123/C456 --month 2026-10 --png october.png
      chatkut cost --everything --json | jq .by_channel
    """
    from bot.cli.money import show_cost

    _refuse_both(channel, everything)
    _run(show_cost(None if everything else channel or "main", month, as_json, png))


@cli.command()
@click.argument("amount", required=False)
@_any_channel
@_everything
@click.option(
    "--person", help="Of one person, such as slack:U123: everywhere, with --channel only there."
)
@_json
def budget(
    amount: str | None, channel: str | None, everything: bool, person: str | None, as_json: bool
) -> None:
    """Show what may be spent in a calendar month (UTC), or set it to AMOUNT or none.

    A running service heeds a new budget at once. What is set for everything holds instead of
    CHATKUT_MONTH_BUDGET_USD.

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
        _run(show_budgets(channel, as_json))
    elif channel is None and person is None and not everything:
        raise click.UsageError("Say whose budget: --channel NAME, --person ID, or --everything.")
    else:
        _run(set_budget(amount, channel, person))


def _refuse_both(channel: str | None, everything: bool) -> None:
    if channel is not None and everything:
        raise click.UsageError("Say either --channel or --everything.")


@cli.command(name="help")
def help_() -> None:
    """List what you can say.

    \b
    Examples:
      chatkut help
    """
    from bot.adapters.planners.offline.help import told

    click.echo(told())


@cli.group()
def migrate() -> None:
    """Move the state of the data directory to another kind of database.

    \b
    Examples:
      chatkut migrate sqlite-to-postgres
    """


@migrate.command("sqlite-to-postgres")
def sqlite_to_postgres() -> None:
    """Copy everything from the SQLite file to the empty database in CHATKUT_DATABASE_URL.

    ChatKut must not run, and must have finished: `chatkut run --role drain` sees to that.

    \b
    Examples:
      CHATKUT_DATABASE_URL=postgresql://chatkut@db/chatkut chatkut migrate sqlite-to-postgres
    """
    from bot.cli.migrate import to_postgres

    _run(to_postgres())


@cli.command()
@click.option(
    "--role",
    type=click.Choice(("all", "front", "worker", "drain")),
    default="all",
    show_default=True,
    help="front: only hear and serve HTTP; worker: only do jobs (both need Postgres); "
    "drain: finish what waits, hear nothing new, and end.",
)
def run(role: "Role") -> None:
    """Run the bot on the chat platforms that are set up, until SIGTERM or Ctrl-C.

    \b
    Examples:
      chatkut run
      chatkut run --role worker
    """
    from bot.cli.run import run as serve

    _run(serve(role))


@cli.command()
@_json
def doctor(as_json: bool) -> None:
    """Check Python, fonts, encoder, disk, database and adapters; say what to do about failures.

    \b
    Examples:
      chatkut doctor
      chatkut doctor --json
    """
    from bot.cli.doctor import examine

    _run(examine(as_json))


@cli.command("discord-sync")
def discord_sync() -> None:
    """Register /chatkut with Discord, once, and again after an upgrade that says so.

    \b
    Examples:
      chatkut discord-sync
    """
    from bot.cli.discord_sync import sync

    _run(sync())


@cli.command("eval")
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
@_json
def eval_(
    files: tuple[Path, ...],
    planners: tuple[str, ...],
    max_usd: float,
    failures: bool,
    as_json: bool,
) -> None:
    """Evaluate planners on FILES of cases: right, right or asked, wrong commits, latency, cost.

    A case is a line of JSON: what is said, on which composition, and what must come of it. The
    exit status is 0 when all was run, 1 when --max-usd or a provider ended it, and 2 when a file
    holds no cases or a planner has no key.

    \b
    Examples:
      chatkut eval benchmarks/planner/untouched.jsonl
      chatkut eval --failures --planner offline benchmarks/planner/*.jsonl
      chatkut eval --planner offline --planner chain --max-usd 0.50 benchmarks/planner/blind.jsonl
    """
    from bot.cli.eval import evaluate

    _run(evaluate(files, planners, max_usd, as_json=as_json, failures=failures))


@cli.command()
@click.argument("clips", nargs=-1, type=click.Path(path_type=Path))
@click.option("--talk/--no-talk", default=None, help="Go on at the prompt (if at a terminal).")
def demo(clips: tuple[Path, ...], talk: bool | None) -> None:
    """Play a whole conversation on sample clips, or on your own CLIPS, up to a rendered film.

    \b
    Examples:
      chatkut demo
      chatkut demo holiday.mp4 beach.mov
    """
    from bot.cli.demo import play

    _run(play(clips, sys.stdin.isatty() if talk is None else talk))


def _bad_settings(error: ValidationError) -> str:
    found = (f"CHATKUT_{str(each['loc'][0]).upper()}: {_reason(each)}" for each in error.errors())
    return "A setting is wrong. " + "; ".join(found) + ". See .env.example."


def _reason(wrong: "ErrorDetails") -> str:
    """What pydantic says, or what we do, without its prefix."""
    return str(wrong.get("ctx", {}).get("error", wrong["msg"]))


def _run(work: Coroutine[Any, Any, bool]) -> None:
    """Run a command to its end; it returns whether all went well."""
    from bot.engine.errors import EngineError
    from bot.ports import AdapterError

    try:
        well = asyncio.run(work)
    except (AdapterError, EngineError) as error:
        click.echo(f"chatkut: {error}", err=True)
        sys.exit(EXIT_ERROR)
    except ValidationError as error:
        click.echo(f"chatkut: {_bad_settings(error)}", err=True)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        click.echo("Cancelled; what was kept before stays kept.", err=True)
        sys.exit(EXIT_CANCELLED)
    sys.exit(0 if well else EXIT_ERROR)
