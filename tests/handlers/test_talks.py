"""Whole conversations with the built-in rules, from dropped clips to the finished film."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.offline.planner import OfflinePlanner
from tests.handlers.conftest import Channel
from tests.media import picture, sound, video

TALKS = Path(__file__).with_name("talks.txt")


@dataclass
class Talk:
    """What is dropped, and what is said and answered."""

    name: str
    files: list[tuple[str, float]] = field(default_factory=list)
    said: list[tuple[str, list[str]]] = field(default_factory=list)


def talks() -> list[Talk]:
    """Read `talks.txt`: “## name”, “@ file seconds, …”, “> message”, “= line of the answer”."""
    found: list[Talk] = []
    for line in TALKS.read_text(encoding="utf-8").splitlines():
        mark, _, text = line.partition(" ")
        if mark == "##":
            found.append(Talk(text))
        elif mark == "@":
            pairs = (pair.split() for pair in text.split(","))
            found[-1].files = [(name, float(seconds)) for name, seconds in pairs]
        elif mark == ">":
            found[-1].said.append((text, []))
        elif mark == "=":
            found[-1].said[-1][1].append(text)
    return found


def made(path: Path, seconds: float) -> Path:
    """A file of the kind that its name tells."""
    if path.suffix == ".png":
        return picture(path)
    if path.suffix in (".mp3", ".m4a"):
        return sound(path, seconds=seconds)
    return video(path, seconds=seconds)


@pytest.mark.parametrize("talk", talks(), ids=lambda talk: talk.name)
async def test_a_conversation_goes_as_its_author_expects(
    talk: Talk, channel: Channel, tmp_path: Path
) -> None:
    channel.set(planner=CarefulPlanner(OfflinePlanner()))
    await channel.say("", *(made(tmp_path / name, seconds) for name, seconds in talk.files))
    for text, expected in talk.said:
        replies = await channel.say(text)
        assert [line for reply in replies for line in reply.text.splitlines()] == expected, text
