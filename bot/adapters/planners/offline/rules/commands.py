"""What is asked of the program: render, cancel, undo, redo, history, timeline, estimate, help."""

import re

from bot.adapters.planners.offline.outcomes import Miss, ask, refuse
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Factor,
    Number,
    Reference,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.rules.formats import in_formats, presets
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.tokens import parts
from bot.engine.history import Entry, standing
from bot.engine.presets import PresetName
from bot.ports import Choice, Command

_SITES = ("slack", "discord", "whatsapp", "youtube", "facebook", "twitter", "vimeo", "instagram",
    "insta", "tiktok", "tik tok", "snapchat", "linkedin", "email")  # fmt: skip
_RENDER_LIGHT = (
    "render, make, give, show, have, use, send, do, go, set, turn, create, come, put, take"
)
_OWN = re.compile(
    r"\b(?:my|mine|(?:did|have|had) i|i(?: have|'ve|’ve|ve| had)?(?: just| last)?"
    r" (?:do|did|done|made|make|change|changed|edit|edited|cut|added))\b"
)


def render(say: Say) -> Command:
    """“render”, “export for tiktok”, “make a gif”, “give me a quick preview”."""
    word = say.word("render")
    said = word is not None
    if word and word.text == "download" and _names_site(say):
        raise Miss  # “download slack” is about the program of that name
    say.words(_RENDER_LIGHT, "praise", "revision")
    formats = presets(say)
    while say.chunk(Number, "", test=lambda c: c.value.raw in ("one", "both")):
        pass
    say.words(_RENDER_LIGHT, "render", "say")
    if not (
        said or {"gif", "preview"} & {*formats} or _is_mp4(say) or _wants_several(say, formats)
    ):
        raise _format_or_film(say, formats[0] if formats else None)
    say.chunk(Reference, test=lambda c: c.value.kind in ("film", "video", "all") or c.value.pronoun)
    say.chunk(Reference, test=lambda c: c.value.kind in ("film", "video") or c.value.pronoun)
    say.words("praise")
    say.close()
    return in_formats("render", formats)


def _wants_several(say: Say, formats: tuple[PresetName, ...]) -> bool:
    """“a vertical version and a square one”: files, unlike “make it vertical and square”."""
    changes = say.clause.means("make, set, turn, change, go")
    return len(formats) > 1 and not (changes and any(ref.pronoun for ref in say.references()))


def _is_mp4(say: Say) -> bool:
    """“gimme the mp4”: the kind of file alone, and who it is for."""
    kinds = any(word.text == "mp 4" for word in say.clause.words())
    return kinds and say.clause.means("give, move, make, take")


def _names_site(say: Say) -> bool:
    """Whether a site stands right behind the verb, without “for” or “to”."""
    chunks = [chunk.value for chunk in say.clause.chunks]
    at = next(n for n, value in enumerate(chunks) if getattr(value, "text", "") == "download")
    behind = chunks[at + 1 : at + 2]
    return any(isinstance(v, Word) and v.text in _SITES for v in behind)


def _format_or_film(say: Say, preset: PresetName | None) -> Exception:
    """“make me a tiktok”: shall the format change, or a file come out?"""
    if (
        preset not in ("vertical", "square", "landscape")
        or not say.clause.means("make, give")
        or say.left()
    ):
        return Miss()
    return ask(
        f"Shall I change the format of the film to {preset}, or render a {preset} file of it?",
        Choice("Change the format", f"make it {preset}"),
        Choice("Render a file", f"render {preset}"),
    )


def undo(say: Say) -> Command:
    """“undo”, “undo the last two”, “undo what Anna did”, “undo revision 3”."""
    word = say.need_word("undo")
    say.words("cancel")
    if word.noun:
        raise Miss
    if word.text in ("take back", "put back", "put it back", "change it back"):
        say.words("put")
    if say.chunk(Unknown, test=lambda c: c.value.text == "ago"):
        raise _ago(say)
    author = _author(say)
    say.words("ask, do, is, have")
    revision = _revision(say)
    count = _count(say) if revision is None else 1
    if count == 1 and revision is None:
        count = _times_said(say, word)
    everything = say.chunk(Reference, "", test=lambda c: c.value.kind == "all") is not None
    say.words("edit, do, times, undo, cancel, my, make")
    say.chunk(Reference, "", "of", test=lambda c: c.value.pronoun or _is_last(c))
    say.words("edit")
    if "oops" in say.clause.raw(say.scene.source).casefold():
        say.words("cancel")
    say.close()
    several = any(w.text.split()[-1] in _SEVERAL for w in say.clause.words())
    if several and count == 1 and revision is None and not everything:
        raise _how_many(say, author) if author else ask("How many edits shall I undo?")
    if everything and author is None:
        return _all(say)
    if everything:
        count = max(1, sum(e.author == author for e in _edits(say)))
    return Command("undo", count=count, revision=revision, author=author)


