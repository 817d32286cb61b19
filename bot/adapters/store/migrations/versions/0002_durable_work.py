"""Durable work: messages, outbox, orders, progress, workers, waits, daily costs, use of clips."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _messages()
    _clip_uses()
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("channel_key", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_channel_key"), "outbox", ["channel_key"])
    op.create_index("ix_outbox_state", "outbox", ["state", "channel_key"])
    for column in (
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("render", column)
    op.create_table(
        "progress",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("channel_key", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("seconds_left", sa.Float(), nullable=True),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_progress")),
    )
    op.create_table(
        "worker",
        sa.Column("executor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("executor", name=op.f("pk_worker")),
    )
    op.create_table(
        "wait",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("poll_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_wait")),
    )
    op.create_index(op.f("ix_wait_poll_at"), "wait", ["poll_at"])
    op.create_table(
        "cost_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("microusd", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel_key", "kind", name=op.f("pk_cost_day")),
    )


def _messages() -> None:
    """Every message that led to a revision was answered."""
    op.create_table(
        "message",
        sa.Column("channel_key", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel_key", "message_id", name=op.f("pk_message")),
    )
    op.execute("""
        INSERT INTO message (channel_key, message_id, answered_at)
        SELECT channel.key, revision.message_id, revision.created_at
        FROM revision
        JOIN composition ON composition.id = revision.composition_id
        JOIN channel ON channel.id = composition.channel_id
    """)


def _clip_uses() -> None:
    table = op.create_table(
        "clip_use",
        sa.Column("composition_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["composition_id"],
            ["composition.id"],
            name=op.f("fk_clip_use_composition_id_composition"),
        ),
        sa.PrimaryKeyConstraint("composition_id", "sha256", name=op.f("pk_clip_use")),
    )
    query = sa.text("SELECT composition_id, snapshot FROM revision")
    snapshots = op.get_bind().execute(query, execution_options={"yield_per": 100})
    uses = {(row.composition_id, clip) for row in snapshots for clip in _clips(row.snapshot)}
    rows = [{"composition_id": composition, "sha256": clip} for composition, clip in sorted(uses)]
    op.bulk_insert(table, rows)


def _clips(snapshot: bytes) -> Iterator[Any]:
    """The clips of a snapshot; one that is damaged is told when it is read, not here."""
    try:
        clips = json.loads(zlib.decompress(snapshot))["clips"]
        yield from (clip["sha256"] for clip in clips.values())
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return
