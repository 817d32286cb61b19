"""A process that serves the kinds of the tests until it is killed."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bot.jobs.engine import Jobs
from tests.jobs.kinds import kinds
from tests.jobs.site import Site


async def main(about: dict[str, Any]) -> None:
    site = Site(Path(about["folder"]), about["jobs_url"])
    place = {"executor": about["executor"], "queues": about["queues"]}
    async with site.running(*kinds(site), **place) as engine:
        print("ready", flush=True)  # noqa: T201
        await take_orders(engine)


async def take_orders(jobs: Jobs) -> None:
    lines = asyncio.StreamReader()
    pipe = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: pipe, sys.stdin)
    async for line in lines:
        kind, id, payload = json.loads(line)
        await jobs.enqueue(kind, id, payload)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