def _times_said(say: Say, word: Word) -> int:
    """“ctrl z ctrl z”: as often as it is said."""
    return [each.text for each in say.clause.words() if not each.noun].count(word.text)


_SEVERAL = ("edits", "changes", "steps")


def _how_many(say: Say, author: str) -> Exception:
    """“undo Anna's edits”: all that are in force?"""
    count = sum(entry.author == author for entry in _edits(say))
    return ask(
        f"{author} has made {count} edits that are in force. Shall I undo all, or the last one?",
        Choice("All of them", f"undo everything {author} did"),
        Choice("The last one", f"undo {author}'s last edit"),
    )


def _ago(say: Say) -> Exception:
    """“go back to how it was 3 changes ago”."""
    number = say.take(Number, "", "to")
    if number is None or not say.clause.means("change, edit, do") or not 1 <= number.value <= 100:
        return ask("How many edits shall I undo?")
    return ask(
        f"Shall I undo the last {number.value:g} edits?",
        Choice("Yes", f"/undo {number.value:g} confirmed"),
    )


def _is_last(chunk: Chunk) -> bool:
    ref = chunk.value
    return not ref.kind and not ref.name and ref.numbers == (-1,)


def _author(say: Say) -> str | None:
    """The person whose edits are meant: a name of the history, or who says “my”."""
    if own := _own(say):
        return own
    people = {entry.author.casefold(): entry.author for entry in say.scene.request.history}
    acted = say.clause.means("do, edit, change")
    for at, chunk in enumerate(say.clause.chunks):
        if at in say.used or not isinstance(chunk.value, Unknown | Reference):
            continue
        spelt = say.scene.source.raw(chunk.first, chunk.last)
        words = [word for word, _, _ in parts(spelt)]
        words += [word.removesuffix("s") for word in words]  # “annas last edit”
        if name := next((people[word] for word in words if word in people), None):
            say.used.add(at)
            say.words("do, change")
            return name
        if acted and (isinstance(chunk.value, Unknown) or chunk.value.ids):
            raise refuse(f"I find no edits by “{spelt}” in the history.")
    return None


def _own(say: Say) -> str:
    """The name of whoever speaks, where they speak of what they did."""
    if not _OWN.search(say.clause.raw(say.scene.source).casefold()):
        return ""
    say.words("unknown person")
    say.chunk(Unknown, test=lambda c: c.value.text == "mine")
    return say.scene.request.author


def _edits(say: Say) -> list[Entry]:
    """The edits that are in force."""
    return [e for e in standing(say.scene.request.history).values() if e.kind == "edit"]


def _revision(say: Say) -> int | None:
    marked = say.word("revision") is not None
    number = say.chunk(Number, "", "to", "number")
    if number is None:
        return None
    src = say.scene.source
    hashed = src.text(number.first - 1) == "#"
    if not (marked or hashed) or not number.value.value.is_integer():
        say.used.discard(say.clause.chunks.index(number))
        return None
    if number.prep == "to" or "to revision" in say.clause.raw(src).casefold():
        raise ask(
            f"Shall I undo revision {number.value.value:g}, or everything after it?",
            Choice(
                f"Undo revision {number.value.value:g}", f"undo revision {number.value.value:g}"
            ),
            *_after(say, int(number.value.value)),
        )
    return int(number.value.value)


def _after(say: Say, revision: int) -> list[Choice]:
    later = sum(entry.seq > revision for entry in _edits(say))
    return [Choice("Everything after it", f"/undo {later} confirmed")] if later else []


