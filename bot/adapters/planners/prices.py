"""What models cost. Amounts are whole micro-dollars; an unknown price is None, never 0.

Prices in dollars per million tokens are micro-dollars per token, so no number needs scaling. The
table was read on 2026-11-22 from the providers' price lists as genai-prices and litellm carry them;
a setting overrides a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from bot.ports import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars per token: of fresh input, of output, of input read from or put in a cache."""

    fresh: float
    output: float
    cached: float | None = None
    written: float | None = None


PRICES: Mapping[str, Price] = {
    "claude-opus-5-5": Price(4, 20, 0.20, 5),
    "claude-sonnet-5-5": Price(2, 10, 0.10, 2.5),
    "claude-haiku-5-5": Price(0.10, 0.50, 0.01, 0.125),
    "gpt-6-sol": Price(2, 10, 0.20, 2.5),
    "gpt-6-luna": Price(0.10, 0.50, 0.01, 0.125),
    "gpt-4o": Price(2.5, 10, 1.25),
    "gpt-4o-mini": Price(0.15, 0.60),
}


def price_of(model: str, prices: Mapping[str, Price] = PRICES) -> Price | None:
    """The price of a model; a gateway writes "provider/model"."""
    return prices.get(model) or prices.get(model.partition("/")[2])


def cost(usage: Usage, price: Price) -> int:
    """What a call cost, in micro-dollars, rounded up."""
    fresh = max(0, usage.read - usage.cached - usage.written)
    total = (
        fresh * price.fresh
        + usage.cached * (price.fresh if price.cached is None else price.cached)
        + usage.written * (price.fresh if price.written is None else price.written)
        + usage.output * price.output
    )
    return ceil(round(total, 6))


def tokens(size: int) -> int:
    """How many tokens a text of so many bytes has at most, by experience: a third of them.

    Bytes, since a character of Chinese or an emoji is a token or more.
    """
    return ceil(size / 3)


def at_most(size: int, most_output: int, price: Price) -> int:
    """What a call can cost, in micro-dollars, before it is made.

    Nothing is cached, all of it may be put into a cache, and the reply is as long as it may be.
    """
    dearest = max(price.fresh, price.written or 0)
    return ceil(round(tokens(size) * dearest + most_output * price.output, 6))
