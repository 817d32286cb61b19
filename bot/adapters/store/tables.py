"""The tables. They only keep what the engine's models have validated.

Table models do not validate by themselves, and a JSON column changed in place is not saved:
values come in as plain data from a model, and a column is replaced whole.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    UniqueConstraint,
)
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
    """The question that is open in a thread; `post` is the key of the post that asks it."""

    __tablename__ = "question"

    channel_key: str = Field(primary_key=True)
    thread: str = Field(default="", primary_key=True)
    text: str
    choices: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    post: str = ""
    created_at: datetime = Field(default_factory=_now)


class MessageRow(Table, table=True):
    """A message that was answered, so that it is not answered again.

    It was `worked` out, `waits` to come again, or came too fast: then that was said (`person told`,
    `channel told`), or had been and it was `skipped`. `focus` is what "it" means from then on, NULL
    where the message was about no items. `text` is what was said.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_pace", "channel_key", "fate", "answered_at"),
        Index("ix_message_person_pace", "person", "fate", "answered_at"),
        Index("ix_message_thread", "channel_key", "thread", "answered_at"),
    )

    channel_key: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    answered_at: datetime = Field(default_factory=_now)
    person: str = ""
    author: str = ""
    thread: str = ""
    fate: str = "worked"
    text: str = ""
    focus: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class SettingRow(Table, table=True):
    """Something that was set for a channel; where nothing is, the default holds."""

    __tablename__ = "setting"

    channel_key: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: str
    label: str = ""


class ClipUseRow(Table, table=True):
    """A clip that some revision of a composition has in its bin."""

    __tablename__ = "clip_use"

    composition_id: int = Field(foreign_key="composition.id", primary_key=True)
    sha256: str = Field(primary_key=True)


class OutboxRow(Table, table=True):
    """Something to be said: `pending`, `sending` (its fate is unknown), `sent` or `failed`.

    Within a channel the order of the ids is the order of posting. `taken_by` is the name of who
    answered, where it is a question. `edits` is the key of an earlier post that it replaces.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state", "state", "channel_key"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    channel_key: str = Field(index=True)
    thread: str
    message_id: str
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = "pending"
    attempts: int = 0
    post_id: str = ""
    error: str = ""
    created_at: datetime = Field(default_factory=_now)
    sending_since: datetime | None = None
    sent_at: datetime | None = None
    taken_by: str = ""
    edits: str = ""


class RenderRow(Table, table=True):
    """A render, ordered, running or over.

    Costs in micro-dollars, `path` relative to the data directory. `thread`, `message_id` and
    `ordered_at` are those of the message that ordered it, None where it was asked for at the
    terminal; `person` is who asked, "" where that is not known, `renderer` who makes it.
    """

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
    thread: str | None = None
    message_id: str | None = None
    ordered_at: datetime | None = None
    person: str = ""
    renderer: str = "local"


class RemoteRenderRow(Table, table=True):
    """A film that another service was asked for; `ref` is "" where nobody knows its id there."""

    __tablename__ = "remote_render"

    film: str = Field(primary_key=True)
    ref: str = ""
    bucket: str = ""
    since: datetime = Field(default_factory=_now)


class ProgressRow(Table, table=True):
    """The progress that is shown of a job, and as which post."""

    __tablename__ = "progress"

    job: str = Field(primary_key=True)
    channel_key: str
    thread: str
    message_id: str
    stage: str
    fraction: float
    seconds_left: float | None = None
    post_id: str
    updated_at: datetime = Field(default_factory=_now)


class WorkerRow(Table, table=True):
    """A process that does work, when it was last seen, and who takes over from it."""

    __tablename__ = "worker"

    executor: str = Field(primary_key=True)
    role: str
    started_at: datetime
    seen_at: datetime
    claimed_by: str | None = None
    claimed_at: datetime | None = None


class WaitRow(Table, table=True):
    """A job that waits for something outside, and when to ask about it."""

    __tablename__ = "wait"

    job: str = Field(primary_key=True)
    kind: str
    ref: str
    poll_at: datetime = Field(index=True)


class CostDayRow(Table, table=True):
    """What a channel cost on a day (UTC)."""

    __tablename__ = "cost_day"

    day: date = Field(primary_key=True)
    channel_key: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    microusd: int = Field(sa_column=Column(BigInteger, nullable=False))


class PurchaseRow(Table, table=True):
    """A call of a model. `microusd` is what was set aside for it until it is settled.

    None is a price that nobody knows.
    """

    __tablename__ = "purchase"

    id: int | None = Field(default=None, primary_key=True)
    channel_key: str
    person: str
    provider: str
    model: str
    tokens: int
    output_tokens: int = 0
    microusd: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    is_settled: bool = False
    created_at: datetime = Field(default_factory=_now, index=True)


class NoticeRow(Table, table=True):
    """That people were told how much of a month's budget was spent.

    `name` is that of the setting; another amount is another budget.
    """

    __tablename__ = "notice"

    channel_key: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    microusd: int = Field(
        sa_column=Column(BigInteger, primary_key=True, autoincrement=False, nullable=False)
    )
    percent: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class SeenRow(Table, table=True):
    """How far a place of a chat platform ("discord:123") was heard."""

    __tablename__ = "seen"

    place: str = Field(primary_key=True)
    message_id: str
    seen_at: datetime


class ClaimRow(Table, table=True):
    """An upload link that was opened: by the one browser that has the secret behind `holder`.

    `asked` is the message that asked for the link.
    """

    __tablename__ = "claim"

    link: str = Field(primary_key=True)
    holder: str
    asked: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    is_closed: bool = False
    expires_at: datetime


class UploadRow(Table, table=True):
    """A file that comes in by a link; `received` of its bytes are safe on the disk.

    `about` is the client's metadata. It is `open`, `complete`, `accepted` or `taken`; `trouble` is
    why there will be no file.
    """

    __tablename__ = "upload"

    id: str = Field(primary_key=True)
    link: str
    channel_key: str = Field(index=True)
    asked: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    length: int = Field(sa_column=Column(BigInteger, nullable=False))
    received: int = Field(sa_column=Column(BigInteger, nullable=False))
    about: str
    state: str = Field(index=True)
    trouble: str = ""
    expires_at: datetime


class PlaybackRow(Table, table=True):
    """A clip or film at the service that plays videos; `key` is "clip:SHA-256" or "film:ID".

    The channel is the one that had it published first, which pays. `stored_at` is since when it
    can be played, and costs.
    """

    __tablename__ = "playback"

    key: str = Field(primary_key=True)
    kind: str
    ref: str
    channel_key: str
    name: str
    job: str
    state: str = Field(index=True)
    uid: str = Field(default="", index=True)
    upload_url: str = ""
    renewals: int = 0
    size_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sent_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sha256: str = ""
    seconds: float = 0
    addresses: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    error: str = ""
    ordered_at: datetime = Field(default_factory=_now)
    stored_at: datetime | None = None


class MultipartRow(Table, table=True):
    """An upload to a bucket, in parts, that has begun and not ended; `sha256` is the file's."""

    __tablename__ = "multipart"

    upload_id: str = Field(primary_key=True)
    key: str = Field(index=True)
    sha256: str
    part_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    begun_at: datetime = Field(default_factory=_now)


