"""What is offered to whoever types a command: the names of their own channel."""

from contextlib import closing
from pathlib import Path

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.app.platforms import Labels
from bot.engine.history import Diff
from bot.ports import Commit, Message, Turn
from tests.engine.builders import track


async def test_labels_are_those_of_the_timeline_and_the_bin_of_a_channel(tmp_path: Path) -> None:
    comp = track(60, 60)
    with closing(Database(sqlite_url(tmp_path / "chatkut.sqlite"))) as database:
        conversations = SqlConversations(database)
        empty = (await conversations.head("discord:1/2")).comp
        commit = Commit(0, comp, Diff.between(empty, comp), "edit", "anna", "m1", "", ())
        await conversations.keep(Message("m1", "discord:1/2", "anna", ""), Turn((commit,)))
        labels = Labels(conversations)
        assert await labels.labels("discord:1/2") == (
            *("A", "B", "film.mp4", "other.mov", "silent.mp4", "logo.png", "song.mp3"),
        )
        assert await labels.labels("discord:1/3") == ()
