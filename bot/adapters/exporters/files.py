"""The `Exporter` port: the files of all formats, written side by side."""

import asyncio
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from bot.adapters.exporters import edl
from bot.adapters.exporters.losses import losses
from bot.engine.composition import Composition
from bot.engine.layout import layout
from bot.ports import Exported, StoreFailed


class FilesExporter:
    """Writes OpenTimelineIO, the document, and an edit list and subtitles where there can be."""

    async def export(self, comp: Composition, name: str, into: Path) -> Exported:
        return await asyncio.to_thread(_export, comp, name, into)


def _export(comp: Composition, name: str, into: Path) -> Exported:
    from bot.adapters.exporters import subtitles
    from bot.adapters.exporters.otio import otio_text  # these take long to load

    film = layout(comp)
    texts = {f"{name}.otio": otio_text(film, name)}
    why_no_edl = edl.obstacle(film)
    if not why_no_edl:
        texts[f"{name}.edl"] = edl.edl_text(film, name)
    texts[f"{name}.json"] = comp.model_dump_json(indent=1)
    if subtitles.lines(film):
        texts |= {f"{name}.srt": subtitles.srt_text(film), f"{name}.vtt": subtitles.vtt_text(film)}
    left_out = (*((why_no_edl,) if why_no_edl else ()), *losses(film))
    try:
        into.mkdir(parents=True, exist_ok=True)
        return Exported(tuple(_written(into / key, text) for key, text in texts.items()), left_out)
    except OSError as error:
        raise StoreFailed(
            f"The export cannot be written to {into} ({error.strerror}): free some space, or make "
            "the folder writable."
        ) from error


def _written(path: Path, text: str) -> Path:
    """Write a file, which appears by rename; a draft that failed is taken away again."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return path
