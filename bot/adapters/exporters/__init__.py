"""Compositions as files for other programs: `FilesExporter`, one module for each format."""

from bot.adapters.exporters.files import FilesExporter

__all__ = ["FilesExporter"]
