"""Receipts: what changed, told from the difference of two compositions."""

import pytest
from hypothesis import assume, given

from bot.engine.composition import Canvas, Composition
from bot.engine.history import Diff
from bot.engine.operations import (
    Add,
    AddClip,
    Adjust,
    Animate,
    AnyOperation,
    Cut,
    Delete,
    Duplicate,
    Keep,
    KeyframeAt,
    Move,
    Reorder,
    Replace,
    SetCanvas,
    SetEffect,
    SetTransition,
    Speed,
    Split,
    Trim,
    Update,
)
from bot.engine.plan import Plan
from bot.engine.receipt import receipt
from bot.engine.select import ByType
from bot.engine.timebase import Rate
from tests.engine.builders import BIN, FILM, called, done
from tests.engine.strategies import compositions, edits, tried

EMPTY = Composition(canvas=Canvas(chosen=True), clips=BIN)
VIDEOS = ByType(item_type="video")


def film() -> Composition:
    """Intro 0:00–0:10, bike 0:10–0:12, outro 0:12–0:22, a title on the bike, music, a logo."""
    return done(
        EMPTY,
        Add(item_type="video", clip="film", label="intro"),
        Add(item_type="video", clip="other", label="bike"),
        Add(item_type="video", clip="film", label="outro"),
        Add(item_type="text", text="Hello", at=11, duration=3, place="top"),
        Add(item_type="audio", clip="song", label="music", loop=True),
        Add(item_type="image", clip="logo", to_end=True),
        serial=1,
    )


def many(count: int = 12) -> Composition:
    """A row of clips of ten seconds."""
    return done(EMPTY, *(Add(item_type="video", clip="film") for _ in range(count)), serial=1)


def told(*operations: AnyOperation, comp: Composition | None = None) -> list[str]:
    """The receipt of one plan."""
    before = comp or film()
    return [*receipt(before, done(before, *operations))]


def taken_back(*operations: AnyOperation) -> list[str]:
    """The receipt of undoing one plan."""
    return [*receipt(done(film(), *operations), film())]


def test_the_first_receipt_tells_what_there_is() -> None:
    assert receipt(EMPTY, film()) == (
        "Added “intro” (video) at 0:00–0:10",
        "Added “bike” (video) at 0:10–0:12",
        "Added “outro” (video) at 0:12–0:22",
        "Added “logo” (image) for the whole film, top right",
        "Added “music” (sound) for the whole film",
        "Added “Hello” (text) at 0:11–0:14, top",
        "The film is 0:22 long now",
    )


