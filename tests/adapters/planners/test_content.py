"""What an analysis means for the film: nothing loud is cut, and no long silence stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.planners.chain import PlannerChain
from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.offline.planner import OfflinePlanner, understand
from bot.adapters.planners.record import RecordingPlanner, ReplayPlanner
from bot.cli.evaluation.setups import SERIAL
from bot.engine.composition import Clip, Composition, Video
from bot.engine.layout import layout
from bot.engine.operations import (
    Add,
    AddClip,
    AnyOperation,
    SetCanvas,
    SetTransition,
    Speed,
    Update,
)
from bot.engine.plan import Plan
from bot.engine.receipt import receipt
from bot.engine.select import ById
from bot.ports import Analysis, Answer, Edits, Outcome, Question, Request, Wanted

AIR = 0.15
Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Shown:
    """A clip of `seconds` with silences, and the stretch of it that the film shows."""

    seconds: float
    silences: Spans
    start: float
    length: float
    speed: float = 1
    crossfade: float = 0


def built(shown: Iterable[Shown], fps: str = "30") -> Composition:
    operations: list[AnyOperation] = [SetCanvas(fps=fps)]
    for n, each in enumerate(shown):
        clip = Clip(
            id=f"c{n}", name=f"part{n}.mp4", kind="video", sha256=f"{n:064x}", seconds=each.seconds,
            width=640, height=360, fps=30, has_audio=True,
        )  # fmt: skip
        item = {"clip": clip.id, "source_in": each.start, "duration": each.length}
        operations += [AddClip(clip=clip), Add(item_type="video", id=f"v{n}", **item)]
        if each.speed != 1:
            operations.append(Speed(selector=ById(id=f"v{n}"), rate=each.speed))
        if each.crossfade and n:
            operations.append(SetTransition(selector=ById(id=f"v{n}"), duration=each.crossfade))
    return Plan(operations=tuple(operations)).apply(Composition(), 1)


def known(shown: Iterable[Shown]) -> Mapping[str, Analysis]:
    return {f"c{n}": Analysis(silences=each.silences) for n, each in enumerate(shown)}


def asked(text: str, comp: Composition, analysis: Mapping[str, Analysis]) -> Outcome | Wanted:
    return understand(Request(text, comp, SERIAL, analysis=analysis))


@st.composite
def stretches(draw: st.DrawFn, seconds: float) -> Spans:
    edges = draw(st.lists(st.floats(0, seconds), max_size=12, unique=True).map(sorted))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((round(a, 3), round(b, 3)) for a, b in pairs if b - a >= 0.2)


@st.composite
def films(draw: st.DrawFn, *, fades: bool) -> tuple[Shown, ...]:
    shown = []
    for _ in range(draw(st.integers(1, 4))):
        seconds = draw(st.integers(4, 20))
        start = draw(st.integers(0, seconds - 3))
        length = draw(st.integers(3, seconds - start))
        speed = draw(st.sampled_from((1, 1, 2, 1.5)))
        fade = draw(st.sampled_from((0, 0.5))) if fades else 0
        shown.append(Shown(seconds, draw(stretches(seconds)), start, length, speed, fade))
    return tuple(shown)


def loud(shown: Shown) -> list[tuple[float, float]]:
    """Where the clip is loud, in its own seconds."""
    edges = [0.0, *(edge for span in shown.silences for edge in span), float(shown.seconds)]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def kept(comp: Composition, n: int) -> list[tuple[float, float]]:
    """Which seconds of a clip a film shows."""
    rate = comp.canvas.fps
    items = [item for item in comp.items.values() if isinstance(item, Video)]
    return sorted(
        (rate.seconds(item.source_in), rate.seconds(item.source_out))
        for item in items
        if item.clip == f"c{n}"
    )


def overlap(spans: Iterable[tuple[float, float]], other: tuple[float, float]) -> float:
    return sum(max(0.0, min(b, other[1]) - max(a, other[0])) for a, b in spans)


@settings(max_examples=60, deadline=None)
@given(st.booleans().flatmap(lambda fades: films(fades=fades)), st.sampled_from(("25", "29.97")))
def test_nothing_loud_is_cut(shown: tuple[Shown, ...], fps: str) -> None:
    comp = built(shown, fps)
    outcome = asked("remove the silences", comp, known(shown))
    if not isinstance(outcome, Edits):
        assert isinstance(outcome, Answer)
        return
    after = outcome.plan.apply(comp, SERIAL)
    slack = 2 / float(comp.canvas.fps.value)
    for n, each in enumerate(shown):
        for span in loud(each):
            before = overlap(kept(comp, n), span)
            assert overlap(kept(after, n), span) >= before - slack * each.speed


@settings(max_examples=60, deadline=None)
@given(films(fades=False), st.sampled_from((0.5, 1, 2)))
def test_no_silence_that_is_too_long_stays(shown: tuple[Shown, ...], limit: float) -> None:
    comp = built(shown)
    outcome = asked(f"remove the silences longer than {limit} s", comp, known(shown))
    after = outcome.plan.apply(comp, SERIAL) if isinstance(outcome, Edits) else comp
    frames = limit * 30 + 3
    run, last, was = 0, None, None
    for frame in range(layout(after).duration):
        placed = layout(after).at(frame)
        assert placed is not None
        assert isinstance(placed.item, Video)
        each = shown[int(placed.item.clip[1:])]
        if overlap(kept(comp, int(placed.item.clip[1:])), (0, each.seconds)) and not any(
            overlap(kept(comp, int(placed.item.clip[1:])), span) > 0.001 for span in loud(each)
        ):
            run = 0  # a clip that is silent all through is left alone
            continue
        second = (placed.item.source_in + (frame - placed.start + 0.5) * each.speed) / 30
        here = next((span for span in each.silences if span[0] <= second < span[1]), None)
        if last is None or here is None:
            sounded = False
        elif last is placed.item:
            sounded = was != here
        else:  # at the end of the one, or at the start of the other
            sounded = here[0] > placed.item.source_in / 30 or was is None
            sounded |= was is not None and was[1] < last.source_out / 30
        run = 0 if here is None else 1 if sounded else run + 1  # it may sound between two frames
        last, was = placed.item, here
        assert run <= frames


def one(*silences: tuple[float, float], **more: float) -> tuple[Shown, ...]:
    return (Shown(10, silences, 0, 10, **more),)


def cut(text: str, shown: tuple[Shown, ...]) -> tuple[tuple[float, float | None], ...]:
    outcome = asked(text, built(shown), known(shown))
    assert isinstance(outcome, Edits), outcome
    (operation,) = outcome.plan.operations
    assert operation.action == "cut"
    return tuple((round(a, 2), b and round(b, 2)) for a, b in operation.ranges)


def test_a_little_air_stays_around_what_is_heard_but_not_at_the_ends_of_the_film() -> None:
    assert cut("remove the silences", one((0, 1), (4.05, 6.05), (9, 10))) == (
        (0, 0.83), (4.2, 5.9), (9.17, 10),
    )  # fmt: skip


def test_silences_are_as_long_as_they_are_in_the_film_and_not_in_the_clip() -> None:
    shown = (Shown(10, ((2, 3.5), (6, 8.4)), 1, 9, 2),)
    assert cut("remove silences longer than 1 second", shown) == ((2.67, 3.53),)


def test_silence_goes_on_over_a_cut() -> None:
    shown = (Shown(4, ((3.4, 4),), 0, 4), Shown(4, ((0, 0.6),), 0, 4))
    assert cut("remove silences longer than 1 second", shown) == ((3.57, 4.43),)


def test_the_edges_of_the_film_can_be_meant_alone() -> None:
    shown = one((0, 1), (4.05, 6.05), (9, 10))
    assert cut("remove the silence at the end", shown) == ((9.17, 10),)
    assert cut("trim the silence from the beginning", shown) == ((0, 0.83),)


def test_a_clip_that_is_loud_in_a_transition_keeps_it() -> None:
    shown = (Shown(4, ((2, 4),), 0, 4), Shown(4, (), 0, 4, crossfade=1))
    assert cut("remove the silences", shown) == ((2.17, 2.83),)


def test_a_voiceover_is_listened_to_and_music_is_not() -> None:
    shown, comp = one((2, 6)), built(one())
    for n, name in enumerate(("voiceover", "song"), 8):
        clip = Clip(
            id=f"c{n}", name=f"{name}.mp3", kind="audio", sha256=f"{n:064x}", seconds=2,
            has_audio=True,
        )  # fmt: skip
        add = Add(item_type="audio", id=f"a{n}", clip=clip.id, at=2)
        comp = Plan(operations=(AddClip(clip=clip), add)).apply(comp, n)
    assert asked("remove the silences", comp, known(shown)) == Wanted(("c8",), "sound")
    outcome = asked("remove the silences", comp, {**known(shown), "c8": Analysis(silences=())})
    assert isinstance(outcome, Edits)
    assert outcome.plan.model_dump()["operations"][0]["changes"]["ranges"][0][0] > 4


def test_thirty_cuts_are_told_in_a_few_lines_and_can_be_undone_as_one() -> None:
    shown = (Shown(70, tuple((2 * n + 1.0, 2 * n + 1.9) for n in range(30)), 0, 70),)
    comp = built(shown)
    outcome = asked("remove the silences", comp, known(shown))
    assert isinstance(outcome, Edits)
    lines = receipt(comp, outcome.plan.apply(comp, SERIAL))
    assert len(lines) == 2
    assert lines[0].startswith("Cut 30 pieces, 1")
    assert lines[1].endswith("long now (was 1:10)")
    assert any("−40 dB" in line for line in outcome.assumptions)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"muted": True}, "nothing to be heard in “part0”"),
        ({"volume": 0}, "nothing to be heard in “part0”"),
        ({"enabled": False}, "nothing to be heard in “part0”"),
    ],
)
def test_what_is_not_heard_has_no_pauses(changes: dict[str, bool], why: str) -> None:
    update = Update(selector=ById(id="v0"), **changes)
    comp = Plan(operations=(update,)).apply(built(one((1, 3))), 3)
    outcome = asked("remove the silences", comp, {})
    assert isinstance(outcome, Answer)
    assert why in outcome.text


def test_a_clip_that_is_silent_all_through_stays() -> None:
    shown = (Shown(4, ((0, 4),), 0, 4), Shown(6, ((2, 4),), 0, 6))
    comp = built(shown)
    outcome = asked("remove the silences", comp, known(shown))
    assert isinstance(outcome, Edits)
    assert any("“part0” stays" in line for line in outcome.assumptions)
    assert layout(outcome.plan.apply(comp, SERIAL)).main[0].frames == 120


def test_only_what_is_needed_is_asked_for_and_only_once() -> None:
    comp = built((*one((1, 3)), *one((1, 3))))
    assert asked("remove the silences in clip 2", comp, {}) == Wanted(("c1",), "sound")
    assert asked("split clip 1 at scene changes", comp, {}) == Wanted(("c0",), "picture")
    assert asked("mute the first clip", comp, {}) != Wanted(("c0",), "sound")
    both = asked("remove the silences", comp, {"c0": Analysis(silences=())})
    assert both == Wanted(("c1",), "sound")


async def test_what_is_wanted_passes_through_every_planner_in_front(tmp_path: Path) -> None:
    comp, recording = built(one((1, 3))), tmp_path / "plans.jsonl"
    chain = CarefulPlanner(PlannerChain(OfflinePlanner(), {}))
    recorded = RecordingPlanner(chain, recording)
    first = Request("remove the silences", comp, SERIAL)
    then = replace(first, analysis=known(one((1, 3))))
    outcomes = [await recorded.plan(request) for request in (first, then)]
    assert outcomes[0] == Wanted(("c0",), "sound")
    assert isinstance(outcomes[1], Edits)
    replayed = ReplayPlanner(recording)
    assert [await replayed.plan(request) for request in (first, then)] == outcomes


def test_scene_changes_at_cuts_and_in_transitions_are_none() -> None:
    shown = (Shown(4, (), 0, 4), Shown(8, (), 2, 6, crossfade=1))
    scenes = {"c0": Analysis(scenes=(0, 2, 3.5)), "c1": Analysis(scenes=(2, 2.5, 5, 8))}
    outcome = asked("split at every scene change", built(shown), scenes)
    assert isinstance(outcome, Edits)
    assert outcome.plan.model_dump()["operations"][0]["changes"]["at"] == (2, 6)


def test_too_many_cuts_are_not_made() -> None:
    shown = (Shown(4000, tuple((2.0 * n, 2 * n + 1.5) for n in range(1, 1500)), 0, 4000),)
    assert isinstance(asked("remove the silences", built(shown), known(shown)), Question)
