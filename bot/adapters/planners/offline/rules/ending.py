"""Where the film, or a thing in it, starts or ends."""

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.rules.cutting import SAME
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import moment
from bot.engine.operations import Cut, Keep, Trim
from bot.engine.timebase import timecode

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
