"""Whether a deployment works, for `chatkut doctor`."""

import httpx

from bot.adapters.renderers.remotion.client import Begun, LambdaClient
from bot.ports import AdapterError, Finding

_NAME = "renderer"
_ADVICE = "See docs/remotion.md."
_NOBODY = "chatkut-doctor"


async def probe(client: LambdaClient) -> list[Finding]:
    """Ask the function about a render that there is not, and look at the site."""
    return [await _function(client), await _site(client.deployment.site_url)]


async def _function(client: LambdaClient) -> Finding:
    at = client.deployment
    try:
        buckets = await client.buckets()
        if len(buckets) != 1:
            there = ", ".join(buckets) or "none"
            text = f"Remotion's bucket in {at.region} is to be one that is called remotionlambda-…"
            return Finding(_NAME, False, f"{text}; there is {there}", _ADVICE)
        await client.status(Begun(_NOBODY, buckets[0]))
    except AdapterError as error:
        advice = "Look at the network, then try again." if error.retryable else _ADVICE
        return Finding(_NAME, False, str(error), advice)
    return Finding(_NAME, True, f"{at.function} in {at.region} answers")


async def _site(url: str) -> Finding:
    name = "renderer's site"
    try:
        async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
            answer = await http.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        text = f"{url} is not reached ({type(error).__name__})"
        return Finding(name, False, text, "Check CHATKUT_REMOTION_SITE_URL and the network.")
    if not answer.is_success or "siteVersion" not in answer.text:
        text = f"{url} is no site of Remotion ({answer.status_code})"
        return Finding(name, False, text, "Deploy it again, see docs/remotion.md.")
    return Finding(name, True, f"{url} is there")
