"""The tables. They only keep what the engine's models have validated.

Table models do not validate by themselves, and a JSON column changed in place is not saved:
values come in as plain data from a model, and a column is replaced whole.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, LargeBinary, MetaData, UniqueConstraint
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of the tables; named constraints, so that SQLite can migrate them."""

    metadata = MetaData(naming_convention=NAMING)


def _now() -> datetime:
    return datetime.now(UTC)


class ChannelRow(Table, table=True):
    """A place where people talk; `key` is platform and channel, such as "terminal:launch"."""

    __tablename__ = "channel"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    created_at: datetime = Field(default_factory=_now)


class CompositionRow(Table, table=True):
    """A channel's composition; a channel may come to have several."""

    __tablename__ = "composition"

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id", unique=True)


class RefRow(Table, table=True):
    """A named head, which is also the optimistic lock: a commit on an old head is refused."""

    __tablename__ = "ref"
    __table_args__ = (UniqueConstraint("composition_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    composition_id: int = Field(foreign_key="composition.id")
    name: str = "main"
    head: int = 0


class RevisionRow(Table, table=True):
    """One step of the history: what was asked, what it changed, and the whole result (zlib)."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("composition_id", "seq", name="uq_revision_seq"),
        UniqueConstraint("composition_id", "message_id", name="uq_revision_message"),
    )

    id: int | None = Field(default=None, primary_key=True)
    composition_id: int = Field(foreign_key="composition.id")
    seq: int
    parent: int
    kind: str
    reverts: int | None = None
    author: str
    message_id: str
    text: str
    summary: list[str] = Field(sa_column=Column(JSON, nullable=False))
    focus: list[str] = Field(sa_column=Column(JSON, nullable=False))
    plan: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    diff: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    snapshot: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sha256: str
    created_at: datetime = Field(default_factory=_now)


class QuestionRow(Table, table=True):
    """The question that is open in a channel."""

    __tablename__ = "question"

    channel_key: str = Field(primary_key=True)
    text: str
    choices: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(default_factory=_now)


class RenderRow(Table, table=True):
    """A render, running or over. Costs in micro-dollars, `path` relative to the data directory."""

    __tablename__ = "render"

    id: str = Field(primary_key=True)
    channel_key: str = Field(index=True)
    revision: int
    preset: str
    state: str
    estimate_microusd: int
    megapixel_frames: float
    cost_microusd: int
    cpu_seconds: float
    wall_seconds: float
    path: str | None = None
    seconds: float
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    width: int
    height: int
    error: str = ""
    updated_at: datetime = Field(default_factory=_now)
