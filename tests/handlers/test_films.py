"""What is said before and after a render."""

import pytest

from bot.engine.cost import Estimate
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
