"""What is said before and after a render."""

from pathlib import Path

import pytest

from bot.engine.cost import Estimate
from bot.handlers.commands import parse_slash
from bot.handlers.render import estimated, film_card
from bot.ports import Command, Head, Message, RenderOrder, RenderRecord
from bot.web.links import SignedLinks
from tests.engine.builders import track
from tests.handlers.conftest import Channel

LINKS = SignedLinks("https://chatkut.example.com", "secret", 60, 60)
RECORD = RenderRecord("r1", "chat:film", 3, "720p", "done", 20_000, 12.5, size_bytes=1_000_000)


def test_a_film_comes_with_the_link_that_opens_it() -> None:
    card = film_card(RECORD, LINKS)
    assert LINKS.film_of(card.link.rpartition("/")[2]) == "r1"
    assert film_card(RECORD).link == ""


class Desk:
    """A desk that expects renders to take a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def estimate(self, order: RenderOrder) -> Estimate:  # noqa: ARG002
        return Estimate(self._seconds, 1000)


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "less than a second"), (0.7, "about 1 s"), (75, "about 75 s")]
)
async def test_how_long_it_takes_is_told_in_words_that_mean_something(
    channel: Channel, seconds: float, told: str
) -> None:
    channel.set(renders=Desk(seconds))
    message = Message("m", channel.name, "anna", "")
    head = Head(1, track(60))
    turn = await estimated(Command("estimate"), message, head, channel.services)
    assert told in turn.replies[0].text


@pytest.mark.parametrize(
    ("text", "presets"),
    [
        ("/render", ()),
        ("/render 720p gif", ("720p", "gif")),
        ("/render 16:9, 9:16 and 1:1 please", ("landscape", "vertical", "square")),
        ("/estimate gif + gif #3", ("gif",)),
        ("/cancel gif", ("gif",)),
    ],
)
def test_a_command_names_as_many_formats_as_it_likes(text: str, presets: tuple[str, ...]) -> None:
    command = parse_slash(text)
    assert command is not None
    assert command.presets == presets


async def test_several_films_are_estimated_together_and_each_is_delivered(
    channel: Channel, beach: Path
) -> None:
    await channel.say("", beach)
    before = await channel.services.conversations.head(channel.name)
    estimate, *films = await channel.say("/render preview square gif")
    assert estimate.text.startswith("Estimate for 3 films (preview, square, gif): ")
    assert estimate.text.endswith(" together.")
    assert [film.text.partition(":")[0] for film in films] == [
        f"Rendered ({preset})" for preset in ("preview", "square", "gif")
    ]
    assert [film.files[0].suffix for film in films] == [".mp4", ".mp4", ".gif"]
    assert "1080×1080" in films[1].text
    assert await channel.services.conversations.head(channel.name) == before

    again = await channel.say("/render gif preview")
    assert [film.text.partition(":")[0] for film in again] == [
        f"Rendered before, nothing to pay ({preset})" for preset in ("gif", "preview")
    ]
    mixed = await channel.say("/render landscape gif")
    assert [reply.kind for reply in mixed] == ["estimate", "render", "render"]
    assert mixed[0].text.startswith("Estimate for landscape: ")


async def test_the_price_of_several_films_is_asked_for_once(team: Channel, beach: Path) -> None:
    team.set(confirm_over_microusd=0)
    await team.say("", beach)
    (question,) = await team.say("/render preview gif")
    assert question.text.startswith("These 2 films (preview, gif) will cost ")
    (choice,) = question.choices
    assert choice.text == "/render preview gif #1 confirmed"
    await team.press(question, choice.label)
    assert team.chat.kinds().count("render") == 2


async def test_several_films_have_to_fit_into_a_budget_together(team: Channel, beach: Path) -> None:
    await team.say("", beach)
    (one,) = await team.say("/estimate square")
    (both,) = await team.say("/estimate square vertical")
    assert one.cost_usd is not None
    assert both.cost_usd is not None
    assert both.cost_usd > one.cost_usd
    await team.say(f"/budget ${one.cost_usd:.6f} a month", admin=True)
    (refused,) = await team.say("/render square vertical")
    assert "Nothing was rendered" in refused.text


async def test_a_film_that_is_not_being_made_cannot_be_cancelled(channel: Channel) -> None:
    (answer,) = await channel.say("/cancel gif")
    assert answer.text == "Nothing is being rendered here."
