"""Accepts jobs in the order in which they come, many in one commit."""

import asyncio
from collections.abc import Callable
from contextvars import Context

from dbos import DBOS
from dbos._core import prepare_enqueued_workflow
from dbos._sys_db import WorkflowStatusInternal

from bot.jobs.engine import Payload

Entry = tuple[WorkflowStatusInternal, "asyncio.Future[None]"]


class Intake:
    """Puts jobs behind everything else of the same key; does nothing where the id is taken.

    What DBOS offers to all stamps rows with the database's clock, which on SQLite counts whole
    seconds before Python 3.12: jobs of one second would run in the order of their ids. This is what
    its consumer of ordered Kafka topics uses. What comes during a commit goes into the next one.
    """

    def __init__(self, dbos: DBOS) -> None:
        self._dbos = dbos
        self._arrived: list[Entry] = []
        self._commits: asyncio.Task[None] | None = None

    async def accept(
        self,
        workflow: Callable[..., object],
        id: str,
        payload: Payload,
        queue: str,
        key: str | None,
    ) -> None:
        """Return when the job is durable.

        Raises:
            SQLAlchemyError: The database cannot be used, and the job is not accepted.
        """
        row = prepare_enqueued_workflow(
            self._dbos,
            workflow,
            (payload,),
            {},
            queue_name=queue,
            workflow_id=id,
            queue_partition_key=key,
        )
        durable = asyncio.get_running_loop().create_future()
        self._arrived.append((row, durable))
        if self._commits is None or self._commits.done():
            self._commits = asyncio.create_task(self._commit(), context=Context())
        await durable

    async def _commit(self) -> None:
        while self._arrived:
            batch, self._arrived = self._arrived, []
            await self._insert(batch)

    async def _insert(self, batch: list[Entry]) -> None:
        rows = [row for row, _ in batch]
        insert = asyncio.to_thread(self._dbos._sys_db.init_workflows, rows)
        [outcome] = await asyncio.gather(insert, return_exceptions=True)
        for _, durable in batch:
            if durable.done():  # nobody waits any more
                continue
            if isinstance(outcome, BaseException):
                durable.set_exception(outcome)
            else:
                durable.set_result(None)
