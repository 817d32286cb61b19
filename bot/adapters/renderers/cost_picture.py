"""A month's costs as a small picture: a bar for each day, stacked by kind."""

import asyncio
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from PIL import Image as Pixels
from PIL import ImageDraw

from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.drawing.saving import save
from bot.adapters.renderers.drawing.sheet import Sheet, label_width
from bot.adapters.renderers.drawing.typesetting import Lettering
from bot.engine.cost import dollars
from bot.ports import COST_KINDS, Cost, CostKind, Total, totals

_WIDTH, _HEIGHT, _MARGIN = 800, 460, 28
_HEADER, _LEGEND, _FOOTER = 70, 52, 44
_GAP = 4
_LINES = 4
"""At most so many horizontal lines above zero."""

_PAGE, _WHITE, _SOFT, _LINE = "#15171c", "#f4f6fa", "#a4adbc", "#363c47"
_COLORS: Mapping[CostKind, str] = {"ai": "#8a6df0", "render": "#ffb454", "storage": "#3fae7c"}
_TITLES: Mapping[CostKind, str] = {"ai": "AI", "render": "Render", "storage": "Storage"}
_TOTAL, _PLAIN = Lettering(34, bold=True), Lettering(22)
_SWATCH = 22


class CostPicture:
    """Draws costs; kinds differ in pattern as well as in colour."""

    async def costs(self, costs: Collection[Cost], month: date, out: Path) -> None:
        """Write a PNG, 800 px wide, so that its words can be read on a phone.

        Raises:
            StoreFailed: The file cannot be written.
        """
        await asyncio.to_thread(_write, costs, month, out)


def _write(costs: Collection[Cost], month: date, out: Path) -> None:
    page = _Page(Sheet((_WIDTH, _HEIGHT), _PAGE), costs, month)
    page.draw()
    save(page.sheet.image, out)


@dataclass
class _Page:
    """The sheet and what is drawn on it."""

    sheet: Sheet
    spent: Collection[Cost]
    month: date

    def draw(self) -> None:
        """Everything from top to bottom."""
        self._header()
        self._legend()
        self._grid()
        for day in range(1, self._days + 1):
            self._day(day)

    @cached_property
    def _by_day(self) -> Mapping[tuple[int, CostKind], Total]:
        return totals(self.spent, lambda cost: (cost.day.day, cost.kind))

    @cached_property
    def _days(self) -> int:
        return monthrange(self.month.year, self.month.month)[1]

    @cached_property
    def _step(self) -> int:
        """Micro-dollars between two horizontal lines."""
        by_day = totals(self.spent, lambda cost: cost.day)
        return round_step(max((total.microusd for total in by_day.values()), default=0))

    @cached_property
    def _top(self) -> int:
        """The amount at the upper end of the field."""
        by_day = totals(self.spent, lambda cost: cost.day)
        most = max((total.microusd for total in by_day.values()), default=0)
        return max(1, -(-most // self._step)) * self._step

    @cached_property
    def _field(self) -> Box:
        """Where the bars stand: right of the amounts, above the days."""
        amounts = range(0, self._top + 1, self._step)
        left = _MARGIN + round(max(label_width(dollars(each), _PLAIN) for each in amounts)) + 14
        return Box(left, _HEADER + _LEGEND, _WIDTH - _MARGIN, _HEIGHT - _FOOTER)

    def _header(self) -> None:
        whole = Total.of(self.spent)
        x = self.sheet.write(dollars(whole.microusd), (_MARGIN, _HEADER / 2 + 4), _TOTAL, _WHITE)
        words = f"{self.month:%B %Y}"
        if whole.unknown:
            words += f"  ·  + {whole.unknown} of unknown price (?)"
        self.sheet.write(words, (x + 18, _HEADER / 2 + 8), _PLAIN, _SOFT, _WIDTH - _MARGIN - x - 18)

    def _legend(self) -> None:
        by_kind = totals(self.spent, lambda cost: cost.kind)
        x, y = float(_MARGIN), _HEADER + 8
        for kind in COST_KINDS:
            box = Box(round(x), y, round(x) + _SWATCH, y + _SWATCH)
            self._pattern(box, kind)
            words = f"{_TITLES[kind]} {dollars(by_kind.get(kind, Total()).microusd)}"
            x = self.sheet.write(words, (x + _SWATCH + 10, y + _SWATCH / 2), _PLAIN, _WHITE) + 28

    def _grid(self) -> None:
        """Lines with their amounts; under the field some days."""
        for amount in range(0, self._top + 1, self._step):
            y = self._y(amount)
            self.sheet.fill(Box(self._field.left, y, self._field.right, y + 1), _LINE)
            label = dollars(amount)
            x = self._field.left - 12 - label_width(label, _PLAIN)
            self.sheet.write(label, (x, y), _PLAIN, _SOFT)
        for day in (1, *range(5, self._days + 1, 5)):
            left, right = self._span(day)
            x = (left + right - label_width(str(day), _PLAIN)) / 2
            self.sheet.write(str(day), (x, self._field.bottom + 22), _PLAIN, _SOFT)

    def _day(self, day: int) -> None:
        """A bar from the bottom up, in the order of the legend; a "?" on what has no price."""
        left, right = self._span(day)
        below, unknown = 0, 0
        for kind in COST_KINDS:
            total = self._by_day.get((day, kind), Total())
            box = Box(left, self._y(below + total.microusd), right, self._y(below))
            self._pattern(box, kind)
            below, unknown = below + total.microusd, unknown + total.unknown
        if unknown:
            x = (left + right - label_width("?", _PLAIN)) / 2
            self.sheet.write("?", (x, self._y(below) - 14), _PLAIN, _WHITE)

    def _pattern(self, box: Box, kind: CostKind) -> None:
        """Plain for AI, stripes for renders, dots for storage."""
        if box.empty:
            return
        self.sheet.fill(box, _COLORS[kind])
        if kind != "ai":
            mask = _stripes(box) if kind == "render" else _dots(box)
            self.sheet.stencil(mask, (box.left, box.top), f"{_PAGE}a0")

    def _y(self, microusd: int) -> int:
        height = self._field.bottom - self._field.top
        return self._field.bottom - round(height * microusd / self._top)

    def _span(self, day: int) -> tuple[int, int]:
        width = (self._field.right - self._field.left) / self._days
        left = self._field.left + round((day - 1) * width)
        return left, max(left + 1, self._field.left + round(day * width) - _GAP)


def round_step(most: int) -> int:
    """A round amount, such that at most four of them, and one begun, reach the highest bar."""
    return next(step for step in _round_amounts() if step * _LINES >= most)


def _round_amounts() -> Iterator[int]:
    power = 100  # $0.0001, the least that is written in digits
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _stripes(box: Box) -> Pixels.Image:
    """Slanting stripes that go on from one part of a bar to the next."""
    mask = Pixels.new("L", box.size)
    pen = ImageDraw.Draw(mask)
    width, height = box.size
    for x in range(-height - (box.bottom % 9), width + height, 9):
        pen.line((x, height, x + height, 0), fill=255, width=3)
    return mask


def _dots(box: Box) -> Pixels.Image:
    mask = Pixels.new("L", box.size)
    pen = ImageDraw.Draw(mask)
    width, height = box.size
    for y in range(2, height, 7):
        for x in range(2, width, 7):
            pen.rectangle((x, y, x + 2, y + 2), fill=255)
    return mask
