"""A sample scene: the sun rises over misty mountains, birds pass."""

from random import Random

from PIL import Image

from bot.cli.samples.painting import Brush, chance, glow, gradient, hills
from bot.cli.samples.scene import HEIGHT, SIZE, WIDTH, Layer, Scene
from bot.cli.samples.sound import chirp, mix, noise, pad

_NIGHT = ("#2a1a52", "#7a3580", "#e0607a", "#ff9a5e", "#ffc978")
_DAY = ("#4a7fc4", "#b79ad0", "#ffb48e", "#ffd08a", "#ffe9b0")
_FAR = ("#d9738a", "#f2a184", "#f7bf8e")
_MIDDLE = ("#9a4a80", "#cf6f80", "#e8967f")
_NEAR = ("#5b2a66", "#8a3f70", "#a85573")
_FOREST = ("#2a1440", "#150a26")
_BIRDS = ("#3d1b46", "#3d1b46")
_SUN = 520
"""The radius of its glow in pixels; it starts as far from the top, behind the mountains."""


def _paint(frames: int) -> tuple[Layer, ...]:
    day = gradient(SIZE, *_DAY)
    day.putalpha(190)
    flight = {"x": "4*n-260", "y": "180-floor(n/3)"}
    return (
        Layer(gradient(SIZE, *_NIGHT)),
        Layer(day, filters=f"loop=-1:1,fade=in:0:{frames}:alpha=1"),
        Layer(_sun(), str(760 - _SUN), "-n"),
        _mountains(3, 1, frames, _FAR),
        _mountains(8, 2, frames, _MIDDLE),
        Layer(_flock(8), **flight, shown="lt(mod(n,18),9)"),
        Layer(_flock(-5), **flight, shown="gte(mod(n,18),9)"),
        _mountains(5, 3, frames, _NEAR),
        _forest(5, frames),
    )


def _sun() -> Image.Image:
    light = glow(_SUN, "#ffd98a", 0.95, 2.6)
    light.alpha_composite(glow(240, "#fff0c0", 0.9, 2.0), (_SUN - 240, _SUN - 240))
    disc = Brush(light.size)
    disc.disc((_SUN, _SUN), 74)
    light.alpha_composite(disc.cut_from("#fffbe8", "#fffbe8"))
    return light


def _mountains(seed: int, speed: int, frames: int, colours: tuple[str, ...]) -> Layer:
    """The faster they pass, the nearer and lower they are."""
    top, width = 245 + 85 * speed, WIDTH + speed * frames
    brush = Brush((width, HEIGHT - top))
    brush.below(hills(width, 140, 0.53, chance(seed)))
    return Layer(brush.cut_from(*colours), f"-{speed}*n", str(top))


def _forest(speed: int, frames: int) -> Layer:
    top, width, luck = 520, WIDTH + speed * frames, chance(4)
    ground = [90 + y for y in hills(width, 60, 0.45, luck)]
    brush = Brush((width, HEIGHT - top))
    brush.below(ground)
    x = 0
    while x < width:
        foot = ground[x * len(ground) // width] + 8
        _fir(brush, x, foot, luck.uniform(40, 105))
        x += luck.choice((14, 20, 26, 34, 60, 110))
    return Layer(brush.cut_from(*_FOREST), f"-{speed}*n", str(top))


def _fir(brush: Brush, x: float, foot: float, height: float) -> None:
    for branch in range(5):
        top, half = foot - height * (1 - 0.17 * branch), height * (0.07 + 0.035 * branch)
        brush.polygon((x, top), (x + half, top + height * 0.3), (x - half, top + height * 0.3))


def _flock(lift: float) -> Image.Image:
    """Seven birds in a wedge, with the wings lifted this many pixels."""
    brush, luck = Brush((260, 120)), chance(1)
    for place in range(-3, 4):
        x, y = 220 - abs(place) * 52, 60 + place * 14
        _bird(brush, x + luck.uniform(-8, 8), y + luck.uniform(-4, 4), lift)
    return brush.cut_from(*_BIRDS)


def _bird(brush: Brush, x: float, y: float, lift: float) -> None:
    for side in (-1, 1):
        brush.stroke(3, (x, y), (x + side * 7, y - lift), (x + side * 15, y - lift * 0.8))


def _song(luck: Random) -> list[str]:
    starts = (1.2, 1.45, 1.62, 3.4, 3.6, 4.5, 4.7, 4.85)
    return [chirp(luck.randint(2300, 3100), at, luck.uniform(0.03, 0.08)) for at in starts]


_SECONDS = 6
_BREEZE = noise("pink", (200, 1800), _SECONDS, 0.3)
_CHORD = pad((48, 55, 64, 67, 74), _SECONDS, 0.05)
SUNRISE = Scene(
    "sunrise", _SECONDS, _paint, mix([_BREEZE, _CHORD, *_song(chance(2))], _SECONDS, -2)
)
