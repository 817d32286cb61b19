"""The terminal as a chat: replies in colour with live progress bars, or one JSON object a line."""

import json
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from bot.ports import Message, Progress, Reply

_STYLE = {
    "receipt": ("✓", "green"),
    "question": ("?", "yellow"),
    "answer": ("·", "cyan"),
    "error": ("✗", "bold red"),
    "clip": ("▣", "magenta"),
    "estimate": ("$", "blue"),
    "render": ("▶", "bold green"),
    "progress": ("", "dim"),
}
_PLAIN_STEPS = 4


class TerminalChat:
    """Shows replies to a person. `failed` tells whether any of them was an error."""

    def __init__(self, console: Console) -> None:
        self.failed = False
        self._console = console
        self._live: Live | None = None
        self._shown: tuple[str, int] | None = None

    async def post(self, message: Message, reply: Reply) -> None:
        self.failed |= reply.kind == "error"
        if reply.progress is None:
            self.quiet()
            self._print(reply)
        elif self._console.is_terminal:
            self._move(reply)
        else:
            self._step(reply, reply.progress)

    def quiet(self) -> None:
        """Take the progress bar away."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._shown = None

    def _print(self, reply: Reply) -> None:
        sign, style = _STYLE[reply.kind]
        for number, line in enumerate(reply.text.splitlines() or [""]):
            # Text, not markup: what people and files are called is never interpreted.
            head = (f"  {sign if number == 0 else ' '} ", style)
            self._console.print(Text.assemble(head, line), soft_wrap=True)
        if reply.link:
            self._console.print(Text(f"    {reply.link}", style="underline"), soft_wrap=True)
        for path in reply.files:
            self._console.print(Text(f"    → {path}", style="dim"), soft_wrap=True)
        if reply.choices:
            self._console.print(Text(f"    {_buttons(reply)}", style="bold"), soft_wrap=True)

    def _move(self, reply: Reply) -> None:
        line = Text(f"    {reply.text}", style="cyan")
        if self._live is None:
            self._live = Live(line, console=self._console, transient=True, refresh_per_second=8)
            self._live.start()
        self._live.update(line)

    def _step(self, reply: Reply, progress: Progress) -> None:
        """Without a terminal to draw on, print a line at every quarter of each stage."""
        step = (progress.stage, int(progress.fraction * _PLAIN_STEPS))
        if step != self._shown:
            self._console.print(Text(f"    {reply.text}"), soft_wrap=True)
            self._shown = step


def _buttons(reply: Reply) -> str:
    if reply.kind != "question":
        return "  ".join(f"[{choice.label}: {choice.text}]" for choice in reply.choices)
    return "   ".join(f"{n}. {choice.label}" for n, choice in enumerate(reply.choices, 1))


class JsonChat:
    """Writes one JSON object for each reply."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.failed = False
        self._out = out

    async def post(self, message: Message, reply: Reply) -> None:
        self.failed |= reply.kind == "error"
        self._out.write(json.dumps(_plain(reply), ensure_ascii=False) + "\n")
        self._out.flush()

    def quiet(self) -> None:
        """There is no progress bar here."""


def _plain(reply: Reply) -> dict[str, Any]:
    return {
        "kind": reply.kind,
        "text": reply.text,
        "choices": [{"label": choice.label, "text": choice.text} for choice in reply.choices],
        "files": [str(path) for path in reply.files],
        "revision": reply.revision,
        "cost_usd": reply.cost_usd,
        "link": reply.link,
    }
