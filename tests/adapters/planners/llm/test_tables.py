"""Prices, routes and ends of life."""

from datetime import date

import pytest

from bot.adapters.planners.faults import waiting
from bot.adapters.planners.prices import PRICES, Price, at_most, cost, price_of
from bot.adapters.planners.routing import DEFAULTS, Route, ending, route, routes, task_of
from bot.ports import Usage


@pytest.mark.parametrize(
    ("model", "microusd"),
    [("claude-sonnet-5-5", 6950), ("claude-opus-5-5", 13900), ("gpt-6-sol", 7400),
     ("claude-haiku-5-5", 370), ("gpt-6-luna", 370)],
)  # fmt: skip
def test_prices_agree_with_the_published_tables(model: str, microusd: int) -> None:
    usage = Usage(read=6000, cached=4500, output=350)
    assert cost(usage, PRICES[model]) == microusd


def test_a_price_is_never_rounded_to_nothing() -> None:
    assert cost(Usage(1, 0), PRICES["gpt-6-luna"]) == 1


def test_what_has_no_price_of_its_own_in_a_cache_costs_what_is_fresh() -> None:
    assert cost(Usage(10, 0, cached=4, written=3), Price(2, 1)) == 20


def test_a_call_never_costs_more_than_was_reserved() -> None:
    price = PRICES["claude-sonnet-5-5"]
    most = at_most(9000, 2048, price)
    assert cost(Usage(3000, 2048), price) <= most
    assert cost(Usage(3000, 2048, written=3000), price) <= most


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2.5", 2.5), ("inf", 0), ("nan", 0), ("-1", 0), ("1e99", 0), ("soon", 0), ("", 0),
        ("99999999", 3600), ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Fri, 31 Dec 9999 23:59:59 -0100", 0), ("Sun, 22 Nov 2020 10:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_no_provider_is_left_alone_for_ever(text: str, seconds: float) -> None:
    assert waiting({"retry-after": text}) == seconds


def test_a_gateway_s_models_have_the_price_of_the_model() -> None:
    assert price_of("anthropic/claude-sonnet-5-5") == PRICES["claude-sonnet-5-5"]
    assert price_of("gpt-6.2-sol") is None


def test_every_default_model_has_a_price_and_a_future() -> None:
    models = [model for row in DEFAULTS.values() for model in row.values()]
    assert all(price_of(model) for model in models)
    assert list(ending(models, date(2026, 11, 22))) == []


def test_routes_follow_the_order_of_the_keys() -> None:
    table = routes(["openai", "anthropic"])
    expected = (Route("openai", "gpt-6-sol"), Route("anthropic", "claude-sonnet-5-5"))
    assert table["plan-generation"] == expected


def test_a_chosen_route_comes_first_and_the_others_stay_behind_it() -> None:
    table = routes(["openai", "anthropic"], {"code-generation": "anthropic:claude-opus-5-5"})
    expected = (Route("anthropic", "claude-opus-5-5"), Route("openai", "gpt-6-sol"))
    assert table["plan-generation"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("claude-sonnet-4", Route("anthropic", "claude-sonnet-5-5")),
        ("gpt-4o", Route("openai", "gpt-6-luna")),
        ("openai:gpt-6-sol", Route("openai", "gpt-6-sol")),
        ("house:gpt-4o", Route("house", "gpt-4o")),
        ("anthropic/claude-opus-5-5", Route("dedalus", "anthropic/claude-opus-5-5")),
    ],
)
def test_a_route_is_a_name_an_alias_or_a_pair(text: str, expected: Route) -> None:
    assert route(text, ["anthropic", "openai", "dedalus", "house"]) == expected


def test_a_route_without_a_key_is_refused_with_a_reason() -> None:
    with pytest.raises(ValueError, match=r"No key is set for 'openai'.*keys: anthropic"):
        route("gpt-6-sol", ["anthropic"])
    with pytest.raises(ValueError, match="'poems' is no task"):
        routes(["anthropic"], {"poems": "claude-opus-5-5"})


def test_models_near_their_end_are_told() -> None:
    told = list(
        ending(
            ["gpt-4o-2024-08-06", "openai/o3", "claude-sonnet-4", "gpt-6-sol"], date(2026, 12, 20)
        )
    )
    assert told == [
        "gpt-4o-2024-08-06 ends on 2027-01-14; gpt-6-luna takes its place.",
        "openai/o3 ended on 2026-12-11.",
        "claude-sonnet-4 ended on 2026-06-15; claude-sonnet-5-5 takes its place.",
    ]


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("what fonts can you do?", "chat-response"),
        ("hush the sea", "simple-edit"),
        ("make a fast montage of all the clips and let the music swell at the end of it",
         "plan-generation"),
    ],
)  # fmt: skip
def test_the_task_is_seen_from_the_message(text: str, task: str) -> None:
    assert task_of(text) == task
