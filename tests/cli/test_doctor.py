"""What the doctor says about models and chat platforms that are set up."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import doctor
from bot.cli.main import cli


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
    assert found["planner"]["text"] == "built-in rules; no model is set up"
    assert "none is set up" in found["chat platforms"]["text"]
    assert found["settings"]["text"] == "no unknown CHATKUT_ settings"
    assert {finding["advice"] for finding in found.values() if finding["ok"]} == {""}


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


async def test_a_misspelt_setting_is_named_with_the_one_that_is_meant(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHATKUT_SLAK_BOT_TOKEN", "xoxb-secret")
    (tmp_path / ".env").write_text("CHATKUT_PUBLICURL=https://x.example.com\nOTHER=1\n")
    found = await findings(capsys)
    assert not found["settings"]["ok"]
    text = found["settings"]["text"]
    assert "CHATKUT_SLAK_BOT_TOKEN is no setting" in text
    assert "perhaps CHATKUT_SLACK_BOT_TOKEN is meant" in text
    assert "perhaps CHATKUT_PUBLIC_URL is meant" in text
    assert "OTHER" not in text
    assert "xoxb-secret" not in text


@pytest.mark.parametrize(
    ("url", "ok", "said"),
    [
        ("", True, "CHATKUT_PUBLIC_URL is not set"),
        ("https://x.example.com", True, "lead to https://x.example.com"),
        ("http://x.example.com", False, "is not https"),
        ("http://localhost:8080", True, "lead to http://localhost:8080"),
        ("http://127.0.0.1:8080", True, "lead to http://127.0.0.1:8080"),
    ],
)
async def test_the_doctor_tells_where_links_lead(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    ok: bool,
    said: str,
) -> None:
    monkeypatch.setenv("CHATKUT_PUBLIC_URL", url)
    found = (await findings(capsys))["links"]
    assert (found["ok"], said in found["text"]) == (ok, True)


async def test_what_run_refuses_the_doctor_does_not_pass(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_BRIDGE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CHATKUT_BRIDGE_TOKEN", "short")
    monkeypatch.setenv("CHATKUT_UPLOADS", "stream")
    found = await findings(capsys)
    assert "too short" in found["bridge"]["text"]
    assert "CHATKUT_UPLOADS=stream needs" in found["Stream"]["text"]
    assert not found["bridge"]["ok"]
    assert not found["Stream"]["ok"]


async def test_an_incomplete_or_impossible_bucket_names_its_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_R2_ENDPOINT", "abc")
    found = await findings(capsys)
    missing = "CHATKUT_R2_BUCKET, CHATKUT_R2_ACCESS_KEY_ID and CHATKUT_R2_SECRET_ACCESS_KEY"
    assert f"{missing} are missing" in found["media"]["text"]
    for name in ("BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"CHATKUT_R2_{name}", "something")
    found = await findings(capsys)
    assert "CHATKUT_R2_ENDPOINT is 'abc'" in found["media"]["text"]


def test_a_wrong_setting_is_told_without_the_librarys_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHATKUT_LINK_SECRET", "much-too-short")
    monkeypatch.setenv("CHATKUT_HTTP_PORT", "x")
    ran = CliRunner().invoke(cli, ["doctor"])
    assert ran.exit_code == 2
    assert "CHATKUT_LINK_SECRET: it is too short: choose 32 or more" in ran.output
    assert "Value error" not in ran.output
    assert "much-too-short" not in ran.output


def test_wrong_values_and_misspelt_settings_are_told_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (
        ("CPU_JOBS", "abc"),
        ("SHARE_DAYS", "soon"),
        ("MAX_UPLOAD_MB", "0"),
        ("KEEP_BACKUPS", "-1"),
        ("HTTP_PORT", "99999"),
        ("RENDERER", "x"),
        ("CPU_JOB", "1"),
    ):
        monkeypatch.setenv(f"CHATKUT_{name}", value)
    ran = CliRunner().invoke(cli, ["doctor"])
    assert ran.exit_code == 2
    for said in (
        "CHATKUT_CPU_JOBS: 'abc' is no whole number",
        "CHATKUT_SHARE_DAYS: 'soon' is no number",
        "CHATKUT_MAX_UPLOAD_MB: '0' is not more than 0",
        "CHATKUT_KEEP_BACKUPS: '-1' is less than 0",
        "CHATKUT_HTTP_PORT: '99999' is more than 65535",
        "CHATKUT_RENDERER: 'x' is not local or remotion",
        "CHATKUT_CPU_JOB is no setting and is ignored; perhaps CHATKUT_CPU_JOBS is meant.",
    ):
        assert said in ran.output


async def test_a_renderer_without_its_settings_says_once_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_RENDERER", "remotion")
    found = (await findings(capsys))["renderer"]
    assert not found["ok"]
    assert found["text"].endswith("CHATKUT_REMOTION_FUNCTION and CHATKUT_REMOTION_SITE_URL")
    assert found["advice"] == "See docs/remotion.md, or take CHATKUT_RENDERER out."


async def test_lines_are_not_broken_for_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_RENDERER", "remotion")
    await doctor.examine(as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert {line[:1] for line in lines[:-1]} == {"✓", "✗", " "}
    assert lines[-1].startswith("1 of ")
    assert lines[-1].endswith(" checks failed.")
    assert any(len(line) > 100 for line in lines)
