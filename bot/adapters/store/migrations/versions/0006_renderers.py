"""Which renderer makes a film."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "render", sa.Column("renderer", sa.String(), nullable=False, server_default="local")
    )