@pytest.mark.parametrize(
    ("operation", "lines"),
    [
        (
            Trim(selector=called("intro"), length=5),
            ["Trimmed “intro” to 5.0 s (was 10.0 s); everything after moved 5.0 s earlier"],
        ),
        (Trim(selector=called("outro"), length=4), ["Trimmed “outro” to 4.0 s (was 10.0 s)"]),
        (
            Trim(selector=called("intro"), tail=0.03),
            ["Trimmed “intro” by 1 frame; everything after moved 0.03 s earlier"],
        ),
        (
            Trim(selector=called("bike"), length=0.5),
            [
                "Trimmed “bike” to 0.5 s (was 2.0 s); everything after moved 1.5 s earlier",
                "“Hello” slid to 0:10 (was at 0:11)",
            ],
        ),
        (
            Add(item_type="text", text="Bye", at=2, duration=3, place="bottom-left"),
            ["Added “Bye” (text) at 0:02–0:05, bottom left"],
        ),
        (
            Add(item_type="video", clip="other", index=0),
            ["Added “other” (video) at 0:00–0:02; everything after moved 2.0 s later"],
        ),
        (Split(at=(3,)), ["Split “intro” at 0:03"]),
        (Split(at=(3, 6, 15)), ["Split “intro” at 0:03 and 0:06", "Split “outro” at 0:15"]),
        (Split(selector=called("intro"), parts=9), ["Split “intro” into 9 pieces"]),
        (
            Delete(selector=called("bike")),
            [
                "Removed “bike” (0:10–0:12); what came after moved 2.0 s earlier",
                "“Hello” went with its picture",
            ],
        ),
        (Delete(selector=called("Hello")), ["Removed “Hello” (0:11–0:14)"]),
        (Update(selector=called("music"), volume=0.2), ["“music”: volume 100 % → 20 %"]),
        (
            Move(selector=called("outro"), index=0),
            ["Moved “outro” to position 1 (was 3)", "“Hello” follows: now at 0:21"],
        ),
        (
            Reorder(order=(called("bike"), called("intro"))),
            ["Swapped “intro” and “bike”", "“Hello” follows: now at 0:01"],
        ),
        (
            Move(selector=called("Hello"), at=4),
            ["Moved “Hello” to 0:04 (was at 0:11)"],
        ),
        (SetTransition(selector=called("bike")), ["Crossfade of 1.0 s before “bike”"]),
        (
            SetTransition(kind="dip", duration=0.5),
            [
                "Dip to black of 0.5 s before “bike” and “outro”",
                "The film is 0:21 long now (was 0:22)",
            ],
        ),
        (
            SetCanvas(aspect="9:16", fit="contain"),
            ["Format 1080×1920 (was 1920×1080)"],
        ),
        (SetCanvas(fps=Rate(num=60)), ["60 frames per second (was 30)"]),
        (SetCanvas(background="#ffffff"), ["Background #ffffff (was #000000)"]),
        (
            Cut(ranges=((8, 11.5),)),
            [
                "Cut out 0:08–0:11.5; what came after moved 3.5 s earlier",
                "Trimmed “Hello” to 2.5 s (was 3.0 s)",
            ],
        ),
        (
            Cut(ranges=((3, 5),)),
            ["Cut 0:03–0:05 out of “intro”; what came after moved 2.0 s earlier"],
        ),
        (
            Cut(ranges=((8, 14),)),
            [
                "Cut out 0:08–0:14 with “bike”; what came after moved 6.0 s earlier",
                "“Hello” went with its picture",
            ],
        ),
        (
            Cut(ranges=((1, 2), (3, 4), (15, 16.5))),
            ["Cut 3 pieces, 3.5 s in all", "The film is 0:18.5 long now (was 0:22)"],
        ),
        (
            Speed(selector=called("intro"), rate=2),
            ["“intro”: speed 2× (was 1×), 5.0 s long; everything after moved 5.0 s earlier"],
        ),
        (
            Update(start=2, end=4, muted=True),
            ["Split “intro” at 0:02 and 0:04", "Muted “intro 2”"],
        ),
        (
            Keep(end=12),
            ["Removed “outro” (0:12–0:22)"],
        ),
        (Replace(selector=called("bike"), clip="silent"), ["Replaced “bike” with “silent”"]),
        (Update(selector=called("Hello"), text="Bye"), ["“Hello” now says “Bye”"]),
        (Update(selector=called("bike"), label="ride"), ["Renamed “bike” to “ride”"]),
        (
            Update(selector=called("Hello"), size=0.1, color="#ff0000", place="bottom"),
            [
                "“Hello”: text size 8 % → 10 %",
                "“Hello”: colour #ffffff → #ff0000",
                "“Hello”: top → bottom",
            ],
        ),
        (
            SetEffect(selector=ByType(item_type="main"), kind="sepia", amount=0.5),
            ["“intro”, “bike” and “outro”: sepia 50 %"],
        ),
        (
            Animate(
                selector=called("logo"),
                property="opacity",
                frames=(KeyframeAt(at=0, value=0), KeyframeAt(value=1)),
            ),
            ["“logo”: opacity moves, 0 → 1"],
        ),
        (Update(selector=VIDEOS, muted=True), ["Muted “intro”, “bike” and “outro”"]),
        (
            Duplicate(selector=called("bike")),
            ["Added “bike 2” (video) at 0:12–0:14; everything after moved 2.0 s later"],
        ),
        (
            Move(selector=called("bike"), track="overlay", at=3),
            [
                "“bike” lies over the film now, at 0:03–0:05; everything after moved 2.0 s earlier",
                "Moved “Hello” to 0:04 (was at 0:11)",
                "“bike”: size 100 % → 35 %",
                "“bike”: centre → top right",
            ],
        ),
        (Update(selector=called("intro"), fade_in=1), ["“intro”: fades in over 1.0 s"]),
        (Update(selector=called("logo"), enabled=False), ["Hid “logo”"]),
        (
            Adjust(selector=called("logo"), property="x", plus=-0.1),
            ["“logo”: top right → 85 % from the left, 5 % from the top"],
        ),
        (Update(selector=called("music"), duck=True), ["“music”: ducks under other sound"]),
        (
            Trim(selector=called("music"), head=1),
            ["“music”: starts at 0:01 of its clip"],
        ),
        (Update(selector=called("music"), muted=False), []),
    ],
)
def test_a_receipt_tells_what_changed(operation: AnyOperation, lines: list[str]) -> None:
    assert told(operation) == lines


