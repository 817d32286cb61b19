"""`chatkut export`, as it is typed."""

from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli.main import cli, export
from bot.ports import ExportFormat
from tests.media import video


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATKUT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_the_files_are_written_into_the_folder_that_is_named(tmp_path: Path) -> None:
    clip = video(tmp_path / "beach.mp4", seconds=1)
    assert run("chat", "-a", str(clip)).exit_code == 0
    written = run("export", "--out", "out")
    assert written.exit_code == 0, written.output
    for kind in ("otio", "edl", "json"):
        path = tmp_path / "out" / f"film-r1.{kind}"
        assert path.stat().st_size
        assert f"→ {path}" in written.output


def test_one_format_can_be_named(tmp_path: Path) -> None:
    clip = video(tmp_path / "beach.mp4", seconds=1)
    run("chat", "-a", str(clip))
    written = run("export", "--format", "json")
    assert f"→ {tmp_path / 'film-r1.json'}" in written.output
    assert "otio" not in written.output
    assert "say “add captions” first" in run("export", "--format", "srt").output
    assert run("export", "--format", "doc").exit_code == 2
    (option,) = (each for each in export.params if each.name == "wanted")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == get_args(ExportFormat)


def test_where_there_is_nothing_or_no_way_to_write_it_that_is_told(tmp_path: Path) -> None:
    assert "nothing to export" in run("export").output
    clip = video(tmp_path / "beach.mp4", seconds=1)
    run("chat", "-a", str(clip))
    (tmp_path / "file").touch()
    refused = run("export", "--out", "file/out")
    assert refused.exit_code == 1
    assert "cannot be written" in refused.output
