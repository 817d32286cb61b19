import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import logs
from bot.logs import Format, bound, configured

log = logging.getLogger("chatkut.test")

TEXT_LINE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[\w+\] "


@contextmanager
def logged(format: Format = "text", *secrets: str) -> Iterator[io.StringIO]:
    """What is written; pytest's own capture is kept out of it, which chokes on lone surrogates."""
    stream, root = io.StringIO(), logging.getLogger()
    capturing, root.handlers = root.handlers, []
    try:
        with configured("INFO", format, secrets, stream=stream):
            yield stream
    finally:
        root.handlers = capturing


def raised(message: str) -> None:
    try:
        raise ValueError(message)
    except ValueError:
        log.exception("it failed")


def test_a_line_says_when_how_bad_and_where() -> None:
    with logged() as stream:
        log.info("render %s took %d s", "r-1", 12)

    time, _, rest = stream.getvalue().partition(" ")
    assert time.endswith("Z")
    assert rest == "[info] render r-1 took 12 s [chatkut.test]\n"


def test_a_json_line_has_the_same_facts() -> None:
    with logged("json") as stream:
        with bound(channel="slack:T1/C2"):
            log.info("hello")
        raised("broken")

    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "chatkut.test",
        "channel": "slack:T1/C2",
        "event": "hello",
    }
    assert second["exception"].endswith("ValueError: broken")


async def test_what_belongs_together_is_told_from_what_runs_at_the_same_time() -> None:
    both_inside = asyncio.Barrier(2)

    async def work(channel: str) -> None:
        with bound(channel=channel):
            with bound(message=f"m-{channel}"):
                await both_inside.wait()
                await asyncio.to_thread(log.info, channel)
            log.info("later in %s", channel)

    with logged("json") as stream:
        await asyncio.gather(work("a"), work("b"))
        log.info("outside")

    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    ids = {event["event"]: (event.get("channel"), event.get("message")) for event in events}
    assert ids == {
        "a": ("a", "m-a"),
        "b": ("b", "m-b"),
        "later in a": ("a", None),
        "later in b": ("b", None),
        "outside": (None, None),
    }


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("uses xoxb-12-ab-CD now", "uses *** now"),
        ("uses xoxe.xoxp-1-Mi0yLT", "uses xoxe.***"),
        ("uses xapp-1-A0-77-ff now", "uses *** now"),
        ("Authorization: Bearer eyJhbGciOi.x", "Authorization: Bearer ***"),
        ("{'authorization': 'Bearer eyJhbGciOi'}", "{'authorization': '***'}"),
        ("{'slack_token': 'abc d', 'n': 1}", "{'slack_token': '***', 'n': 1}"),
        ("Basic dXNlcjpwYXNz", "Basic ***"),
        ("key sk-proj-abcd-efgh_ijkl0 refused", "key *** refused"),
        ("MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "***"),
        ("https://cdn/x.png?ex=1&hm=0a1b&=", "https://cdn/x.png?ex=1&hm=***&="),
        ("https://s3/x?X-Amz-Signature=ab&e=1", "https://s3/x?X-Amz-Signature=***&e=1"),
        ("postgresql+psycopg://u:p@ss:w@db:5432/x", "postgresql+psycopg://u:***@db:5432/x"),
        ("redis://:pw@db", "redis://:***@db"),
        ("host=db password=pw user=u", "host=db password=*** user=u"),
        ("https://hooks.slack.com/services/T1/B2/x y", "https://hooks.slack.com/services/*** y"),
        ("https://discord.com/api/webhooks/12/ab-c/messages", "webhooks/12/***/messages"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, safe: str) -> None:
    with logged() as stream:
        log.warning(text)

    assert f"{safe} [chatkut.test]" in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "Set the token: it is missing",
        "task-management-of-everything is a channel",
        "max_tokens=500, tokens=12",
        "https://example.com:443/film@2x.png?page=2",
    ],
)
def test_what_only_resembles_a_secret_is_shown(text: str) -> None:
    with logged() as stream:
        log.warning(text)

    assert text in stream.getvalue()


# No "*", which hides them, and nothing that our own keys and indentation contain.
SECRETS = st.text(
    st.characters(codec="utf-8", exclude_characters="*", exclude_categories=["Cc"]),
    min_size=logs.SHORTEST_SECRET,
    max_size=40,
).filter(lambda text: text.strip() and text not in "timestamp logger message exception")


