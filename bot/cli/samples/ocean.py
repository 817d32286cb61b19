"""A sample scene: a sailing boat on turquoise waves."""

from dataclasses import dataclass

from PIL import Image, ImageFilter

from bot.cli.samples.painting import Brush, chance, glitter, glow, gradient, hills, swell
from bot.cli.samples.scene import HEIGHT, SIZE, WIDTH, Layer, Scene
from bot.cli.samples.sound import mix, noise, pad

_SKY = ("#2fb0d6", "#7fd9e4", "#c9f4ec", "#f3fff0", "#f3fff0")
_ISLAND = ("#7cc4c4", "#a5dfd6")
_WHITE = ("#ffffff", "#ffffff")
_BOAT = (
    (((160, 30), (160, 262), (52, 262)), ("#ffffff", "#dff1f0")),
    (((168, 50), (168, 262), (262, 262)), ("#ffb199", "#ff6f61")),
    (((161, 20), (166, 20), (166, 290), (161, 290)), ("#6b4a3a", "#6b4a3a")),
    (((60, 278), (274, 278), (236, 330), (98, 330)), ("#20405c", "#16304a")),
    (((60, 278), (274, 278), (268, 286), (66, 286)), ("#ffffff", "#ffffff")),
    (((166, 14), (200, 22), (166, 32)), ("#ff6f61", "#ff6f61")),
)
"""Its parts: corners and colours."""


@dataclass(frozen=True, slots=True)
class _Wave:
    """A row of waves: pixels per frame, to the left if positive; distances in pixels."""

    speed: int
    top: int
    height: int
    length: int
    colours: tuple[str, ...]


_WAVES = (
    _Wave(1, 395, 14, 210, ("#7fe0d8", "#4cc4c4", "#2aa6b4")),
    _Wave(-1, 435, 20, 280, ("#4fcdc9", "#2aa9b5", "#1a8ca0")),
    _Wave(2, 488, 28, 340, ("#2fb5bb", "#1590a4", "#0d7490")),
    _Wave(-3, 552, 34, 420, ("#1797a8", "#0c7390", "#085a78")),
    _Wave(4, 624, 38, 520, ("#0e7890", "#075876", "#043f5c")),
)


def _paint(frames: int) -> tuple[Layer, ...]:
    sky = gradient(SIZE, *_SKY).convert("RGBA")
    sky.alpha_composite(_sun(), (640, 0), (0, 250))
    waves = [_wave(wave, frames) for wave in _WAVES]
    lights = {"x": "910", "y": "415"}
    return (
        Layer(sky),
        Layer(_cloud(1, 420), "60+n", "60"),
        Layer(_cloud(2, 250), "480+n", "170"),
        Layer(_cloud(3, 330), "860+n", "215"),
        Layer(_island(), "0", "290"),
        *waves[:2],
        Layer(glitter((300, 90), "#ffffff", chance(1)), **lights, shown="lt(mod(n,16),8)"),
        Layer(glitter((300, 90), "#ffffff", chance(2)), **lights, shown="gte(mod(n,16),8)"),
        _boat(),
        *waves[2:],
    )


def _sun() -> Image.Image:
    light = glow(420, "#fffbe0", 0.95, 1.8)
    disc = Brush(light.size)
    disc.disc((420, 420), 52)
    light.alpha_composite(disc.cut_from("#fffef2", "#fffef2"))
    return light


def _cloud(seed: int, width: int) -> Image.Image:
    """Round puffs on a flat ground, the biggest in the middle."""
    height = width // 3
    brush, luck = Brush((width, height)), chance(seed)
    ground = height - 4
    for place in (-0.62, -0.36, -0.1, 0.16, 0.4, 0.62):
        radius = height * (0.42 - 0.4 * abs(place)) * luck.uniform(0.85, 1.15)
        brush.disc((width * (1 + place) / 2, ground - radius), radius)
    brush.box((width * 0.2, ground - height * 0.2), (width * 0.6, height * 0.2))
    return brush.cut_from("#ffffff", "#ffffff", "#d6f1f2").filter(ImageFilter.GaussianBlur(0.8))


def _island() -> Image.Image:
    brush = Brush((560, 130))
    brush.below([y + i for i, y in enumerate(hills(560, 60, 0.5, chance(9)))])
    return brush.cut_from(*_ISLAND)


def _wave(wave: _Wave, frames: int) -> Layer:
    width = WIDTH + abs(wave.speed) * frames
    surface = swell(width, wave.height, wave.length, chance(wave.top))
    thickness = swell(width, 12, wave.length * 0.7, chance(wave.top + 1))
    size = (width, HEIGHT - wave.top + 24)
    foam, water = Brush(size), Brush(size)
    foam.below(surface)
    water.below([y + max(1.5, t) for y, t in zip(surface, thickness, strict=True)])
    picture = foam.cut_from("#f2fffb", wave.colours[0])
    picture.alpha_composite(water.cut_from(*wave.colours))
    start = WIDTH - width if wave.speed < 0 else 0
    return Layer(picture, f"{start}-{wave.speed}*n", f"{wave.top}+7*sin(n/{wave.top / 22:.0f})")


def _boat() -> Layer:
    picture = Image.new("RGBA", (320, 360))
    for corners, colours in _BOAT:
        brush = Brush(picture.size)
        brush.polygon(*corners)
        picture.alpha_composite(brush.cut_from(*colours))
    roll = "loop=-1:1,rotate=0.07*sin(n/21):c=none"
    return Layer(picture, "140+2*n", "188+6*sin(n/17)", filters=roll)


_SECONDS = 6
_SURF = noise("pink", (150, 4000), _SECONDS, 1.3) + ",tremolo=0.28:0.85"
_DEEP = noise("brown", (40, 400), _SECONDS, 0.35)
_CHORD = pad((53, 60, 64, 69), _SECONDS, 0.02)
OCEAN = Scene("ocean", _SECONDS, _paint, mix([_SURF, _DEEP, _CHORD], _SECONDS, -1))
