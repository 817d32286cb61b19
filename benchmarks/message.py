"""Times message → receipt on the embedded default: offline planner, SQLite, timeline picture.

Each message is a simple edit of a film of several clips, handled in one running process as the
prompt does it. Prints milliseconds at the median and the 95th percentile.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.adapters.process import ffmpeg_exe, run
from bot.app.terminal import opened
from bot.cli.conversation import said
from bot.config import Settings
from bot.ports import Message, Reply

ROUNDS = 12
EDITS = (
    "trim the first clip to 2 seconds",
    "make the second clip twice as fast",
    "add a title 'Hello' at the top for 2 seconds",
    "mute the last clip",
    "swap the first two clips",
    "undo",
    "undo",
    "undo",
    "undo",
    "undo",
)


class Silent:
    """A chat that drops what is posted, but counts receipts."""

    def __init__(self) -> None:
        self.receipts = 0

    async def post(self, message: Message, reply: Reply) -> None:  # noqa: ARG002
        self.receipts += reply.kind == "receipt"


async def clip(path: Path) -> Path:
    """Make a clip of six seconds."""
    source = "testsrc2=size=640x360:rate=30:duration=6"
    argv = [ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p"]
    await run([*argv, str(path)], timeout_seconds=60)
    return path


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds that something takes."""
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


async def measure(folder: Path) -> tuple[list[float], int]:
    """The times of all edits, and how many of them ended in a receipt."""
    chat = Silent()
    films = [await clip(folder / f"clip{n}.mp4") for n in range(3)]
    async with opened(Settings(data_dir=folder / "data"), chat) as app:
        await app.handle(said("", "bench", "anna", films))
        for text in EDITS:  # fonts and caches are warm in a running bot
            await app.handle(said(text, "bench", "anna"))
        chat.receipts = 0
        times = [
            await timed(lambda text=text: app.handle(said(text, "bench", "anna")))  # type: ignore[misc]
            for _ in range(ROUNDS)
            for text in EDITS
        ]
    return times, chat.receipts


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        times, receipts = asyncio.run(measure(Path(folder)))
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{len(times)} messages, {receipts} receipts")
    print(f"message → receipt: p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    main()
