"""Layout: order and anchors become frame ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.composition import Composition, TimeAnchor, Transition
from bot.engine.errors import InvalidEdit
from bot.engine.layout import layout
from tests.engine.builders import music, spans, title, track
from tests.engine.strategies import compositions


def test_the_main_track_has_no_gaps_and_anchors_decide_the_rest() -> None:
    comp = track(60, 90, 60, free=(title("t", "b", 15), music(frames=180, loop=True)))
    assert spans(comp) == {
        "a": (0, 60),
        "b": (60, 150),
        "c": (150, 210),
        "t": (75, 105),
        "m": (0, 180),
    }
    assert layout(comp).duration == 210


def test_a_transition_shortens_the_track_by_its_length() -> None:
    comp = track(60, 60, b={"transition_in": Transition(frames=15)})
    timeline = layout(comp)
    assert spans(comp) == {"a": (0, 60), "b": (45, 105)}
    assert timeline.main[1].overlap == timeline.transition_after(timeline.main[0]) == 15
    assert timeline.transition_after(timeline.main[1]) == 0


def test_during_a_transition_the_incoming_item_counts() -> None:
    timeline = layout(track(60, 60, b={"transition_in": Transition(frames=15)}))
    shown = [timeline.at(frame) for frame in (0, 44, 45, 59, 104, 105, -1)]
    assert [placed and placed.item.id for placed in shown] == ["a", "a", "b", "b", "b", None, None]


@given(compositions(), st.integers(-5, 2000))
def test_what_is_on_screen_is_what_a_plain_search_finds(comp: Composition, frame: int) -> None:
    timeline = layout(comp)
    showing = [placed for placed in timeline.main if placed.start <= frame < placed.end]
    assert timeline.at(frame) is (showing[-1] if showing else None)


def test_what_runs_past_the_end_is_clipped_and_not_changed() -> None:
    comp = track(60, free=(title("t", "a", 45, 60), music(at=90)))
    assert spans(comp) == {"a": (0, 60), "t": (45, 60), "m": (60, 60)}
    assert layout(comp).by_id["m"].frames == 0


def test_to_the_end_reaches_as_far_as_the_clip_does_unless_it_loops() -> None:
    film = (150, 150)
    assert spans(track(*film, free=(music(frames=1, to_end=True),)))["m"] == (0, 120)
    assert spans(track(*film, free=(music(frames=1, to_end=True, source_in=90),)))["m"] == (0, 30)
    looped = music(frames=1, to_end=True, loop=True)
    assert spans(track(*film, free=(looped,)))["m"] == (0, 300)
    assert spans(track(*film, free=(title("t", "a", 10, 1, to_end=True),)))["t"] == (10, 300)


def test_without_a_main_track_the_longest_item_decides() -> None:
    text = title("t", "a", 0).but(anchor=TimeAnchor(at=20))
    comp = Composition(items={"t": text, "u": text.but(id="u", duration=90)})
    assert layout(comp).duration == 110
    assert layout(Composition()).duration == 0


def test_overlays_lie_in_the_order_of_their_layers() -> None:
    titles = (title("t", "a", 0, layer=2), title("u", "a", 9, layer=1), title("v", "a", 3, layer=1))
    placed = layout(track(60, free=(*titles, music()))).placed
    order = [(each.item.id, each.track, each.index) for each in placed]
    assert order == [
        ("a", "main", 0),
        ("v", "overlay", 0),
        ("u", "overlay", 1),
        ("t", "overlay", 2),
        ("m", "audio", 0),
    ]


def test_a_title_without_its_clip_cannot_be_laid_out() -> None:
    comp = track(60, free=(title("t", "a", 0),))
    with pytest.raises(InvalidEdit, match="hangs on an item that is gone"):
        layout(comp.but(items={"t": comp.items["t"]}, main=()))
