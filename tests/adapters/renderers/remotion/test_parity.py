"""Both renderers make the same film: the same frames, in the same place and light, as loud."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.renderers.remotion.document import document
from bot.engine.composition import (
    Audio,
    Effect,
    EffectKind,
    Image,
    Item,
    Text,
    TimeAnchor,
    Transition,
)
from bot.engine.keyframes import Keyframe
from bot.engine.style import Crop, TextStyle, Transform
from tests.adapters.renderers.conftest import COUNTING, Film, Studio, ffmpeg
from tests.adapters.renderers.remotion.player import SITE, both, differences, needs_site, rendered
from tests.adapters.renderers.test_local_pictures import shape, video

SIZE: dict[str, Any] = {"width": 320, "height": 180, "background": "#203040"}
TAGS = (
    *("-vf", "scale=out_color_matrix=bt709", "-crf", "12", "-colorspace", "bt709"),
    *("-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
)
ALIKE = 12  # of 255, on the average of any 20 × 20 pixels
LOUD = 2  # decibels; a volume that moves fast goes in steps of a frame, or of 10 ms
DUCKED = 3  # the player cannot know how loud the main track really is
QUIET = -40
LEANING = Transform(pivot_x=0.2, pivot_y=0.3, crop=Crop(left=0.2))

pytestmark = [pytest.mark.slow, needs_site]


@pytest.fixture
def stage(studio: Studio) -> Studio:
    """A studio with a counting clip that has B-frames, and two colourful ones."""
    how = ("-vf", COUNTING, "-preset", "fast", "-bf", "2", "-g", "25")
    studio.video(picture="color=black", options=how)
    for name, colors, size in (
        ("wide", "c0=0x304060:c1=0xc08050:c2=0x50a080:c3=0xe0d0c0", "320x180"),
        ("tall", "c0=0x905070:c1=0x70b0c0:c2=0x302030:c3=0xc0c090", "180x320"),
    ):
        picture = f"gradients={colors}:nb_colors=4:seed=7:speed=0.02"
        studio.video(name, picture=picture, size=size, seconds=2, options=TAGS, tone=600)
    return studio


def keys(*pairs: tuple[int, float], easing: Any = "linear") -> tuple[Keyframe, ...]:
    return tuple(Keyframe(frame=frame, value=amount, easing=easing) for frame, amount in pairs)


def effects(*pairs: tuple[EffectKind, float]) -> tuple[Effect, ...]:
    return tuple(Effect(kind=kind, amount=amount) for kind, amount in pairs)


def text(words: str, frames: int, **fields: Any) -> Text:
    name = words[:2].lower()
    return Text(id=name, label=name, text=words, duration=frames, **fields)


def logo(frames: int, **fields: Any) -> Image:
    return Image(id="logo", label="logo", clip="logo", duration=frames, layer=2, **fields)


def sound(clip: str, frames: int, **fields: Any) -> Audio:
    return Audio(id=clip, label=clip, clip=clip, duration=frames, **fields)


def two_sides(studio: Studio) -> None:
    """A sound of 700 Hz at the left and 2000 Hz at the right."""
    path = studio.root / "sides.wav"
    sides = "sine=700:duration=2[l];sine=2000:duration=2[r];[l][r]join=inputs=2"
    ffmpeg("-filter_complex", f"{sides}:channel_layout=stereo", path)
    studio.add(path, "audio", seconds=2, has_audio=True)


def levels(film: Film, tone: int, side: int) -> list[float]:
    """How loud a tone is in every two frames."""
    frames = len(film.pictures)
    return [film.level(at / 30, (at + 2) / 30, tone, side) for at in range(0, frames - 1, 2)]


def sound_alike(local: list[float], played: list[float], tolerance: float) -> None:
    both = enumerate(zip(local, played, strict=True))
    heard = {at: pair for at, pair in both if max(pair) > QUIET}
    assert heard
    unlike = {at: pair for at, pair in heard.items() if abs(pair[0] - pair[1]) > tolerance}
    assert not unlike


def look_alike(local: Film, played: Film) -> None:
    unlike = {at: off for at, off in enumerate(differences(local, played)) if off > ALIKE}
    assert not unlike


def test_the_site_has_sound_types() -> None:
    tsc = SITE / "node_modules/.bin/tsc"
    checked = subprocess.run([tsc], cwd=SITE, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


async def test_cuts_speeds_and_transitions_show_the_same_frames(stage: Studio) -> None:
    changes = [
        Transition(kind="crossfade", frames=5),
        Transition(kind="dip", frames=5),
        Transition(kind="wipe", frames=5, direction="left"),
        Transition(kind="slide", frames=5, direction="down"),
        Transition(kind="slide", frames=4, direction="right"),
    ]
    count: list[Item] = [
        video("count", 6, id="a", source_in=41),
        video("count", 5, id="b", source_in=3, speed=0.5),
        video("count", 5, id="c", source_in=30, speed=1.5),
    ]
    fill = Transform(fit="cover")
    main = [
        video("tall" if n % 2 else "wide", 10, id=f"t{n}", transform=fill, transition_in=change)
        for n, change in enumerate(changes)
    ]
    cut = video("count", 3, id="d", source_in=117)
    timeline = stage.timeline([*count, shape("#ff8000", 6, width=0.5), *main, cut], **SIZE)
    local, played = await both(stage, timeline)
    assert local.counts()[:16] == [*range(41, 47), 3, 3, 4, 4, 5, 30, 31, 33, 34, 36]
    assert played.counts()[:16] == local.counts()[:16]
    assert played.counts()[-3:] == local.counts()[-3:] == [117, 118, 119]
    look_alike(local, played)


async def test_what_goes_back_and_what_is_frozen_shows_the_same_frames(stage: Studio) -> None:
    wipe = Transition(kind="wipe", frames=4)
    main: list[Item] = [
        video("count", 8, id="a", source_in=41),
        video("count", 12, id="b", source_in=30, backwards=True),
        video("count", 6, id="c", source_in=80, backwards=True, speed=0.5),
        video("count", 6, id="d", source_in=100, backwards=True, speed=2),
        video("count", 6, id="e", frozen=77),
        video("count", 12, id="f", source_in=12, backwards=True, transition_in=wipe),
    ]
    over = video("wide", 10, id="o", frozen=20, layer=1, transform=Transform(scale=0.2, y=0.85))
    local, played = await both(stage, stage.timeline(main, over, **SIZE))
    shown = [*range(41, 49), *range(29, 17, -1), 79, 79, 78, 78, 77, 77]
    shown += [98, 96, 94, 92, 90, 88, 77, 77]
    assert local.counts()[: len(shown)] == shown
    assert played.counts()[: len(shown)] == shown
    assert local.counts()[-8:] == [*range(7, -1, -1)]
    assert played.counts()[-8:] == [*range(7, -1, -1)]
    look_alike(local, played)
    assert all(played.level(at / 30, (at + 2) / 30) < QUIET for at in range(10, 36, 2))


async def test_what_stands_looks_the_same(stage: Studio) -> None:
    looks: list[dict[str, Any]] = [
        {"transform": Transform(scale=0.5, x=1, y=1, pivot_x=1, pivot_y=1)},
        {"transform": Transform(scale=1.7, x=0.4, flip_h=True, crop=Crop(left=0.1, top=0.2))},
        {"transform": Transform(scale=0.6, rotation=30, flip_v=True), "opacity": 0.7},
        {"transform": Transform(fit="stretch"), "effects": effects(("brightness", 0.3))},
        {"effects": effects(("contrast", 1.8), ("grayscale", 0.4))},
        {"effects": effects(("saturation", 1.6), ("blur", 0.04))},
        {"effects": effects(("sepia", 0.9)), "transform": Transform(fit="cover")},
    ]
    main: list[Item] = [
        video(clip, 2, id=f"{clip}{n}", **look)
        for clip in ("wide", "tall")
        for n, look in enumerate(looks)
    ]
    fading = video("tall", 8, id="f", fade_in=3, fade_out=4)
    look_alike(*await both(stage, stage.timeline([*main, fading], **SIZE)))


async def test_overlays_and_what_moves_look_the_same(stage: Studio) -> None:
    stage.picture("logo", (80, 90), "teal")
    backdrop = video("tall", 30, transform=Transform(fit="cover"), effects=effects(("blur", 0.1)))
    slides = {"x": keys((0, 0.2), (12, 0.8), easing="ease-in-out")}
    rolls = {
        "x": keys((0, 0.1), (18, 0.9), easing="ease-out"),
        "scale": keys((0, 0.5), (10, 1.5), (18, 1), easing="ease-in"),
        "rotation": keys((0, 0), (18, 180)),
        "opacity": keys((0, 0), (6, 1), (12, 0.3), easing="hold"),
    }
    turns = {"scale": keys((0, 0.1), (14, 0.5)), "rotation": keys((0, -20), (14, 90))}
    egg: dict[str, Any] = {"shape": "ellipse", "width": 0.2, "height": 0.3}
    others: list[Item] = [
        text("Hello, Ærø!", 12, fade_in=4, transform=Transform(y=0.7, rotation=8)),
        text("slides", 14, layer=1, style=TextStyle(background="#c02020aa"), keyframes=slides),
        logo(20, opacity=0.7, transform=Transform(x=0.9, y=0.1, pivot_x=1, pivot_y=0, scale=0.4)),
        shape("#ffcc00", 20, layer=3, anchor=TimeAnchor(at=8), keyframes=rolls, **egg),
        video(
            "count", 16, layer=4, anchor=TimeAnchor(at=9), transform=Transform(x=0.85, scale=0.3)
        ),
        video("wide", 16, layer=5, anchor=TimeAnchor(at=12), keyframes=turns, transform=LEANING),
    ]
    look_alike(*await both(stage, stage.timeline([backdrop], *others, **SIZE)))


async def test_everything_sounds_the_same(stage: Studio) -> None:
    """Every sound has a tone of its own, so that each can be heard alone."""
    for name, tone in (("low", 300), ("high", 1000)):
        stage.video(name, tone=tone, picture="color=gray", size="320x180")
    stage.sound("music", tone=880)
    stage.sound("fast", tone=500)
    two_sides(stage)
    swells = {"volume": keys((0, 0), (6, 2), (10, 0.5))}
    main: list[Item] = [
        shape("#404040", 10, id="s"),
        video("low", 16, id="a", source_in=3, fade_in=6),
        video("high", 16, id="b", source_in=3, transition_in=Transition(frames=8)),
        shape("#404040", 6, id="t"),
        video("low", 10, id="c", source_in=10, speed=0.5),
        video("high", 12, id="d", source_in=3, keyframes=swells),
        video("low", 4, id="e", muted=True),
    ]
    others = [
        sound("music", 10, loop=True, to_end=True, duck=True, source_in=15, volume=0.8),
        sound("sides", 20, anchor=TimeAnchor(at=20), source_in=5, fade_out=10),
        sound("fast", 24, anchor=TimeAnchor(at=42), source_in=5, speed=1.5, volume=1.5),
    ]
    timeline = stage.timeline(main, *others, **SIZE)
    local, played = await both(stage, timeline)
    for tone, side in ((300, 0), (1000, 0), (500, 0), (700, 0), (2000, 1)):
        sound_alike(levels(local, tone, side), levels(played, tone, side), LOUD)
    sound_alike(levels(local, 880, 0), levels(played, 880, 0), DUCKED)


async def test_progress_is_told_line_by_line_and_failures_by_the_exit_code(tmp_path: Path) -> None:
    nothing = shape("#ff0000", 2, enabled=False)
    film = document(Studio(tmp_path).timeline([nothing], width=16, height=16), {}, {})
    props = tmp_path / "props.json"
    props.write_text(json.dumps({"ir": film}))
    steps = await rendered("--props", str(props), "--out", str(tmp_path / "film.mp4"))
    assert steps[-1]["progress"] == 1
    assert steps[-1]["renderedFrames"] == 2
    props.write_text(json.dumps({"ir": {**film, "version": 2}}))
    with pytest.raises(AssertionError, match="documents of version 1"):
        await rendered("--props", str(props), "--out", str(tmp_path / "film.mp4"))
