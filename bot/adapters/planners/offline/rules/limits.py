"""What cannot be done, and what can be done instead."""

import re
from collections.abc import Mapping

from bot.adapters.planners.offline.outcomes import Miss, Result, ask, refuse
from bot.adapters.planners.offline.phrases import Chunk, Word
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.ports import Choice

_INSTEAD: Mapping[str, str] = {
    "stabilise": "I cannot stabilise shaky pictures. A little zoom may hide the worst: “zoom "
    "in 10%”.",
    "ramp": "I cannot change the speed gradually. I can set it for a stretch: “speed up "
    "0:02-0:04 to 2x”.",
    "key": "I cannot cut out backgrounds or use a green screen.",
    "noise": "I cannot clean up sound. I can make a clip quieter or mute it.",
    "fillers": "I can cut them out: “remove the filler words”.",
    "font": "I have one font. I can make a text bold, italic, larger, coloured, outlined.",
    "grade": "I cannot grade colours. I can change brightness, contrast and saturation, or "
    "make it sepia.",
    "voice": "I cannot make a voice. Drop a recording into the chat, and I add it.",
    "upload": "I cannot publish. I render the film, and you post it: “export for tiktok”.",
    "beat": "I cannot hear the beat. Give me times to cut at, such as “split at 0:04 and 0:08”.",
    "blend": "I cannot blend layers. I can make an overlay transparent: “set the opacity "
    "of the logo to 50%”.",
    "split edit": "I cannot let the sound of a clip run under the next one (J-cut, L-cut). A "
    "crossfade blends the sound of both: “crossfade between clip 1 and clip 2”.",
    "slip": "I cannot slip a clip. What comes nearest: “cut the first 2 seconds of the beach”, "
    "then “make it 2 seconds longer”.",
    "roll": "I cannot roll a cut. What comes nearest: “make the beach 10 frames longer” and “cut "
    "the first 10 frames of the outro”.",
    "whip": "I do not have that transition. I have crossfade, wipe, slide and dip to black: “slide "
    "between clip 1 and clip 2” comes nearest.",
    "thumbnail": "I cannot save a single picture. Pause the rendered film there and take a "
    "screenshot, or set the cover where you post it.",
    "audio only": "I cannot render sound alone. Render the film, and any player or editor takes "
    "the sound out of it.",
    "bars": "There are two ways to have cinema bars.",
    "typewriter": "I cannot write letter by letter or let a text bounce. I can let it fade in, "
    "grow or move: “fade the title in over 1 second”.",
    "mask": "I do not have that effect. I have brightness, contrast, saturation, black "
    "and white, sepia and blur.",
    "loudness": "I cannot measure or shape sound. I can set a volume: “set the music to 20%”.",
}


_BARS = (
    Choice(
        "Bars over the picture",
        "add a black bar at the top, full width, for the whole video and add a black bar at the "
        "bottom, full width, for the whole video",
    ),
    Choice("A wider film (21:9)", "change the format to 21:9"),
)


_BESIDE = {
    "font": "There is one font, so the letters keep theirs.",
    "typewriter": "Texts cannot be typed letter by letter or bounce, so it simply appears.",
}


def told_beside(say: Say) -> None:
    """Take what cannot be done to a text, and say so beside what can."""
    for chunk in say.clause.chunks:
        word = chunk.value
        if isinstance(word, Word) and "limit font" in word.meanings and word.text not in _FONTS:
            raise _usual_font(say, chunk)
    for name, line in _BESIDE.items():
        if say.words(f"limit {name}"):
            say.scene.assume(line)


_FONTS = ("font", "fonts", "typeface")


def _usual_font(say: Say, chunk: Chunk) -> Exception:
    """“in Comic Sans”: shall it be done without?"""
    src, text = say.scene.source, say.scene.source.message
    first, last = src.tokens[chunk.first].start, src.tokens[chunk.last - 1].end
    before = re.sub(r"[\s,]+(in|with|using)?\s*$", " ", text[:first])
    return ask(
        f"I have one font, and it is not {src.raw(chunk.first, chunk.last)}. Shall I do the rest?",
        Choice("Do the rest", f"{before}{text[last:].lstrip(' ,')}".strip()),
    )


def limit(say: Say) -> Result:
    """What has been asked for and cannot be done, with what can."""
    name = say.starting("limit ")
    if name is None:
        raise Miss
    text = _INSTEAD[name]
    if name == "bars" and say.clause.means("remove, is, not, fill, fit, turn off"):
        raise Miss
    if name == "bars":
        raise ask(text, *_BARS)
    if name in ("ramp", "mask", "blend"):
        raise ask(f"{text}")
    raise refuse(f"{text} Nothing was changed.")


RULE = rule(limit)
