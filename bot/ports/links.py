"""Links: addresses of our own pages, each of which opens one thing and nothing else."""

from typing import Protocol

from bot.ports.talk import Message


class Links(Protocol):
    """Makes addresses that cannot be guessed or altered."""

    def film(self, render_id: str) -> str:
        """Where a film is downloaded, for as long as it is kept."""
        ...

    def share(self, channel: str) -> str:
        """The page that shows a channel's composition to whoever has the address; it expires."""
        ...

    def upload(self, message: Message) -> str:
        """The page where whoever sent this message gives files to its channel; it expires.

        The same message gives the same page; files that arrive there are answered in its thread.
        """
        ...
