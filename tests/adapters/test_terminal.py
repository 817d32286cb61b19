import io
import json
from pathlib import Path

from rich.console import Console

from bot.adapters.chat.terminal import JsonChat, TerminalChat
from bot.ports import Choice, Message, Progress, Reply

MESSAGE = Message("m1", "terminal:test", "anna", "hello")


def shown(*replies: Reply, terminal: bool = False) -> str:
    out = io.StringIO()
    chat = TerminalChat(Console(file=out, force_terminal=terminal, width=60))
    for reply in replies:
        post(chat, reply)
    chat.quiet()
    return out.getvalue()


def post(chat: TerminalChat | JsonChat, reply: Reply) -> None:
    coroutine = chat.post(MESSAGE, reply)
    try:
        coroutine.send(None)
    except StopIteration:
        return


def test_a_reply_shows_its_words_files_and_choices() -> None:
    text = shown(
        Reply("question", "Which one?", (Choice("first", "a"), Choice("second", "b"))),
        Reply("render", "Rendered", files=(Path("film.mp4"),), link="https://a.example/r/1"),
    )
    assert "https://a.example/r/1" in text
    assert "? Which one?" in text
    assert "1. first   2. second" in text
    assert "→ film.mp4" in text


def test_what_people_write_is_never_taken_for_markup() -> None:
    assert "[bold]x[/bold] [link=http://a]" in shown(
        Reply("receipt", "Added “[bold]x[/bold] [link=http://a]”")
    )


def test_without_a_terminal_progress_is_a_line_a_quarter() -> None:
    steps = [
        Reply("progress", f"{n} %", progress=Progress("rendering", n / 100)) for n in range(100)
    ]
    assert shown(*steps).split() == ["0", "%", "25", "%", "50", "%", "75", "%"]


def test_on_a_terminal_the_bar_is_gone_when_the_next_reply_comes() -> None:
    progress = Reply("progress", "50 %", progress=Progress("rendering", 0.5))
    text = shown(progress, Reply("render", "Rendered"), terminal=True)
    erase_line = "\x1b[2K"
    assert text.index("50 %") < text.index(erase_line) < text.index("Rendered")


def test_json_has_one_object_a_line_with_every_documented_field() -> None:
    out = io.StringIO()
    chat = JsonChat(out)
    reply = Reply("receipt", "naïve\ntext", (Choice("Undo", "/undo"),), (Path("a.png"),), 3, 0.01)
    post(chat, reply)
    assert json.loads(out.getvalue()) == {
        "kind": "receipt",
        "text": "naïve\ntext",
        "choices": [{"label": "Undo", "text": "/undo"}],
        "files": ["a.png"],
        "revision": 3,
        "cost_usd": 0.01,
        "link": "",
    }
    assert out.getvalue().count("\n") == 1


def test_an_error_is_remembered_for_the_exit_status() -> None:
    chat = JsonChat(io.StringIO())
    post(chat, Reply("question", "?"))
    assert not chat.failed
    post(chat, Reply("error", "no"))
    assert chat.failed