@given(
    secret=SECRETS,
    before=st.text(max_size=20),
    after=st.text(max_size=20),
    format=st.sampled_from(["text", "json"]),
)
@example(secret='"\'\\%s{}"', before="", after="", format="json")  # noqa: S106
def test_a_given_secret_is_hidden_wherever_it_stands(
    secret: str, before: str, after: str, format: Format
) -> None:
    said = f"{before}{secret}{after}"
    with logged(format, secret) as stream, bound(message=said):
        log.info("%s", said)
        log.info("%r and %s", said, {"key": said})
        log.info(said.replace("%", "%%"))
        raised(said)
        try:
            raise ExceptionGroup("several", [ValueError(said)])
        except ExceptionGroup as group:
            group.add_note(said)
            log.warning("group", exc_info=True)

    output = stream.getvalue()
    spellings = {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    assert not [spelling for spelling in spellings if spelling in output]


def test_a_secret_of_several_lines_is_hidden_in_a_nested_traceback() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----"
    with logged("text", key) as stream:
        try:
            raise ExceptionGroup("several", [ValueError(f"bad key {key}")])
        except ExceptionGroup:
            log.exception("it failed")

    assert "MIIEvQIBADANBg" not in stream.getvalue()
    assert "kqhkiG9w0BAQEF" not in stream.getvalue()


FORGED = "2026-01-01T00:00:00.000Z [error] forged"


@given(breaks=st.lists(st.sampled_from("\n\r\v\f\x1c\x85\u2028\x1b\ud800"), min_size=1))
def test_nothing_that_was_said_passes_for_a_line_of_the_log(breaks: list[str]) -> None:
    said = "x" + "".join(f"{mark}{FORGED}" for mark in breaks)
    with logged() as stream, bound(channel=said):
        log.info("%s", said)
        raised(said)

    lines = stream.getvalue().splitlines()
    assert not [line for line in lines if line.startswith(FORGED)]
    assert len([line for line in lines if not line.startswith("    ")]) == 2
    assert "\x1b" not in stream.getvalue()


@given(said=st.text())
def test_every_json_line_is_one_event(said: str) -> None:
    with logged("json") as stream:
        log.info("%s", said)

    assert json.loads(stream.getvalue())["event"] == said
    assert stream.getvalue().count("\n") == 1


def test_libraries_only_get_to_say_what_is_wrong() -> None:
    with logged() as stream:
        for name in ("uvicorn.error", "dbos2", "slack_bolt.App", "discord.client", "alembic.env"):
            logging.getLogger(name).info("quiet %s", name)
            logging.getLogger(name).warning("loud %s", name)

    assert "quiet" not in stream.getvalue()
    assert stream.getvalue().count("loud") == 5


def test_an_inner_configuration_takes_over_and_gives_back() -> None:
    before = (logging.getLogger().handlers, logging.getLogger("chatkut").level)
    inner, outer = io.StringIO(), io.StringIO()
    with configured(stream=outer):
        with configured(stream=inner):
            log.info("once")
        log.info("again")

    assert "once" not in outer.getvalue()
    assert "again" in outer.getvalue()
    assert inner.getvalue().count("once") == 1
    assert (logging.getLogger().handlers, logging.getLogger("chatkut").level) == before


def test_the_file_appears_with_its_first_line_and_is_rotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_FILE_BYTES", 2000)
    file = tmp_path / "chatkut.log"
    with configured("WARNING", file=file):
        log.info("not worth it")
        assert not file.exists()
        for number in range(200):
            log.warning("line %d", number)

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["chatkut.log", "chatkut.log.1", "chatkut.log.2", "chatkut.log.3"]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    assert "line 199" in file.read_text()


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)


def test_what_cannot_be_written_is_said_without_its_arguments(tmp_path: Path) -> None:
    script = (
        "import logging, pathlib, sys\n"
        "from bot.logs import configured\n"
        "log = logging.getLogger('chatkut')\n"
        "with configured(file=pathlib.Path(sys.argv[1])):\n"
        "    log.info('to nowhere %s', sys.argv[2])\n"
        "with configured(stream=sys.stdout):\n"
        "    log.info('not a number: %d', sys.argv[2])\n"
    )
    done = run(script, tmp_path / "gone" / "chatkut.log", "hunter2")

    assert done.stderr.splitlines() == [
        "A line from <string>:5 could not be logged (FileNotFoundError).",
        "A line from <string>:7 could not be logged (TypeError).",
    ]
    assert done.stdout == ""


def test_structlog_is_only_imported_for_a_line(tmp_path: Path) -> None:
    script = (
        "import logging, pathlib, sys\n"
        "from bot.logs import configured\n"
        "with configured('WARNING', file=pathlib.Path(sys.argv[1])):\n"
        "    logging.getLogger('chatkut').info('nothing')\n"
        "    print('structlog' in sys.modules)\n"
        "    logging.getLogger('chatkut').warning('something')\n"
        "    print('structlog' in sys.modules)\n"
    )
    assert run(script, tmp_path / "chatkut.log").stdout.split() == ["False", "True"]
