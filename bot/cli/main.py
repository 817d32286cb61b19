"""The commands of `chatkut`: each opens the app, does one thing, and ends with an exit status."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from bot import __version__
from bot.cli.operating import discord_sync, doctor, eval_, migrate, run
from bot.cli.running import as_json_option, run_to_end
from bot.cli.sections import Sections
from bot.cli.spending import budget, cost
from bot.engine.presets import PresetName

if TYPE_CHECKING:
    from bot.ports import ExportFormat


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
_presets = click.option(
    "--preset",
    "presets",
    type=click.Choice(get_args(PresetName)),
    multiple=True,
    default=("source",),
    show_default="source",
    help="The format of the film (source: as the clips are); may be given several times.",
)


@click.group(
    cls=Sections,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Each COMMAND --help shows its options and examples. Settings are CHATKUT_ variables, "
    "in the environment or in a file .env: see .env.example.",
)
@click.version_option(__version__, prog_name="ChatKut")
def cli() -> None:
    """ChatKut: the video editor that lives in a chat channel.

    \b
    Examples:
      chatkut demo                                   see it work, on clips that come with it
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
@as_json_option
@click.argument("words", nargs=-1)
def chat(
    channel: str,
    attach: tuple[Path, ...],
    author: str | None,
    as_json: bool,
    words: tuple[str, ...],
) -> None:
    """Say something, or talk at a prompt.

    Without WORDS and files it is a prompt; lines from a pipe are a message each. The exit status is
    0 when the message was handled (a question counts) and 1 on an error.

    \b
    Examples:
      chatkut chat
      chatkut chat --channel launch --attach clip.mp4 "trim it to 5 seconds and call it teaser"
      chatkut chat --json "undo"
    """
    from bot.cli.conversation import one_message, prompt

    if words or attach:
        run_to_end(one_message(" ".join(words), channel, attach, author, as_json))
    else:
        run_to_end(prompt(channel, author, as_json))


@cli.command()
@_channel
@as_json_option
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

    run_to_end(show_timeline(channel, as_json, png))


@cli.command()
@_channel
@as_json_option
@click.argument("words", nargs=-1, required=True)
def plan(channel: str, as_json: bool, words: tuple[str, ...]) -> None:
    """Show what a message would do, without doing it.

    \b
    Examples:
      chatkut plan "swap the first two clips"
      chatkut plan --json --channel launch "make it vertical"
    """
    from bot.cli.looking import show_plan

    run_to_end(show_plan(" ".join(words), channel, as_json))


@cli.command()
@_channel
@as_json_option
@_presets
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Copy the film here.")
def render(channel: str, as_json: bool, presets: tuple[PresetName, ...], out: Path | None) -> None:
    """Render the film, in one format or several.

    Shows an estimate, progress, and the path of the finished file. Asking for it here accepts its
    price; in a chat, a dear render asks first. The exit status is 1 where no film came of it.

    \b
    Examples:
      chatkut render
      chatkut render --channel launch --preset vertical --out launch.mp4
      chatkut render --preset landscape --preset vertical --preset gif
    """
    from bot.cli.conversation import rendered

    if out is not None:
        _refuse_wrong_name(out, presets)
    run_to_end(rendered(presets, channel, as_json, out))


def _refuse_wrong_name(out: Path, presets: tuple[PresetName, ...]) -> None:
    """Look whether a film can get this name: rendering it may take long."""
    preset, *others = presets
    if others:
        raise click.BadParameter(
            "it is the name of one film: give one --preset, or leave --out away and take the "
            "films from where they are put.",
            param_hint="--out",
        )
    if out.suffix.lower() != (".gif" if preset == "gif" else ".mp4"):
        raise click.BadParameter(
            f"{out.name!r} does not fit the format {preset}: a GIF's name ends in .gif, a film's "
            "in .mp4.",
            param_hint="--out",
        )
    if not out.parent.is_dir():
        raise click.BadParameter(
            f"there is no folder {str(out.parent)!r}: make it first.", param_hint="--out"
        )


@cli.command()
@_channel
@as_json_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default=".",
    show_default=True,
    help="The folder to write into.",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["otio", "edl", "json", "srt", "vtt"]),
    help="Only this one; all of them unless one is named.",
)
def export(channel: str, as_json: bool, out: Path, wanted: "ExportFormat | None") -> None:
    """Write files for other programs.

    OpenTimelineIO, an EDL and JSON of the composition, and subtitles.

    \b
    Examples:
      chatkut export
      chatkut export --format srt
      chatkut export --channel launch --out ~/launch
    """
    from bot.cli.looking import export as write

    run_to_end(write(channel, as_json, out, wanted))


def _saying(name: str, text: str, help_text: str) -> None:
    """Add a command that says one fixed thing."""
    examples = f"\b\nExamples:\n  chatkut {name}\n  chatkut {name} --channel launch --json"

    @cli.command(name, help=f"{help_text}\n\n{examples}")
    @_channel
    @as_json_option
    def command(channel: str, as_json: bool) -> None:
        from bot.cli.conversation import one_message

        run_to_end(one_message(text, channel, (), None, as_json))


_saying("history", "/history", "Show who changed what, and when.")
_saying("undo", "/undo", 'Take back the last edit; `chatkut chat "undo 3"` goes further.')
_saying("redo", "/redo", "Do again what was undone last.")


@cli.command()
@_channel
@as_json_option
@_presets
def estimate(channel: str, as_json: bool, presets: tuple[PresetName, ...]) -> None:
    """Tell what a render would take, without rendering.

    \b
    Examples:
      chatkut estimate
      chatkut estimate --channel launch --preset vertical --json
    """
    from bot.cli.conversation import one_message

    run_to_end(one_message(f"/estimate {' '.join(presets)}", channel, (), None, as_json))


@cli.command(name="help")
def help_() -> None:
    """List what you can say, with examples.

    \b
    Examples:
      chatkut help
    """
    from bot.adapters.planners.offline.help import told

    click.echo(told())


@cli.command()
@click.argument("clips", nargs=-1, type=click.Path(path_type=Path))
@click.option("--talk/--no-talk", default=None, help="Go on at the prompt (if at a terminal).")
def demo(clips: tuple[Path, ...], talk: bool | None) -> None:
    """Play a whole conversation, up to a rendered film.

    It is about sample clips, or about your own CLIPS, in a data directory of its own.

    \b
    Examples:
      chatkut demo
      chatkut demo holiday.mp4 beach.mov
    """
    from bot.cli.demo import play

    run_to_end(play(clips, sys.stdin.isatty() if talk is None else talk))


for _command in (cost, budget, migrate, run, doctor, discord_sync, eval_):
    cli.add_command(_command)
