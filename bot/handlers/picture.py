"""The timeline as a picture and as words."""

import uuid
from pathlib import Path

from bot.engine.composition import Composition
from bot.engine.history import Diff
from bot.engine.layout import Placed, Timeline, layout
from bot.engine.timebase import length, timecode
from bot.handlers.services import Services
from bot.ports import AdapterError, Head, Reply, Turn, folder_of


async def timeline(channel: str, head: Head, services: Services) -> Turn:
    """Answer with the timeline as it stands."""
    files = await picture(channel, head.comp, head, services)
    text = "\n".join(described(layout(head.comp)))
    return Turn(replies=(Reply("answer", text, files=files, revision=head.revision),))


async def picture(
    channel: str, before: Composition, after: Head, services: Services
) -> tuple[Path, ...]:
    """Draw a revision with what changed highlighted; none where it cannot be drawn.

    An edit that was kept is not an error because its picture failed.
    """
    # A name of its own: somebody else may be drawing another revision of the same number.
    name = f"r{after.revision}-{uuid.uuid4().hex[:8]}.png"
    out = services.pictures_dir / folder_of(channel) / name
    try:
        await draw(before, after, out, services)
    except AdapterError:
        return ()
    return (out,)


async def draw(before: Composition, after: Head, out: Path, services: Services) -> None:
    """Draw a revision into a file.

    Raises:
        StoreFailed: The file cannot be written.
    """
    clips = {item.clip for item in after.comp.items.values() if item.type in ("video", "image")}
    media = {key: await services.media.looks(after.comp.clips[key].sha256) for key in clips}
    changed = frozenset(Diff.between(before, after.comp).items)
    await services.pictures.timeline(layout(after.comp), media, changed, out)


def described(film: Timeline) -> list[str]:
    """The timeline in words, a line for each item."""
    if not film.placed:
        return ["The timeline is empty: drop a clip to begin."]
    canvas = film.canvas
    head = (
        f"{timecode(film.seconds)} long, {canvas.width}×{canvas.height}, "
        f"{float(canvas.fps.value):.5g} fps"
    )
    return [head, *(_line(placed, film) for placed in film.placed)]


def _line(placed: Placed, film: Timeline) -> str:
    start, end = (film.canvas.fps.seconds(frame) for frame in (placed.start, placed.end))
    number = f"{placed.index + 1}." if placed.track == "main" else "+"
    span = f"{timecode(start)}–{timecode(end)}"
    return f"{number} “{placed.item.label}” {placed.item.type}, {span} ({length(end - start)})"
