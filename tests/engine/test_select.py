"""Selectors: which items an edit means."""

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.engine.errors import NothingSelected
from bot.engine.layout import layout
from bot.engine.select import AllOf, AnyOf, ById, ByIndex, ByLabel, ByTime, ByType, Selector, select
from tests.engine.builders import music, title, track

COMP = track(60, 90, 60, free=(title("t", "b", 15), title("u", "c", 15), music(at=200)))
TIMELINE = layout(COMP)


def picked(selector: Selector) -> list[str]:
    return [placed.item.id for placed in select(selector, TIMELINE)]


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        (ById(id="b"), ["b"]),
        (ByLabel(label="B"), ["b"]),
        (ByLabel(label="b"), ["b"]),
        (ByType(item_type="main"), ["a", "b", "c"]),
        (ByType(item_type="overlay"), ["t", "u"]),
        (ByType(item_type="all"), ["a", "b", "t", "c", "u", "m"]),
        (ByIndex(index=0), ["a"]),
        (ByIndex(index=-1), ["c"]),
        (ByIndex(index=1, of="text"), ["u"]),
        (ByIndex(index=-1, of="all"), ["m"]),
        (ByTime(start=2.5), ["b", "t"]),
        (ByTime(start=1.9, end=2.1), ["a", "b"]),
        (ByTime(start=5, end=6), ["c", "u"]),
        (AllOf(of=(ByType(item_type="text"), ByTime(start=0, end=4))), ["t"]),
        (AnyOf(of=(ById(id="u"), AllOf(of=(ById(id="a"),)))), ["a", "u"]),
    ],
)
def test_selectors_pick_in_timeline_order(selector: Selector, ids: list[str]) -> None:
    assert picked(selector) == ids


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        (ById(id="x"), "There is no item “x”"),
        (ByLabel(label="Beach"), "“Beach”"),
        (ByIndex(index=4), "number 5"),
        (ByIndex(index=-7), "7 from the end"),
        (ByIndex(index=10**30), "number"),
        (ByTime(start=60), "at 1:00"),
        (ByTime(start=3, end=2), "at 0:03"),
        (AllOf(of=(ById(id="a"), ById(id="b"))), "“a” and “b”"),
        (AnyOf(of=(ById(id="x"), ById(id="y"))), "“x” or “y”"),
    ],
)
def test_a_selector_that_matches_nothing_says_so(selector: Selector, said: str) -> None:
    with pytest.raises(NothingSelected, match=said):
        select(selector, TIMELINE)


def test_what_lies_behind_the_end_is_not_on_screen() -> None:
    timeline = layout(track(60, free=(music(at=90),)))
    found = select(ByTime(start=0, end=100), timeline)
    assert [placed.item.id for placed in found] == ["a"]


def test_empty_conjunctions_are_refused_for_they_would_mean_everything() -> None:
    for kind in ("allOf", "anyOf"):
        with pytest.raises(ValidationError):
            TypeAdapter(Selector).validate_python({"type": kind, "of": []})


def test_selectors_read_numbers_and_times_written_as_text() -> None:
    adapter: TypeAdapter[Selector] = TypeAdapter(Selector)
    assert adapter.validate_python({"type": "byIndex", "index": "-1"}) == ByIndex(index=-1)
    time = adapter.validate_python({"type": "byTime", "start": "0:01", "end": "1.5 s"})
    assert time == ByTime(start=1, end=1.5)
