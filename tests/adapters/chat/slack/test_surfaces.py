import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from bot.adapters.chat.slack import Beside, Preview, SlackApi, Work
from bot.adapters.chat.slack import surfaces as surfaces_of_slack
from bot.adapters.chat.slack.surfaces import Surfaces
from tests.adapters.chat.slack.blocks import Section, VideoBlock, texts
from tests.adapters.chat.slack.site import SlackSite
from tests.adapters.chat.slack.things import BOT_TOKEN, BOT_USER, DOMAIN, TEAM, Channel

OPENED = {"type": "app_home_opened", "tab": "home", "user": "U0ANNA"}
PAGE, FILM = f"https://{DOMAIN}/s/token", f"https://{DOMAIN}/r/token"
SHARED = Preview(
    f"slack:{TEAM}/C0FILMS", "A film of 0:42", "3 clips", f"{PAGE}/player", f"{PAGE}/p"
)


class Costs:
    """Tells the one person that it knows of two channels."""

    async def works(self, team: str, user: str) -> Sequence[Work]:
        if (team, user) != (TEAM, "U0ANNA"):
            return ()
        at = datetime(2026, 5, 4, tzinfo=UTC)
        return (
            Work(f"slack:{TEAM}/C0FILMS", 42, 3, 30_000, at, "<Ben>"),
            Work(f"slack:{TEAM}/D0ANNA", 0, 1, 0),
        )


class Known:
    """Knows where addresses lead to."""

    def __init__(self, **previews: Preview) -> None:
        self.previews = {f"https://{DOMAIN}/{name}/token": each for name, each in previews.items()}

    async def card(self, url: str) -> Preview | None:
        return self.previews.get(url)


@pytest.fixture
async def api(site: SlackSite) -> AsyncIterator[SlackApi]:
    api = SlackApi(SecretStr(BOT_TOKEN), site.api_url)
    yield api
    await api.close()


async def surfaces(api: SlackApi, beside: Beside) -> Surfaces:
    return Surfaces(api, await api.identity(), beside)


def shared(site: SlackSite, *urls: str, **more: str) -> tuple[dict[str, object], str]:
    """An event of links that somebody posted, and the id of the message."""
    channel: Channel = site.channel()
    ts = site.say(channel, "U0ANNA", f"look: {' '.join(urls)}")["ts"]
    links = [{"url": url, "domain": DOMAIN} for url in urls]
    where = {"channel": channel.id, "message_ts": ts, "user": "U0ANNA"}
    return {"type": "link_shared", "links": links, **where, **more}, ts


async def test_home_tells_a_person_of_the_channels_where_they_have_spoken(
    site: SlackSite, api: SlackApi
) -> None:
    site.channel()
    shown = await surfaces(api, Beside(Costs()))
    await shown.event(OPENED)
    await shown.event(OPENED | {"user": "U0BEN"})
    _, _, films, direct = texts(site.views["U0ANNA"])
    assert films == (
        "<#C0FILMS> · 0:42 long · 3 clips · last change "
        "<!date^1777852800^{date_short_pretty}, {time}|04 May 2026> by &lt;Ben&gt; · $0.03 "
        "this month"
    )
    assert direct == "Our direct messages · 0:00 long · 1 clip · $0 this month"
    assert len(texts(site.views["U0BEN"])) == 1


async def test_home_tells_nobody_of_a_channel_that_they_are_in_no_more(
    site: SlackSite, api: SlackApi
) -> None:
    site.channel().members.remove("U0ANNA")
    await (await surfaces(api, Beside(Costs()))).event(OPENED)
    assert "C0FILMS" not in str(texts(site.views["U0ANNA"]))
    assert "Our direct messages" in str(texts(site.views["U0ANNA"]))


async def test_home_of_somebody_in_hundreds_of_channels_is_one_question(
    site: SlackSite, api: SlackApi
) -> None:
    for number in range(300):
        site.channel(f"C0{number:03}")
    site.channel()
    await (await surfaces(api, Beside(Costs()))).event(OPENED)
    assert len(site.called("users.conversations")) == 1
    assert "C0FILMS" in str(texts(site.views["U0ANNA"]))


