"""Differences, their reverse, and what "undo" and "redo" mean."""

from collections.abc import Sequence
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.engine.composition import Composition, Transition
from bot.engine.errors import EditConflict
from bot.engine.history import Diff, Entry, redoable, undoable
from bot.engine.operations import (
    Add,
    AnyOperation,
    Cut,
    Delete,
    Move,
    Reorder,
    Reverse,
    SetCanvas,
    SetTransition,
    Speed,
    Split,
    Trim,
    Update,
)
from bot.engine.plan import Plan
from bot.engine.select import ByType
from bot.engine.timebase import Rate
from tests.engine.builders import by_id, clip, done, music, title, track
from tests.engine.strategies import Sketch, compositions, edits, operations, plan_for, tried
from tests.engine.test_plan import assert_sound


def undone(comp: Composition, *steps: Sequence[AnyOperation]) -> Composition:
    """Do several messages, then take back the first alone."""
    first = done(comp, *steps[0], serial=10)
    latest = first
    for serial, step in enumerate(steps[1:], start=11):
        latest = done(latest, *step, serial=serial)
    return Diff.between(comp, first).reversed().apply(latest)


@given(edits())
def test_undo_takes_back_just_what_an_edit_did_and_redo_does_it_again(
    edit: tuple[Composition, Plan],
) -> None:
    comp, plan = edit
    applied, after = tried(comp, plan, 99)
    assume(applied)
    diff = Diff.between(comp, after)
    assert diff.apply(comp) == after
    assert diff.reversed().apply(after) == comp
    assert diff.reversed().reversed() == diff
    assert bool(diff) == (comp != after)
    assert Diff.model_validate_json(diff.model_dump_json()) == diff


@given(compositions(most=2), st.lists(operations, min_size=2, max_size=5), st.integers(0, 4))
def test_taking_back_an_older_edit_leaves_a_sound_film_or_says_what_is_in_the_way(
    comp: Composition, sketches: list[Sketch], which: int
) -> None:
    diffs = []
    for serial, sketch in enumerate(sketches, start=50):
        _, after = tried(comp, plan_for(comp, [sketch]), serial)
        diffs.append(Diff.between(comp, after))
        comp = after
    try:
        result = diffs[which % len(diffs)].reversed().apply(comp)
    except EditConflict:
        return
    assert_sound(result)
    assert Diff.between(comp, result).reversed().apply(result) == comp


def test_an_edit_can_be_taken_back_from_under_later_ones() -> None:
    comp = track(60, 60, 60, free=(title("t", "b", 10),))
    mute = [Update(selector=by_id("a"), muted=True)]
    trim = [Trim(selector=by_id("a"), length=1)]
    delete = [Delete(selector=by_id("b"))]
    swap = [Reorder(order=(by_id("c"), by_id("a")))]
    add = [Add(item_type="text", text="Hi", at=0.5)]
    assert undone(comp, mute, trim) == done(comp, *trim)
    assert undone(comp, delete, mute) == done(comp, *mute)
    assert undone(comp, swap, mute) == done(comp, *mute)
    assert undone(comp, swap, [Add(item_type="video", clip="film")]).main == ("a", "b", "c", "v11")
    assert undone(comp, add, swap).main == ("c", "b", "a")
    assert undone(comp, delete, [Add(item_type="video", clip="film", index=0)]).main == (
        "v11",
        "a",
        "b",
        "c",
    )


def test_what_comes_back_stands_behind_the_neighbour_it_had() -> None:
    comp = track(60, 60, 60, 60)
    gone = [Delete(selector=by_id("b")), Delete(selector=by_id("c"))]
    assert undone(comp, gone, [Move(selector=by_id("d"), index=0)]).main == ("d", "a", "b", "c")
    first = [Delete(selector=by_id("a"))]
    assert undone(comp, first, [Move(selector=by_id("d"), index=0)]).main == ("a", "d", "b", "c")


def test_a_way_and_a_speed_are_taken_back_one_without_the_other() -> None:
    comp = track(90, a={"source_in": 30})
    faster, reverse = [Speed(selector=by_id("a"), rate=3)], [Reverse(selector=by_id("a"))]
    assert undone(comp, faster, reverse) == done(comp, *reverse)
    assert undone(comp, reverse, faster) == done(comp, *faster)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            [[Trim(selector=by_id("a"), length=1)], [Trim(selector=by_id("a"), length=0.5)]],
            "“A” was changed by a later edit",
        ),
        (
            [[Reverse(selector=by_id("a"))], [Trim(selector=by_id("a"), tail=1)]],
            "“A” was changed by a later edit",
        ),
        (
            [[Trim(selector=by_id("a"), tail=1)], [Reverse(selector=by_id("a"))]],
            "“A” was changed by a later edit",
        ),
        (
            [[Update(selector=by_id("a"), muted=True)], [Delete(selector=by_id("a"))]],
            "“A” was changed by a later edit",
        ),
        (
            [[Update(selector=by_id("a"), muted=True)], [Split(at=(1,))]],
            "“A” was split by a later edit",
        ),
        (
            [
                [Reorder(order=(by_id("b"), by_id("a")))],
                [Move(selector=by_id("c"), index=0), Delete(selector=by_id("a"))],
            ],
            "The order was changed by a later edit",
        ),
        (
            [
                [Add(item_type="video", clip="film")],
                [Add(item_type="text", text="Hi", at=7)],
            ],
            "A later edit builds on this one; undo that first. “Hi” hangs on an item",
        ),
        (
            [[SetCanvas(fps=Rate(num=60))], [Update(selector=by_id("a"), fade_in=1)]],
            "“A” was changed at this frame rate since",
        ),
        (
            [[SetCanvas(fps=Rate(num=60))], [Add(item_type="text", text="Hi")]],
            "“Hi” was changed at this frame rate since",
        ),
        (
            [[SetCanvas(background="#ffffff")], [SetCanvas(aspect="1:1")]],
            "The format was changed by a later edit",
        ),
    ],
)
def test_what_a_later_edit_builds_on_cannot_be_taken_back(
    steps: list[list[AnyOperation]], said: str
) -> None:
    with pytest.raises(EditConflict, match=said):
        undone(track(60, 60, 60), *steps)


