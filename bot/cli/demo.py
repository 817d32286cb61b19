"""`chatkut demo`: a whole conversation on real clips, ending in a rendered film."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.app.terminal import App, opened
from bot.cli.conversation import Overheard, chat_for, said, talk
from bot.cli.samples import Samples, make_samples
from bot.config import Settings
from bot.engine.layout import Timeline, layout

_CHANNEL = "demo"
_AUTHOR = "anna"
_TRIMMED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Line:
    """Something that is said, and what is dropped with it."""

    text: str
    files: tuple[Path, ...] = ()


async def play(clips: Sequence[Path], go_on: bool) -> bool:
    """Play the conversation in a data directory of its own; go on at the prompt if wanted.

    Returns whether every message was handled without an error.
    """
    console = Console(highlight=False)
    folder = Settings().data_dir.expanduser() / "demo"
    console.print(Text("Making sample clips, music and a logo …", style="dim"))
    samples = await make_samples(folder / "samples")
    settings = Settings(data_dir=folder / "data")
    chat = chat_for(as_json=False)
    overheard = Overheard(chat)
    async with opened(settings, overheard) as app:
        channel = await _fresh(app)
        say = partial(_say, app, console, channel)
        started = time.monotonic()
        await say(_Line("", tuple(clips) or samples.clips))
        film = layout((await app.services.conversations.head(f"terminal:{channel}")).comp)
        if not film.main:
            console.print(Text("The demo needs at least one video clip.", style="bold red"))
            return False
        for line in _script(film, samples):
            await say(line)
        took = time.monotonic() - started
        console.print(Text(f"\nThe conversation took {took:.0f} s.", style="dim"))
        _show_film(overheard, console)
        if go_on:
            await talk(app, chat, settings, channel, settings.user)
    return not chat.failed and bool(overheard.films)


async def _fresh(app: App) -> str:
    """A channel that nothing was said in: earlier demos, and what came of them, are kept."""
    for name in (_CHANNEL if number == 1 else f"{_CHANNEL}-{number}" for number in count(1)):
        if not (await app.services.conversations.head(f"terminal:{name}")).revision:
            return name
    raise AssertionError  # the numbers never end


async def _say(app: App, console: Console, channel: str, line: _Line) -> None:
    """Show what is being said, as the chat would, and let it be answered."""
    files = "".join(f"[{path.name}] " for path in line.files)
    console.print(Text(f"\n#{channel} ", "cyan"), Text(f"{_AUTHOR} › ", "bold"), end="")
    console.print(Text(files, "magenta") + Text(line.text))
    await app.handle(said(line.text, channel, _AUTHOR, line.files))


def _show_film(overheard: Overheard, console: Console) -> None:
    for reply in overheard.films[-1:]:
        console.print(Text(reply.text.partition(". ")[0], "bold green"))
        console.print(Text(str(reply.files[0])), soft_wrap=True)


def _script(film: Timeline, samples: Samples) -> Iterator[_Line]:
    """What is said after the clips were dropped, for as many and as long clips as there are."""
    first, last = film.main[0], film.main[-1]
    seconds = film.canvas.fps.seconds
    trimmed = min(_TRIMMED_SECONDS, round(seconds(first.frames) / 2, 1))
    yield _Line(f"trim the first clip to {trimmed:g} seconds and call it opening")
    yield _Line("put “A day by the sea” on it at the bottom for 3 seconds and fade the text in")
    if first is not last:
        yield _Line("swap the last two clips")
        yield _Line("could you make the second clip 1.5x faster?")
        yield _Line("crossfade between all clips for half a second")
    yield _Line("use this as background music at 40%, ducked", (samples.music,))
    yield _Line("put this logo in the top right corner for the whole video", (samples.logo,))
    yield _Line("make the last clip black and white")
    yield _Line("hm, no. undo")
    yield _Line("how long is it now?")
    yield _Line("great, render it in 720p please")
