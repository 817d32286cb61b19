"""Compositions and plans as hypothesis strategies, built through the operations themselves.

What depends on a composition (moments, items) is drawn as a sketch: a function of the composition.
So the strategies are made once, which is what makes them fast.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from bot.engine.captions import cues
from bot.engine.composition import Canvas, Clip, Composition
from bot.engine.errors import EngineError
from bot.engine.layout import layout
from bot.engine.operations import (
    Add,
    Adjust,
    Animate,
    AnyOperation,
    Caption,
    Cut,
    Delete,
    Duplicate,
    Freeze,
    Keep,
    KeyframeAt,
    Move,
    Reorder,
    Replace,
    Reverse,
    Reword,
    SetCanvas,
    SetEffect,
    SetTransition,
    Speed,
    Split,
    Trim,
    Update,
)
from bot.engine.plan import Plan
from bot.engine.select import (
    AllOf,
    AnyOf,
    ById,
    ByIndex,
    ByLabel,
    ByTime,
    ByType,
    Selector,
)
from bot.engine.timebase import Rate

RATES = ["24000/1001", "24", "25", "30000/1001", "30", "60"]
CLIPS = (
    Clip(
        id="c1",
        name="beach.mp4",
        kind="video",
        sha256="1" * 64,
        seconds=10.0,
        width=1920,
        height=1080,
        fps=30,
        has_audio=True,
    ),
    Clip(
        id="c2",
        name="bike.mov",
        kind="video",
        sha256="2" * 64,
        seconds=7.3,
        width=1080,
        height=1920,
        fps=29.97,
    ),
    Clip(id="c3", name="logo.png", kind="image", sha256="3" * 64, width=400, height=300),
    Clip(id="c4", name="music.mp3", kind="audio", sha256="4" * 64, seconds=31.4, has_audio=True),
    Clip(
        id="c5",
        name="blink.mp4",
        kind="video",
        sha256="5" * 64,
        seconds=0.2,
        width=640,
        height=480,
        fps=25,
        has_audio=True,
    ),
)
BIN = {clip.id: clip for clip in CLIPS}

rates = st.sampled_from(RATES).map(Rate.model_validate)
words = st.sampled_from(
    ["Hello", "The End", "Zoë & Łukasz", "“quoted” $HOME", "🎬 שלום", "Chapter 2"]
)
amounts = st.floats(0.01, 9).map(lambda value: round(value, 3))

Sketch = Callable[[Composition], Any]
"""Something that becomes concrete for a composition."""


def _share(percent: int) -> Sketch:
    return lambda comp: round(percent / 100 * layout(comp).seconds, 3)


def _edge(number: int) -> Sketch:
    def moment(comp: Composition) -> float:
        edges = [0, *(edge for p in layout(comp).placed for edge in (p.start, p.end))]
        return comp.canvas.fps.seconds(edges[number % len(edges)])

    return moment


def _item(number: int) -> Sketch:
    return lambda comp: sorted(comp.items)[number % len(comp.items)] if comp.items else "v1"


def _selector(kind: Callable[..., Selector], field: str) -> Callable[[int], Sketch]:
    def sketch(number: int) -> Sketch:
        def made(comp: Composition) -> Selector:
            key = _item(number)(comp)
            label = comp.items[key].label if comp.items else "beach"
            return kind(**{field: key if field == "id" else label})

        return made

    return sketch


def _around(moment: Sketch) -> Sketch:
    return lambda comp: ByTime(start=moment(comp), end=moment(comp) + 0.5)


def _fixed(value: Any) -> Sketch:
    return lambda _: value


def _both(kind: Callable[..., Selector]) -> Callable[[list[Sketch]], Sketch]:
    return lambda parts: lambda comp: kind(of=tuple(part(comp) for part in parts))


def sketched(operation: Callable[..., AnyOperation], /, **fields: Any) -> st.SearchStrategy[Sketch]:
    """An operation whose fields are strategies, of values or of sketches."""

    def made(drawn: dict[str, Any]) -> Sketch:
        return lambda comp: operation(
            **{key: v(comp) if callable(v) else v for key, v in drawn.items() if v is not None}
        )

    return st.fixed_dictionaries(fields).map(made)


def one_way(operation: Callable[..., AnyOperation], ways: dict[str, Any], /, **fields: Any) -> Any:
    """An operation that takes exactly one of some fields."""
    return st.one_of(
        [sketched(operation, **{name: value}, **fields) for name, value in ways.items()]
    )


numbers = st.integers(0, 30)
_inside = st.integers(1, 99).map(_share)
moments = st.one_of(_inside, _inside, _inside, numbers.map(_edge))
groups = st.sampled_from(["main", "overlay", "audio", "text", "video", "image", "captions", "all"])
leaves = st.one_of(
    numbers.map(_selector(ById, "id")),
    numbers.map(_selector(ById, "id")),
    numbers.map(_selector(ByLabel, "label")),
    st.builds(ByIndex, index=st.integers(-3, 3)).map(_fixed),
    st.builds(ByType, item_type=groups).map(_fixed),
    moments.map(_around),
)
selectors = st.one_of(
    leaves,
    leaves,
    leaves,
    st.lists(leaves, min_size=1, max_size=2).map(_both(AnyOf)),
    st.lists(leaves, min_size=1, max_size=2).map(_both(AllOf)),
)
maybe = st.one_of(st.none(), moments)


def _span(pair: tuple[Sketch, Sketch]) -> Sketch:
    def ordered(comp: Composition) -> tuple[float, float]:
        first, last = sorted(moment(comp) for moment in pair)
        return first, last

    return ordered


spans = st.tuples(moments, moments).map(_span)


def _cut(ranges: list[Sketch]) -> Sketch:
    return lambda comp: Cut(ranges=tuple(span(comp) for span in ranges))


def _split(at: list[Sketch]) -> Sketch:
    return lambda comp: Split(at=tuple(moment(comp) for moment in at))


def _reorder(numbers: list[int]) -> Sketch:
    return lambda comp: Reorder(order=tuple(ById(id=_item(n)(comp)) for n in numbers))


def _stretched(kind: Callable[..., AnyOperation], **fields: Any) -> st.SearchStrategy[Sketch]:
    def made(drawn: tuple[Sketch, dict[str, Any]]) -> Sketch:
        def operation(comp: Composition) -> AnyOperation:
            start, end = drawn[0](comp)
            values = {key: v(comp) if callable(v) else v for key, v in drawn[1].items()}
            return kind(start=start, end=end, **values)

        return operation

    return st.tuples(spans, st.fixed_dictionaries(fields)).map(made)


videos = st.sampled_from(["c1", "c2", "c1", "c2", "c1", "c5"])
additions = st.one_of(
    sketched(Add, item_type=st.just("video"), clip=videos),
    sketched(Add, item_type=st.just("video"), clip=videos, index=st.integers(0, 1)),
    sketched(Add, item_type=st.just("video"), clip=videos, at=moments),
    sketched(Add, item_type=st.just("text"), text=words, at=maybe, duration=amounts),
    sketched(Add, item_type=st.just("text"), text=words, at=maybe, duration=amounts),
    sketched(Add, item_type=st.just("image"), clip=st.just("c3"), at=maybe, to_end=st.booleans()),
    sketched(Add, item_type=st.just("video"), clip=videos, at=maybe, track=st.just("overlay")),
    sketched(Add, item_type=st.just("shape"), at=maybe, color=st.just("#ff0000")),
    sketched(
        Add,
        item_type=st.just("audio"),
        clip=st.sampled_from(["c1", "c4"]),
        at=maybe,
        loop=st.booleans(),
        to_end=st.booleans(),
    ),
)
_pace = {"rate": st.sampled_from([0.1, 0.5, 1, 1.5, 2, 3.7, 16]), "times": st.floats(0.5, 2)}
splits = st.lists(moments, min_size=1, max_size=3).map(_split)
turns = st.one_of(
    sketched(Reverse, selector=selectors),
    sketched(Reverse, selector=selectors, backwards=st.booleans()),
    _stretched(Reverse),
)
freezes = st.one_of(
    sketched(Freeze, at=moments, duration=amounts),
    sketched(Freeze, at=maybe, duration=amounts),
    sketched(Freeze, selector=leaves, at=st.one_of(st.none(), amounts), duration=amounts),
)
time_edits = st.one_of(
    one_way(
        Trim,
        {
            "length": amounts,
            "head": st.floats(-1, 3),
            "tail": st.floats(-1, 3),
            "keep_from": st.floats(0, 2),
            "keep_to": st.floats(1, 5),
        },
        selector=selectors,
        edge=st.sampled_from(["start", "end"]),
    ),
    st.lists(spans, min_size=1, max_size=3).map(_cut),
    _stretched(Keep),
    splits,
    sketched(Split, selector=selectors, at=amounts),
    sketched(Split, selector=selectors, parts=st.integers(2, 4)),
    one_way(Speed, _pace, selector=selectors),
    _stretched(Speed, rate=_pace["rate"]),
    sketched(Delete, selector=selectors),
    _stretched(Delete),
    _stretched(Delete, selector=selectors),
    turns,
    freezes,
)
_where = {"index": st.integers(-3, 3), "before": leaves, "after": leaves, "at": moments}
reorderings = st.one_of(
    st.lists(numbers, min_size=2, max_size=4).map(_reorder),
    sketched(Move, selector=leaves, index=st.integers(0, 2)),
)
order_edits = st.one_of(
    one_way(Move, _where, selector=leaves),
    one_way(Move, _where, selector=leaves, track=st.sampled_from(["main", "overlay"])),
    reorderings,
    sketched(Duplicate, selector=leaves, times=st.integers(1, 3)),
    sketched(Replace, selector=leaves, clip=st.sampled_from(sorted(BIN))),
)
_values = {
    "volume": st.floats(0, 2),
    "muted": st.booleans(),
    "opacity": st.floats(0, 1),
    "place": st.sampled_from(["top", "bottom-right", "center"]),
    "scale": st.floats(0.1, 3),
    "label": st.sampled_from(["intro", "outro", "beach"]),
    "fade_in": st.floats(0, 4),
    "fade_out": st.floats(0, 4),
    "text": words,
    "size": st.floats(0.02, 0.3),
    "loop": st.booleans(),
    "to_end": st.booleans(),
    "layer": st.integers(0, 3),
    "enabled": st.booleans(),
}
_effects = {"amount": st.floats(0, 1), "plus": st.floats(-0.5, 0.5), "remove": st.just(True)}
_keys = st.builds(KeyframeAt, at=st.floats(-2, 2), value=st.floats(0.1, 1))
_transitions = st.sampled_from(["crossfade", "dip", "wipe", "slide", "none"])
_formats = {
    "aspect": st.sampled_from(["9:16", "1:1", "16:9", "2.39:1"]),
    "fps": rates,
    "short_side": st.sampled_from([360, 720, 2160]),
    "background": st.just("#112233"),
}
look_edits = st.one_of(
    one_way(Update, _values, selector=selectors),
    _stretched(Update, muted=st.booleans()),
    _stretched(Update, opacity=st.floats(0, 1), selector=selectors),
    sketched(
        Adjust,
        selector=selectors,
        property=st.sampled_from(["volume", "opacity", "scale", "x", "size"]),
        times=st.floats(0.5, 1.5),
    ),
    one_way(SetEffect, _effects, selector=selectors, kind=st.sampled_from(["sepia", "contrast"])),
    sketched(
        Animate,
        selector=selectors,
        property=st.sampled_from(["opacity", "scale", "x", "volume"]),
        frames=st.lists(_keys, max_size=3).map(tuple),
    ),
    sketched(SetTransition, selector=selectors, kind=_transitions, duration=amounts),
    sketched(SetTransition, kind=_transitions, duration=st.just(0.5)),
    one_way(SetCanvas, _formats),
)
_said = st.sampled_from([(1.0, 2.5, "Hello there"), (0.5, 1.2, "teh end"), (4.0, 9.0, "Bye")])
_rows = st.lists(_said, min_size=1, max_size=3).map(
    lambda lines: {"c1": cues([(s, e, word) for s, e, text in lines for word in text.split()])}
)
captionings = st.one_of(
    sketched(Caption, cues=_rows),
    sketched(Caption, cues=_rows, place=st.just("top")),
    sketched(Reword, find=st.sampled_from(["teh", "hello"]), text=st.sampled_from(["the", ""])),
)
_joins = sketched(SetTransition, kind=_transitions, duration=st.sampled_from([0.3, 0.5, 1.0]))
operations = st.one_of(additions, time_edits, order_edits, look_edits, captionings, _joins)


_beginnings = st.lists(videos, min_size=1, max_size=4)
_usual = st.one_of(_joins, additions, sketched(SetTransition, duration=st.just(0.5)))


@st.composite
def compositions(
    draw: Callable[..., Any], most: int = 6, edited: st.SearchStrategy[Sketch] = operations
) -> Composition:
    """A composition as a channel might have made it, settled and valid."""
    comp = Composition(canvas=Canvas(fps=draw(rates), chosen=True), clips=BIN)
    begun = [Add(item_type="video", clip=clip) for clip in draw(_beginnings)]
    comp = Plan(operations=tuple(begun)).apply(comp, 1)
    steps = draw(st.lists(edited, max_size=most))
    if edited is operations:
        steps = [*draw(st.lists(_usual, max_size=3)), *steps]
    for serial, sketch in enumerate(steps, start=2):
        _, comp = tried(comp, Plan(operations=(sketch(comp),)), serial)
    return comp


cut_hard = compositions(most=4, edited=st.one_of(additions, time_edits))
"""Compositions without transitions."""


def tried(comp: Composition, plan: Plan, serial: int) -> tuple[bool, Composition]:
    """Apply a plan if it can be done."""
    try:
        return True, plan.apply(comp, serial)
    except EngineError:
        return False, comp


def plan_for(comp: Composition, sketches: list[Sketch]) -> Plan:
    """The plan that some sketches mean for a composition."""
    return Plan(operations=tuple(sketch(comp) for sketch in sketches))


@st.composite
def edits(draw: Callable[..., Any], most: int = 3) -> tuple[Composition, Plan]:
    """A composition and a plan for it."""
    comp = draw(compositions())
    return comp, plan_for(comp, draw(st.lists(operations, min_size=1, max_size=most)))
