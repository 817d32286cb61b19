"""The commands in the help of `chatkut`: by what they are for, not by the alphabet."""

from collections.abc import Mapping

import click

_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "To begin with": ("demo", "chat", "help", "doctor"),
    "Edit and render": ("render", "export", "undo", "redo"),
    "Look": ("timeline", "history", "plan", "estimate"),
    "Money": ("cost", "budget"),
    "Run it for others": ("run", "discord-sync", "migrate", "eval"),
}


class Sections(click.Group):
    """A group whose help lists the commands in sections, each with its whole first sentence."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        widest = max(map(len, self.commands))
        for title, names in _SECTIONS.items():
            with formatter.section(title):
                rows = [(name.ljust(widest), self._told(name)) for name in names]
                formatter.write_dl(rows)

    def _told(self, name: str) -> str:
        return self.commands[name].get_short_help_str(limit=200)
