"""Filters: small pieces of ffmpeg's filter language, made of numbers.

Inside a graph a frame lasts a millisecond: all streams have 1000 frames a second. So all times are
exact, whatever the frame rate of the film.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from bot.adapters.renderers.lowering.framing import Size, View
from bot.adapters.renderers.lowering.keyframes import number
from bot.adapters.renderers.lowering.scene import Alpha
from bot.engine.composition import Effect
from bot.engine.timebase import Rate

FPS = "1000"
CLOCK = f"settb=1/{FPS},setpts=N"
"""Numbers the frames of a stream from 0."""

BT709 = "out_color_matrix=bt709:out_range=limited"
_PREROLL_SECONDS = 0.25  # 250 frames: what stands from before the first one is looked for there
_EARLIEST = 1 - 250_000  # what came before counts as there: pictures round down to it, the end up
_BLACK = "#000000"
_SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))


def chain(*filters: str) -> str:
    """Join filters, leaving out the empty ones."""
    return ",".join(part for part in filters if part)


def rate(fps: Rate) -> str:
    """A frame rate as ffmpeg reads it."""
    return f"{fps.num}/{fps.den}"


def at_rate(
    fps: Rate, first: Fraction, speed: Fraction, frames: int, *, lead: Fraction = Fraction(0)
) -> tuple[tuple[str, ...], str]:
    """How to seek in a source, and the filters that give exactly `frames` from there.

    Local frame n is the picture that is on screen at source frame `first` + n × `speed`. Seeking
    goes to the keyframe before, so that a picture that began earlier and still stands is found;
    `lead` is in seconds, see `Source`. A quarter of a frame's tolerance covers timestamps that
    containers round, and 999 thousandths make of rounding down one up. The last picture stands
    where the source ends.
    """
    seek = max(Fraction(0), (first - Fraction(1, 4)) / fps.value - lead)
    origin = (first / fps.value - seek) * 10**6
    pace = fps.value / speed / 1000  # from microseconds of the source to thousandths of a frame
    tolerance = 250 / max(Fraction(1), speed)
    thousandths = (
        f"(PTS-{number(float(origin))})*{pace.numerator}/{pace.denominator}"
        f"+{number(float(999 - tolerance))}"
    )
    filters = chain(
        "settb=1/1000000",
        f"setpts='max({thousandths},{_EARLIEST})'",
        f"fps={FPS}:start_time=-{_PREROLL_SECONDS}:round=down:eof_action=pass",
        "tpad=stop_mode=clone:stop=-1",
        f"trim=start_pts=0:end_pts={frames}",
        CLOCK,
    )
    return ("-ss", number(float(seek))) if seek else (), filters


def framed(view: View, matrix: str, scaler: str) -> str:
    """Crop, scale and flip a source of a colour matrix; comes out as BT.709."""
    crops = view.crop != (0, 0, *view.source)
    reads = f":in_color_matrix={matrix}" if matrix else ""
    return chain(
        f"scale={_size(view.source)}" if crops else "",
        _crop(view.crop) if crops else "",
        f"scale={_size(view.scaled)}:flags={scaler}{reads}:{BT709},format=yuv420p,setsar=1",
        _crop(view.seen) if view.seen != (0, 0, *view.scaled) else "",
        "hflip" if view.flip_h else "",
        "vflip" if view.flip_v else "",
    )


def affected(effects: tuple[Effect, ...], short_side: int) -> str:
    """Colour effects and blur on opaque video."""
    return chain(*(_effect(effect, short_side) for effect in effects))


def background(color: str, size: Size) -> str:
    """One frame in a colour (#rrggbb…)."""
    return chain(
        f"color=c={hexadecimal(color)}:s={size[0]}x{size[1]}:r={FPS}",
        "trim=end_frame=1",
        f"format=gbrp,scale={BT709},format=yuv420p,setsar=1",
        CLOCK,
    )


def held(frames: int) -> str:
    """Show the one frame of a stream for some frames."""
    return chain(f"tpad=stop_mode=clone:stop={frames - 1}", CLOCK) if frames > 1 else ""


def translucent(alpha: Alpha, name: str) -> str:
    """Multiply the alpha of a picture by an opacity that changes over time."""
    return _looked_up(alpha, name, ("y=val:u=val:v=val:a=val", {"a": 0}))


def dipped(frames: int, overlap: int, side: Literal["out", "in"], name: str) -> str:
    """One half of a dip to black: the end of the shot before, or the beginning of the one after."""
    half = overlap // 2
    steps = [
        (frame, max(0, round((abs(2 * frame + 1 - overlap) - 1) / overlap, 4)))
        for frame in range(overlap)
    ]
    first = frames - overlap
    if side == "out":
        alpha = ((0, 1.0), *((first + frame, level) for frame, level in steps[:half]))
        return chain(f"trim=end_frame={first + half}", dimmed(alpha, _BLACK, name))
    alpha = (*((frame - half, level) for frame, level in steps[half:]), (overlap - half, 1.0))
    return chain(f"trim=start_frame={half}", CLOCK, dimmed(alpha, _BLACK, name))


def dimmed(alpha: Alpha, color: str, name: str) -> str:
    """Blend a whole frame with a colour: what an opacity over that background comes to."""
    levels = dict(zip("yuv", _yuv(color), strict=True))
    return _looked_up(alpha, name, ("y=val:u=val:v=val", levels))


def hexadecimal(color: str) -> str:
    """A colour as ffmpeg reads it, without its alpha."""
    return f"0x{color[1:7]}"


def _looked_up(alpha: Alpha, name: str, planes: tuple[str, dict[str, int]]) -> str:
    """A look-up table for each plane, changed by commands just before the frame that needs it."""
    identity, levels = planes
    if alpha == ((0, 1.0),):
        return ""
    if len(alpha) == 1:
        tables = ":".join(f"{p}={_blend(to, alpha[0][1])}" for p, to in levels.items())
        kept = ":".join(part for part in identity.split(":") if part[0] not in levels)
        return f"lutyuv={':'.join(filter(None, (kept, tables)))}"
    commands = ";".join(
        f"{max(0, 2 * frame - 1) / 2000:.4f} "
        + ",".join(f"lutyuv@{name} {plane} {_blend(to, level)}" for plane, to in levels.items())
        for frame, level in alpha
    )
    return f"sendcmd=c='{commands}',lutyuv@{name}={identity}:enable='{_where_below_1(alpha)}'"


def _blend(toward: int, level: float) -> str:
    return f"{toward}+(val-{toward})*{number(level)}+0.5"


def _where_below_1(alpha: Alpha) -> str:
    return "+".join(f"between(n,{first},{last})" for first, last in _spans_below_1(alpha))


def _spans_below_1(alpha: Alpha) -> Iterator[tuple[int, int]]:
    first: int | None = None
    for frame, level in alpha:
        if level < 1 and first is None:
            first = frame
        elif level == 1 and first is not None:
            yield first, frame - 1
            first = None
    if first is not None:
        yield first, 1 << 30


def _effect(effect: Effect, short_side: int) -> str:
    amount = effect.amount
    match effect.kind:
        case "brightness":
            return _in_rgb(_same_for_rgb(f"val+{number(255 * amount)}"))
        case "contrast":
            return _in_rgb(_same_for_rgb(f"(val-127.5)*{number(amount)}+128"))
        case "saturation":
            return _saturated(amount)
        case "grayscale":
            return _saturated(1 - amount)
        case "sepia":
            return _in_rgb(_sepia(amount))
        case "blur":
            return _blurred(amount * short_side)


def _same_for_rgb(table: str) -> str:
    return f"lutrgb=r='{table}':g='{table}':b='{table}'"


def _in_rgb(filters: str) -> str:
    return f"format=gbrp,{filters},scale={BT709},format=yuv420p"


def _saturated(factor: float) -> str:
    table = f"128+(val-128)*{number(factor)}+0.5"
    return f"lutyuv=y=val:u={table}:v={table}"


def _sepia(amount: float) -> str:
    factors = (
        f"{row}{column}={number((row == column) * (1 - amount) + amount * sepia)}"
        for row, line in zip("rgb", _SEPIA, strict=True)
        for column, sepia in zip("rgb", line, strict=True)
    )
    return f"colorchannelmixer={':'.join(factors)}"


def _blurred(sigma: float) -> str:
    """The colour planes have half the pixels across and down."""
    if sigma < 0.1:
        return ""
    return f"gblur=sigma={number(sigma)}:planes=1,gblur=sigma={number(sigma / 2)}:planes=6"


def _yuv(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
    )


def _size(size: Size) -> str:
    return f"{size[0]}:{size[1]}"


def _crop(box: tuple[int, int, int, int]) -> str:
    left, top, right, bottom = box
    return f"crop={right - left}:{bottom - top}:{left}:{top}"
