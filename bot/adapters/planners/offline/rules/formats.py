"""The formats that a film is asked for in: “in 16:9, 9:16 and square”, “a gif and a 720p mp4”."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

from bot.adapters.planners.offline.outcomes import ask
from bot.adapters.planners.offline.phrases import Break, Time, Word
from bot.adapters.planners.offline.say import Say
from bot.engine.presets import PresetName
from bot.ports import Choice, Command, CommandName

_PRESETS: dict[str, PresetName] = {name: name for name in get_args(PresetName)}
_RATIOS: dict[str, PresetName] = {"16:9": "landscape", "9:16": "vertical", "1:1": "square"}
_OTHER_RATIOS = ("4:5", "5:4", "4:3", "3:4", "21:9", "2:1", "3:2", "2:3")
_SHAPES = ("landscape", "vertical", "square")
_KINDS = ("gif", "preview")
_SIZES = ("720p", "1080p", "source")
_YOUTUBE = ("youtube", "for youtube")
_UNSURE = {"instead of", "instead", "not", "rather", "rather than", "than", "wait", "later", "or"}
_AND = ("and", "&", "+", "plus")


@dataclass
class _Group:
    """The formats between two marks of a list, and the mark before them."""

    mark: str = ""
    names: list[str] = field(default_factory=list)


def presets(say: Say) -> tuple[PresetName, ...]:
    """Take the formats of a clause: each film that is asked for once, in the order of the words.

    Raises:
        Unclear: There is no such format, or one film would have to be two things.
    """
    _refuse_other_ratios(say)
    groups = [group for group in _groups(say) if group.names]
    _refuse_4k(say, groups)
    listed = any(group.mark in _AND for group in groups[1:])
    if not listed and any(name in _SHAPES for group in groups for name in group.names):
        groups = _without_sizes(groups)
    films = [name for group in groups for name in _films(group)]
    _refuse_unsure(say, films)
    shaped = any(name in _SHAPES for name in films)  # beside another shape, youtube's is one itself
    meant = _PRESETS | {"youtube": "landscape" if shaped else "1080p"}
    return tuple(dict.fromkeys(meant[name] for name in films if name in meant))


def in_formats(name: CommandName, formats: tuple[PresetName, ...]) -> Command:
    """A command about so many formats."""
    return Command(name, preset=formats[0] if formats else None, also=formats[1:])


def _groups(say: Say) -> Iterator[_Group]:
    group = _Group()
    for at, chunk in enumerate(say.clause.chunks):
        if isinstance(chunk.value, Break):
            yield group
            group = _Group(chunk.value.mark)
        elif at not in say.used and (name := _name(chunk.value)):
            say.used.add(at)
            group.names.append(name)
    yield group


def _name(value: object) -> str:
    """The format that a word or a ratio names; "" for none."""
    if isinstance(value, Time):
        return _RATIOS.get(value.raw.replace(" ", ""), "")
    if not isinstance(value, Word):
        return ""
    if value.text in _YOUTUBE:
        return "youtube"
    if value.meanings & {"preset square", "format 4:5"} and "format 1:1" not in value.meanings:
        return "instagram"
    said = dict(meaning.split(" ", 1) for meaning in value.meanings if " " in meaning)
    return said.get("preset", "") or _RATIOS.get(said.get("format", ""), "")


def _without_sizes(groups: list[_Group]) -> list[_Group]:
    """“vertical, 1080p”: a remark on the same film, not one more."""
    return [_Group(g.mark, [name for name in g.names if name not in _SIZES]) for g in groups]


def _films(group: _Group) -> list[str]:
    """The films of a group: “a vertical 1080p mp4” is one, and “reels for instagram”."""
    shapes = [name for name in group.names if name in _SHAPES]
    kinds = [name for name in group.names if name in _KINDS]
    if not shapes and "instagram" in group.names:
        shapes = ["square"]
    if shapes and kinds:
        raise _one_or_both(shapes[0], kinds[0])
    sizes = [name for name in group.names if name not in ("source", "youtube")]
    if not (shapes or kinds) and len(set(sizes)) > 1:
        raise _which_size(sizes)
    return shapes or kinds or sizes or group.names


def _which_size(sizes: list[str]) -> Exception:
    """“1080p for slack”: the site says less than the size, but who knows."""
    return ask(
        f"Shall I render the film in {' or '.join(sizes)}, or in each of them?",
        *(Choice(size, f"render {size}") for size in sizes),
        Choice("Each of them", f"render {' and '.join(sizes)}"),
    )


def _one_or_both(shape: str, kind: str) -> Exception:
    """“a square gif”: there is no such format."""
    return ask(
        f"A {kind} has the shape of the film. Shall I render a {shape} film, a {kind}, or both?",
        Choice("Both", f"render {shape} and {kind}"),
        Choice(shape, f"render {shape}"),
        Choice(kind, f"render {kind}"),
    )


def _refuse_unsure(say: Say, films: list[str]) -> None:
    """“vertical instead of square”, “vertical, square can wait”: not all of them are wanted."""
    preps = [chunk.prep for chunk in say.clause.chunks]
    said = {*preps, *(word.text for word in say.clause.words())}
    if len(set(films)) > 1 and said & _UNSURE:
        raise ask(
            "In which of these formats shall I render it?",
            *(Choice(name, f"render {name}") for name in dict.fromkeys(films)),
            Choice("Each of them", f"render {' and '.join(dict.fromkeys(films))}"),
        )


def _refuse_other_ratios(say: Say) -> None:
    """A film is rendered in the shapes that there are presets for, or in its own."""
    times = (c.value.raw.replace(" ", "") for c in say.clause.chunks if isinstance(c.value, Time))
    other = next((ratio for ratio in times if ratio in _OTHER_RATIOS), "")
    if other and say.clause.means("render"):
        raise ask(
            f"I can render 16:9, 9:16 and 1:1, and the film as it is, but not {other}. Shall I "
            f"make the film {other} and render that?",
            Choice(f"Make it {other} and render", f"make it {other}\nrender in source quality"),
            *(Choice(f"Render {ratio}", f"render {name}") for ratio, name in _RATIOS.items()),
        )


def _refuse_4k(say: Say, groups: list[_Group]) -> None:
    if say.clause.means("render, estimate") and any("4k" in group.names for group in groups):
        raise ask(
            "There is no 4K preset. Shall I set the film to 4K and render it as it is?",
            Choice("Set it to 4K and render", "set the resolution to 4k\nrender in source quality"),
            Choice("Render in 1080p", "render in 1080p"),
        )
