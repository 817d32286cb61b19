"""Paths are kept relative to the data directory, so that it can be copied and moved."""

from pathlib import Path


def kept(path: Path, root: Path) -> str:
    """How a path is written down; one outside of the data directory stays as it is."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def found(text: str, root: Path) -> Path:
    """The path that was written down."""
    return root / text