def test_what_no_longer_fits_is_mended_when_an_older_edit_is_taken_back() -> None:
    comp = track(15, 60)
    longer = [Trim(selector=by_id("a"), length=3)]
    after = undone(comp, longer, [SetTransition(selector=by_id("b"), duration=1)])
    assert clip(after, "b").transition_in == Transition(frames=15)


def test_a_long_cut_can_be_taken_back_in_linear_time() -> None:
    comp = track(*[30] * 26)
    cut = [Cut(ranges=tuple((n + 0.2, n + 0.8) for n in range(26)))]
    after = undone(comp, cut, [Add(item_type="audio", clip="song")])
    assert after.main == comp.main
    assert after.items.keys() == comp.items.keys() | {"a11"}


def test_nothing_changed_is_an_empty_difference() -> None:
    comp = track(60, free=(music(),))
    assert not Diff.between(comp, track(60, free=(music(),)))
    assert Diff().apply(comp) == comp


# --- undo and redo ---------------------------------------------------------------------------


class Stack:
    """The undo stack that everybody knows, as the measure for the append-only history."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.undone: list[tuple[int, int]] = []
        self.history: list[Entry] = []

    def record(self, kind: Literal["edit", "undo", "redo"], reverts: int | None = None) -> int:
        seq = len(self.history) + 1
        entry = Entry(seq=seq, kind=kind, author="Ann", at="", summary=(), reverts=reverts)
        self.history.append(entry)
        return seq

    def edit(self) -> None:
        self.done.append(self.record("edit"))
        self.undone.clear()

    def undo(self) -> None:
        target = undoable(self.history)
        assert (target and target.seq) == (self.done[-1] if self.done else None)
        if target:
            self.undone.append((self.done.pop(), self.record("undo", target.seq)))

    def redo(self) -> None:
        target = redoable(self.history)
        assert (target and target.seq) == (self.undone[-1][1] if self.undone else None)
        if target:
            self.done.append(self.undone.pop()[0])
            self.record("redo", target.seq)


@given(st.lists(st.sampled_from(["edit", "undo", "undo", "redo", "redo"]), max_size=40))
def test_undo_and_redo_walk_like_an_undo_stack(steps: list[str]) -> None:
    stack = Stack()
    for step in steps:
        getattr(stack, step)()


@given(
    compositions(most=1),
    st.lists(st.one_of(operations, st.just("undo"), st.just("redo")), min_size=3, max_size=12),
)
def test_walking_back_and_forth_shows_the_films_that_were(
    comp: Composition, steps: list[Sketch | str]
) -> None:
    past, future, diffs, history = [comp], list[Composition](), dict[int, Diff](), list[Entry]()
    for seq, step in enumerate(steps, start=1):
        target = (
            {"undo": undoable, "redo": redoable}[step](history) if isinstance(step, str) else None
        )
        if not isinstance(step, str):
            _, after = tried(past[-1], plan_for(past[-1], [step]), seq + 10)
            kind: Literal["edit", "undo", "redo"] = "edit"
            future.clear()
        elif target is None:
            continue
        else:
            kind = "undo" if step == "undo" else "redo"
            after = diffs[target.seq].reversed().apply(past[-1])
        diffs[seq] = Diff.between(past[-1], after)
        reverts = target and target.seq
        history.append(Entry(seq=seq, kind=kind, author="", at="", summary=(), reverts=reverts))
        if kind == "undo":
            future.append(past.pop())
            assert after == past[-1]
        else:
            if kind == "redo":
                assert after == future.pop()
            past.append(after)


def _nothing(_: Sequence[Entry]) -> None:
    """An edit has no target."""


def test_undo_of_one_author_takes_the_latest_of_theirs() -> None:
    authors = ("Ann", "Bob", "Ann", "Bob")
    history = [
        Entry(seq=seq, kind="edit", author=author, at="", summary=())
        for seq, author in enumerate(authors, start=1)
    ]
    latest = undoable(history, "ann")
    assert latest is not None
    assert latest.seq == 3
    assert undoable(history, "Eve") is None


def test_everything_can_be_taken_back_to_the_beginning() -> None:
    comp = Composition()
    steps: list[list[AnyOperation]] = [
        [Add(item_type="text", text="Hi")],
        [Update(selector=ByType(item_type="all"), label="greeting")],
        [Delete(selector=ByType(item_type="all"))],
    ]
    states = [comp]
    for serial, step in enumerate(steps):
        states.append(done(states[-1], *step, serial=serial))
    now = states[-1]
    for before, after in zip(reversed(states[:-1]), reversed(states[1:]), strict=True):
        now = Diff.between(before, after).reversed().apply(now)
        assert now == before
