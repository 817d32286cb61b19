"""Files that people drop at Slack, as they are fetched or not."""

from pathlib import Path

import pytest

from bot.adapters.chat.slack import SlackChat
from bot.ports import (
    Attachment,
    FetchFailed,
    MediaRefused,
)
from tests.adapters.chat.slack.site import SlackSite


async def test_the_token_goes_to_slack_only(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    url = f"http://localhost:{site.url.rpartition(':')[2]}/files-pri/F1"
    file = site.file("clip.mp4", b"clip", url_private_download=url)
    with pytest.raises(MediaRefused, match="not allowed to download"):
        await chat.fetch(Attachment("clip.mp4", f"T1/{file.id}"), tmp_path / "in", print)


@pytest.mark.parametrize(
    ("mode", "why"),
    [("tombstone", "deleted"), ("hidden_by_limit", "plan"), ("external", "upload the file itself")],
)
async def test_of_a_file_that_slack_does_not_hold_it_says_why(
    site: SlackSite, chat: SlackChat, tmp_path: Path, mode: str, why: str
) -> None:
    file = site.file("clip.mp4", b"clip", mode=mode)
    with pytest.raises(MediaRefused, match=why):
        await chat.fetch(Attachment("clip.mp4", f"T1/{file.id}"), tmp_path / "in", print)


async def test_without_the_scope_to_read_files_the_scope_is_named(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    file = site.file("clip.mp4", b"clip")
    site.faults.scopes = "chat:write"
    with pytest.raises(MediaRefused, match="files:read"):
        await chat.fetch(Attachment("clip.mp4", f"T1/{file.id}"), tmp_path / "in", print)


async def test_while_slack_is_busy_a_file_can_be_fetched_later(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    file = site.file("clip.mp4", b"clip")
    site.faults.busy.append(1)
    with pytest.raises(FetchFailed):
        await chat.fetch(Attachment("clip.mp4", f"T1/{file.id}"), tmp_path / "in", print)


async def test_a_file_that_is_announced_as_too_large_is_not_even_begun(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    file = site.file("clip.mp4", b"clip", size=2_000_000_000)
    with pytest.raises(MediaRefused, match="larger than"):
        await chat.fetch(Attachment("clip.mp4", f"T1/{file.id}"), tmp_path / "in", print)


async def test_a_file_that_shrank_meanwhile_is_refused(
    site: SlackSite, chat: SlackChat, tmp_path: Path
) -> None:
    file = site.file("clip.mp4", b"clip", size=5)
    with pytest.raises((MediaRefused, FetchFailed), match="5"):
        await chat.fetch(Attachment("clip.mp4", f"T1/{file.id}"), tmp_path / "in", print)
