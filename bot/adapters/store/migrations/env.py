"""Runs the migrations on the connection that `Database` hands over."""

from alembic import context

from bot.adapters.store.schema import is_ours
from bot.adapters.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    include_name=is_ours,
)
context.run_migrations()
