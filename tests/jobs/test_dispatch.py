from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import update

from bot.adapters.store.database import Database
from bot.adapters.store.orders import SqlOrders
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.tables import OutboxRow
from bot.jobs.dispatch import Rescue
from bot.jobs.engine import Job, Kind, Payload
from tests.adapters.store.samples import post
from tests.jobs.site import SERIAL, Site


async def nothing(_: Job, __: Payload) -> None:
    """Deliver nothing."""


async def test_a_channel_is_rescued_once_a_minute_and_ids_do_not_repeat(
    sqlite_site: Site, store: Database, tmp_path: Path
) -> None:
    outbox = SqlOutbox(store, tmp_path)
    with store.writing() as session:
        late = post("late")
        outbox.put(session, late)
        session.execute(update(OutboxRow).values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    orders = SqlOrders(store, outbox, tmp_path)
    async with sqlite_site.running(Kind("deliver", nothing, SERIAL), queues=[]) as jobs:
        before, after = Rescue(jobs, outbox, orders), Rescue(jobs, outbox, orders)
        for rescue in (before, after, after):
            await rescue.outboxes()
        found = await jobs.find("queued")
    assert {job.key for job in found} == {late.to.channel}
    assert 2 <= len(found) <= 3  # a minute may have begun in between
