"""Exporting: a composition as files that other programs open."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.engine.composition import Composition


@dataclass(frozen=True, slots=True)
class Exported:
    """Files that were written, and of what is not in them a sentence each."""

    files: tuple[Path, ...]
    left_out: tuple[str, ...]


class Exporter(Protocol):
    """Writes a composition for other programs; clips are referred to by their file names."""

    async def export(self, comp: Composition, name: str, into: Path) -> Exported:
        """Write files that begin with `name` into a folder, which is made if there is none.

        The same again replaces them; each appears whole or not at all.

        Raises:
            StoreFailed: The folder cannot be written.
        """
        ...