@pytest.mark.parametrize(
    ("operation", "lines"),
    [
        (Split(at=(3, 6)), ["Joined the pieces of “intro”"]),
        (
            Cut(ranges=((3, 5),)),
            ["Put 2.0 s back into “intro”; everything after moved 2.0 s later"],
        ),
        (
            Delete(selector=called("bike")),
            [
                "Added “bike” (video) at 0:10–0:12; everything after moved 2.0 s later",
                "Added “Hello” (text) at 0:11–0:14, top",
            ],
        ),
        (
            Trim(selector=called("intro"), length=5),
            ["Extended “intro” to 10.0 s (was 5.0 s); everything after moved 5.0 s later"],
        ),
        (SetTransition(selector=called("bike")), ["Removed the crossfade before “bike”"]),
        (Add(item_type="text", text="Bye", duration=2), ["Removed “Bye” (0:00–0:02)"]),
    ],
)
def test_undoing_is_told_as_what_it_does(operation: AnyOperation, lines: list[str]) -> None:
    assert taken_back(operation) == lines


def test_many_equal_changes_are_one_line() -> None:
    assert told(Update(selector=VIDEOS, muted=True), comp=many()) == ["Muted 12 clips"]
    assert told(SetTransition(duration=0.5), comp=many(6)) == [
        "Added crossfades of 0.5 s at 5 cuts",
        "The film is 0:57.5 long now (was 1:00)",
    ]
    ranges = tuple((10 * n + 2, 10 * n + 3.5) for n in range(9))
    assert told(Cut(ranges=ranges), comp=many()) == [
        "Cut 9 pieces, 13.5 s in all",
        "The film is 1:46.5 long now (was 2:00)",
    ]
    assert told(Trim(selector=VIDEOS, length=3), comp=many()) == [
        "Trimmed 12 clips to 3.0 s",
        "The film is 0:36 long now (was 2:00)",
    ]
    assert told(Split(selector=VIDEOS, parts=2), comp=many()) == ["Split 12 clips"]
    assert told(Cut(ranges=((10, None),)), comp=many()) == [
        "Removed 11 clips",
        "The film is 0:10 long now (was 2:00)",
    ]


def test_a_transition_that_became_shorter_is_told() -> None:
    comp = done(film(), SetTransition(selector=called("bike")))
    assert told(Trim(selector=called("intro"), length=0.5), comp=comp) == [
        "Trimmed “intro” to 0.5 s (was 10.0 s)",
        "Crossfade of 0.5 s (was 1.0 s) before “bike”",
        "The film is 0:12 long now (was 0:21)",
    ]


def test_several_changes_of_length_are_summed_up_at_the_end() -> None:
    steps = (Trim(selector=called("intro"), length=5), Trim(selector=called("outro"), length=3))
    assert told(*steps) == [
        "Trimmed “intro” to 5.0 s (was 10.0 s)",
        "Trimmed “outro” to 3.0 s (was 10.0 s)",
        "The film is 0:10 long now (was 0:22)",
    ]


def test_a_new_order_is_told_by_name() -> None:
    order = tuple(called(label) for label in ("film 3", "film", "film 4", "film 2"))
    assert told(Reorder(order=order), comp=many(4)) == [
        "New order: “film 3”, “film”, “film 4”, “film 2”"
    ]


def test_files_in_the_bin_are_told_until_they_are_used() -> None:
    clip = FILM.but(id="new", name="new.mp4", seconds=3)
    assert told(AddClip(clip=clip)) == ["In the bin: “new.mp4”"]
    assert told(AddClip(clip=clip), Add(item_type="video", clip="new")) == [
        "Added “new” (video) at 0:22–0:25"
    ]
    assert receipt(done(film(), AddClip(clip=clip)), film()) == ("No longer in the bin: “new.mp4”",)


def test_a_receipt_has_a_dozen_lines_at_most() -> None:
    comp = many(20)
    labels = [item.label for item in comp.items.values()]
    steps = [Trim(selector=called(label), length=1 + n / 4) for n, label in enumerate(labels)]
    lines = told(*steps, comp=comp)
    assert len(lines) == 12
    assert lines[-1] == "… and 10 more changes"


def test_labels_cannot_write_a_receipt() -> None:
    comp = done(EMPTY, Add(item_type="text", text="# clips {n} %s\0\n", duration=2), serial=1)
    assert told(Update(selector=ByType(item_type="text"), opacity=0.5), comp=comp) == [
        "“# clips {n} %s”: opacity 100 % → 50 %"
    ]


@given(edits())
def test_a_receipt_is_empty_only_where_nothing_changed(edit: tuple[Composition, Plan]) -> None:
    comp, plan = edit
    applied, after = tried(comp, plan, 99)
    assume(applied)
    for before, now in ((comp, after), (after, comp)):
        lines = receipt(before, now)
        assert bool(lines) == bool(Diff.between(before, now))
        assert len(lines) <= 12
        assert all(line.strip() for line in lines)


@given(compositions(), compositions())
def test_any_two_compositions_can_be_compared(one: Composition, other: Composition) -> None:
    assert bool(receipt(one, other)) == (one != other)
