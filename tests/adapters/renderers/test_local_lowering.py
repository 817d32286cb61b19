"""From a timeline to filters, without running anything."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.local.audio import compile_audio
from bot.adapters.renderers.local.chunks import chunks
from bot.adapters.renderers.local.filters import at_rate
from bot.adapters.renderers.local.graph import compile_scene
from bot.adapters.renderers.local.sources import Source
from bot.adapters.renderers.local.windows import windows
from bot.adapters.renderers.lowering.framing import standing
from bot.adapters.renderers.lowering.scene import Footage, Scene, Still, lower
from bot.engine.composition import Audio, Item, Text, TimeAnchor, Transition, Video
from bot.engine.layout import Timeline
from bot.engine.style import Crop, Transform
from bot.engine.timebase import Rate
from tests.adapters.renderers.conftest import Studio
from tests.adapters.renderers.test_local_pictures import shape, video

SOURCES = {"a": Source(Path("/clips/a.mp4"), "bt709", 1), "m": Source(Path("/clips/m.mp3"), "", 2)}


@pytest.fixture
def bin_(studio: Studio) -> Studio:
    """A studio with clips that exist on paper only."""
    studio.add(Path("a.mp4"), "video", seconds=60, width=1920, height=1080, has_audio=True)
    studio.add(Path("m.mp3"), "audio", seconds=60, has_audio=True)
    return studio


def scene(timeline: Timeline, *window: int) -> Scene:
    stills = {
        placed.item.id: Still(Path(f"/{placed.item.id}.png"), 10, 20, (30, 40), (30, 40), 1)
        for placed in timeline.placed
        if placed.item.type not in ("video", "audio")
    }
    return lower(timeline, window or (0, timeline.duration), stills)  # type: ignore[arg-type]


def filters(timeline: Timeline) -> list[str]:
    return compile_scene(scene(timeline), SOURCES, "bicubic").filters.split(";\n")


def hd(studio: Studio, main: list[Item], *others: Item) -> Timeline:
    return studio.timeline(main, *others, width=1920, height=1080)


def test_an_opaque_clip_that_fills_the_frame_is_scaled_and_nothing_else(bin_: Studio) -> None:
    timeline = hd(bin_, [video("a", 90, source_in=60)])
    graph = compile_scene(scene(timeline), SOURCES, "bicubic")
    assert graph.inputs[-4:] == ["-ss", "1.991667", "-i", "file:/clips/a.mp4"]
    assert graph.filters.split(";\n") == [
        "[0:V:0]settb=1/1000000,setpts='max((PTS-8333.333333)*3/100+749,-249999)',"
        "fps=1000:start_time=-0.25:round=down:eof_action=pass,tpad=stop_mode=clone:stop=-1,"
        "trim=start_pts=0:end_pts=90,settb=1/1000,setpts=N,"
        "scale=1920:1080:flags=bicubic:in_color_matrix=bt709:"
        "out_color_matrix=bt709:out_range=limited,format=yuv420p,setsar=1[s0]",
        "[s0]settb=1/30,setpts=N,setparams=range=limited:colorspace=bt709:"
        "color_primaries=bt709:color_trc=bt709[out]",
    ]


def test_a_letterboxed_clip_is_padded_not_composited(bin_: Studio) -> None:
    timeline = bin_.timeline([video("a", 30)], width=1080, height=1080, background="#112233")
    (shot, _) = filters(timeline)
    assert "scale=1080:608" in shot
    assert "pad=1080:1080:0:236:color=0x112233" in shot
    assert "overlay" not in shot
    assert "yuva" not in shot


def test_a_resting_overlay_is_one_picture_gated_by_its_frames(bin_: Studio) -> None:
    timeline = hd(bin_, [video("a", 90)], shape("#ff0000", 40, anchor=TimeAnchor(at=10)))
    overlay = filters(timeline)[-2]
    assert overlay == "[s0][s1]overlay=10:20:enable='between(n,10,49)'[s2]"


def test_transitions_chain_and_cuts_concatenate(bin_: Studio) -> None:
    change = Transition(kind="slide", direction="up", frames=12)
    main: list[Item] = [
        video("a", 60, id="a"),
        video("a", 60, id="b", transition_in=change),
        video("a", 60, id="c"),
    ]
    graph = filters(hd(bin_, main))
    assert "[s0][s1]xfade=transition=slideup:duration=12ms:offset=48ms" in graph[2]
    assert graph[4].startswith("[s2][s3]concat=n=2:v=1:a=0")


def test_nothing_that_people_wrote_enters_a_graph(bin_: Studio) -> None:
    evil = "'];[0:v]drawtext=%{x},movie=/etc/passwd"
    text = Text(id="t", label=evil, text=evil, duration=30, fade_in=9)
    timeline = hd(bin_, [video("a", 90).but(label=evil)], text)
    assert "drawtext" not in "".join(filters(timeline))
    assert "movie" not in "".join(filters(timeline))
    assert "movie" not in compile_audio(timeline, SOURCES)[0].filters


def test_a_scene_does_not_know_where_it_stands_on_the_timeline(bin_: Studio) -> None:
    title = shape("#ff0000", 30, fade_in=10, anchor=TimeAnchor(at=5))
    early = hd(bin_, [video("a", 90, fade_in=10)], title)
    later_title = title.but(anchor=TimeAnchor(at=65))
    late = hd(bin_, [video("a", 60, id="x"), video("a", 90, fade_in=10)], later_title)
    assert scene(early, 0, 90) == scene(late, 60, 150)


def test_a_window_takes_up_sources_and_fades_where_they_are(bin_: Studio) -> None:
    timeline = hd(bin_, [video("a", 90, source_in=100, speed=1.5, fade_in=20, fade_out=20)])
    (shot,) = scene(timeline, 10, 80).shots
    assert shot.layer is not None
    assert isinstance(shot.layer.picture, Footage)
    assert shot.layer.picture.first == 115
    assert shot.frames == 70
    levels = dict(shot.layer.alpha)
    assert levels[0] == pytest.approx(0.5, abs=0.01)
    assert levels[10] == 1
    assert list(levels)[-1] == 69
    assert levels[69] == pytest.approx(0.5, abs=0.01)


@given(
    first=st.fractions(0, 10_000, max_denominator=10),
    speed=st.fractions(Fraction(1, 10), 16, max_denominator=10),
    fps=st.sampled_from(["24000/1001", "25", "30", "30000/1001", "60", "120"]),
)
def test_seeking_never_goes_past_the_frame(first: Fraction, speed: Fraction, fps: str) -> None:
    rate = Rate.model_validate(fps)
    seek, text = at_rate(rate, first, speed, 10)
    seconds = Fraction(seek[1]) if seek else Fraction(0)
    assert seconds <= first / rate.value
    assert first / rate.value - seconds <= Fraction(1, 2) / rate.value
    assert "end_pts=10" in text


fraction = st.floats(0, 0.45, allow_nan=False)


@given(
    source=st.tuples(st.integers(16, 4000), st.integers(16, 4000)),
    transform=st.builds(
        Transform,
        x=st.floats(-1, 2),
        y=st.floats(-1, 2),
        pivot_x=st.floats(0, 1),
        pivot_y=st.floats(0, 1),
        scale=st.floats(0.01, 20),
        flip_h=st.booleans(),
        flip_v=st.booleans(),
        fit=st.sampled_from(["contain", "cover", "stretch"]),
        crop=st.builds(Crop, left=fraction, top=fraction, right=fraction, bottom=fraction),
    ),
)
def test_whatever_the_frame_shows_lies_inside_source_and_canvas(
    source: tuple[int, int], transform: Transform
) -> None:
    canvas = (1280, 720)
    item = Video(id="v", label="v", clip="c", duration=1, transform=transform)
    found = standing(item, source, canvas)
    if found is None:
        return
    view, place = found
    inside = Box(0, 0, *canvas).meet(place)
    assert inside == place
    assert view.size == place.size
    assert all(side % 2 == 0 for side in (*place, *view.scaled))
    assert Box(0, 0, *source).meet(view.crop) == view.crop
    assert Box(0, 0, *view.scaled).meet(view.seen) == view.seen
    assert view.scaled[0] * view.scaled[1] < 40 * canvas[0] * canvas[1]


def test_sound_goes_by_lanes_and_buses(bin_: Studio) -> None:
    music = Audio(id="m", label="m", clip="m", duration=60, duck=True, volume=0.5, to_end=True)
    main: list[Item] = [video("a", 30, id=f"v{n}") for n in range(3)]
    graph, inputs = compile_audio(hd(bin_, main, music), SOURCES)
    assert inputs == 4
    text = graph.filters
    assert text.count("concat=n=3:v=0:a=1") == 1
    assert "sidechaincompress=threshold=0.03:ratio=8:attack=50:release=400" in text
    assert "volume=0.5" in text
    assert "atrim=end_sample=144000" in text
    assert "normalize=0" in text


@given(counts=st.lists(st.integers(1, 40), min_size=1, max_size=120), overlap=st.integers(0, 8))
def test_windows_cover_the_film_and_can_be_lowered(counts: list[int], overlap: int) -> None:
    studio = Studio(Path("nowhere"))
    studio.add(Path("a.mp4"), "video", seconds=60, width=1920, height=1080)
    change: dict[str, Any] = {"transition_in": Transition(frames=overlap)} if overlap else {}
    main = [video("a", 2 * overlap + n, id=f"v{i}", **change) for i, n in enumerate(counts)]
    timeline = studio.timeline(main)
    film = chunks(timeline)
    divided = [(group[0][0], group[-1][1]) for group in windows(timeline, film, film)]
    assert divided[0][0] == 0
    assert divided[-1][1] == timeline.duration
    assert sum(len(range(*window)) for window in divided) == timeline.duration
    for window in divided:
        assert scene(timeline, *window).frames == window[1] - window[0]
    if overlap == 0:
        assert all(len(scene(timeline, *window).shots) <= 40 for window in divided)
