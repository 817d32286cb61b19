"""Exports: the composition as files that editing programs open."""

from pathlib import Path

from bot.handlers.render import meant_film
from bot.handlers.services import Services
from bot.ports import Command, ExportFormat, Head, Reply, Turn, folder_of

_USES = {
    ".otio": "the whole timeline; DaVinci Resolve opens it (File › Import › Timeline)",
    ".edl": "the cuts of the main track; Premiere Pro, Media Composer and Resolve take it",
    ".json": "the composition itself, for your own programs",
    ".srt": "the captions, for YouTube, Vimeo and most players and editing programs",
    ".vtt": "the captions, for web pages",
}
_RELINK = (
    "They refer to clips by file name: put the originals into one folder and point the program to "
    "it. Times are counted from the first frame of each file."
)
_SUBTITLES = {".srt", ".vtt"}
_NO_CAPTIONS = "There are no captions to export: say “add captions” first."
_EMPTY = Turn(replies=(Reply("answer", "There is nothing to export yet: drop a clip first."),))


async def exported(command: Command, channel: str, head: Head, services: Services) -> Turn:
    """Answer with the files of a revision.

    Raises:
        InvalidEdit: There is no such revision.
        StoreFailed: The files cannot be written.
    """
    film = await meant_film(command, channel, head, services)
    if not film.comp.items:
        return _EMPTY
    into = services.exports_dir / folder_of(channel)
    return Turn(replies=(await export_card(film, into, services, command.format),))


async def export_card(
    film: Head, into: Path, services: Services, wanted: ExportFormat | None = None
) -> Reply:
    """Write the files of a revision into a folder, and tell what each is for.

    Where the one that is wanted cannot be made, the others come with the reason.

    Raises:
        StoreFailed: They cannot be written.
    """
    made = await services.exporter.export(film.comp, f"film-r{film.revision}", into)
    files = tuple(path for path in made.files if path.suffix == f".{wanted}")
    if not files and f".{wanted}" in _SUBTITLES:
        return Reply("answer", _NO_CAPTIONS)
    files = files or made.files
    whole = not {path.suffix for path in files} <= _SUBTITLES
    what = "The film" if whole else "The captions"
    lines = [f"{what} as of edit #{film.revision}, as files for other programs:"]
    lines += [f"{path.name}: {_USES[path.suffix]}." for path in files]
    if whole:
        lines.append(_RELINK)
    if whole and made.left_out:
        lines.append(f"Not in them: {'; '.join(made.left_out)}.")
    return Reply("answer", "\n".join(lines), files=files, revision=film.revision)
