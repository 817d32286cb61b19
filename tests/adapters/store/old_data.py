"""A database as version 0001 of the schema left it."""

import hashlib
import json
import zlib
from datetime import date

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from bot.engine.composition import Composition
from bot.engine.history import Diff
from tests.adapters.store.samples import with_clips

DAY = date(2026, 3, 14)
_CHANNEL = text("""
    INSERT INTO channel (id, key, created_at) VALUES (:n, :key, '2026-03-14 12:00:00')
""")
_COMPOSITION = text("INSERT INTO composition (id, channel_id) VALUES (:n, :n)")
_REF = text("INSERT INTO ref (composition_id, name, head) VALUES (:n, 'main', 2)")
_REVISION = text("""
    INSERT INTO revision (composition_id, seq, parent, kind, author, message_id, text, summary,
                          focus, diff, snapshot, sha256, created_at)
    VALUES (:composition_id, :seq, :parent, 'edit', 'anna', :message_id, 'trim', '["Trimmed"]',
            '[]', :diff, :snapshot, :sha256, '2026-03-14 12:00:00')
""")
_RENDER = text("""
    INSERT INTO render (id, channel_key, revision, preset, state, estimate_microusd,
                        megapixel_frames, cost_microusd, cpu_seconds, wall_seconds, path, seconds,
                        size_bytes, width, height, error, updated_at)
    VALUES ('r1', 'terminal:launch', 1, '720p', 'done', 5, 1.5, 7, 2, 3, 'renders/film.mp4', 4,
            1000, 1280, 720, '', '2026-03-14 12:00:00')
""")


_QUESTION = text("""
    INSERT INTO question (channel_key, text, choices, created_at)
    VALUES ('terminal:launch', 'Which?', '[{"label": "one", "text": "trim @v1"}]',
            '2026-03-14 12:00:00')
""")
_POST = text("""
    INSERT INTO outbox (key, channel_key, thread, message_id, body, state, attempts, post_id, error,
                        created_at)
    VALUES ('k', 'terminal:launch', 't1', 'm2', :body, 'sent', 1, 'p1', '', '2026-03-14 12:00:00')
""")
_RECEIPT = """{"kind": "receipt", "text": "done", "choices": [{"label": "Undo", "text": "/undo"}],
    "files": [], "revision": 2, "cost_usd": null, "progress": null}"""


def write_data_of_0002(engine: Engine) -> None:
    """The old data, a version later, with an open question and a receipt with a button."""
    write_old_data(engine)
    with engine.begin() as connection:
        _upgrade(connection, "0002")
        connection.execute(_QUESTION)
        connection.execute(_POST, {"body": _RECEIPT})
        connection.execute(text("UPDATE revision SET focus = '[\"v1\"]' WHERE seq = 2"))
        later = "UPDATE message SET answered_at = '2026-03-14 12:01:00' WHERE message_id = 'm2'"
        connection.execute(text(later))


def _upgrade(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", "bot.adapters.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def write_old_data(engine: Engine) -> None:
    """Two channels, three messages, a clip that left the bin, a damaged revision, a render."""
    with engine.begin() as connection:
        _upgrade(connection, "0001")
        for number, channel in enumerate(("terminal:launch", "terminal:other"), 1):
            connection.execute(_CHANNEL, {"n": number, "key": channel})
            connection.execute(_COMPOSITION, {"n": number})
            connection.execute(_REF, {"n": number})
        first = with_clips(Composition(), "a", "b")
        second = with_clips(Composition(), "b", "c")
        for row in (
            _revision(1, 1, "m1", Composition(), first),
            _revision(1, 2, "m2", first, second),
            _revision(2, 1, "m1", Composition(), first),
            _revision(2, 2, "m9", first, first) | {"snapshot": b"damaged"},
        ):
            connection.execute(_REVISION, row)
        connection.execute(_RENDER)


def _revision(
    composition: int, seq: int, message_id: str, before: Composition, after: Composition
) -> dict[str, object]:
    document = after.model_dump_json().encode()
    return {
        "composition_id": composition,
        "seq": seq,
        "parent": seq - 1,
        "message_id": message_id,
        "diff": json.dumps(Diff.between(before, after).model_dump(mode="json")),
        "snapshot": zlib.compress(document),
        "sha256": hashlib.sha256(document).hexdigest(),
    }
