"""What was said while nobody listened."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from bot.adapters.chat.slack import Around, SlackApi, SlackListener
from bot.adapters.chat.slack import catchup as catching_up
from bot.adapters.chat.slack.catchup import CatchUp, Ear
from bot.adapters.chat.slack.trail import SeenMeanwhile, Trail
from bot.ports import ChatBusy, StoreFailed
from tests.adapters.chat.slack.conftest import Accepting, Joined
from tests.adapters.chat.slack.telling import SECRET, TellingSlack
from tests.adapters.chat.slack.things import APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, TEAM

MENTION = f"<@{BOT_USER}>"


class Life:
    """One after the other, listeners of a workspace; what they noted outlives them."""

    def __init__(self, slack: TellingSlack, intake: Accepting) -> None:
        self.slack = slack
        self.intake = intake
        self.seen = SeenMeanwhile()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[SlackListener]:
        """A listener, from when it has caught up."""
        api = SlackApi(SecretStr(BOT_TOKEN), self.slack.api_url)
        around = Around(self.seen)
        secrets = (SecretStr(APP_TOKEN), SecretStr(SECRET))
        listener = SlackListener(api, Joined(), *secrets, around=around, ping_seconds=0.05)
        await listener.start(self.intake)
        await self.slack.connected()
        await caught_up(listener)
        yield listener
        await listener.stop()
        await api.close()

    def texts(self) -> list[str]:
        return [message.text for message in self.intake.messages.values()]


async def caught_up(listener: SlackListener) -> None:
    task = listener._catch_up.reading
    assert task is not None
    await asyncio.wait_for(task, 60)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # the SDK has no event for it
            await asyncio.sleep(0.01)


def held(slack: TellingSlack) -> tuple[asyncio.Event, asyncio.Event]:
    """Slack knows the channels, and tells of them when the second event is set."""
    asked, go = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        asked.set()
        await go.wait()

    slack.faults.meanwhile["users.conversations"] = slowly
    return asked, go


@pytest.fixture
def life(slack: TellingSlack, intake: Accepting, monkeypatch: pytest.MonkeyPatch) -> Life:
    monkeypatch.setattr(catching_up, "_PAUSE_SECONDS", 0.01)
    return Life(slack, intake)


async def test_what_is_said_meanwhile_is_heard_once_and_in_order(life: Life) -> None:
    films, direct = life.slack.channel(), life.slack.channel("D0ANNA")
    async with life.listening():
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
    for number in range(3):
        life.slack.say(films, "U0ANNA", f"{MENTION} later {number}")
    life.slack.say(films, "U0BEN", "not for us")
    life.slack.say(direct, "U0ANNA", "in private")
    for _ in range(2):
        async with life.listening():
            pass
    assert life.texts() == ["one", "later 0", "later 1", "later 2", "in private"]


async def test_before_anything_was_heard_nothing_is_read(life: Life) -> None:
    life.slack.say(life.slack.channel(), "U0ANNA", f"{MENTION} long ago")
    async with life.listening():
        assert life.slack.called("users.conversations") == []
    assert life.texts() == []


async def test_a_dropped_clip_and_a_thread_beneath_it_are_made_up_for(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening():
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
    root = life.slack.say(films, "U0ANNA", "", files=[life.slack.file("a.mp4", b"a")])["ts"]
    life.slack.say(films, "U0ANNA", "trim it", thread_ts=root)
    async with life.listening():
        pass
    assert life.texts() == ["one", "", "trim it"]


async def test_no_status_is_shown_of_what_may_be_answered_by_now(life: Life) -> None:
    direct = life.slack.channel("D0ANNA")
    root = life.slack.say(direct, BOT_USER, "Hello", bot_id=BOT_ID)["ts"]
    async with life.listening():
        await life.slack.said(direct, "U0ANNA", "trim it", thread_ts=root)
    life.slack.say(direct, "U0ANNA", "shorter", thread_ts=root)
    async with life.listening():
        pass
    assert life.texts() == ["trim it", "shorter"]
    assert len(life.slack.statuses) == 1


async def test_replies_in_a_thread_that_we_are_in_are_made_up_for(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening():
        root, _ = await life.slack.said(films, "U0ANNA", f"{MENTION} one")
        for _ in range(100):  # time goes by
            life.slack.timestamp()
        await life.slack.said(films, "U0BEN", "not for us")
    life.slack.say(films, "U0BEN", "shorter", thread_ts=root["ts"])
    async with life.listening():
        pass
    assert life.texts() == ["one", "shorter"]


async def test_what_was_said_in_a_thread_before_we_came_in_is_still_not_for_us(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening():
        root, _ = await life.slack.said(films, "U0BEN", "a film")
        await life.slack.said(films, "U0BEN", "nice", thread_ts=root["ts"])
        await life.slack.said(films, "U0ANNA", f"{MENTION} trim", thread_ts=root["ts"])
    async with life.listening():
        pass
    assert life.texts() == ["trim"]


async def test_a_reply_is_heard_after_a_restart_while_the_clip_is_still_taken_in(
    life: Life,
) -> None:
    films = life.slack.channel()
    async with life.listening():
        file = life.slack.file("a.mp4", b"a")
        root, _ = await life.slack.said(films, "U0ANNA", "", files=[file])
    async with life.listening():
        await life.slack.said(films, "U0BEN", "trim it", thread_ts=root["ts"])
    assert life.texts() == ["", "trim it"]


@asynccontextmanager
async def away(listener: SlackListener) -> AsyncIterator[None]:
    """The socket is away; begins when that was noticed."""
    socket = listener._socket
    assert socket is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(socket), "is_open", property(lambda _: False))
        socket.client.wss_uri = "wss://stale.example"
        await until(lambda: socket.client.wss_uri is None and bool(listener._trail.behind))
        yield


async def test_after_a_socket_was_away_it_is_read_what_was_said(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening() as listener:
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
        async with away(listener):
            life.slack.say(films, "U0ANNA", f"{MENTION} meanwhile")
        await until(lambda: "meanwhile" in life.texts())


async def test_a_socket_that_goes_away_while_it_catches_up_hides_nothing(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening() as listener:
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
        asked, go = held(life.slack)
        async with away(listener):
            life.slack.say(films, "U0ANNA", f"{MENTION} first")
        await asked.wait()
        async with away(listener):  # the channels were listed, so the first reading has no more
            life.slack.say(life.slack.channel("D0ANNA"), "U0ANNA", "second")
        go.set()
        await until(lambda: {"first", "second"} <= set(life.texts()))


async def test_what_is_heard_right_after_a_socket_was_away_hides_nothing(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening() as listener:
        root, _ = await life.slack.said(films, "U0ANNA", f"{MENTION} one")
        note = f"{TEAM}/C0FILMS/{root['ts']}"
        before = await life.seen.last(note)
        async with away(listener):
            life.slack.say(films, "U0ANNA", "missed", thread_ts=root["ts"])
            for _ in range(100):
                life.slack.timestamp()
            # The socket is open in truth: it is not looked at all the time.
            await life.slack.said(films, "U0ANNA", "now", thread_ts=root["ts"])
            assert await life.seen.last(note) == before
        await until(lambda: "missed" in life.texts())


async def test_a_store_that_is_away_with_the_socket_is_asked_again(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, latest = life.slack.channel(), life.seen.latest
    refused = 0

    async def refusing() -> Mapping[str, str]:
        nonlocal refused
        refused += 1
        if refused <= 2:
            raise StoreFailed("The database is away.")
        return await latest()

    async with life.listening() as listener:
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
        monkeypatch.setattr(life.seen, "latest", refusing)
        async with away(listener):
            life.slack.say(films, "U0ANNA", f"{MENTION} meanwhile")
        await until(lambda: "meanwhile" in life.texts())
    assert refused == 3


async def test_a_thread_that_was_noted_while_it_caught_up_hides_no_new_channel(life: Life) -> None:
    life.slack.channel()
    await life.seen.saw(f"{TEAM}/C0FILMS", "1900000000.000100")
    life.slack.say(life.slack.channel("D0ANNA"), "U0ANNA", "missed")
    later = f"{float(life.slack.timestamp()) + 1000:.6f}"  # then it was killed
    await life.seen.saw(f"{TEAM}/C0FILMS/{later}", later)
    async with life.listening():
        pass
    assert life.texts() == ["missed"]


class Deaf:
    """Finds who hears in one workspace, and cannot just now in all others."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    async def of(self, team: str) -> Ear:
        if team != self._ear.me.team:
            raise ChatBusy("The access to this workspace has expired.")
        return self._ear


