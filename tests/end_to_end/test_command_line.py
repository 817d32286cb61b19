"""The program as a user starts it: real processes and files, the embedded default throughout."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import cli
from tests.media import sound, video, without_frames


@dataclass(frozen=True)
class Terminal:
    """Runs `chatkut` in a data directory."""

    data: Path

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CHATKUT_DATA_DIR": str(self.data), "CHATKUT_USER": "anna"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, status: int = 0) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == status, f"{out}\n{err}"
        return out + err

    def say(self, text: str, *files: Path, channel: str = "main", status: int = 0) -> list[Any]:
        attached = [word for path in files for word in ("--attach", str(path))]
        words = [text] if text else []
        out = self.run("chat", "--json", "--channel", channel, *attached, *words, status=status)
        replies = [json.loads(line) for line in out.splitlines()]
        return [reply for reply in replies if reply["kind"] != "progress"]

    def timeline(self, channel: str = "main") -> Any:
        return json.loads(self.run("timeline", "--json", "--channel", channel))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "data")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return video(tmp_path / "beach.mp4", seconds=3)


@pytest.mark.slow
def test_a_conversation_from_a_clip_to_a_film(
    terminal: Terminal, clip: Path, tmp_path: Path
) -> None:
    replies = terminal.say("trim it to 2 seconds and call it teaser", clip, channel="launch")
    assert [reply["kind"] for reply in replies] == ["clip", "receipt"]
    terminal.say("put “Hello 🌊 مرحبا” on it at the bottom for 1 second", channel="launch")
    terminal.say("add it as music", sound(tmp_path / "song.mp3", seconds=4), channel="launch")
    view = terminal.timeline("launch")
    assert [(i["type"], i["track"]) for i in view["items"]] == [
        ("video", "main"),
        ("text", "overlay"),
        ("audio", "audio"),
    ]
    assert view["items"][0]["label"] == "teaser"
    assert view["duration"] == 2
    assert view["items"][1]["text"] == "Hello 🌊 مرحبا"
    film = tmp_path / "launch film.mp4"
    terminal.run("render", "--channel", "launch", "--preset", "preview", "--out", str(film))
    assert film.read_bytes()[4:8] == b"ftyp"
    assert terminal.timeline("main")["items"] == []


def test_a_plan_is_shown_and_not_done(terminal: Terminal, clip: Path) -> None:
    terminal.say("", clip)
    shown = json.loads(terminal.run("plan", "--json", "trim it to 1 second"))
    assert shown["kind"] == "plan"
    assert shown["operations"][0]["action"] == "trim"
    assert shown["receipt"][0].startswith("Trimmed “beach” to 1.0 s")
    assert shown["timeline"]["duration"] == 1
    assert terminal.timeline()["duration"] == 3


def test_undo_redo_and_history_have_commands(terminal: Terminal, clip: Path) -> None:
    terminal.say("trim it to 1 second", clip)
    terminal.run("undo")
    assert terminal.timeline()["items"] == []
    terminal.run("redo")
    assert terminal.timeline()["duration"] == 1
    assert "anna: " in terminal.run("history")
    assert "$" in terminal.run("estimate")
    assert "Nothing was spent" in terminal.run("cost")


def test_the_exit_status_tells_errors_from_questions(terminal: Terminal, clip: Path) -> None:
    terminal.say("", clip, status=0)
    assert terminal.say("trim the wobbly gizmo", status=0)[0]["kind"] in ("question", "answer")
    terminal.say("", Path("missing.mp4"), status=1)
    terminal.run("chat", "--no-such-option", status=2)
    terminal.run("render", "--preset", "8k", status=2)


@pytest.mark.parametrize("name", ["text", "empty", "cut off", "no frames", "missing", "folder"])
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(
    terminal: Terminal, clip: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "bad.mp4"
    if name == "text":
        path.write_text("this is no film", encoding="utf-8")
    elif name == "empty":
        path.touch()
    elif name == "cut off":
        whole = video(tmp_path / "whole.mp4", seconds=1).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif name == "no frames":
        path = without_frames(path)
    elif name == "folder":
        path.mkdir()
    terminal.say("", clip)
    refused, undone = terminal.say("trim it to 1 second", path, status=1)
    assert (refused["kind"], undone["kind"]) == ("error", "answer")
    assert path.name in refused["text"]
    assert f"not all files came in ({path.name})" in undone["text"]
    assert terminal.timeline()["duration"] == 3


def test_a_copied_directory_is_a_copied_state(terminal: Terminal, clip: Path) -> None:
    terminal.say("trim it to 1 second", clip)
    terminal.run("render", "--preset", "preview")
    copy = Terminal(terminal.data.with_name("copy"))
    shutil.copytree(terminal.data, copy.data)
    shutil.rmtree(terminal.data)
    assert copy.timeline()["duration"] == 1
    (again,) = copy.say("/render preview")
    assert "nothing to pay" in again["text"]
    assert again["files"][0].startswith(str(copy.data))


def test_processes_that_edit_at_the_same_time_lose_nothing(terminal: Terminal, clip: Path) -> None:
    terminal.say("", clip)
    words = [f"add a title 'number {n}'" for n in range(4)]
    running = [terminal.start("chat", "--json", text) for text in words]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
    texts = {item["text"] for item in terminal.timeline()["items"]} - {None}
    assert texts == {f"number {n}" for n in range(4)}


@pytest.mark.slow
def test_a_killed_render_leaves_everything_whole(terminal: Terminal, tmp_path: Path) -> None:
    terminal.say("", video(tmp_path / "long.mp4", seconds=20, size="1280x720"))
    process = terminal.start("chat", "--json", "/render source")
    assert process.stdout is not None
    for line in process.stdout:
        if "rendering" in json.loads(line)["text"]:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    films = (terminal.data / "renders").glob("*/*.mp4")
    assert not list(films)
    assert terminal.timeline()["duration"] == 20
    (estimate, film) = terminal.say("/render preview")
    assert (estimate["kind"], film["kind"]) == ("estimate", "render")
    left = [path for path in (terminal.data / "renders").rglob("*") if path.is_file()]
    assert left == [Path(film["files"][0])]


def test_a_data_directory_that_cannot_be_used_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    terminal = Terminal(tmp_path / "file" / "data")
    (reply,) = terminal.say("hello", status=1)
    assert reply["kind"] == "error"
    assert "CHATKUT_DATA_DIR" in reply["text"]
    assert "CHATKUT_DATA_DIR" in terminal.run("timeline", status=1)


def test_a_wrong_setting_is_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATKUT_MAX_UPLOAD_MB", "lots")
    out = terminal.run("timeline", status=2)
    assert "CHATKUT_MAX_UPLOAD_MB" in out
    assert "Traceback" not in out


def test_nothing_to_copy_is_an_error(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("render", "--out", str(tmp_path / "film.mp4"), status=1)
    assert not (tmp_path / "film.mp4").exists()


def test_a_database_that_is_damaged_is_said_plainly(terminal: Terminal) -> None:
    terminal.data.mkdir()
    (terminal.data / "chatkut.sqlite").write_bytes(b"not a database " * 1000)
    out = terminal.run("timeline", status=1)
    assert "chatkut.sqlite" in out
    assert "Traceback" not in out


def test_odd_names_are_only_names(terminal: Terminal, tmp_path: Path) -> None:
    odd = video(tmp_path / "it's; rm -rf $HOME “x” %{pts} [bold].mp4", seconds=1)
    terminal.say("", odd)
    (item,) = terminal.timeline()["items"]
    assert item["label"] == "it's; rm -rf $HOME “x” %{pts} [bold]"
    assert "[bold]" in terminal.run("timeline")
    terminal.run("render", "--preset", "preview")


def test_lines_from_a_pipe_are_messages(terminal: Terminal, clip: Path) -> None:
    terminal.say("", clip)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat", "--json"],
        input="trim it to 2 seconds\nundo\n",
        env=terminal.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == ["receipt", "receipt"]
    assert terminal.timeline()["duration"] == 3


def test_every_command_has_help_with_an_example(terminal: Terminal) -> None:
    assert "chatkut chat" in terminal.run("--help")
    for command in cli.commands:
        assert "Examples:" in terminal.run(command, "--help")
    assert "trim" in terminal.run("help")
    assert terminal.run("--version").startswith("ChatKut")


def test_the_doctor_finds_nothing_wrong_here(terminal: Terminal) -> None:
    findings = json.loads(terminal.run("doctor", "--json"))
    assert {finding["name"] for finding in findings} >= {"Python", "encoder", "database", "fonts"}
    assert all(finding["ok"] for finding in findings)


def test_a_render_of_nothing_is_no_success(terminal: Terminal) -> None:
    assert "nothing to render" in terminal.run("render", "--channel", "empty", status=1)