class MultipartPartRow(Table, table=True):
    """A part of an upload that has arrived."""

    __tablename__ = "multipart_part"

    upload_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    etag: str


class SlackBotRow(Table, table=True):
    """A Slack workspace that the app is installed in, as slack_sdk keeps it; tokens are encrypted.

    Times are UTC without saying so, as slack_sdk compares them.
    """

    __tablename__ = "slack_bots"
    __table_args__ = (Index("ix_slack_bots_team", "client_id", "team_id", "installed_at"),)

    id: int | None = Field(default=None, primary_key=True)
    client_id: str
    app_id: str
    enterprise_id: str | None = None
    enterprise_name: str | None = None
    team_id: str | None = None
    team_name: str | None = None
    bot_token: str | None = None
    bot_id: str | None = None
    bot_user_id: str | None = None
    bot_scopes: str | None = None
    bot_refresh_token: str | None = None
    bot_token_expires_at: datetime | None = Field(default=None, sa_column=Column(DateTime))
    is_enterprise_install: bool = False
    installed_at: datetime = Field(sa_column=Column(DateTime, nullable=False))


class SlackInstallationRow(Table, table=True):
    """Somebody's installing of the Slack app, as slack_sdk keeps it; tokens are encrypted."""

    __tablename__ = "slack_installations"
    __table_args__ = (Index("ix_slack_installations_team", "client_id", "team_id", "installed_at"),)

    id: int | None = Field(default=None, primary_key=True)
    client_id: str
    app_id: str
    enterprise_id: str | None = None
    enterprise_name: str | None = None
    enterprise_url: str | None = None
    team_id: str | None = None
    team_name: str | None = None
    bot_token: str | None = None
    bot_id: str | None = None
    bot_user_id: str | None = None
    bot_scopes: str | None = None
    bot_refresh_token: str | None = None
    bot_token_expires_at: datetime | None = Field(default=None, sa_column=Column(DateTime))
    user_id: str
    user_token: str | None = None
    user_scopes: str | None = None
    user_refresh_token: str | None = None
    user_token_expires_at: datetime | None = Field(default=None, sa_column=Column(DateTime))
    incoming_webhook_url: str | None = None
    incoming_webhook_channel: str | None = None
    incoming_webhook_channel_id: str | None = None
    incoming_webhook_configuration_url: str | None = None
    is_enterprise_install: bool = False
    token_type: str | None = None
    installed_at: datetime = Field(sa_column=Column(DateTime, nullable=False))


class SlackStateRow(Table, table=True):
    """An installing of the Slack app that was begun in some browser; good once."""

    __tablename__ = "slack_oauth_states"

    id: int | None = Field(default=None, primary_key=True)
    state: str = Field(unique=True)
    expire_at: datetime = Field(sa_column=Column(DateTime, nullable=False))
