"""What every store of renders and of orders must do."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.orders import SqlOrders
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.renders import SqlRenders
from bot.engine.composition import Composition
from bot.ports import Ordered, RenderOrder, RenderRecord, Reply, Turn, key_of
from tests.adapters.store.conftest import Opener
from tests.adapters.store.samples import CHANNEL, OTHER, change, said, states

RUNNING = RenderRecord("r1", CHANNEL, 1, "720p", "running", 1200, 55.3)
FILM = Reply("render", "Here it is")
MADE = change(Composition(), 0, 640)
ORDER = RenderOrder("r1", CHANNEL, 1, MADE.comp, "720p")


@pytest.fixture
def renders(database: Database, tmp_path: Path) -> SqlRenders:
    return SqlRenders(database, tmp_path)


@pytest.fixture
def orders(database: Database, outbox: SqlOutbox, tmp_path: Path) -> SqlOrders:
    return SqlOrders(database, outbox, tmp_path)


@pytest.fixture
async def ordered(database: Database, outbox: SqlOutbox) -> None:
    await SqlConversations(database, outbox).keep(said(), Turn((MADE,), renders=(ORDER,)))


async def cancelled(database: Database, outbox: SqlOutbox) -> None:
    await SqlConversations(database, outbox).keep(said("stop"), Turn(cancels=("r1",)))


async def test_renders_are_kept_with_paths_that_move_with_the_directory(
    database: Database, renders: SqlRenders, tmp_path: Path
) -> None:
    await renders.save(RUNNING)
    done = replace(RUNNING, state="done", path=tmp_path / "renders" / "film.mp4", seconds=4.5)
    await renders.save(done)
    assert await renders.past("done", CHANNEL) == (done,)
    assert await renders.past("done", OTHER) == ()
    assert await renders.past("running") == ()
    (moved,) = await SqlRenders(database, tmp_path / "copy").past("done")
    assert moved.path == tmp_path / "copy" / "renders" / "film.mp4"


async def test_the_latest_render_comes_first(renders: SqlRenders) -> None:
    for render_id in ("r1", "r2", "r3"):
        await renders.save(replace(RUNNING, id=render_id, state="done"))
    await renders.save(replace(RUNNING, id="r2", state="done"))
    assert [record.id for record in await renders.past("done")] == ["r2", "r3", "r1"]


async def test_only_a_render_that_is_still_running_is_interrupted(renders: SqlRenders) -> None:
    await renders.save(RUNNING)
    await renders.save(replace(RUNNING, id="r2", state="done"))
    for render_id in ("r1", "r2"):
        await renders.interrupt(render_id, "stopped")
    assert [record.error for record in await renders.past("failed")] == ["stopped"]
    assert [record.id for record in await renders.past("done")] == ["r2"]


@pytest.mark.usefixtures("ordered")
async def test_an_order_comes_back_with_its_composition_and_address(orders: SqlOrders) -> None:
    assert await orders.ordered("r1") == Ordered(ORDER, said().address)
    assert await orders.ordered("r2") is None


@pytest.mark.usefixtures("ordered")
async def test_an_order_stays_one_while_it_runs(orders: SqlOrders, renders: SqlRenders) -> None:
    await renders.save(RUNNING)
    await renders.interrupt("r1", "The process died, and the job goes on in another.")
    assert await orders.ordered("r1") == Ordered(ORDER, said().address)
    assert await orders.open() == ("r1",)
    assert await orders.open(CHANNEL) == ("r1",)
    assert await orders.open(OTHER) == ()


async def test_orders_are_open_in_the_order_in_which_they_were_given(
    database: Database, outbox: SqlOutbox, orders: SqlOrders
) -> None:
    store = SqlConversations(database, outbox)
    for number in ("r3", "r1", "r2"):
        order = RenderOrder(number, CHANNEL, 0, Composition(), "preview")
        await store.keep(said(number), Turn(renders=(order,)))
    assert await orders.open() == ("r3", "r1", "r2")


async def test_what_was_asked_for_at_the_terminal_is_no_order(
    orders: SqlOrders, renders: SqlRenders
) -> None:
    await renders.save(RUNNING)
    assert await orders.open() == ()
    assert await orders.ordered("r1") is None
    assert not await orders.close(replace(RUNNING, state="done"), FILM)


@pytest.mark.usefixtures("ordered")
async def test_an_order_is_closed_once_and_answered_where_it_was_given(
    database: Database, orders: SqlOrders, renders: SqlRenders, outbox: SqlOutbox
) -> None:
    done = replace(RUNNING, state="done", cost_microusd=7)
    assert await orders.close(done, FILM)
    assert not await orders.close(replace(done, state="failed"), FILM)
    assert await renders.past("done") == (done,)
    assert await orders.open() == ()
    assert await orders.ordered("r1") is None
    assert states(database) == [(key_of("render", "r1"), "pending")]
    post = await outbox.first(CHANNEL)
    assert post is not None
    assert (post.to, post.reply) == (said().address, FILM)


@pytest.mark.usefixtures("ordered")
async def test_of_several_that_close_an_order_one_does(opener: Opener, tmp_path: Path) -> None:
    databases = [opener() for _ in range(3)]
    desks = [SqlOrders(one, SqlOutbox(one, tmp_path), tmp_path) for one in databases]
    done = replace(RUNNING, state="done")
    assert sum(await asyncio.gather(*(desk.close(done, FILM) for desk in desks))) == 1
    assert len(states(databases[0])) == 1


@pytest.mark.usefixtures("ordered")
async def test_a_cancelled_order_is_over_whatever_its_job_says_later(
    database: Database, orders: SqlOrders, renders: SqlRenders, outbox: SqlOutbox
) -> None:
    await renders.save(RUNNING)
    await cancelled(database, outbox)
    assert await orders.ordered("r1") is None
    assert not await orders.close(replace(RUNNING, state="done"), FILM)
    for state in ("running", "done", "failed"):
        await renders.save(replace(RUNNING, state=state))
    (record,) = await renders.past("cancelled")
    assert record == replace(RUNNING, state="cancelled")
    await renders.save(replace(record, cost_microusd=5))
    assert [record.cost_microusd for record in await renders.past("cancelled")] == [5]
    assert states(database) == []
