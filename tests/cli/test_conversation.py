from pathlib import Path

import pytest

from bot.cli.conversation import attachments_in
from bot.config import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "my clip.mov", "song"):
        Path(name).touch()
    return tmp_path


@pytest.mark.usefixtures("clips")
@pytest.mark.parametrize(
    ("line", "words", "files"),
    [
        ("trim it to 5 s", "trim it to 5 s", []),
        ("/attach a.mp4", "", ["a.mp4"]),
        ("/attach a.mp4 trim it to 5 s", "trim it to 5 s", ["a.mp4"]),
        ("/attach a.mp4 'my clip.mov' swap them", "swap them", ["a.mp4", "my clip.mov"]),
        ("/attach song use it as music", "use it as music", ["song"]),
        ("/attach missing.mp4 trim it", "trim it", ["missing.mp4"]),
        ("/attach a.mp4 don't cut it", "don't cut it", ["a.mp4"]),
        ("a.mp4", "", ["a.mp4"]),
        ("'my clip.mov'", "", ["my clip.mov"]),
    ],
)
def test_files_and_words_of_a_line_are_told_apart(line: str, words: str, files: list[str]) -> None:
    assert attachments_in(line) == (words, [Path(name) for name in files])


def test_the_example_environment_lists_every_setting_once() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    ours = [f"CHATKUT_{name.upper()}" for name in Settings.model_fields]
    assert listed == [*ours, "FFMPEG_BINARY"]


def test_an_example_environment_copied_as_it_is_means_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    defaults = Settings()
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    assert Settings() == defaults


def test_an_admin_is_written_as_platform_and_user() -> None:
    assert Settings(_env_file=None, admins="slack:U1, bridge:u2").admins
    with pytest.raises(ValueError, match="'anna' is not platform:user-id"):
        Settings(_env_file=None, admins="anna")
