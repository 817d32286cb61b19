"""One conversation, held everywhere: the same revisions, the same receipts, the same film."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.conversation import stages
from tests.conversation.script import KINDS, Held, Stage, comparable, play
from tests.conversation.stack import Stack, revisions

PLACES: dict[str, Callable[[Path], AbstractAsyncContextManager[tuple[Stage, Stack]]]] = {
    "slack-socket": stages.slack,
    "slack-http": partial(stages.slack, http=True),
    "discord": stages.discord,
    "bridge": stages.bridge,
}
ALWAYS_ASK = {"confirm_over_usd": 0}


@pytest.fixture(scope="module")
def at_the_terminal(tmp_path_factory: pytest.TempPathFactory, clips: dict[str, bytes]) -> Held:
    """What the conversation leads to at a prompt."""
    return asyncio.run(_at_the_terminal(tmp_path_factory.mktemp("terminal"), clips))


async def _at_the_terminal(root: Path, clips: dict[str, bytes]) -> Held:
    async with stages.terminal(root, **ALWAYS_ASK) as stage:
        await play(stage, clips)
        return Held(await revisions(root, stage.channel), comparable(stage.posts()))


def test_the_conversation_leads_to_a_film(at_the_terminal: Held) -> None:
    assert tuple(kind for kind, _ in at_the_terminal.revisions) == KINDS
    comps = [comp for _, comp in at_the_terminal.revisions]
    assert comps[-1] == comps[-3]
    said, _, files = at_the_terminal.posts[-1]
    assert said.startswith("Rendered (preview): 0:02.8 long, 640×360")
    assert files == (".mp4",)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
async def test_it_is_the_same_on_every_platform(
    place: str, root: Path, clips: dict[str, bytes], at_the_terminal: Held
) -> None:
    async with (
        PLACES[place](root) as (stage, stack),
        stack.running(**ALWAYS_ASK, public_url=stack.url),
    ):
        await play(stage, clips)
        posts = stage.posts()
        found = Held(await stack.revisions(stage.channel), comparable(posts))
        linked = await opened(posts[-1].link)
    assert found.posts == at_the_terminal.posts
    assert found.revisions == at_the_terminal.revisions
    [(_, film)] = posts[-1].files
    assert film == linked == next((root / "renders").rglob("*.mp4")).read_bytes()


async def opened(link: str) -> bytes:
    """What a browser gets from a link."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as browser:
        return (await browser.get(link)).raise_for_status().content
