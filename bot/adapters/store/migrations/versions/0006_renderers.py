"""Which renderer makes a film, and what other services were asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "render", sa.Column("renderer", sa.String(), nullable=False, server_default="local")
    )
    op.create_table(
        "remote_render",
        sa.Column("film", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("film", name=op.f("pk_remote_render")),
    )
