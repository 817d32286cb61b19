import pytest

from bot.handlers.route import answered
from bot.ports import Attachment, Message, Taken
from bot.web.links import SignedLinks
from tests.handlers.conftest import Channel

LINKS = SignedLinks("https://chatkut.example.com", "secret", 60, 60)


async def test_whoever_asks_gets_an_upload_page_of_their_own(channel: Channel) -> None:
    channel.set(links=LINKS)

    (reply,) = await channel.say("/upload", author="anna", user="U1")

    asked = LINKS.uploading(reply.link.rpartition("/")[2])
    assert (asked.channel, asked.author) == (channel.name, "anna")
    assert reply.only_for == "U1"


async def test_the_link_to_share_shows_this_channel(channel: Channel) -> None:
    channel.set(links=LINKS)

    (reply,) = await channel.say("/share")

    assert LINKS.shared_by(reply.link.rpartition("/")[2]) == channel.name
    assert reply.only_for == ""


async def test_a_viewer_gets_no_upload_page(team: Channel) -> None:
    team.set(links=LINKS, admins=frozenset({"chat:anna"}))
    await team.say("/settings role @ben viewer", author="ben")
    await team.say("/settings role @ben viewer", author="anna")

    (reply,) = await team.say("/upload", author="ben")

    assert reply.link == ""


async def test_neither_a_viewer_nor_a_guest_makes_a_link_that_anybody_can_open(
    team: Channel,
) -> None:
    team.set(links=LINKS, admins=frozenset({"chat:anna"}))
    await team.say("/settings role @ben viewer", author="ben")
    await team.say("/settings role @ben viewer", author="anna")

    (viewer,) = await team.say("/share", author="ben")
    (guest,) = await team.say("/share", author="gus", user="u3", external=True)
    (admin,) = await team.say("/share", author="anna", external=True)

    assert (viewer.link, guest.link) == ("", "")
    assert "not give out a link to it" in viewer.text
    assert "A guest from outside" in guest.text
    assert admin.link


async def test_what_a_link_shows_is_all_told(channel: Channel) -> None:
    channel.set(links=LINKS)

    (reply,) = await channel.say("/share")

    for shown in ("film", "timeline", "clips", "history", "cost"):
        assert shown in reply.text


@pytest.mark.parametrize("text", ["/upload", "/share"])
@pytest.mark.parametrize(
    ("place", "wanted"), [("chat:launch", "CHATKUT_PUBLIC_URL"), ("terminal:main", "`chatkut run`")]
)
async def test_where_there_are_no_links_that_is_told(
    team: Channel, text: str, place: str, wanted: str
) -> None:
    turn = await answered(Message("m1", place, "anna", text), Taken(), team.services)

    assert [wanted in reply.text for reply in turn.replies] == [True]
    assert turn.replies[0].link == ""


@pytest.mark.parametrize("has_links", [True, False])
async def test_a_file_that_the_chat_did_not_deliver_may_come_by_a_link(
    channel: Channel, has_links: bool
) -> None:
    channel.set(links=LINKS if has_links else None)
    message = Message("m1", channel.name, "anna", "", (Attachment("beach.mp4", "F1"),), user="U1")
    lost = Taken(refusals=("“beach.mp4” did not arrive.",), undelivered=True)

    turn = await answered(message, lost, channel.services)

    assert turn.replies[0].text == "“beach.mp4” did not arrive."
    assert [reply.only_for for reply in turn.replies if reply.link] == ["U1"] * has_links
