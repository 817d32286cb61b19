"""Looking without touching: the timeline, and what a message would do."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.app.terminal import App, opened
from bot.cli.conversation import chat_for, said
from bot.config import Settings
from bot.engine.layout import Timeline, layout
from bot.engine.timebase import timecode
from bot.engine.view import timeline_view
from bot.handlers.export import export_card
from bot.handlers.picture import draw
from bot.handlers.preview import Preview, preview
from bot.ports import ExportFormat, Head, StoreFailed


async def show_timeline(channel: str, as_json: bool, png: Path | None) -> bool:
    """Print the composition as JSON or a table, and draw it where a path is given."""
    async with opened(Settings(), chat_for(as_json)) as app:
        head = await app.services.conversations.head(said("", channel, "").channel)
        is_empty = not head.comp.items
        if png is not None and not is_empty:
            await draw(head.comp, head, png, app.services)
        if as_json:
            _print_json(_viewed(layout(head.comp), head.revision, app))
        elif is_empty:
            _print_line(f"Nothing here yet in “{channel}”: drop a clip.")
        elif png is None:
            _print_table(layout(head.comp), head)
        else:
            _print_line(str(png))
    return True


async def export(
    channel: str, as_json: bool, folder: Path, wanted: ExportFormat | None = None
) -> bool:
    """Write the composition into a folder for other programs, in all formats or a wanted one.

    Raises:
        StoreFailed: There is nothing to write, or no way to.
    """
    chat = chat_for(as_json)
    async with opened(Settings(), chat) as app:
        message = said("/export", channel, "")
        head = await app.services.conversations.head(message.channel)
        if not head.comp.items:
            raise StoreFailed("There is nothing to export yet: drop a clip first.")
        await chat.post(message, await export_card(head, folder, app.services, wanted))
    return True


async def show_plan(text: str, channel: str, as_json: bool) -> bool:
    """Print what a message would do."""
    settings = Settings()
    async with opened(settings, chat_for(as_json)) as app:
        message = said(text, channel, settings.user)
        seen = await preview(message, app.services)
        if as_json:
            _print_json(_planned(seen, app))
        else:
            console = Console(highlight=False)
            for line in seen.lines:
                console.print(Text(line), soft_wrap=True)
            for number, choice in enumerate(seen.choices, 1):
                console.print(Text(f"  {number}. {choice.label}"), soft_wrap=True)
    return True


def _planned(seen: Preview, app: App) -> dict[str, Any]:
    is_plan = seen.kind == "plan"
    return {
        "kind": seen.kind,
        "text": "\n".join(seen.lines),
        "choices": [{"label": choice.label, "text": choice.text} for choice in seen.choices],
        "operations": [operation.model_dump(mode="json") for operation in seen.operations],
        "receipt": list(seen.lines) if is_plan else [],
        "timeline": _viewed(seen.timeline, seen.revision, app),
    }


def _viewed(timeline: Timeline, revision: int, app: App) -> Mapping[str, Any]:
    return timeline_view(timeline, revision, app.services.pictures.sizes(timeline))


def _print_json(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201  this is the output


def _print_line(line: str) -> None:
    Console(highlight=False).print(Text(line), soft_wrap=True)


def _print_table(timeline: Timeline, head: Head) -> None:
    canvas = timeline.canvas
    table = Table(
        title=f"revision {head.revision} · {timecode(timeline.seconds)} · "
        f"{canvas.width}×{canvas.height} · {float(canvas.fps.value):.5g} fps",
        title_justify="left",
    )
    for name in ("track", "#", "id", "label", "type", "start", "end"):
        table.add_column(name, justify="right" if name in ("#", "start", "end") else "left")
    for placed in timeline.placed:
        times = (timecode(canvas.fps.seconds(frame)) for frame in (placed.start, placed.end))
        item = placed.item
        row = [placed.track, str(placed.index + 1), item.id, item.label, item.type, *times]
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
