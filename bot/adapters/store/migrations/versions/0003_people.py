"""People: who said what in which thread, what was set for a channel, who answered a question."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LED = """
    UPDATE message SET author = led.author, focus = led.focus,
        person = substr(channel_key, 1, {position}(channel_key, ':')) || led.author
    FROM (
        SELECT channel.key, revision.message_id, revision.author, revision.focus
        FROM revision
        JOIN composition ON composition.id = revision.composition_id
        JOIN channel ON channel.id = composition.channel_id
    ) AS led
    WHERE led.key = message.channel_key AND led.message_id = message.message_id
"""
_WHO = {
    "sqlite": _LED.format(position="instr"),
    "postgresql": _LED.format(position="strpos"),
}


def upgrade() -> None:
    _messages()
    _questions()
    op.add_column("outbox", _text("taken_by"))
    op.create_table(
        "setting",
        sa.Column("channel_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel_key", "name", name=op.f("pk_setting")),
    )


def _messages() -> None:
    """Who said the old ones is known where they led to a revision: by name, in no thread."""
    for name in ("person", "author", "thread"):
        op.add_column("message", _text(name))
    op.add_column("message", _text("fate", "worked"))
    op.add_column("message", sa.Column("focus", sa.JSON(), nullable=True))
    op.execute(_WHO[op.get_bind().dialect.name])
    op.create_index("ix_message_pace", "message", ["channel_key", "fate", "answered_at"])
    op.create_index("ix_message_person_pace", "message", ["person", "fate", "answered_at"])
    op.create_index("ix_message_thread", "message", ["channel_key", "thread", "answered_at"])


def _questions() -> None:
    """Those that are open stay so where there are no threads."""
    op.execute("CREATE TABLE question_of_channel AS SELECT * FROM question")
    op.drop_table("question")
    op.create_table(
        "question",
        sa.Column("channel_key", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel_key", "thread", name=op.f("pk_question")),
    )
    op.execute("""
        INSERT INTO question (channel_key, thread, text, choices, post, created_at)
        SELECT channel_key, '', text, choices, '', created_at FROM question_of_channel
    """)
    op.drop_table("question_of_channel")


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default=default)
