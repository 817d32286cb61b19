"""How a film is cut into chunks, and what their keys depend on; nothing is encoded."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.renderers.local.chunks import SHORTEST, chunks, portions
from bot.adapters.renderers.local.encode import QUALITY, Quality
from bot.adapters.renderers.local.recipe import Recipes
from bot.adapters.renderers.local.windows import windows
from bot.adapters.renderers.lowering.scene import Still, Window, lower
from bot.engine.composition import Effect, Item, ItemAnchor, Text, Transition, Video
from bot.engine.keyframes import Keyframe
from bot.engine.layout import Timeline
from tests.adapters.renderers.conftest import Studio
from tests.adapters.renderers.test_local_lowering import SOURCES
from tests.adapters.renderers.test_local_pictures import shape, video

NAMES = {f"file:{source.path}": f"what is in {clip}" for clip, source in SOURCES.items()}
RECIPES = Recipes("ffmpeg 9", NAMES)


def film(main: list[Item], *others: Item, **canvas: Any) -> Timeline:
    """A film of clips that exist on paper only."""
    studio = Studio(Path("nowhere"))
    studio.add(Path("a.mp4"), "video", seconds=60, width=1920, height=1080, has_audio=True)
    studio.add(Path("m.mp3"), "audio", seconds=60, has_audio=True)
    return studio.timeline(main, *others, **({"width": 1920, "height": 1080} | canvas))


def title(words: str, frames: int, to: str, offset: int = 0, **fields: Any) -> Text:
    anchor = ItemAnchor(item=to, offset=offset)
    name = fields.pop("id", "title")
    return Text(id=name, label=name, text=words, duration=frames, anchor=anchor, **fields)


def keys(
    timeline: Timeline,
    quality: Quality = QUALITY["source"],
    recipes: Recipes = RECIPES,
) -> dict[Window, str]:
    """The keys of all chunks; what is drawn is taken for its words or its colour."""
    drawn = [p.item for p in timeline.placed if p.item.type not in ("video", "audio")]
    path = {item.id: Path(f"/{item.id}.png") for item in drawn}
    stills = {key: Still(at, 10, 20, (30, 40), (30, 40), 1) for key, at in path.items()}
    looks = {f"file:{path[item.id]}": look(item) for item in drawn}
    named = replace(recipes, names={**recipes.names, **looks})
    film = chunks(timeline)
    scenes = {chunk: lower(timeline, chunk, stills) for chunk in film}
    alone = {chunk: lower(there, chunk, stills) for chunk, there in portions(timeline, film)}
    assert alone == scenes
    return {chunk: named.of_scene(scene, SOURCES, quality) for chunk, scene in scenes.items()}


def look(item: Item) -> str:
    return item.text if isinstance(item, Text) else str(getattr(item, "color", ""))


shots = st.lists(
    st.tuples(
        st.integers(17, 200),  # longer than two transitions
        st.integers(0, 300),
        st.sampled_from([0.5, 1, 1, 1.5, 4]),
        st.integers(0, 8),
    ),
    min_size=1,
    max_size=12,
)
overlays = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 150), st.integers(1, 300)), max_size=6
)


def shot(name: str, frames: int, first: int, speed: float, overlap: int) -> Video:
    change = Transition(frames=overlap) if overlap else None
    return video("a", frames, id=name, source_in=first, speed=speed, transition_in=change)


@settings(deadline=None)
@given(shots=shots, overlays=overlays)
def test_chunks_cover_any_film_once_and_cut_no_transition(
    shots: list[tuple[int, int, float, int]], overlays: list[tuple[int, int, int]]
) -> None:
    main: list[Item] = [shot(f"v{n}", *each) for n, each in enumerate(shots)]
    over = [
        title("Hello", frames, f"v{on % len(main)}", offset, id=f"t{n}")
        for n, (on, offset, frames) in enumerate(overlays)
    ]
    timeline = film(main, *over)
    cut = chunks(timeline)
    assert (cut[0][0], cut[-1][1]) == (0, timeline.duration)
    assert all(one[1] == other[0] for one, other in pairwise(cut))
    assert len(cut) == 1 or min(end - start for start, end in cut) >= SHORTEST
    assert max(end - start for start, end in cut) < 120
    assert set(keys(timeline)) == set(cut)  # a cut transition would raise


@settings(deadline=None)
@given(
    before=shots.filter(lambda made: made[-1][0] >= 24),
    behind=shots.filter(lambda made: made[0][0] >= 40),
    inserted=st.integers(24, 100),
    shown=st.integers(1, 40),
)
def test_what_is_inserted_changes_nothing_of_what_is_behind_it(
    before: list[tuple[int, int, float, int]],
    behind: list[tuple[int, int, float, int]],
    inserted: int,
    shown: int,
) -> None:
    first: list[Item] = [shot(f"b{n}", *each) for n, each in enumerate(before)]
    frames, start, speed, _ = behind[0]
    rest: list[Item] = [shot("a0", frames, start, speed, 0)]
    rest += [shot(f"a{n}", *each) for n, each in enumerate(behind[1:], 1)]
    words = title("Behind", min(shown, frames), "a0", fade_in=5)
    old, new = (
        film([*first, *rest], words),
        film([*first, shape("#00ff00", inserted), *rest], words),
    )
    joint = next(placed.start for placed in old.main if placed.item.id == "a0")
    moved = [
        (a - inserted, b - inserted, key)
        for (a, b), key in keys(new).items()
        if a >= joint + inserted
    ]
    stayed = [(a, b, key) for (a, b), key in keys(old).items() if a >= joint]
    # Where the last shot before is short, a chunk may reach over the joint.
    assert moved[-len(stayed) :] == stayed
    assert stayed


@settings(deadline=None)
@given(start=st.integers(0, 400), frames=st.integers(1, 90))
def test_other_words_change_the_chunks_that_show_them_and_no_other(start: int, frames: int) -> None:
    main: list[Item] = [video("a", 300, id="v0", source_in=7), video("a", 200, id="v1")]
    old, new = (film(main, title(words, frames, "v0", start)) for words in ("One", "Two"))
    one, other = keys(old), keys(new)
    assert one.keys() == other.keys()
    shown = range(start, start + frames)
    for (first, last), key in one.items():
        assert (key != other[first, last]) == (first < shown.stop and shown.start < last)


def test_cutting_the_head_off_keeps_the_chunks_inside() -> None:
    whole = keys(film([video("a", 300), video("a", 100, id="b")]))
    trimmed = keys(film([video("a", 290, source_in=10), video("a", 100, id="b")]))
    assert list(whole) == [
        (0, 60),
        (60, 120),
        (120, 180),
        (180, 240),
        (240, 300),
        (300, 360),
        (360, 400),
    ]
    assert list(trimmed)[:3] == [(0, 50), (50, 110), (110, 170)]
    assert list(trimmed.values())[1:] == list(whole.values())[1:]


def test_a_repeated_piece_has_one_key() -> None:
    again = keys(film([video("a", 60, id="a1"), video("a", 60, id="a2")]))
    assert len(set(again.values())) == 1


CHANGES: dict[str, Any] = {
    "another part": {"source_in": 61},
    "speed": {"speed": 1.25},
    "brightness": {"effects": (Effect(kind="brightness", amount=0.1),)},
    "a fade": {"fade_in": 4},
    "opacity": {"opacity": 0.5},
    "a move": {"keyframes": {"x": (Keyframe(frame=0, value=0.1), Keyframe(frame=9, value=0.3))}},
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_the_pixels_changes_the_key(name: str) -> None:
    plain = keys(film([video("a", 50, source_in=60)]))
    assert set(plain.values()).isdisjoint(
        keys(film([video("a", 50, **({"source_in": 60} | CHANGES[name]))])).values()
    )


def test_keys_name_the_canvas_the_encoder_the_sources_and_the_version_of_ffmpeg() -> None:
    timeline = film([video("a", 50)])
    other = {path: f"{what} now" for path, what in NAMES.items()}
    found = [
        keys(timeline),
        keys(film([video("a", 50)], width=1280, height=720)),
        keys(film([video("a", 50)], fps="25")),
        keys(timeline, quality=QUALITY["preview"]),
        keys(timeline, recipes=Recipes("ffmpeg 10", NAMES)),
        keys(timeline, recipes=Recipes("ffmpeg 9", other)),
    ]
    assert len({key for each in found for key in each.values()}) == len(found)


def test_names_and_what_is_only_heard_do_not_matter() -> None:
    plain = keys(film([video("a", 50)]))
    other = video("a", 50, id="other", volume=0.2, muted=True)
    assert keys(film([other.but(label="other")], chosen=True)) == plain


def test_the_sound_has_a_key_that_words_do_not_change() -> None:
    one, two = (film([video("a", 90)], title(words, 30, "a")) for words in ("One", "Two"))
    quiet = film([video("a", 90, volume=0.5)], title("One", 30, "a"))
    found = [RECIPES.of_sound(each, SOURCES) for each in (one, two, quiet)]
    assert found[0] == found[1] != found[2]


def test_only_what_stands_side_by_side_is_encoded_together() -> None:
    timeline = film([video("a", 300)])
    cut = chunks(timeline)
    assert list(windows(timeline, cut, {cut[0], cut[1], cut[3]})) == [cut[:2], (cut[3],)]
    assert list(windows(timeline, cut, set())) == []


def test_a_long_film_is_encoded_a_few_minutes_at_a_time() -> None:
    timeline = film([video("a", 1800, id=f"v{n}") for n in range(20)])
    cut = chunks(timeline)
    groups = list(windows(timeline, cut, cut))
    assert sum(groups, ()) == cut
    assert all(len(group) <= 64 for group in groups)
