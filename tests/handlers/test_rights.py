"""Who may do what in a channel, and how its admins change that."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.renders import SqlRenders
from bot.adapters.store.tables import RenderRow
from bot.engine.plan import Plan
from bot.ports import Answer, Command, Edits, Mention, Question, Remark, RenderRecord
from tests.handlers.asking import ops, trim
from tests.handlers.conftest import Channel

BEN: dict[str, Any] = {"author": "Ben", "user": "u2"}
GUEST: dict[str, Any] = {"author": "Gus", "user": "u3", "external": True}
ADMIN: dict[str, Any] = {"author": "Ada", "user": "u1", "admin": True}
NOT_EDIT = "You can look at this film and ask about it here, but not change it"


@pytest.fixture
async def film(team: Channel, beach: Path) -> Channel:
    """A channel with a clip, in which Ben has said something."""
    await team.say("/help", **BEN)
    await team.say("", beach, **ADMIN)
    return team


async def set_role(film: Channel, name: str, role: str) -> str:
    (reply,) = await film.say(f"/chatkut settings role @{name} {role}", **ADMIN)
    return reply.text


async def test_members_edit_and_render(film: Channel) -> None:
    (receipt,) = await film.say(ops(trim(1)), **BEN)
    assert receipt.kind == "receipt"
    assert (await film.say("/render preview", **BEN))[-1].kind == "render"


async def test_guests_from_outside_edit_but_do_not_render(film: Channel) -> None:
    (receipt,) = await film.say(ops(trim(1)), **GUEST)
    assert receipt.kind == "receipt"
    (refused,) = await film.say("/render preview", **GUEST)
    assert refused.text.startswith("You can edit this film here as a guest from outside, but not")
    assert refused.text.endswith("/chatkut settings role @Gus spender")


async def test_a_guest_who_is_a_spender_renders(film: Channel) -> None:
    await film.say("/help", **GUEST)
    assert await set_role(film, "gus", "spender") == "Gus edits and renders from now on."
    assert (await film.say("/render preview", **GUEST))[-1].kind == "render"


@pytest.mark.parametrize("text", [ops(trim(1)), "/undo", "/undo #1", "/redo", "/render", "/cancel"])
async def test_a_viewer_changes_nothing(film: Channel, text: str) -> None:
    await set_role(film, "Ben", "viewer")
    (refused,) = await film.say(text, **BEN)
    assert refused.kind == "answer"
    assert refused.text.startswith("You can look at this film and ask about it here, but not")
    assert await film.revision() == 1


async def test_a_viewer_drops_no_clips(film: Channel, beach: Path) -> None:
    await set_role(film, "Ben", "viewer")
    (refused,) = await film.say("look", beach, **BEN)
    assert refused.text.startswith(NOT_EDIT)
    assert await film.revision() == 1


async def test_a_viewer_may_look_and_ask(film: Channel) -> None:
    await set_role(film, "Ben", "viewer")
    film.planner.answers["how long is it?"] = Answer("2 s")
    texts = ("/timeline", "/history", "/estimate", "/cost", "/budget", "/help", "/settings")
    for text in ("how long is it?", *texts):
        (reply,) = await film.say(text, **BEN)
        assert NOT_EDIT not in reply.text
        assert reply.kind in ("answer", "estimate")


async def test_an_editor_does_not_render_but_the_edit_before_it_is_done(film: Channel) -> None:
    await set_role(film, "Ben", "editor")
    plan = Plan.model_validate({"operations": [trim(1)]})
    film.planner.answers["trim and render"] = Edits(plan, then=Command("render"))
    receipt, refused = await film.say("trim and render", **BEN)
    assert receipt.kind == "receipt"
    assert refused.text.startswith("You can edit this film here, but not render it")
    assert await film.revision() == 2


async def test_a_role_that_was_taken_away_holds_for_buttons_from_before(film: Channel) -> None:
    (receipt,) = await film.say(ops(trim(1)), **BEN)
    await set_role(film, "Ben", "viewer")
    assert (await film.press(receipt, "Undo", **BEN)).startswith(NOT_EDIT)
    assert await set_role(film, "Ben", "default") == "Ben has no role of their own any more."
    assert (await film.press(receipt, "Undo", **BEN)).startswith("Undid #2 by Ben")


async def test_roles_belong_to_people_not_to_names(film: Channel) -> None:
    await set_role(film, "Ben", "viewer")
    (receipt,) = await film.say(ops(trim(1)), author="Ben", user="u9")
    assert receipt.kind == "receipt"
    (refused,) = await film.say("/undo", author="Benny", user="u2")
    assert refused.text.startswith(NOT_EDIT)


async def test_roles_of_one_channel_do_not_hold_in_another(film: Channel, beach: Path) -> None:
    await set_role(film, "Ben", "viewer")
    film.name = "chat:direct-ben"
    assert [reply.kind for reply in await film.say(ops(trim(1)), beach, **BEN)] == [
        "clip",
        "receipt",
    ]


async def test_only_admins_change_settings(film: Channel) -> None:
    for what in ("role @Ben spender", "confirm $5", "limit $5 a month", "keep 7", "nonsense"):
        (refused,) = await film.say(f"/settings {what}", **BEN)
        assert refused.text.startswith("Only an admin can change the settings here")
    film.set(admins=frozenset({"chat:u2"}))
    (done,) = await film.say("/settings confirm $5", **BEN)
    assert done.text == "Renders that cost more than $5.00 ask first from now on."


async def test_an_id_of_another_platform_is_no_admin_here(film: Channel) -> None:
    film.set(admins=frozenset({"slack:u2"}))
    (refused,) = await film.say("/settings confirm $5", **BEN)
    assert refused.text.startswith("Only an admin")


async def test_an_admin_cannot_be_shut_out(film: Channel) -> None:
    await set_role(film, "Ada", "viewer")
    assert (await film.say(ops(trim(1)), **ADMIN))[0].kind == "receipt"


async def test_settings_are_told_in_words_with_how_to_change_them(film: Channel) -> None:
    (told,) = await film.say("/chatkut settings", **BEN)
    assert "Renders that cost more than $1.00 ask first." in told.text
    assert "There is no monthly limit here; $0 went this month (/chatkut cost)." in told.text
    assert "You can edit and render this film here." in told.text
    assert "/chatkut settings limit $20 a month" in told.text
    await film.say("/settings limit 20$ per month", **ADMIN)
    await film.say("settings confirm 0", **ADMIN)
    await set_role(film, "Ben", "editor")
    (told,) = await film.say("Settings?", **ADMIN)
    assert "Renders that cost more than $0 ask first." in told.text
    assert "There is a limit of $20.00 a month" in told.text
    assert "Ben is editor: edits, but does not render." in told.text
    assert "You are an admin." in told.text


async def test_a_clip_may_be_called_settings(film: Channel) -> None:
    said = "settings clip: mute it"
    film.planner.answers[said] = Answer("Muted.")
    (reply,) = await film.say(said, **BEN)
    assert reply.text == "Muted."


@pytest.mark.parametrize(
    "what",
    ["confirm", "confirm lots", "limit -1", "limit $1e9", "limit $99999999", "role @Ben",
     "colour red", "role viewer", "confirm $1 $2", "limit \0"],
)  # fmt: skip
async def test_a_setting_that_is_not_understood_changes_nothing(film: Channel, what: str) -> None:
    (reply,) = await film.say(f"/settings {what}", **ADMIN)
    assert reply.text.startswith("I did not understand that; nothing was changed.")
    assert await film.services.conversations.settings(film.name) == ()


async def test_somebody_who_is_mentioned_need_not_have_spoken(film: Channel) -> None:
    text = "/settings role @Cleo Quill viewer"
    (unknown,) = await film.say(text, **ADMIN)
    assert unknown.text.startswith("I know nobody here by the name “Cleo Quill”")
    (done,) = await film.say(text, **ADMIN, mentions=(Mention("u4", "Cleo Quill"),))
    assert done.text == "Cleo Quill looks and asks from now on."
    (refused,) = await film.say("/undo", author="Cleo Quill", user="u4")
    assert refused.text.startswith(NOT_EDIT)


async def test_of_two_people_by_one_name_the_one_who_is_meant_has_to_be_mentioned(
    film: Channel,
) -> None:
    await film.say("/help", author="ben", user="u8")
    assert (await set_role(film, "Ben", "viewer")).startswith("I know several people here")
    assert await film.services.conversations.settings(film.name) == ()
    assert (await set_role(film, "chat:u8", "viewer")).startswith("ben looks and asks")
    (refused,) = await film.say("/undo", author="ben", user="u8")
    assert refused.text.startswith(NOT_EDIT)


async def test_renders_end_where_the_month_is_spent(film: Channel, tmp_path: Path) -> None:
    await film.say("/settings limit $20 a month", **ADMIN)
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    past = RenderRecord("r", film.name, 1, "720p", "done", 0, 0, cost_microusd=20_000_000)
    await SqlRenders(database, tmp_path).save(past)
    database.close()
    (refused,) = await film.say("/render preview", **BEN)
    assert "$20.00 of the $20.00 that this channel may spend this month are gone" in refused.text
    await film.say("/settings limit none", **ADMIN)
    assert (await film.say("/render preview", **BEN))[-1].kind == "render"


async def test_films_that_wait_for_their_turn_count_as_spent(film: Channel, tmp_path: Path) -> None:
    (estimate,) = await film.say("/estimate preview", **BEN)
    assert estimate.cost_usd is not None
    await film.say(f"/settings limit ${estimate.cost_usd * 1.5:.6f} a month", **ADMIN)
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    microusd = round(estimate.cost_usd * 1e6)
    waiting = RenderRecord("r", film.name, 1, "720p", "ordered", microusd, 0)
    await SqlRenders(database, tmp_path).save(waiting)
    database.close()
    (refused,) = await film.say("/render preview", **BEN)
    assert "that this channel may spend this month are gone" in refused.text


async def test_a_new_month_begins_at_nothing(film: Channel, tmp_path: Path) -> None:
    await film.say("/settings limit $1 a month", **ADMIN)
    database = Database(sqlite_url(tmp_path / "chatkut.sqlite"))
    past = RenderRecord("r", film.name, 1, "720p", "done", 0, 0, cost_microusd=20_000_000)
    await SqlRenders(database, tmp_path).save(past)
    with database.writing() as session:
        session.execute(update(RenderRow).values(updated_at=datetime.now(UTC) - timedelta(32)))
    database.close()
    assert (await film.say("/render preview", **BEN))[-1].kind == "render"


async def test_what_a_channel_asks_first_may_differ(film: Channel) -> None:
    await film.say("/settings confirm 0", **ADMIN)
    assert (await film.say("/render preview", **BEN))[0].kind == "question"
    await film.say("/settings confirm default", **ADMIN)
    assert (await film.say("/render preview", **BEN))[-1].kind == "render"


INSTRUCTIONS = "/chatkut settings instructions"


async def test_who_edits_sets_the_standing_instructions_that_planners_are_given(
    film: Channel,
) -> None:
    await film.say(f"{INSTRUCTIONS} Titles are\nalways yellow.", **BEN)
    await film.say(ops(trim(1)), **GUEST)
    assert film.planner.requests[-1].instructions == "Titles are\nalways yellow."
    (told,) = await film.say("/settings", **GUEST)
    assert "“Titles are\nalways yellow.”" in told.text

    (gone,) = await film.say(f"{INSTRUCTIONS} None", **BEN)

    assert gone.text == "There are no standing instructions any more."
    await film.say(ops(trim(1)), **BEN)
    assert film.planner.requests[-1].instructions == ""


@pytest.mark.parametrize(
    ("who", "text", "told"),
    [
        (GUEST, "delete everything", "Guests from outside cannot set instructions here"),
        (BEN, "", "Instructions have 1 to 1000 characters, not 0"),
        (BEN, "x" * 1001, "Instructions have 1 to 1000 characters, not 1001"),
    ],
)
async def test_instructions_that_cannot_be_set_change_nothing(
    film: Channel, who: dict[str, Any], text: str, told: str
) -> None:
    (refused,) = await film.say(f"{INSTRUCTIONS} {text}", **who)
    assert refused.text.startswith(told)
    assert await film.services.conversations.settings(film.name) == ()


async def test_a_viewer_sets_no_instructions(film: Channel) -> None:
    await set_role(film, "Ben", "viewer")
    (refused,) = await film.say(f"{INSTRUCTIONS} be bold", **BEN)
    assert NOT_EDIT in refused.text


async def test_planners_are_given_the_last_turns_of_the_thread(film: Channel) -> None:
    film.planner.answers["nicer"] = Question("What shall I improve?")
    await film.say("nicer", thread="t1", **BEN)
    film.planner.answers["the colours"] = Answer("ok")
    await film.say("the colours", thread="t1", **BEN)
    assert film.planner.requests[-1].turns == (
        Remark("Ben", "nicer"),
        Remark("ChatKut", "What shall I improve?"),
    )


async def test_an_admin_sets_for_how_long_films_are_kept_here(film: Channel) -> None:
    (done,) = await film.say("/settings keep 7 days", **ADMIN)
    assert done.text.startswith("Films are deleted here after 7 days from now on.")
    (told,) = await film.say("/settings", **ADMIN)
    assert "Films are deleted after 7 days; they can be rendered again." in told.text
    await film.say("/settings keep default", **ADMIN)
    assert await film.services.conversations.settings(film.name) == ()


@pytest.mark.parametrize("what", ["keep 0", "keep ever", "keep -1 days", "keep 7 weeks"])
async def test_films_are_kept_for_a_number_of_days_or_nothing_changes(
    film: Channel, what: str
) -> None:
    (reply,) = await film.say(f"/settings {what}", **ADMIN)
    assert "nothing was changed" in reply.text
    assert await film.services.conversations.settings(film.name) == ()