def _count(say: Say) -> int:
    factor = say.take(Factor, "")
    number = say.take(Number, "")
    last = say.chunk(Reference, "", test=lambda c: c.value.count > 1 and not c.value.kind)
    found = factor.value if factor else number.value if number else last.value.count if last else 1
    if not 1 <= found <= 100 or not float(found).is_integer():
        raise ask("How many edits shall I undo?")
    return int(found)


def _all(say: Say) -> Command:
    edits = _edits(say)
    if not edits:
        raise refuse("There is nothing to undo.")
    raise ask(
        f"Shall I undo all {len(edits)} edits?", Choice("Undo all", f"/undo {len(edits)} confirmed")
    )


def redo(say: Say) -> Command:
    """“redo”, “redo #12”."""
    say.need_word("redo")
    revision = _revision(say)
    count = _count(say) if revision is None else 1
    say.words("do, edit, times, undo")
    which = say.chunk(
        Reference, "", test=lambda c: c.value.pronoun or c.value.kind == "all" or _is_last(c)
    )
    say.chunk(Reference, "of", test=lambda c: c.value.pronoun)
    say.close()
    if which is not None and (which.value.plural or which.value.kind == "all"):
        count = max(count, _undone(say))
    return Command("redo", count=count, revision=revision)


def _undone(say: Say) -> int:
    """How many undos a redo could take back now: those in force since the last edit."""
    history = say.scene.request.history
    last_edit = max((entry.seq for entry in history if entry.kind == "edit"), default=0)
    return sum(e.kind == "undo" and e.seq > last_edit for e in standing(history).values())


def history(say: Say) -> Command:
    """“show me the history”, “what did Anna change?”."""
    word = say.word("history")
    if word is None:
        if not (say.word("ask") and say.clause.means("do, change, edit, cut, make")):
            raise Miss
        author = _author(say)
        if author is None:
            raise Miss
        say.words("do, change, edit, cut, make, is, ask")
        say.close()
        return Command("history", author=author)
    author = _author(say)
    say.words("show, give, ask, do, change, edit, history, make, is, have")
    say.chunk(
        Reference, "", "of", test=lambda c: c.value.kind in ("film", "video") or c.value.pronoun
    )
    say.close()
    return Command("history", author=author)


def timeline(say: Say) -> Command:
    """“show me the timeline”."""
    say.need_word("timeline")
    say.words("show, give, ask, make, is, draw, do, have, timeline, edit, praise")
    say.chunk(
        Reference,
        "",
        "of",
        test=lambda c: c.value.kind in ("film", "image", "video") or c.value.pronoun,
    )
    say.chunk(Reference, "of", test=lambda c: c.value.kind in ("film", "image", "video"))
    say.close()
    return Command("timeline")


def estimate(say: Say) -> Command:
    """“how much will it cost?”."""
    say.need_word("estimate")
    formats = presets(say)
    say.words("estimate, ask, render, is, make, give, show, do, have, go")
    while say.chunk(Reference, test=lambda c: c.value.kind in ("film", "video") or c.value.pronoun):
        pass  # “what is it going to cost me to render this”
    say.words("render, estimate")
    say.close()
    return in_formats("estimate", formats)


def cancel(say: Say) -> Command:
    """“cancel the render”, “stop rendering”, “cancel the gif”."""
    all_or_one = say.word("stop render")
    if all_or_one is None:
        say.need_word("cancel")
    formats = presets(say)
    if all_or_one is None and not (formats and (say.word("render") or "gif" in formats)):
        raise Miss
    say.chunk(Reference, test=lambda c: c.value.pronoun)
    say.close()
    return in_formats("cancel", formats)


def help_(say: Say) -> Command:
    """“help”, “what can you do?”."""
    say.need_word("help")
    say.words("show, give, help, ask, do, have, need")
    say.chunk(Reference, "with", test=lambda c: c.value.pronoun)
    say.close()
    return Command("help")


def _word(chunk: Chunk) -> bool:
    return isinstance(chunk.value, Word)


RULES = (
    rule(help_, "help"),
    rule(cancel, "stop render, cancel"),
    rule(redo, "redo"),
    rule(undo, "undo"),
    rule(estimate, "estimate"),
    rule(history, "history, ask"),
    rule(render),
    rule(timeline, "timeline"),
)
