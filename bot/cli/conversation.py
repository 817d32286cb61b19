"""Speaking to the app: one message from a script, or a conversation at a prompt."""

import asyncio
import shlex
import shutil
import signal
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import click
from rich.console import Console

from bot.adapters.chat.terminal import JsonChat, TerminalChat
from bot.app.terminal import App, opened
from bot.config import Settings, misspelt
from bot.ports import Attachment, Message, Reply, StoreFailed

_GREETING = "Drop clips with /attach, say what you want, “help” lists it. Ctrl-D leaves."


class TerminalLike(Protocol):
    """What the command line needs of a chat beyond posting."""

    failed: bool

    async def post(self, message: Message, reply: Reply) -> None: ...

    def quiet(self) -> None: ...


@dataclass
class Overheard:
    """A chat that also remembers which films were posted, each copied to `out` first."""

    chat: TerminalLike
    out: Path | None = None
    films: list[Reply] = field(default_factory=list)

    async def post(self, message: Message, reply: Reply) -> None:
        if reply.kind == "render":
            if self.out is not None:
                await asyncio.to_thread(_copy, reply.files[0], self.out)
                reply = replace(reply, files=(self.out,))
            self.films.append(reply)
        await self.chat.post(message, reply)


def chat_for(as_json: bool) -> TerminalLike:
    """The chat that prints replies: as JSON for scripts, in colour for people."""
    return JsonChat() if as_json else TerminalChat(Console(highlight=False))


def said(text: str, channel: str, author: str, files: Sequence[Path] = ()) -> Message:
    """Something said at the terminal, whatever bytes were typed."""
    return Message(
        id=uuid.uuid4().hex,
        channel=f"terminal:{channel}",
        author=author,
        text=text.encode(errors="replace").decode(),
        attachments=tuple(Attachment(path.name, str(path)) for path in files),
        admin=True,
    )


async def rendered(presets: Sequence[str], channel: str, as_json: bool, out: Path | None) -> bool:
    """Have the films made, a single one copied to `out`; return whether there is each."""
    overheard = Overheard(chat_for(as_json), out)
    request = f"/render {' '.join(presets)} confirmed"
    well = await _said_once(request, channel, (), None, overheard)
    if well and out is not None and not overheard.films:
        raise StoreFailed(f"Nothing was rendered, so there is no {out}.")
    return well and len(overheard.films) >= len(set(presets))


async def one_message(
    text: str, channel: str, files: Sequence[Path], author: str | None, as_json: bool
) -> bool:
    """Say one thing; return whether it was handled without an error."""
    return await _said_once(text, channel, files, author, Overheard(chat_for(as_json)))


async def _said_once(
    text: str,
    channel: str,
    files: Sequence[Path],
    author: str | None,
    overheard: Overheard,
) -> bool:
    settings = _told_settings()
    message = said(text, channel, author or settings.user, files)
    try:
        async with opened(settings, overheard) as app:
            await app.handle(message)
    except StoreFailed as error:
        await overheard.post(message, Reply("error", str(error)))
        return False
    return not overheard.chat.failed


def _told_settings() -> Settings:
    """The settings; of those that are misspelt, a line is written beside the answers."""
    settings = Settings()
    if wrong := " ".join(misspelt()):
        click.echo(f"chatkut: {wrong}", err=True)
    return settings


def _copy(film: Path, out: Path) -> None:
    part = out.with_name(f".{out.name}.{uuid.uuid4().hex}")
    try:
        shutil.copyfile(film, part)
        part.replace(out)
    except OSError as error:
        raise StoreFailed(f"The film is at {film}, but {out}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink()


async def prompt(channel: str, author: str | None, as_json: bool) -> bool:
    """Talk at a prompt until the end of input; from a pipe, every line is a message."""
    settings = _told_settings()
    chat = chat_for(as_json)
    who = author or settings.user
    async with opened(settings, chat) as app:
        if sys.stdin.isatty():
            await talk(app, chat, settings, channel, who)
            return True
        for line in sys.stdin:
            words, files = attachments_in(line.strip())
            if words or files:
                await app.handle(said(words, channel, who, files))
    return not chat.failed


async def talk(app: App, chat: TerminalLike, settings: Settings, channel: str, author: str) -> None:
    """Read lines at the prompt and answer them; Ctrl-C cancels the work, not the program."""
    from bot.cli.prompt import Prompt

    print_line = Console(highlight=False).print
    print_line(_GREETING, style="dim")
    line_editor = Prompt(settings.data_dir.expanduser() / "prompt-history")
    while (line := await line_editor.read(channel)) is not None:
        words, files = attachments_in(line)
        if words.startswith("/channel "):
            channel = words.split(maxsplit=1)[1].replace(":", "-").strip() or channel
        elif words in ("/quit", "/exit"):
            return
        elif words or files:
            await _interruptible(app, chat, said(words, channel, author, files))


async def _interruptible(app: App, chat: TerminalLike, message: Message) -> None:
    loop = asyncio.get_running_loop()
    work = asyncio.ensure_future(app.handle(message))
    loop.add_signal_handler(signal.SIGINT, work.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await work
        if work.cancelled():
            await chat.post(message, Reply("answer", "Cancelled; what was kept before stays kept."))
    finally:
        chat.quiet()
        loop.remove_signal_handler(signal.SIGINT)


def attachments_in(line: str) -> tuple[str, list[Path]]:
    """Read a line: "/attach a.mp4 b.mov trim the first" is two files and some words.

    A line that is nothing but the path of a file (dragged into the terminal) is that file.
    """
    if not line.startswith("/attach"):
        path = _file(line)
        return ("", [path]) if path else (line, [])
    try:
        words = shlex.split(line)[1:]
    except ValueError:  # an apostrophe in the words is no quote
        words = line.split()[1:]
    files: list[Path] = []
    for word in words:
        if not (path := _file(word)) and (files or not _looks_like_path(word)):
            break
        files.append(path or Path(word))
    return " ".join(words[len(files) :]), files


def _looks_like_path(word: str) -> bool:
    return "/" in word or "." in word.strip(".")


def _file(word: str) -> Path | None:
    path = Path(word.strip().strip("'\"")).expanduser()
    with suppress(OSError, ValueError):
        return path if path.is_file() else None
    return None
