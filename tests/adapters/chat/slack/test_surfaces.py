from collections.abc import Sequence

from pydantic import SecretStr

from bot.adapters.chat.slack import SlackApi
from bot.adapters.chat.slack.surfaces import Surfaces
from tests.adapters.chat.slack.blocks import texts
from tests.adapters.chat.slack.site import SlackSite
from tests.adapters.chat.slack.things import BOT_TOKEN

OPENED = {"type": "app_home_opened", "tab": "home", "user": "U0ANNA"}


class Costs:
    async def lines(self, user: str) -> Sequence[str]:
        return (f"{user} spent $0.03 in <#films>",)


async def test_home_tells_what_it_is_given() -> None:
    async with SlackSite() as site:
        api = SlackApi(SecretStr(BOT_TOKEN), site.api_url)
        await Surfaces(api, Costs()).event(OPENED)
        assert texts(site.views["U0ANNA"])[1] == "U0ANNA spent $0.03 in &lt;#films&gt;"
        await api.close()


async def test_a_view_that_slack_does_not_take_is_let_go() -> None:
    async with SlackSite() as site:
        api = SlackApi(SecretStr(BOT_TOKEN), site.api_url)
        site.faults.errors.append("not_enabled")
        await Surfaces(api).event(OPENED)
        await Surfaces(api).event(OPENED | {"tab": "messages"})
        assert site.views == {}
        await api.close()
