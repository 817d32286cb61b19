"""Checking: what `chatkut doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: how it went, and what to do where it failed."""

    name: str
    ok: bool
    text: str
    advice: str = ""
