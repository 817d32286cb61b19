"""What the doctor says about a bucket."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.media.s3 import Access, Bucket
from bot.cli import doctor
from tests.s3 import S3_KEY, new_bucket


@pytest.fixture
def access(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3_url: str) -> Access:
    """A bucket that is set up."""
    access = Access(s3_url, new_bucket(s3_url), S3_KEY, S3_KEY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATKUT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CHATKUT_R2_ENDPOINT", access.endpoint)
    monkeypatch.setenv("CHATKUT_R2_BUCKET", access.bucket)
    monkeypatch.setenv("CHATKUT_R2_ACCESS_KEY_ID", access.key_id)
    monkeypatch.setenv("CHATKUT_R2_SECRET_ACCESS_KEY", access.secret)
    return access


async def finding(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    await doctor.examine(as_json=True)
    findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return next(each for each in findings if each["name"] == "media")


async def test_a_bucket_is_tried_out_and_nothing_but_its_mark_is_left_in_it(
    capsys: pytest.CaptureFixture[str], access: Access
) -> None:
    found = await finding(capsys)
    assert found["ok"]
    assert found["text"] == f"local, and the bucket {access.bucket} can be used"
    [page] = Bucket(access).pages("")
    assert [each.key for each in page] == ["owner"]  # whose it is


async def test_the_endpoint_may_end_with_the_bucket_as_cloudflare_shows_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, access: Access
) -> None:
    monkeypatch.setenv("CHATKUT_R2_ENDPOINT", f"{access.endpoint}/{access.bucket}/")
    assert (await finding(capsys))["ok"]


@pytest.mark.usefixtures("access")
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BUCKET", "missing", "There is no bucket missing: make it"),
        ("ACCESS_KEY_ID", "wrong", "does not know our key: check CHATKUT_R2_ACCESS_KEY_ID"),
        ("SECRET_ACCESS_KEY", "", "CHATKUT_R2_SECRET_ACCESS_KEY is missing"),
    ],
)
async def test_what_is_wrong_with_it_is_said(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    sentence: str,
) -> None:
    monkeypatch.setenv(f"CHATKUT_R2_{name}", value)
    found = await finding(capsys)
    assert not found["ok"]
    assert sentence in found["text"]
    assert "CHATKUT_R2_" in found["advice"]
