"""Recording and replaying what planners were asked, without secrets."""

from pathlib import Path

import pytest

from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.planners.record import (
    NotRecorded,
    RecordingPlanner,
    RecordingUnreadable,
    ReplayPlanner,
    recorded,
    without_secrets,
)
from bot.app.parts import opened_planner
from bot.config import Settings
from bot.ports import Command, Request
from tests.adapters.planners.llm.conftest import MemoryLedger
from tests.adapters.planners.setups import SERIAL, film

SAID = [
    "mute the second clip",
    "undo what Anna did",
    "make it pop",
    "how long is it?",
    "render gif",
]


async def test_what_was_recorded_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "exchange.jsonl"
    recording = RecordingPlanner(OfflinePlanner(), path)
    outcomes = [await recording.plan(film().request(text)) for text in SAID]
    replay = ReplayPlanner(path)
    assert [await replay.plan(film().request(text)) for text in SAID] == outcomes


async def test_what_was_not_recorded_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "exchange.jsonl"
    await RecordingPlanner(OfflinePlanner(), path).plan(film().request("mute the second clip"))
    with pytest.raises(NotRecorded):
        await ReplayPlanner(path).plan(film().request("mute the first clip"))


async def test_another_planner_can_be_asked_the_same(tmp_path: Path) -> None:
    path = tmp_path / "exchange.jsonl"
    await RecordingPlanner(OfflinePlanner(), path).plan(film().request("mute the second clip"))
    ((request, outcome),) = recorded(path)
    assert request.comp == film().comp
    assert await OfflinePlanner().plan(request) == outcome


@pytest.mark.parametrize("line", ['{"key": "x", "req', "[]", '{"outcome": ["Moon", {}]}', "7"])
async def test_a_line_that_is_no_exchange_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "exchange.jsonl"
    await RecordingPlanner(OfflinePlanner(), path).plan(film().request("undo"))
    path.write_text(f"{path.read_text()}{line}\n")
    with pytest.raises(RecordingUnreadable, match=r"exchange\.jsonl:2 is no exchange"):
        ReplayPlanner(path)


def test_a_recording_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnreadable, match=r"missing\.jsonl cannot be read"):
        ReplayPlanner(tmp_path / "missing.jsonl")


async def test_what_cannot_be_recorded_is_planned_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recording = RecordingPlanner(OfflinePlanner(), tmp_path / "missing" / "exchange.jsonl")
    assert await recording.plan(film().request("undo")) == Command("undo")
    assert "nothing is recorded in" in caplog.text


async def test_a_setting_records_what_is_planned(tmp_path: Path) -> None:
    path = tmp_path / "exchange.jsonl"
    settings = Settings(data_dir=tmp_path, record_plans=path)
    async with opened_planner(settings, MemoryLedger()) as planner:
        await planner.plan(film().request("undo"))
    assert [outcome for _, outcome in recorded(path)] == [Command("undo")]


SECRETS = [
    "sk-ant-REDACTED",
    "sk-proj-AbCdEfGhIjKlMnOp",
    "xoxb-FAKE-EXAMPLE-TOKEN",
    "xapp-1-A111-222-abcdef0123456789",
    "Bearer abc.def.ghi",
    "password: hunter2hunter2",
    "https://files.example/x.mp4?X-Amz-Signature=deadbeef",
    "anna@example.com",
    "ghp_0123456789abcdefghij",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    "dsk-live-0123456789abcdef0123",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "my password is hunter2hunter2",
    "Passwort: hunter2hunter2",
    "Authorization: Basic dXNlcjpwYXNzd29yZA==",
    "https://files.slack.com/x?pub_secret=abcdefgh",
    "https://hooks.slack.com/services/T000/B000/AbCdEfGh",
    "https://discord.com/api/webhooks/123/AbCdEf-ghijklmn",
    "https://cut.example/r/InJlbmRlci0xMjMi.Zm9vYmFyYmF6cXV4",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg",
]


@pytest.mark.parametrize("secret", SECRETS)
async def test_no_secret_is_written(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "exchange.jsonl"
    asked = Request(
        f"add a title '{secret}'", film().comp, SERIAL, instructions=f"use {secret} always"
    )
    outcome = await RecordingPlanner(OfflinePlanner(), path).plan(asked)
    assert secret[-8:] not in path.read_text()
    assert type(await ReplayPlanner(path).plan(asked)) is type(outcome)


@pytest.mark.parametrize(
    "text",
    [
        "trim the first clip to 2 s",
        "0:05-0:08",
        "ask-me-anything-later",
        "VID_20261122_143000_Interview_with_Anna_final.mov",
        "do a basic cut, the secret is to keep it short",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "put s/o/r.mp4 in /u/clips/r.mov",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert without_secrets(text) == text
