"""What cannot be done, and what can be done instead."""

from collections.abc import Mapping

from bot.adapters.planners.offline.outcomes import Miss, Result, ask, refuse
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say

_INSTEAD: Mapping[str, str] = {
    "reverse": "I cannot play a clip backwards. I can reverse the order of the clips "
    "(“reverse the order”).",
    "freeze": "I cannot freeze a frame. I can play a stretch slower, such as “slow "
    "0:03-0:04 to half speed”.",
    "captions": "I cannot write captions from speech. I can add texts: “add a subtitle "
    "'Hello' from 0:02 to 0:04”.",
    "stabilise": "I cannot stabilise shaky pictures. A little zoom may hide the worst: “zoom "
    "in 10%”.",
    "ramp": "I cannot change the speed gradually. I can set it for a stretch: “speed up "
    "0:02-0:04 to 2x”.",
    "key": "I cannot cut out backgrounds or use a green screen.",
    "noise": "I cannot clean up sound. I can make a clip quieter or mute it.",
    "fillers": "I cannot find filler words. Give me times to cut, such as “cut 0:12-0:15”.",
    "font": "I have one font. I can make a text bold, italic, larger, coloured, outlined.",
    "grade": "I cannot grade colours. I can change brightness, contrast and saturation, or "
    "make it sepia.",
    "voice": "I cannot make a voice. Drop a recording into the chat, and I add it.",
    "upload": "I cannot publish. I render the film, and you post it: “export for tiktok”.",
    "beat": "I cannot hear the beat. Give me times to cut at, such as “split at 0:04 and 0:08”.",
    "blend": "I cannot blend layers. I can make an overlay transparent: “set the opacity "
    "of the logo to 50%”.",
    "mask": "I do not have that effect. I have brightness, contrast, saturation, black "
    "and white, sepia and blur.",
    "loudness": "I cannot measure or shape sound. I can set a volume: “set the music to 20%”.",
}


def limit(say: Say) -> Result:
    """What has been asked for and cannot be done, with what can."""
    name = say.starting("limit ")
    if name is None:
        say.need_word("reverse, freeze")
        name = "reverse" if say.clause.means("reverse") else "freeze"
    if say.clause.means("remove") and name == "captions":
        raise Miss
    text = _INSTEAD[name]
    if name in ("ramp", "captions", "mask", "blend"):
        raise ask(f"{text}")
    raise refuse(f"{text} Nothing was changed.")


RULE = rule(limit)
