"""Captioning a film, correcting what captions say, and what is told about it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.captions import begins, spoken
from bot.engine.composition import Captions, Composition, Cue
from bot.engine.errors import EngineError, InvalidEdit, NothingSelected
from bot.engine.history import Diff
from bot.engine.layout import layout
from bot.engine.operations import (
    Add,
    Adjust,
    AnyOperation,
    Caption,
    Cut,
    Delete,
    Duplicate,
    Move,
    Operation,
    Replace,
    Reword,
    SetCanvas,
    Speed,
    Split,
    Trim,
    Update,
)
from bot.engine.operations.captioning import captions_of
from bot.engine.plan import Plan
from bot.engine.receipt import receipt
from bot.engine.select import ByType
from bot.engine.view import timeline_view
from tests.engine.builders import by_id, done, title, track

SUBTITLES = ByType.model_validate({"item_type": "subtitles"})
SAID = (
    Cue(start=1, end=3, text="Teh end, um, of teh road.", at=(1, 1.4, 1.8, 2, 2.4, 2.8)),
    Cue(start=4, end=5, text="Um"),
    Cue(start=6, end=8, text="It’s home now"),
)


def film(*more: AnyOperation) -> Composition:
    """Ten seconds of a clip, captioned."""
    return done(track(300), Caption(cues={"film": SAID}), *more)


def captions(comp: Composition) -> Captions:
    (found,) = captions_of(comp)
    return found


def texts(comp: Composition) -> list[str]:
    return [cue.text for cue in captions(comp).cues["film"]]


def lines(comp: Composition) -> list[tuple[str, int, int]]:
    timeline = layout(comp)
    return [(s.text, s.start, s.end) for each in captions_of(comp) for s in spoken(timeline, each)]


def told(comp: Composition, *operations: AnyOperation) -> tuple[str, ...]:
    return receipt(comp, done(comp, *operations))


def test_captions_lie_over_everything_at_the_bottom_of_the_whole_film() -> None:
    comp = done(track(300, free=(title("t", "a", 0, layer=3),)), Caption(cues={"film": SAID}))
    made, placed = captions(comp), layout(comp).by_id["cc9"]
    assert (placed.start, placed.end, made.layer) == (0, 300, 4)
    assert (made.transform.y, made.transform.pivot_y) == pytest.approx((0.95, 1))
    assert len(lines(comp)) == 3


def test_captions_are_told_with_their_lines_and_look() -> None:
    comp = track(300)
    assert told(comp, Caption(cues={"film": SAID})) == (
        "Added captions: 3 lines in white at the bottom",
    )
    yellow = Caption(cues={"film": SAID[:1]}, color="#ffff00", place="top", size=0.08)
    assert told(comp, yellow) == ("Added captions: 1 line in yellow at the top",)
    assert captions(done(comp, yellow)).style.size == 0.08


def test_captioning_again_keeps_the_look_and_what_other_clips_say() -> None:
    comp = film(Reword(find="teh", text="the"), Update(selector=SUBTITLES, color="#ff0000"))
    again = done(comp, Caption(cues={"other": SAID}))
    assert captions(again).cues == {"film": captions(comp).cues["film"], "other": SAID}
    assert captions(again).style.color == "#ff0000"
    more = Caption(cues={"film": (*SAID, Cue(start=9, end=9.5, text="More"))})
    assert told(comp, more) == ("The captions have 4 lines now (was 3)",)
    assert told(comp, Caption(cues={"film": SAID[::-1]})) == (
        "Changed “the” to “teh” in 1 caption",
    )


def test_without_words_there_is_nothing_to_caption() -> None:
    with pytest.raises(InvalidEdit, match="Nobody has listened"):
        film(Caption())
    with pytest.raises(InvalidEdit, match="Nobody speaks"):
        film(Caption(cues={"film": ()}))


@pytest.mark.parametrize("name", ["caption", "subtitles", "addCaptions", "add_subtitles"])
def test_models_may_call_it_otherwise(name: str) -> None:
    wire = {"action": name, "changes": {"position": "top", "fontSize": 0.1}}
    plan = Plan.model_validate({"operations": [wire]})
    assert plan.operations == (Caption(place="top", size=0.1),)


def test_words_are_changed_wherever_they_stand_alone() -> None:
    comp = film(Reword(find="teh", text="the"))
    assert texts(comp)[0] == "The end, um, of the road."
    assert captions(comp).cues["film"][0].at == SAID[0].at
    for missing in ("roa", "oad", "the end"):
        with pytest.raises(NothingSelected, match=f"No caption says “{missing}”"):
            film(Reword(find=missing, text="x"))


@pytest.mark.parametrize(
    ("find", "text", "first"),
    [
        ("TEH END", "their end", "their end, um, of teh road."),
        ("teh end", "their end", "Their end, um, of teh road."),
        ("teh  end", "x", "X, um, of teh road."),
        ("road.", "street!", "Teh end, um, of teh street!"),
        ("um", "", "Teh end, of teh road."),
        ("teh end, um", "", "of teh road."),
        ("of teh road", "", "Teh end, um."),
    ],
)
def test_what_is_found_and_what_becomes_of_it(find: str, text: str, first: str) -> None:
    assert texts(film(Reword(find=find, text=text)))[0] == first


def test_both_apostrophes_are_the_same() -> None:
    assert texts(film(Reword(find="it's", text="it is")))[2] == "It is home now"


def test_a_caption_that_says_nothing_any_more_is_gone() -> None:
    comp = film(Reword(find="um"))
    assert texts(comp) == ["Teh end, of teh road.", "It’s home now"]
    assert captions(comp).cues["film"][0].at == (1, 1.4, 2, 2.4, 2.8)


def test_new_words_begin_when_those_were_said_that_they_stand_for() -> None:
    comp = film(Reword(find="teh end", text="the very very end"))
    assert captions(comp).cues["film"][0].at[4:] == SAID[0].at[2:]
    new = captions(comp).cues["film"][0].at[:4]
    assert new == tuple(sorted(new))
    assert new[0] == 1
    assert new[3] < 1.8


def test_letters_of_scripts_without_spaces_are_found_inside_others() -> None:
    row = (Cue(start=0, end=1, text="我说你好吗"),)
    comp = done(track(300), Caption(cues={"film": row}), Reword(find="你好", text="您好"))
    assert texts(comp) == ["我说您好吗"]


@settings(max_examples=80)
@given(st.sampled_from(["teh", "um", "of teh", "road", "now", "it’s"]), st.text(max_size=40))
def test_every_word_has_a_time_whatever_it_becomes(find: str, text: str) -> None:
    try:
        comp = film(Reword(find=find, text=text))
    except EngineError:
        return
    for cue in captions(comp).cues["film"]:
        assert cue.at in ((), tuple(sorted(cue.at)))
        assert not cue.at or list(cue.at) == begins(cue)


def test_a_caption_cannot_become_endless() -> None:
    row = (Cue(start=0, end=1, text="a " * 200 + "a"),)
    comp = done(track(300), Caption(cues={"film": row}))
    with pytest.raises(InvalidEdit, match="longer than 500 letters"):
        done(comp, Reword(find="a", text="banana"))


def test_other_words_are_told_with_how_often() -> None:
    comp = film()
    assert told(comp, Reword(find="teh", text="the")) == ("Changed “teh” to “the” in 1 caption",)
    assert told(comp, Reword(find="um")) == ("Took “um” out of 2 captions",)
    assert told(comp, Reword(find="end", text="very end")) == ("Added “very” to 1 caption",)
    many = [Reword(find=word, text="x") for word in ("end", "of", "road", "home")]
    assert told(comp, *many) == ("Changed the words of 2 captions",)


def test_reword_needs_captions() -> None:
    with pytest.raises(InvalidEdit, match="say “add captions” first"):
        done(track(300), Reword(find="a", text="b"))


def test_everything_is_undone() -> None:
    before = track(300)
    for operation in (
        Reword(find="teh", text="the"),
        Update(selector=SUBTITLES, size=0.1, place="top", enabled=False),
        Delete(selector=SUBTITLES),
        Delete(selector=SUBTITLES, start=0, end=2),
        Split(selector=SUBTITLES, at=(2,)),
        SetCanvas(fps=25),
    ):
        after = done(comp := film(), operation)
        assert after != comp
        assert Diff.between(comp, after).reversed().apply(after) == comp
    assert Diff.between(before, comp := film()).reversed().apply(comp) == before


def test_captions_change_their_look_as_texts_do() -> None:
    comp = film()
    assert told(comp, Update(selector=SUBTITLES, size=0.08, background="none", place="top")) == (
        "“captions”: text size 5 % → 8 %",
        "“captions”: background #000000a0 → none",
        "“captions”: bottom → top",
    )
    assert told(comp, Adjust(selector=SUBTITLES, property="size", times=1.2)) == (
        "“captions”: text size 5 % → 6 %",
    )
    assert told(comp, Update(selector=SUBTITLES, enabled=False)) == ("Hid “captions”",)


def test_captions_follow_cuts_without_a_word_about_them() -> None:
    comp = film()
    (line,) = told(comp, Cut(ranges=((0, 2),)))
    assert "caption" not in line
    assert lines(done(comp, Cut(ranges=((0, 2),))))[0] == ("of teh road.", 0, 30)
    assert told(comp, Trim(selector=by_id("a"), length=5))[0].startswith("Trimmed “A”")


def test_a_part_of_the_film_can_be_without_captions() -> None:
    comp = film()
    assert told(comp, Delete(selector=SUBTITLES, start=0, end=2)) == (
        "The captions are seen at 0:02–0:10 now",
    )
    assert told(comp, Delete(selector=SUBTITLES, start=3.5, end=5.5)) == (
        "The captions are seen at 0:00–0:03.5 and 0:05.5–0:10 now",
    )
    parts = done(comp, Delete(selector=SUBTITLES, start=3.5, end=5.5))
    assert [text for text, _, _ in lines(parts)] == ["Teh end, um, of teh road.", "It’s home now"]
    assert told(parts, Reword(find="now", text="soon")) == ("Changed “now” to “soon” in 1 caption",)
    assert told(comp, Delete(selector=SUBTITLES)) == ("Removed “captions” (0:00–0:10)",)


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        (Duplicate(selector=SUBTITLES), "no room behind"),
        (Replace(selector=SUBTITLES, clip="film"), "cannot take the place"),
        (Move(selector=SUBTITLES, track="main"), "cannot stand on the main track"),
        (Speed(selector=SUBTITLES, rate=2), "has no speed"),
        (Update(selector=SUBTITLES, volume=1), "has no volume"),
        (Update(selector=SUBTITLES, text="x"), "has no text"),
        (Add(item_type="captions"), "use “caption” instead"),
    ],
)
def test_what_captions_cannot_do_is_said(operation: Any, sentence: str) -> None:
    with pytest.raises(InvalidEdit, match=sentence):
        film(operation)


def test_captions_are_in_order_and_not_endless() -> None:
    comp = film()
    row = tuple(Cue(start=n, end=n + 1, text="x") for n in range(20_001))
    with pytest.raises(InvalidEdit, match="20,000 lines at most"):
        done(comp, Caption(cues={"film": row}))
    jumbled = captions(comp).but(cues={"film": SAID[::-1]})
    with pytest.raises(InvalidEdit, match="must be in order"):
        Plan().apply(comp.with_item(jumbled), 10)


def test_the_view_says_what_is_seen_when() -> None:
    (item,) = (each for each in _viewed(film()) if each["type"] == "captions")
    assert item["lines"][0] == {"start": 1.0, "end": 3.0, "text": "Teh end, um, of teh road."}
    assert (item["track"], item["color"], item["text"]) == ("overlay", "#ffffff", None)
    assert all(each["lines"] is None for each in _viewed(track(30)))


def _viewed(comp: Composition) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = timeline_view(layout(comp), 1, {})["items"]
    return found


def test_what_is_kept_is_read_again() -> None:
    comp = film()
    assert Composition.model_validate_json(comp.model_dump_json()) == comp
    operation: Operation = Caption(cues={"film": SAID})
    assert Caption.model_validate_json(operation.model_dump_json()) == operation
