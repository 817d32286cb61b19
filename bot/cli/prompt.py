"""The prompt: history, suggestions from it, and completion of commands and file names."""

from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory

_COMMANDS = {
    "/attach": "drop clips: /attach beach.mp4 song.mp3",
    "/channel": "go to another channel",
    "/render": "make the film: /render 720p gif",
    "/cancel": "stop the films that are being made",
    "/export": "files for other programs",
    "/undo": "take back the last edit",
    "/redo": "do it again",
    "/history": "who did what",
    "/timeline": "show the timeline",
    "/estimate": "what rendering will take",
    "/cost": "what this month has cost",
    "/budget": "what may be spent in a month",
    "/settings": "what holds in this channel",
    "/help": "what you can say",
    "/quit": "leave",
}


class Prompt:
    """Reads lines from a person; the history is kept in a file."""

    def __init__(self, history: Path) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=FileHistory(str(history)),
            auto_suggest=AutoSuggestFromHistory(),
            completer=_Completer(),
            complete_while_typing=True,
        )

    async def read(self, channel: str) -> str | None:
        """Read a line; empty on Ctrl-C, None at the end of input."""
        question = FormattedText([("ansicyan bold", f"#{channel}"), ("", " › ")])
        try:
            line = await self._session.prompt_async(question)
        except KeyboardInterrupt:
            return ""
        except EOFError:
            return None
        return line.strip()


class _Completer(Completer):
    """Completes slash commands, and file names behind /attach."""

    def __init__(self) -> None:
        self._paths = PathCompleter(expanduser=True)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        text = document.text_before_cursor
        if text.startswith("/attach "):
            word = text.rpartition(" ")[2]
            yield from self._paths.get_completions(Document(word), complete_event)
        elif text.startswith("/") and " " not in text:
            for name, meaning in _COMMANDS.items():
                if name.startswith(text):
                    yield Completion(name, start_position=-len(text), display_meta=meaning)
