"""Captions: words to cues, cues to what is seen when, and the way back."""

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.captions import Spoken, begins, cues, cues_at, spoken
from bot.engine.composition import (
    Audio,
    Captions,
    Composition,
    Cue,
    Item,
    TimeAnchor,
    Transition,
    Video,
)
from bot.engine.keyframes import Keyframe
from bot.engine.layout import layout
from tests.engine.builders import BIN, music, track
from tests.engine.strategies import compositions

QUICK = settings(max_examples=80)
HELLO = Cue(start=1, end=3, text="one two three four", at=(1, 1.5, 2, 2.5))
_words = st.lists(
    st.tuples(
        st.floats(0, 1.5), st.floats(0, 0.8), st.sampled_from(["so", "well,", "done.", "你好", "…"])
    ),
    max_size=60,
)


def talk(gaps: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Words from how long after the one before each begins, and how long it takes."""
    now, said = 0.0, []
    for gap, length, text in gaps:
        said.append((now + gap, now + gap + length, text))
        now += gap + length
    return said


def captions(**rows: tuple[Cue, ...]) -> Captions:
    return Captions(
        id="cc1", label="captions", duration=1, anchor=TimeAnchor(), to_end=True, cues=rows
    )


def seen(comp: Composition, **rows: tuple[Cue, ...]) -> list[tuple[str, int, int]]:
    """What captions show over a composition."""
    item = captions(**rows)
    comp = comp.with_item(item)
    return [(s.text, s.start, s.end) for s in spoken(layout(comp), item)]


def overlay(**fields: Any) -> Video:
    return Video(**{"id": "o", "label": "o", "duration": 90, "clip": "other"} | fields)


# --- words to cues ---


@QUICK
@given(_words)
def test_every_word_is_in_a_cue_and_begins_when_it_was_said(
    gaps: list[tuple[float, float, str]],
) -> None:
    said = talk(gaps)
    made = cues(said)
    assert "".join(cue.text for cue in made).replace(" ", "") == "".join(w for _, _, w in said)
    assert all(before.end <= after.start for before, after in pairwise(made))
    for cue in made:
        assert len(cue.text) <= 64 or " " not in cue.text
        assert len(begins(cue)) == len(cue.at)
        assert all(cue.start <= at <= cue.end for at in cue.at)
    starts = {round(start, 3) for start, _, _ in said}
    assert {cue.start for cue in made} <= starts


def test_pauses_and_ends_of_sentences_part_cues() -> None:
    said = [(0.0, 0.4, "That"), (0.4, 0.8, "is"), (0.8, 1.2, "enough."), (1.2, 1.6, "Next")]
    assert [cue.text for cue in cues(said)] == ["That is enough.", "Next"]
    said = [(0.0, 0.4, "Go"), (1.0, 1.4, "on")]
    assert [cue.text for cue in cues(said)] == ["Go", "on"]


def test_a_short_sentence_and_a_title_do_not_stand_alone() -> None:
    text = "Yes. Please ask the old Mr. Smith about it"
    said = [(n / 4, n / 4 + 0.25, word) for n, word in enumerate(text.split())]
    assert [cue.text for cue in cues(said)] == [text]


def test_what_is_too_long_is_parted_evenly_at_a_comma() -> None:
    text = "we went all the way up to the old lighthouse, and there we ate the sandwiches we made"
    said = [(n / 5, n / 5 + 0.2, word) for n, word in enumerate(text.split())]
    assert [cue.text for cue in cues(said)] == [
        "we went all the way up to the old lighthouse,",
        "and there we ate the sandwiches we made",
    ]


def test_what_is_said_slowly_is_parted_too() -> None:
    said = [(n * 1.4, n * 1.4 + 1, "word") for n in range(8)]
    assert all(cue.at[-1] - cue.start <= 5 for cue in cues(said))
    assert len(cues(said)) > 2


def test_a_cue_stays_a_little_longer_than_its_words_where_there_is_room() -> None:
    said = [(0.0, 1.0, "This"), (1.0, 2.0, "has ended."), (2.1, 3.0, "Next"), (9.0, 9.5, "far")]
    assert [cue.end for cue in cues(said)] == [2.1, 3.3, 9.8]


def test_scripts_without_spaces_are_set_without_and_each_letter_has_its_time() -> None:
    (cue,) = cues([(0.0, 1.0, "你好"), (1.0, 2.0, "世界"), (2.0, 2.5, "OK")])
    assert (cue.text, cue.at) == ("你好世界 OK", (0, 0.5, 1, 1.5, 2))


def test_a_word_that_never_ends_is_cut() -> None:
    (cue,) = cues([(0.0, 900.0, "x" * 2000)])
    assert len(cue.text) == 500
    assert cue.end < 6


# --- what is seen when ---


def test_a_caption_follows_the_words_through_trims_speed_and_order() -> None:
    whole = track(120)
    assert seen(whole, film=(HELLO,)) == [("one two three four", 30, 90)]
    tail = track(120, a={"source_in": 20})
    assert seen(tail, film=(HELLO,)) == [("one two three four", 10, 70)]
    fast = track(60, a={"speed": 2.0})
    assert seen(fast, film=(HELLO,)) == [("one two three four", 15, 45)]
    other = track(30, 120, a={"clip": "other"})
    assert seen(other, film=(HELLO,)) == [("one two three four", 60, 120)]


def test_of_a_cue_that_is_cut_the_words_are_left_that_begin_inside() -> None:
    assert seen(track(50, a={"source_in": 50}), film=(HELLO,)) == [("three four", 0, 40)]
    assert seen(track(55), film=(HELLO,)) == [("one two", 30, 55)]
    without = HELLO.but(at=())
    assert seen(track(50, a={"source_in": 50}), film=(without,)) == [("three four", 0, 40)]
    assert seen(track(20, a={"source_in": 80}), film=(HELLO,)) == []


def test_what_is_cut_out_of_the_middle_of_a_cue_leaves_one_caption() -> None:
    comp = track(46, 60, b={"source_in": 60})
    assert seen(comp, film=(HELLO,)) == [("one two three four", 30, 76)]
    apart = track(46, 60, 60, b={"clip": "other"}, c={"source_in": 60})
    assert seen(apart, film=(HELLO,)) == [("one two", 30, 46), ("three four", 106, 136)]
    other_way = track(30, 60, a={"source_in": 60}, b={"source_in": 0})
    assert seen(other_way, film=(HELLO,)) == [("three four", 0, 30), ("one two", 60, 90)]


def test_a_word_that_is_cut_out_is_not_shown_again() -> None:
    um = Cue(start=1, end=3, text="we went\num to him", at=(1, 1.5, 2, 2.4, 2.7))
    comp = track(58, 100, b={"source_in": 71})
    assert seen(comp, film=(um,)) == [("we went\nto him", 30, 77)]
    wide = um.but(text="我们去了吗")
    assert seen(comp, film=(wide,)) == [("我们了吗", 30, 77)]


def test_only_what_is_heard_is_captioned() -> None:
    for quiet in (
        {"muted": True},
        {"volume": 0.0},
        {"enabled": False},
        {"keyframes": {"volume": (Keyframe(frame=0, value=0),)}},
        {"backwards": True, "source_in": 120},
        {"frozen": 3},
    ):
        assert seen(track(120, a=quiet), film=(HELLO,)) == [], quiet
    aloud = {"volume": 0.0, "keyframes": {"volume": (Keyframe(frame=0, value=1),)}}
    assert seen(track(120, a=aloud), film=(HELLO,)) == [("one two three four", 30, 90)]
    assert seen(track(120), other=(HELLO,)) == []


def test_sounds_and_videos_over_the_film_are_heard_too() -> None:
    song = (Cue(start=0.5, end=1, text="la"),)
    assert seen(track(200, free=(music(at=60),)), song=song) == [("la", 75, 90)]
    inset = overlay(anchor=TimeAnchor(at=60), duration=60)
    assert seen(track(200, free=(inset,)), other=song) == [("la", 75, 90)]


def test_a_sound_that_is_repeated_says_its_words_each_time() -> None:
    song = (Cue(start=0.5, end=1, text="la"),)
    loop = music(frames=300, loop=True)
    assert [s for _, s, _ in seen(track(300, free=(loop,)), song=song)] == [15, 135, 255]
    fast = music(frames=150, loop=True, speed=2.0)
    assert [s for _, s, _ in seen(track(300, free=(fast,)), song=song)] == [8, 68, 128]
    endless = music(frames=30, loop=True, source_in=90, to_end=True)
    late = (Cue(start=3.2, end=3.5, text="la"),)
    assert len(seen(track(300, free=(endless,)), song=late)) == 10


def test_of_two_at_once_the_later_one_ends_the_earlier_one() -> None:
    over = music(at=30)
    song = (Cue(start=1, end=2, text="la la"),)
    comp = track(200, free=(over,))
    assert seen(comp, film=(HELLO,), song=song) == [
        ("one two three four", 30, 60),
        ("la la", 60, 90),
    ]
    joint = {"transition_in": Transition(frames=30), "clip": "other"}
    late, early = Cue(start=2, end=3.9, text="leaving"), Cue(start=0.2, end=1, text="coming")
    crossed = track(120, 60, b=joint)
    assert seen(crossed, film=(late,), other=(early,)) == [
        ("leaving", 60, 96),
        ("coming", 96, 120),
    ]


def test_a_short_caption_stays_where_there_is_room() -> None:
    short = Cue(start=1, end=1.1, text="hey")
    assert seen(track(120), film=(short,)) == [("hey", 30, 42)]
    soon = Cue(start=1.2, end=2, text="you")
    assert seen(track(120), film=(short, soon)) == [("hey", 30, 36), ("you", 36, 60)]
    assert seen(track(35), film=(short,)) == [("hey", 30, 35)]


def test_captions_of_a_part_of_the_film_are_seen_there_alone() -> None:
    part = captions(film=(HELLO,)).but(anchor=TimeAnchor(at=60), to_end=False, duration=20)
    comp = track(120).with_item(part)
    assert spoken(layout(comp), part) == (Spoken("one two three four", 60, 80),)


def _rows_of(comp: Composition) -> dict[str, tuple[Cue, ...]]:
    texts = [(n * 0.9, n * 0.9 + 0.8, f"w{n}a w{n}b w{n}c") for n in range(40)]
    row = tuple(Cue(start=s, end=e, text=t, at=(s, s + 0.25, s + 0.5)) for s, e, t in texts)
    return {key: tuple(cue for cue in row if cue.start < 30) for key in comp.clips}


@QUICK
@given(compositions())
def test_captions_never_overlap_nor_leave_the_film(comp: Composition) -> None:
    item = captions(**_rows_of(comp))
    shown = spoken(layout(comp.with_item(item)), item)
    end = layout(comp).duration
    assert all(0 <= each.start < each.end <= end for each in shown)
    assert all(before.end <= after.start for before, after in pairwise(shown))
    known = {word for row in item.cues.values() for cue in row for word in cue.text.split()}
    assert all(set(each.text.split()) <= known for each in shown)


@QUICK
@given(st.integers(0, 250), st.integers(1, 300))
def test_a_trim_never_invents_or_repeats_words(first: int, frames: int) -> None:
    rows = _rows_of(track(30))
    comp = track(min(frames, 300 - first), a={"source_in": first})
    said = [word for text, _, _ in seen(comp, film=rows["film"]) for word in text.split()]
    whole = [word for text, _, _ in seen(track(300), film=rows["film"]) for word in text.split()]
    at = whole.index(said[0]) if said else 0
    assert said == whole[at : at + len(said)]


@QUICK
@given(st.lists(st.integers(1, 299), min_size=1, max_size=5, unique=True))
def test_splitting_a_clip_changes_no_caption(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 300]
    parts: dict[str, Any] = {
        name: {"source_in": first} for name, first in zip("abcdefgh", edges, strict=False)
    }
    parts.popitem()
    comp = track(*(b - a for a, b in pairwise(edges)), **parts)
    row = _rows_of(comp)["film"]
    assert seen(comp, film=row) == seen(track(300), film=row)


@QUICK
@given(st.integers(1, 150), st.integers(1, 60))
def test_what_is_cut_out_of_the_middle_is_not_shown(first: int, gap: int) -> None:
    row = _rows_of(track(30))["film"]
    comp = track(first, 299 - first - gap, b={"source_in": first + gap})
    said = [word for text, _, _ in seen(comp, film=row) for word in text.split()]
    times = [
        (at * 30, word) for cue in row for at, word in zip(cue.at, cue.text.split(), strict=True)
    ]
    heard = [word for at, word in times if at + 0.5 < first or first + gap <= at + 0.5 < 299]
    assert said == heard


def test_an_hour_of_talk_is_laid_out_quickly() -> None:
    said = [(n * 0.4, n * 0.4 + 0.3, "word." if n % 6 == 5 else "word") for n in range(9000)]
    row = cues(said)
    hour = {"hour": BIN["film"].but(id="hour", seconds=3600)}
    shots = [
        Video(id=f"v{n}", label="v", duration=1000, clip="hour", source_in=n * 1050)
        for n in range(100)
    ]
    comp = Composition(
        clips=BIN | hour,
        items={each.id: each for each in shots},
        main=tuple(each.id for each in shots),
    ).with_item(item := captions(hour=row))
    timeline = layout(comp)
    began = time.process_time()
    shown = spoken(timeline, item)
    assert time.process_time() - began < 0.2  # 10 ms, if nothing else runs
    assert len(shown) > 1000
    assert spoken(timeline, item) is shown


# --- the way back ---

_lines = st.lists(
    st.tuples(st.integers(12, 80), st.integers(0, 40), st.sampled_from(["a b", "c", "d e f"])),
    min_size=1,
    max_size=12,
)


def _placed(lines: list[tuple[int, int, str]]) -> list[tuple[str, int, int]]:
    now, placed = 0, []
    for number, (length, gap, text) in enumerate(lines):
        placed.append((f"{number} {text}", now + gap, now + gap + length))
        now += gap + length
    return placed


def _in_seconds(lines: list[tuple[str, int, int]]) -> list[tuple[float, float, str]]:
    return [(start / 30, end / 30, text) for text, start, end in lines]


@QUICK
@given(_lines, st.sampled_from([0.5, 1.0, 1.7, 2.0]))
def test_lines_at_times_of_the_film_are_seen_just_then(
    lines: list[tuple[int, int, str]], speed: float
) -> None:
    wanted = _placed(lines)
    hour = BIN["film"].but(id="hour", seconds=3600)
    shot = Video(id="a", label="a", duration=2000, clip="hour", source_in=77, speed=speed)
    comp = Composition(clips={"hour": hour}, items={"a": shot}, main=("a",))
    found = cues_at(layout(comp), _in_seconds(wanted))
    assert seen(comp, **found) == wanted


def test_a_line_over_a_cut_within_a_clip_stays_whole() -> None:
    comp = track(46, 60, b={"source_in": 60})
    found = cues_at(layout(comp), _in_seconds([("one two three four", 30, 76)]))
    assert seen(comp, **found) == [("one two three four", 30, 76)]
    back = track(60, 46, a={"source_in": 60})
    assert [text for text, _, _ in seen(back, **found)] == ["three four", "one two"]


def test_a_line_goes_to_the_main_track_before_music_unless_that_is_silent() -> None:
    line = _in_seconds([("hello", 30, 60)])
    song: tuple[Item, ...] = (music(),)
    assert [*cues_at(layout(track(120, free=song)), line)] == ["film"]
    assert [*cues_at(layout(track(120, free=song, a={"clip": "silent"})), line)] == ["song"]
    assert [*cues_at(layout(track(120, free=song, a={"muted": True})), line)] == ["song"]
    assert [*cues_at(layout(track(120, a={"clip": "silent"})), line)] == ["silent"]
    cut = track(32, 60, free=song, a={"muted": True})
    assert [*cues_at(layout(cut), line)] == ["film"]


def test_where_nothing_is_heard_a_line_is_left_out() -> None:
    comp = track(120, a={"muted": True})
    assert cues_at(layout(comp), [(0.5, 1, "hello"), (90, 91, "late"), (1, 2, "  ")]) == {}


def test_a_clip_that_is_heard_twice_has_one_cue_for_a_line_that_is_there_twice() -> None:
    comp = track(120, 120)
    lines = _in_seconds([("hello", 30, 60), ("hello", 150, 180)])
    found = cues_at(layout(comp), lines)
    assert len(found["film"]) == 1
    assert seen(comp, **found) == [("hello", 30, 60), ("hello", 150, 180)]


@pytest.mark.parametrize("kind", [Video, Audio])
def test_a_line_before_what_is_heard_begins_with_it(kind: type) -> None:
    over: Item = music(at=60)
    if kind is Video:
        over = overlay(anchor=TimeAnchor(at=60), duration=60)
    comp = track(200, a={"muted": True}, free=(over,))
    found = cues_at(layout(comp), _in_seconds([("hello", 50, 90)]))
    assert seen(comp, **found) == [("hello", 60, 90)]
