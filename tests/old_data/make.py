"""Makes a fixture: `python -m tests.old_data.make COMMIT`, in a clone that has the commit.

The commit's code runs from an archive of it, with what is installed here, against a chat on
loopback. It is brought into a state in which everything is under way, and killed.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from tests.adapters.chat.bridge_site import BridgeSite, Clip
from tests.chaos.service import Service, until
from tests.media import video
from tests.old_data.fixture import Said, Story, pack, seen

_HERE = Path(__file__).parent
_SLOW_SECONDS = 3600.0

_STATES = {
    "chatkut.sqlite": {
        "post": "SELECT state, count(*) FROM outbox GROUP BY state",
        "render": "SELECT state, count(*) FROM render GROUP BY state",
        "progress": "SELECT 'shown', count(*) FROM progress",
    },
    "jobs.sqlite": {
        "job": "SELECT name || ' ' || status, count(*) FROM workflow_status"
        " WHERE name <> 'sweep' GROUP BY name, status",
        "step": "SELECT 'of unfinished ' || name, count(*) FROM operation_outputs"
        " JOIN workflow_status USING (workflow_uuid) WHERE status = 'PENDING' GROUP BY name",
    },
}


@dataclass
class _Old(Service):
    """The service as it was at a commit, whose tree is in `tree`."""

    tree: Path = field(default_factory=Path)

    def start(self) -> None:
        self.scratch.mkdir()
        with (self.folder / "stderr").open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=self.tree,  # whose `bot` comes first
                env=self._environment() | {"CHATKUT_CPU_JOBS": "1"},
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )


@dataclass(frozen=True, slots=True)
class _Scene:
    site: BridgeSite
    clips: Path
    said: list[Said]

    def clip(
        self, name: str, seconds: float = 1, *, sound: bool = True, stuck: bool = False
    ) -> Mapping[str, str]:
        """An attachment; a stuck one never comes while the old version waits for it."""
        file = self.clips / name
        video(file, seconds=seconds, size="160x90", picture="color=teal", sound=sound)
        data = file.read_bytes()
        clip = Clip(data)
        if stuck:
            clip.block_bytes, clip.pause_seconds = len(data) // 2, _SLOW_SECONDS
        return {"name": name, "url": self.site.clip(name, clip)}

    def say(
        self, channel: str, id: str, text: str, *replies: str, files: tuple[Any, ...] = ()
    ) -> None:
        """Say something that is accepted, and note how it ought to be answered."""
        message = {"id": id, "channel": channel, "author": "Ada", "text": text}
        message |= {"attachments": list(files)}  # type: ignore[dict-item]
        assert self.site.say(message) == 202
        self.said.append(Said(message=message, replies=replies))

    def sees(self, id: str, kind: str) -> None:
        """Wait for an answer."""
        assert self.site.wait(
            lambda posts: any(
                (post.content.in_reply_to, post.content.kind) == (id, kind) for post in posts
            ),
            60,
        )


def _play(scene: _Scene, service: Service) -> None:
    """Bring everything under way."""
    scene.say("quiet", "q1", "", "clip", files=(scene.clip("q.mp4"),))
    scene.say("quiet", "q2", "add a title 'quiet'", "receipt")
    scene.say("outbox", "o1", "", "clip", files=(scene.clip("o.mp4"),))
    scene.say("film", "f1", "", "clip", files=(scene.clip("f.mp4", 20, sound=False),))
    for id in ("q2", "o1", "f1"):
        scene.sees(id, "receipt" if id == "q2" else "clip")
    _until(service, "jobs.sqlite", "name = 'deliver' AND status = 'PENDING'", 0)

    quick = scene.clip("a.mp4", 1.5)
    stuck = scene.clip("b.mp4", 2, stuck=True)
    scene.say("queue", "m1", "", "clip", "clip", files=(quick, stuck))
    scene.say("queue", "m2", "add a title 'queued'", "receipt")
    _until(service, "jobs.sqlite", "name = 'ingest' AND status = 'PENDING'", 1)

    scene.say("film", "f2", "render 1080p", "estimate", "render")
    scene.sees("f2", "estimate")
    scene.say("film", "f3", "render preview", "estimate", "render")
    scene.sees("f3", "estimate")
    scene.sees("f2", "progress")

    scene.site.delay_seconds = _SLOW_SECONDS  # the chat has the next post, and does not say so
    scene.say("outbox", "o2", "add a title 'seen'", "receipt")
    scene.say("outbox", "o3", "add a title 'not seen'", "receipt")
    scene.sees("o2", "receipt")
    _until(service, "chatkut.sqlite", "state = 'pending'", 1, table="outbox")
    until(lambda: any(service.data.glob("renders/*/.*/*")), "a film is being made")


def _until(
    service: Service, file: str, where: str, count: int, table: str = "workflow_status"
) -> None:
    query = f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608

    def there_are() -> bool:
        with closing(sqlite3.connect(service.data / file)) as database:
            return bool(database.execute(query).fetchone()[0] == count)

    until(there_are, f"{count} {where}")


def _shorten(data: Path) -> None:
    """Put what the write-ahead logs hold into the databases, as whoever opens them next does."""
    for file in _STATES:
        with closing(sqlite3.connect(data / file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _states(data: Path) -> Iterator[tuple[str, int]]:
    for file, queries in _STATES.items():
        with closing(sqlite3.connect(f"file:{data / file}?mode=ro", uri=True)) as database:
            for what, query in queries.items():
                for state, count in database.execute(query):
                    yield f"{what} {state}", count


@contextmanager
def _archived(commit: str) -> Iterator[tuple[Path, str]]:
    """The tree of a commit, and its full name."""
    full = subprocess.check_output(["git", "rev-parse", f"{commit}^{{commit}}"], text=True).strip()
    with TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", full], check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder), full


def _port(commit: str) -> int:
    """Where the chat is, whose addresses are in what is kept: where systems give no ports away."""
    return 20_000 + int(commit[:8], 16) % 10_000


def _left_behind(folder: Path, tree: Path, commit: str) -> Story:
    """Let the old version work in a folder, and kill it."""
    (folder / "clips").mkdir()
    site = BridgeSite()
    site._port = _port(commit)
    with site:
        service = _Old(folder, site, tree=tree)
        site.bot = f"http://127.0.0.1:{service.port}"
        scene = _Scene(site, folder / "clips", [])
        try:
            service.start()
            service.be_ready()
            _play(scene, service)
            service.kill()
        finally:
            service.end()
    _shorten(service.data)
    return Story(
        commit=commit,
        made_at=datetime.now(UTC),
        port=_port(commit),
        said=tuple(scene.said),
        seen=seen(site.posts),
        states=dict(_states(service.data)),
    )


@click.command()
@click.argument("commit")
def main(commit: str) -> None:
    """Keep what COMMIT leaves behind when it is killed in the middle of everything."""
    with _archived(commit) as (tree, full), TemporaryDirectory() as folder:
        story = _left_behind(Path(folder), tree, full)
        into = _HERE / f"{full[:7]}.tar.xz"
        pack(Path(folder), story, into)
    for state, count in story.states.items():
        click.echo(f"{count:>4} {state}")
    click.echo(f"{into.name}: {into.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
