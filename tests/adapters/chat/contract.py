"""What the contract suite needs of a platform: a chat adapter, and a loopback site to watch it by.

To have an adapter checked, write an async context manager that yields a `Platform`, and add it to
`PLATFORMS` in `test_chat_contract.py`.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.ports import Address, Attachment, Chat

MOST_BYTES = 1_000_000  # what the platform's `Downloads` must be limited to


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as people see it: buttons as (label, value), files by name."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()


class Platform(Protocol):
    """A chat adapter that talks to a loopback site."""

    @property
    def chat(self) -> Chat: ...

    @property
    def to(self) -> Address:
        """A place where the bot may post."""
        ...

    def seen(self) -> list[Seen]:
        """What people see there, in order."""
        ...

    def lose_answer(self) -> None:
        """Make the next post, and lose the answer to it."""
        ...

    def be_busy(self, seconds: int) -> None:
        """Tell whoever asks next to come again after so many seconds."""
        ...

    def refuse(self) -> None:
        """Take nothing more from the bot, for good: it was removed from the place."""
        ...

    def attach(self, name: str, data: bytes) -> Attachment:
        """A file that somebody sent."""
        ...

    def attach_gone(self) -> Attachment:
        """One that was deleted meanwhile."""
        ...

    def attach_login_page(self) -> Attachment:
        """One in whose place the site shows a page to log in."""
        ...