@pytest.mark.parametrize("method", ["users.conversations", "views.publish", "chat.unfurl"])
async def test_where_slack_is_slow_it_has_its_acknowledgement_in_time(
    site: SlackSite, api: SlackApi, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(surfaces_of_slack, "_PATIENCE_SECONDS", 0.2)
    site.faults.meanwhile[method] = asyncio.Event().wait  # for ever
    shown = await surfaces(api, Beside(Costs(), Known(s=SHARED)))
    async with asyncio.timeout(60):
        await shown.event(OPENED)
        await shown.event(shared(site, PAGE)[0])


async def test_a_view_that_slack_does_not_take_is_let_go(site: SlackSite, api: SlackApi) -> None:
    shown = await surfaces(api, Beside())
    site.faults.errors.append("not_enabled")
    await shown.event(OPENED)
    await shown.event(OPENED | {"tab": "messages"})
    assert site.views == {}


async def test_a_link_to_a_share_page_is_shown_as_a_film_that_plays(
    site: SlackSite, api: SlackApi
) -> None:
    event, ts = shared(site, PAGE)
    await (await surfaces(api, Beside(unfurler=Known(s=SHARED)))).event(event)
    (block,) = site.unfurled[ts][PAGE]
    assert isinstance(block, VideoBlock)
    assert (block.title.text, block.video_url) == ("A film of 0:42", f"{PAGE}/player")


@pytest.mark.parametrize("fault", ["missing_scope", "invalid_blocks"])
async def test_where_slack_plays_no_films_the_link_is_shown_in_words(
    site: SlackSite, api: SlackApi, fault: str
) -> None:
    event, ts = shared(site, PAGE)
    shown = await surfaces(api, Beside(unfurler=Known(s=SHARED)))
    site.faults.errors.append(fault)
    await shown.event(event)
    (block,) = site.unfurled[ts][PAGE]
    assert isinstance(block, Section)
    assert block.text.text == f"*<{PAGE}|A film of 0:42>*\n3 clips"


async def test_a_film_without_a_player_is_shown_in_words(site: SlackSite, api: SlackApi) -> None:
    event, ts = shared(site, FILM, PAGE, f"https://{DOMAIN}/other")
    film = Preview(SHARED.channel, "<A> film", "1280 × 720", "http://insecure", "http://insecure")
    await (await surfaces(api, Beside(unfurler=Known(r=film, s=SHARED)))).event(event)
    assert set(site.unfurled[ts]) == {FILM, PAGE}
    assert texts(site.unfurled[ts][FILM]) == [f"*<{FILM}|&lt;A&gt; film>*\n1280 × 720"]


async def test_a_link_is_shown_while_the_message_is_being_written(
    site: SlackSite, api: SlackApi
) -> None:
    event, _ = shared(site, PAGE, unfurl_id="Ux1", source="composer", channel="COMPOSER")
    await (await surfaces(api, Beside(unfurler=Known(s=SHARED)))).event(event)
    assert PAGE in site.unfurled["Ux1"]


@pytest.mark.parametrize(
    "preview",
    [
        Preview("slack:T0OTHER/C0FILMS", "Another workspace's", ""),
        Preview("discord:1/2", "Another platform's", ""),
    ],
)
async def test_what_is_not_of_this_workspace_is_not_shown_there(
    site: SlackSite, api: SlackApi, preview: Preview
) -> None:
    event, _ = shared(site, PAGE)
    await (await surfaces(api, Beside(unfurler=Known(s=preview)))).event(event)
    assert site.called("chat.unfurl") == []


async def test_our_own_links_stay_as_they_are(site: SlackSite, api: SlackApi) -> None:
    event, _ = shared(site, PAGE, user=BOT_USER)
    await (await surfaces(api, Beside(unfurler=Known(s=SHARED)))).event(event)
    await (await surfaces(api, Beside())).event(event | {"user": "U0ANNA"})
    assert site.called("chat.unfurl") == []
