"""What a model is shown of the film: short aliases, a compact table, and texts fenced as data.

Whatever people or files brought along (labels, file names, captions, quoted or other people's
messages) is data: on one line, in quotes, with its angle brackets escaped, so that it can neither
end its fence nor look like a message of the author.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.engine.composition import Clip, Composition
from bot.engine.layout import layout
from bot.engine.view import timeline_view

_MOST_ROWS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_FENCING = re.compile("[<>|]")
_LETTERS = {"video": "V", "image": "I", "text": "T", "shape": "S", "audio": "A", "captions": "C"}
_AS_USUAL: Mapping[str, Any] = {
    "enabled": True,
    "color": "#ffffff",
    "source_in": 0,
    "speed": 1,
    "backwards": False,
    "frozen": False,
    "volume": 1,
    "muted": False,
    "loop": False,
    "duck": False,
    "opacity": 1,
    "scale": 1,
    "rotation": 0,
    "flip_h": False,
    "flip_v": False,
    "fit": "contain",
    "fade_in": 0,
    "fade_out": 0,
    "effects": [],
    "keyframes": {},
    "crop": {"left": 0, "top": 0, "right": 0, "bottom": 0},
    "position": {"x": 0.5, "y": 0.5},
}
_SHOWN_ELSEWHERE = {
    "id",
    "label",
    "type",
    "track",
    "index",
    "start",
    "end",
    "clip",
    "text",
    "lines",
}


@dataclass(frozen=True)
class Book:
    """The aliases of a composition.

    They are upper case, which no id is, so that one is never taken for the other.
    """

    comp: Composition

    @cached_property
    def items(self) -> Mapping[str, str]:
        """Item ids by alias (V1, V2, T1), numbered by type in timeline order."""
        counts: dict[str, int] = {}
        aliases = {}
        for placed in layout(self.comp).in_order:
            letter = _LETTERS[placed.item.type]
            counts[letter] = counts.get(letter, 0) + 1
            aliases[f"{letter}{counts[letter]}"] = placed.item.id
        return aliases

    @cached_property
    def clips(self) -> Mapping[str, str]:
        """Clip ids by alias (F1, F2)."""
        return {f"F{number}": key for number, key in enumerate(self.comp.clips, start=1)}

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {key: alias for alias, key in (*self.items.items(), *self.clips.items())}

    def alias(self, key: str) -> str:
        """The alias of an item or a clip."""
        return self._names.get(key, "gone")

    def with_aliases(self, text: str) -> str:
        """A message whose "@id" are aliases."""
        return re.sub(
            r"@([a-z][a-z0-9.]*)",
            lambda m: "@" + self._names[m[1]] if m[1] in self._names else m[0],
            text,
        )


def fenced(text: str, longest: int = 80) -> str:
    """A text that came along, as a JSON string on one line; what could end a fence is escaped."""
    line = one_line(text)
    short = line if len(line) <= longest else line[: longest - 1] + "…"
    quoted = json.dumps(short, ensure_ascii=False)
    return _FENCING.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def one_line(text: str) -> str:
    """A text without line breaks, control characters and invisible ones."""
    return " ".join(_CONTROL.sub(" ", text).split())


def film(comp: Composition, book: Book) -> str:
    """The timeline as a table, a row per item; what is as usual is left out."""
    view = timeline_view(layout(comp), 0, {})
    items = view["items"]
    head = (
        f"{view['width']}x{view['height']}, {view['fps']:g} fps, {view['duration']:g} s, "
        f"background {view['background']}"
    )
    rows = [_row(item, book) for item in items[:_MOST_ROWS]]
    if len(items) > _MOST_ROWS:
        rows.append(f"({len(items) - _MOST_ROWS} more items are not shown)")
    return "\n".join([head, "alias|type|track|start-end|label|facts", *rows])


def _row(item: Mapping[str, Any], book: Book) -> str:
    cells = (
        book.alias(item["id"]),
        item["type"],
        item["track"],
        f"{number(item['start'])}-{number(item['end'])}",
        fenced(item["label"]),
        " ".join(_facts(item, book)),
    )
    return "|".join(cells).rstrip("|")


def _facts(item: Mapping[str, Any], book: Book) -> Iterator[str]:
    if item["clip"]:
        yield f"clip={book.alias(item['clip'])}"
    if item["text"] and item["text"] != item["label"]:
        yield f"text={fenced(item['text'], 200)}"
    for name, value in item.items():
        if name in _SHOWN_ELSEWHERE or value is None or value == _AS_USUAL.get(name):
            continue
        yield from _fact(name, value)


def _fact(name: str, value: Any) -> Iterator[str]:
    match value:
        case bool() | str():
            yield f"{name}={value}"
        case float() | int():
            yield f"{name}={number(value)}"
        case {"x": x, "y": y}:
            yield f"x={number(x)} y={number(y)}"
        case {"kind": kind, "duration": seconds}:
            yield f"{name}={kind}:{number(seconds)}"
        case {"left": _}:
            yield f"crop={','.join(f'{edge}:{number(part)}' for edge, part in value.items())}"
        case dict():  # keyframes
            yield f"{name}={','.join(value)}"
        case list():  # effects
            yield from (f"{each['kind']}={number(each['amount'])}" for each in value)


def files(comp: Composition, book: Book, attachments: tuple[str, ...]) -> str:
    """The bin as a table, a row per clip, of very many the newest."""
    clips = [*comp.clips.values()]
    rows = [_clip(clip, book, clip.id in attachments) for clip in clips[-_MOST_ROWS:]]
    if len(clips) > _MOST_ROWS:
        rows.append(f"({len(clips) - _MOST_ROWS} older files are not shown)")
    return "\n".join(["alias|kind|name|facts", *rows])


def _clip(clip: Clip, book: Book, came_along: bool) -> str:
    facts = [f"{number(clip.seconds)} s"] if clip.seconds else []
    if clip.width:
        facts.append(f"{clip.width}x{clip.height}")
    if clip.kind == "video" and not clip.has_audio:
        facts.append("silent")
    if came_along:
        facts.append("came with this message")
    return "|".join((book.alias(clip.id), clip.kind, fenced(clip.name), " ".join(facts)))


def number(value: float) -> str:
    """A number as models read it, to three decimals."""
    return f"{round(value, 3):g}" if abs(value) < 1e5 else str(round(value))
