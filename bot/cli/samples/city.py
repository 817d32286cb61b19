"""A sample scene: passing a city at night, with its lights in the river."""

from dataclasses import dataclass
from random import Random

from PIL import Image, ImageFilter

from bot.cli.samples.painting import Brush, chance, glitter, glow, gradient, haloed
from bot.cli.samples.scene import SIZE, WIDTH, Layer, Scene
from bot.cli.samples.sound import mix, noise, pad, pluck

_SKY = (
    *("#070620", "#100d3a", "#1c1758", "#342a86", "#5544a4"),
    *("#6a4fb0", "#6a4fb0", "#171446", "#070620"),
)
_WINDOWS = ("#ffd58a", "#ffb85c", "#ffcf8a")
_SHORE = 570
"""Where the houses end and the water begins, in pixels from the top."""
_TALL, _DEEP = 420, 150
"""The height of the part of a picture that holds houses, and of the water in front of them."""
_House = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of houses: pixels per frame that it passes, colours, ranges of width and height.

    `window` is the size of a window in pixels; rows far away have none.
    """

    speed: int
    colours: tuple[str, ...]
    widths: tuple[int, int]
    heights: tuple[int, int]
    window: int = 0


_ROWS = (
    _Row(1, ("#4a3d9c", "#5a48a8", "#7a60c0"), (26, 70), (90, 270)),
    _Row(2, ("#221c66", "#2c2478", "#4a3a9c"), (50, 100), (90, 260), 4),
    _Row(4, ("#0b0928", "#0e0b34", "#191450"), (80, 170), (60, 230), 7),
)


def _paint(frames: int) -> tuple[Layer, ...]:
    sky = gradient(SIZE, *_SKY).convert("RGBA")
    sky.alpha_composite(_stars())
    sky.alpha_composite(_moon(), (620, 0), (0, 130))
    lights = {"x": "820", "y": str(_SHORE + 6)}
    return (
        Layer(sky),
        *(_houses(row, frames) for row in _ROWS),
        Layer(glitter((200, 144), "#ffeec0", chance(1)), **lights, shown="lt(mod(n,20),10)"),
        Layer(glitter((200, 144), "#ffeec0", chance(2)), **lights, shown="gte(mod(n,20),10)"),
        Layer(_traffic(3600, ("#ff6a4d", "#ff3b30"), 1), "6*n-2200", str(_SHORE - 14)),
        Layer(_traffic(3600, ("#fff4d0", "#fff4d0"), 0), "-9*n", str(_SHORE - 6)),
    )


def _stars() -> Image.Image:
    brush, luck = Brush((WIDTH, _TALL)), chance(1)
    for _ in range(240):
        place = luck.uniform(0, WIDTH), luck.random() ** 1.5 * _TALL
        brush.disc(place, luck.choice((0.6, 0.8, 1, 1.5)), luck.randint(70, 255))
    return brush.cut_from("#ffffff", "#e0d8ff")


def _moon() -> Image.Image:
    light = glow(300, "#c4b4ff", 0.6, 2.4)
    disc, seas = Brush(light.size), Brush(light.size)
    disc.disc((300, 300), 58)
    for x, y, radius in ((282, 286, 15), (318, 300, 10), (300, 322, 12), (276, 314, 6)):
        seas.disc((x, y), radius, 70)
    light.alpha_composite(disc.cut_from("#fffdf2", "#fff6dc", "#f4e6c4"))
    light.alpha_composite(seas.cut_from("#b8a988", "#b8a988"))
    return light


def _houses(row: _Row, frames: int) -> Layer:
    luck, size = chance(row.speed), (WIDTH + row.speed * frames, _TALL)
    walls, windows = Brush(size), Brush(size)
    x = -20
    while x < size[0]:
        width, height = luck.randint(*row.widths), luck.randint(*row.heights)
        house = (x, _TALL - height, width, height)
        walls.box(house[:2], house[2:])
        _roof(walls, house, luck)
        if row.window:
            _light(windows, house, row.window, luck)
        x += width + luck.choice((0, 0, 0, 8, 20))
    picture = walls.cut_from(*row.colours)
    picture.alpha_composite(haloed(windows.cut_from(*_WINDOWS), 6))
    return Layer(_mirrored(picture, luck), f"-{row.speed}*n", str(_SHORE - _TALL))


def _roof(walls: Brush, house: _House, luck: Random) -> None:
    """Put up a tower with an antenna, a slope, a dome, or nothing."""
    x, y, width, _ = house
    kind = luck.random()
    if kind < 0.25:
        walls.box((x + width * 0.2, y - 22), (width * 0.6, 22))
        walls.box((x + width * 0.48, y - 62), (3, 42))
    elif kind < 0.4:
        walls.polygon((x, y), (x + width, y), (x + width, y - width * 0.4))
    elif kind < 0.5:
        walls.disc((x + width / 2, y), width * 0.36)


def _light(windows: Brush, house: _House, size: int, luck: Random) -> None:
    """Light some of a house's windows; some people are in, some rooms are brighter."""
    x, y, width, height = house
    across, down, lit = size * 2, size * 2.6, luck.uniform(0.15, 0.55)
    left = x + (width % across) / 2 + size / 2
    for row in range(int(height // down) - 1):
        for column in range(width // across):
            if luck.random() < lit:
                corner = left + column * across, y + size * 1.6 + row * down
                windows.box(corner, (size, size * 1.4), luck.randint(110, 255))


def _mirrored(picture: Image.Image, luck: Random) -> Image.Image:
    """Put a dim reflection below, that is rippled more with nearness."""
    width, height = picture.size
    flipped = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    water = flipped.resize((width, _DEEP), box=(0, 0, width, _DEEP * 1.6))
    water = water.filter(ImageFilter.BoxBlur((1, 4)))
    water.putalpha(water.getchannel("A").point(lambda alpha: alpha * 0.55))
    whole = Image.new("RGBA", (width, height + _DEEP))
    whole.paste(picture)
    for y in range(0, _DEEP, 2):
        shift = round(luck.gauss(0, 1 + y / 24))
        whole.paste(water.crop((0, y, width, y + 2)), (shift, height + y))
    return whole


def _traffic(width: int, colours: tuple[str, str], head: int) -> Image.Image:
    """Cars with trails of light; `head` is 1 where they drive to the right."""
    brush, luck = Brush((width, 16)), chance(head)
    x = 0
    while x < width - 120:
        trail = luck.randint(30, 80)
        brush.box((x, 7), (trail, 2), 90)
        brush.disc((x + trail * head, 8), 3.2)
        x += trail + luck.choice((60, 120, 200, 320))
    return haloed(brush.cut_from(*colours), 3)


_SECONDS = 7
_TRAFFIC = noise("brown", (60, 500), _SECONDS, 0.35)
_CHORD = pad((45, 52, 60, 67), _SECONDS, 0.04)
_PIANO = [
    pluck(note, at, 0.16)
    for note, at in ((76, 0.6), (72, 1.2), (67, 1.8), (71, 3.4), (67, 4.0), (64, 4.6), (69, 5.2))
]
CITY = Scene("city", _SECONDS, _paint, mix([_TRAFFIC, _CHORD, *_PIANO], _SECONDS, -1))