async def test_a_workspace_that_cannot_be_read_holds_up_no_other(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening() as listener:
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
        life.slack.say(films, "U0ANNA", f"{MENTION} missed")
        await life.seen.saw("T0AAA/C0FILMS", "1900000000.000100")
        catch_up = CatchUp(Trail(life.seen), Deaf(await listener._hearing(TEAM)).of)
        await catch_up.begin()
        catch_up.go_on()
        await until(lambda: "missed" in life.texts())
        await catch_up.stop()


async def test_slack_may_have_us_wait_and_the_store_too(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening():
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
    life.slack.say(films, "U0ANNA", f"{MENTION} two")

    async def then_busy() -> None:
        life.slack.faults.busy.extend([0, 0])
        life.intake.failures = 2

    life.slack.faults.meanwhile["users.conversations"] = then_busy
    async with life.listening():
        pass
    assert life.texts() == ["one", "two"]
    assert len(life.slack.called("conversations.history")) == 3


async def test_where_slack_shows_fifteen_messages_at_a_time_they_are_all_read(life: Life) -> None:
    films = life.slack.channel()
    async with life.listening():
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
    life.slack.faults.most_history = 15
    for number in range(40):
        life.slack.say(films, "U0ANNA", f"{MENTION} {number}")
    async with life.listening():
        pass
    assert life.texts() == ["one", *(str(number) for number in range(40))]


async def test_a_missing_scope_is_told_once_and_holds_up_nothing(
    life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    async with life.listening():
        for name in ("C0FILMS", "C0OTHER", "C0MORE"):
            await life.slack.said(life.slack.channel(name), "U0ANNA", f"{MENTION} {name}")

    async def then_without() -> None:
        life.slack.faults.scopes = life.slack.faults.scopes.replace("channels:history", "x")

    life.slack.faults.meanwhile["users.conversations"] = then_without
    async with life.listening():
        told = [each for each in caplog.records if "channels:history" in each.getMessage()]
        assert len(told) == 1
        await life.slack.said(life.slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert "hi" in life.texts()


async def test_what_is_heard_while_it_catches_up_does_not_hide_what_was_missed(
    life: Life,
) -> None:
    films = life.slack.channel()
    async with life.listening():
        await life.slack.said(films, "U0ANNA", f"{MENTION} one")
    for _ in range(100):
        life.slack.timestamp()
    life.slack.say(films, "U0ANNA", f"{MENTION} missed")
    asked, go = held(life.slack)
    before = await life.seen.last(f"{TEAM}/C0FILMS")
    api = SlackApi(SecretStr(BOT_TOKEN), life.slack.api_url)
    listener = SlackListener(api, Joined(), SecretStr(APP_TOKEN), around=Around(life.seen))
    await listener.start(life.intake)
    await life.slack.connected()
    await asked.wait()
    await life.slack.said(films, "U0ANNA", f"{MENTION} now")
    assert await life.seen.last(f"{TEAM}/C0FILMS") == before
    await listener.stop()  # as if it was killed
    await api.close()
    go.set()
    async with life.listening():
        pass
    assert sorted(life.texts()) == ["missed", "now", "one"]
