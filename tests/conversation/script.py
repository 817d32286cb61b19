"""A conversation as data, and what came of it: the same wherever it is held."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from bot.engine.composition import Composition

PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Say:
    """Somebody says something, with files; so many posts answer it."""

    text: str = ""
    files: tuple[str, ...] = ()
    answers: int = 1


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody presses the button of the latest post whose label begins so."""

    label: str
    answers: int = 1


SCRIPT: tuple[Say | Press, ...] = (
    Say(files=("beach.mp4", "city.mp4"), answers=2),
    Say("trim the first clip to 1 second and call it opening"),
    Say("put “Hello & <welcome>” at the top for 1 second"),
    Say("crossfade between the clips for 0.2 seconds"),
    Say("make the clip black and white"),
    Press("“city”"),
    Say("undo"),
    Say("render preview"),
    Press("Render for", answers=2),
)
"""Two clips, three edits, one that could mean two things, an undo, and a film that costs money.

The film comes with a link, where browsers reach the place.
"""

KINDS = ("edit", "edit", "edit", "edit", "edit", "undo")


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as people see it, without what is a platform's own: signs and footers.

    `buttons` are labels; `id` and `values` are what a press refers to. `link` is what stands below.
    """

    id: str
    text: str
    buttons: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    link: str = ""


class Stage(Protocol):
    """A place where the conversation is held."""

    @property
    def channel(self) -> str:
        """ChatKut's name of it."""
        ...

    async def say(self, text: str, files: Sequence[tuple[str, bytes]] = ()) -> None:
        """Say something to ChatKut, in the way of people there."""
        ...

    async def press(self, post: Seen, label: str) -> None:
        """Press a button."""
        ...

    def posts(self) -> list[Seen]:
        """What ChatKut has said, progress apart, in the order in which it can be read."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """What came of a conversation: its revisions, and what was read."""

    revisions: tuple[tuple[str, Composition], ...]
    posts: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]


async def play(stage: Stage, files: dict[str, bytes]) -> None:
    """Hold the conversation; each line waits for the answers to the one before."""
    for step in SCRIPT:
        before = len(stage.posts())
        if isinstance(step, Say):
            await stage.say(step.text, [(name, files[name]) for name in step.files])
        else:
            await press(stage, step.label)
        await answered(stage, before + step.answers)


async def press(stage: Stage, label: str) -> None:
    """Press the button of the latest post whose label begins so."""
    post = stage.posts()[-1]
    (whole,) = [each for each in post.buttons if each.startswith(label)]
    await stage.press(post, whole)


async def answered(stage: Stage, count: int) -> list[Seen]:
    """Wait until so many posts are there, which are no more."""
    try:
        await until(lambda: len(stage.posts()) >= count)
    except TimeoutError:
        texts = [post.text for post in stage.posts()]
        raise AssertionError(f"{len(texts)} of {count} posts: {texts}") from None
    posts = stage.posts()
    assert len(posts) == count, [post.text for post in posts]
    return posts


async def until(look: Callable[[], object]) -> None:
    """Wait until a look finds something."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not look():  # noqa: ASYNC110 (threads and servers set no events)
            await asyncio.sleep(0.02)


def comparable(posts: Sequence[Seen]) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    """Posts without what differs each time: how long a film took, and the names of files.

    And without the button that a platform takes away when the film is over.
    """
    return tuple(
        (
            re.sub(r"Took .*", "Took …", post.text),
            tuple(button for button in post.buttons if button != "Cancel"),
            tuple(PurePath(name).suffix for name, _ in post.files),
        )
        for post in posts
    )
