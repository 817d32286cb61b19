"""What the doctor says about models and chat platforms that are set up."""

import json
from datetime import date
from typing import Any

import pytest

from bot.cli import doctor


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATKUT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(doctor, "_today", lambda: date(2026, 11, 22))


async def findings(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    await doctor.examine(as_json=True)
    return {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}


async def test_without_keys_the_planner_is_the_built_in_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = await findings(capsys)
    assert found["planner"]["text"] == "offline (embedded)"
    assert "none is set up" in found["chat platforms"]["text"]


async def test_a_model_near_its_end_is_warned_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_OPENAI_API_KEY", "sk-secret-secret")
    monkeypatch.setenv("CHATKUT_MODELS", "plan-generation=openai:o3")
    found = await findings(capsys)
    assert not found["planner"]["ok"]
    assert "o3 ends on 2026-12-11" in found["planner"]["text"]
    assert "sk-secret" not in str(found)


async def test_settings_that_cannot_work_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_MODELS", "nonsense")
    monkeypatch.setenv("CHATKUT_BRIDGE_URL", "http://127.0.0.1:1")
    found = await findings(capsys)
    assert "'nonsense' is no task" in found["planner"]["text"]
    assert "CHATKUT_BRIDGE_TOKEN is missing" in found["chat platforms"]["text"]
