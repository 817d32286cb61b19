"""Files of subtitles that come with a message: they become captions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from bot.engine.captions import cues_at
from bot.engine.composition import Audio, Clip, Composition, Cue, Video
from bot.engine.errors import EngineError, InvalidEdit
from bot.engine.layout import layout
from bot.engine.operations import Caption
from bot.engine.operations.captioning import captions_of
from bot.engine.plan import Plan
from bot.ports import Subtitles

_LANGUAGE = re.compile(r"[._][a-z]{2,3}(-[a-z]{2,4})?$")
_ABOUT = """
use add apply put take import load attach attached show burn make have get can could you please
in on to for with as from of over and into now instead here heres there are is be
the this these that those them it its my our your new
srt vtt ass ssa cc file files subtitle subtitles sub subs caption captions captioned
video film clip movie
"""
"""Words that say no more than that a file of subtitles is one."""

_SLACK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Captioned:
    """A film with captions from files; `refusals` say why a file is of no use for it.

    `remarks` tell what was left out of those that are.
    """

    comp: Composition
    refusals: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def with_subtitles(comp: Composition, files: tuple[Subtitles, ...], serial: int) -> Captioned:
    """Caption the film with files, one after the other."""
    refusals: list[str] = []
    remarks: list[str] = []
    for file in files:
        try:
            plan = Plan(operations=(Caption(cues=_cues(comp, file)),))
            left_out = _left_out(comp, file)
            comp = plan.apply(comp, serial)
        except EngineError as error:
            refusals.append(str(error))
        else:
            remarks += left_out
    return Captioned(comp, tuple(refusals), tuple(remarks))


def _left_out(comp: Composition, file: Subtitles) -> Iterator[str]:
    """What of a file for a film is not seen, if anything."""
    clip = _clip(comp, file)
    whole = clip.seconds if clip else layout(comp).seconds
    late = sum(start >= whole for start, _, _ in file.lines)
    for count, why in ((file.broken, "broken times"), (late, "times after the end")):
        if count:
            what, was = ("1 line", "was") if count == 1 else (f"{count} lines", "were")
            yield f"{what} of “{file.name}” with {why} {was} left out."


def only_about_files(text: str, files: tuple[Subtitles, ...]) -> bool:
    """Whether a message says nothing but that these are the subtitles: “use these captions”."""
    named = {word for file in files for word in _words(file.name)}
    return bool(files) and not {*_words(text)} - {*_ABOUT.split()} - named


def _words(text: str) -> Iterator[str]:
    for match in re.finditer(r"[^\W_]+", text.casefold().replace("’", "").replace("'", "")):
        yield match[0]


def _cues(comp: Composition, file: Subtitles) -> Mapping[str, tuple[Cue, ...]]:
    """What is said in each clip, by a file: of the clip that it is named after, else of the film.

    Raises:
        InvalidEdit: There is nothing that it could be for.
    """
    if not _heard(comp):
        raise InvalidEdit(
            f"“{file.name}” has nothing to stand on yet: drop its clip first, or both together."
        )
    if (clip := _clip(comp, file)) is not None:
        cues: Mapping[str, tuple[Cue, ...]] = {clip.id: tuple(_within(clip, file))}
    else:
        before = dict.fromkeys((key for each in captions_of(comp) for key in each.cues), ())
        cues = before | {**cues_at(layout(comp), file.lines)}
    if not any(cues.values()):
        raise InvalidEdit(
            f"No line of “{file.name}” is at a time at which this film has anything to be heard."
        )
    return cues


def _clip(comp: Composition, file: Subtitles) -> Clip | None:
    """The clip whose times a file tells; None where they are those of the film."""
    stem = PurePath(file.name).stem.casefold()
    stems = (stem, _LANGUAGE.sub("", stem))
    clips = _heard(comp)
    for clip in reversed(clips):
        if PurePath(clip.name).stem.casefold() in stems:
            return clip
    if len(clips) == 1 and _reaches_beyond(comp, file) <= clips[0].seconds + _SLACK_SECONDS:
        return clips[0]
    return None


def _reaches_beyond(comp: Composition, file: Subtitles) -> float:
    """When the last line ends, if that is after the film; else it can be of the film."""
    last = max(end for _, end, _ in file.lines)
    return last if last > layout(comp).seconds + _SLACK_SECONDS else float("inf")


def _heard(comp: Composition) -> list[Clip]:
    """The clips of the film in which something can be said."""
    played = (item.clip for item in comp.items.values() if isinstance(item, Video | Audio))
    return [comp.clips[key] for key in dict.fromkeys(played)]


def _within(clip: Clip, file: Subtitles) -> Iterator[Cue]:
    for start, end, text in file.lines:
        if start < clip.seconds:
            yield Cue(start=start, end=min(end, clip.seconds), text=text)
