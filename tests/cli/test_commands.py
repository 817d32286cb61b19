"""Commands of `chatkut`: which channel they work in, and what they print."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.main import cli
from tests.media import video


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATKUT_DATA_DIR", str(tmp_path / "data"))
    return lambda *arguments: CliRunner().invoke(cli, arguments)


@pytest.mark.parametrize("command", ["estimate", "timeline", "render", "history"])
def test_the_channel_of_a_platform_is_refused_where_only_the_terminals_work(
    run: Callable[..., Result], command: str
) -> None:
    refused = run(command, "--channel", "bridge:demo")

    assert refused.exit_code == 2
    assert "'bridge:demo' is a channel of a chat platform" in refused.output


def test_a_channel_of_the_terminal_may_be_named_in_full(run: Callable[..., Result]) -> None:
    assert json.loads(run("timeline", "--json", "--channel", "terminal:main").output)["items"] == []


def test_an_estimate_is_for_a_preset_and_a_film_is_told_where_it_was_put(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    clip = video(tmp_path / "beach.mp4", seconds=1, size="160x90")
    assert run("chat", "--attach", str(clip)).exit_code == 0

    assert "Estimate for 720p" in run("estimate", "--preset", "720p").output

    out = tmp_path / "out.mp4"
    assert f"→ {out}" in run("render", "--out", str(out)).output
    assert out.stat().st_size

    refused = run("render", "--out", f"{'x' * 300}.mp4")
    assert refused.exit_code == 1
    assert "The film is at" in refused.output


def test_several_films_are_rendered_at_once(run: Callable[..., Result], tmp_path: Path) -> None:
    clip = video(tmp_path / "beach.mp4", seconds=1, size="160x90")
    run("chat", "--attach", str(clip))
    two = ("--preset", "preview", "--preset", "gif")

    assert "Estimate for 2 films (preview, gif)" in run("estimate", *two).output

    rendered = run("render", *two)
    assert rendered.exit_code == 0
    for told in ("Rendered (preview): ", ".mp4\n", "Rendered (gif): ", ".gif\n"):
        assert told in rendered.output

    refused = run("render", *two, "--out", "x.mp4")
    assert refused.exit_code == 2
    assert "it is the name of one film" in refused.output


def test_the_help_names_every_command_and_cuts_no_sentence(run: Callable[..., Result]) -> None:
    told = run("--help").output
    for name, command in cli.commands.items():
        assert f"  {name} " in told
        assert command.get_short_help_str(limit=200) in told
    assert "..." not in told.partition("To begin with")[2]


@pytest.mark.parametrize(
    ("preset", "out", "why"),
    [
        ("gif", "x.mp4", "'x.mp4' does not fit the format gif: a GIF's name ends in .gif"),
        ("720p", "x.gif", "'x.gif' does not fit the format 720p"),
        ("720p", "x", "a film's in .mp4"),
        ("720p", "nowhere/x.mp4", "there is no folder 'nowhere'"),
    ],
)
def test_a_film_that_cannot_get_its_name_is_not_begun(
    run: Callable[..., Result], tmp_path: Path, preset: str, out: str, why: str
) -> None:
    refused = run("render", "--preset", preset, "--out", out)

    assert refused.exit_code == 2
    assert why in " ".join(refused.output.split())
    assert list(tmp_path.iterdir()) == []


def test_a_channel_in_which_there_is_nothing_says_so(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    said = "Nothing here yet in “nosuch”: drop a clip.\n"
    assert run("timeline", "--channel", "nosuch").output == said

    drawn = run("timeline", "--channel", "nosuch", "--png", "x.png")
    assert (drawn.exit_code, drawn.output) == (0, said)
    assert not (tmp_path / "x.png").exists()

    asked = run("chat", "--channel", "nosuch", "how long is it?")
    assert "There is nothing on the timeline yet." in asked.output


def test_a_misspelt_setting_is_told_beside_the_answers(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATKUT_CPU_JOB", "2")

    asked = run("chat", "help")

    assert asked.exit_code == 0
    assert "CHATKUT" not in asked.stdout
    ignored = "CHATKUT_CPU_JOB is no setting and is ignored; perhaps CHATKUT_CPU_JOBS is meant."
    assert asked.stderr == f"chatkut: {ignored}\n"


def test_a_budget_of_a_person_without_a_channel_holds_everywhere(
    run: Callable[..., Result],
) -> None:
    assert (
        "$5.00 a month, 0 %: slack:U1 in everything"
        in run("budget", "$5", "--person", "slack:U1").output
    )
    assert "--person ID" in run("budget", "$5").output
