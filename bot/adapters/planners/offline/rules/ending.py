"""Where the film, or a thing in it, starts or ends."""

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import Reference, Time, Word
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.cutting import SAME
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import Moment, moment
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.operations import Cut, Keep, Trim
from bot.engine.timebase import length, timecode

_UNTIL = ("until", "till", "up until")


def start_or_end_film(say: Say) -> Step:
    """“end the video at 0:10”, “the video should start at second 1”."""
    word = say.need_word("start, end, cut off")
    found = moment(say, "at", "after", "from", "on", "")
    aim = say.aim("")
    say.close()
    if found is None or not (aim.whole or not aim.named):
        raise Miss
    if say.clause.joined and say.scene.mentioned and not aim.whole:
        raise Miss  # “start the title at 0:17 and end at 0:25”
    at = found.seconds()
    if word.meanings & {"end", "cut off"}:
        return Step((Keep(start=0, end=at),))
    return Step((Cut(ranges=((0, at),)),))


def end_item(say: Say) -> Step:
    """“end the title at 0:02”, “keep the title until 0:05”, “it should vanish after 2 s”."""
    word = say.need_word("end, vanish, last for, keep, show, hide, play, leave")
    say.words("last for, show, make, have, end, play, trim, cut")
    found = moment(say, *_UNTIL) if not word.meanings & {"end", "vanish"} else None
    if found is None and word.meanings & {"end", "vanish"}:
        found = moment(say, "at", "after", "on", "by", "", *_UNTIL)
    found = found or _until_clip(say)
    if found is None:
        raise Miss
    aim = say.aim("")
    say.close()
    item = aim.one()
    low, high = say.scene.span_now(item)
    lasting = found.chunk.prep == "after" and getattr(found.chunk.value, "form", "") == "unit"
    at = low + found.chunk.value.seconds if lasting else found.seconds()
    if not low < at:
        raise ask(f"“{item.item.label}” only starts at {timecode(low)}. When should it end?")
    if abs(at - high) < SAME:
        raise already(f"“{item.item.label}” already ends at {timecode(high)}; nothing was changed.")
    return Step((Trim(selector=selector([item]), length=round(at - low, 6)),), (item.item.id,))


def _until_clip(say: Say) -> Moment | None:
    """“… should stay until the hallway ends”: the end of that clip."""
    told = say.chunk(Reference, *_UNTIL, test=lambda c: not c.value.pronoun)
    if told is None:
        return None
    clips = find(say.scene, told.value, MAIN)
    if len(clips) != 1 or clips[0].track != "main":
        raise Miss
    start, end = say.scene.span(clips[0])
    begins = say.word("start") is not None
    if not (begins or "ends" in [word.text for word in say.clause.words()]):
        raise Miss  # “until the hallway”: its start, or its end?
    return Moment(say, told.but(value=Time(start if begins else end, "clock")))


def fit_film(say: Say) -> Step:
    """“trim the guest so the whole thing is 60 seconds”: what is too much goes off one clip."""
    say.need_word("trim, cut")
    film = say.chunk(Reference, "", test=lambda c: c.value.kind in ("film", "video"))
    time = say.take(Time, "", "to")
    so = any(word.text in ("so", "so that", "until", "till") for word in say.clause.words())
    if film is None or time is None or not so:
        raise Miss
    say.words("is, make, last for")
    while say.chunk(
        Word, test=lambda c: c.value.text in ("so", "so that", "until", "till", "down")
    ):
        pass
    aim = say.aim("")
    say.close()
    if not aim.named:
        raise Miss
    item, over = aim.one(MAIN), say.scene.duration - time.seconds
    now = say.scene.seconds(item.frames)
    if not 0 < over < now:
        raise ask(
            f"The film is {length(say.scene.duration)} long, and “{item.item.label}” "
            f"{length(now)}. How long shall it be?"
        )
    return Step((Trim(selector=selector([item]), tail=round(over, 6)),), (item.item.id,))
