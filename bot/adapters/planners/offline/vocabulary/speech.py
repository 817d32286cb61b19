"""Patterns of words about what is said, parts of regular expressions; and captions elsewhere."""

from collections.abc import Mapping

QUOTE = (
    r"(?:“[^”\n]+”|\"[^\"\n]+\"|«[^»\n]+»|„[^“”\n]+[“”]|‘(?:[^’\n]|’(?=\w))+’(?!\w)"
    r"|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w))+'(?!\w))"
)
LOOSE = r"[^\s.,;:!?\"“”„«»\n][^.,;:!?\"“”„«»\n]*"
_NO_SPEAKER = (
    r"(?:it|its|that|which|title|titles|text|texts|caption|captions|subtitle|subtitles|card|logo"
    r"|slide|screen|label|button|sign|image|picture|one|and|or|then|not|to|of|in|on|at|is|are)\b"
)
WHO = rf"(?:(?!{_NO_SPEAKER})[\w@’'-]+ ){{1,3}}?"
"""Somebody who talks, and no thing that words are written on."""

_MANNER = r"(?:(?:first|actually|finally|just|only|even|ever|always|keeps?|starts?|begins?) )?"
SAYS = (
    rf"{_MANNER}(?:says?|said|saying|to say|utters?)"
    r"(?: the (?:words?|phrase|line|name))?"
)
ABOUT = (
    rf"{_MANNER}(?:(?:talk|speak|chat|rant|talking|speaking|chatting|ranting)s? (?:about|of|on)"
    r"|(?:talked|spoke|chatted|ranted) (?:about|of|on)|to talk about"
    r"|discuss(?:es|ed|ing)?|mentions?|mentioned|mentioning|refers? to|brings? up)"
)
PIECE = r"(?:part|bit|moment|section|segment|place|point|sentence|line|spot|piece|passage|stuff)"
EACH = (
    r"(?:every ?time|each time|any ?time|whenever|wherever|everywhere|all the times"
    r"|(?:all|every|each|any|both)(?: of)?(?: the)? (?:time|moment|place|point|spot)s?"
    r" (?:when|where|that)?)"
)
FILLERS = r"(?:filler[ -]?words?|fillers|filler|u+h*m+'?s|u+h+'?s|e+rm?'?s|h+m+'?s)"
FILLING = ("um", "umm", "uhm", "uh", "uhh", "er", "erm", "hm", "hmm", "mhm", "ähm", "äh", "euh")
"""How such words are written down by those who listen."""

SWEARING = (
    r"(?:swears?|swearing|curses?|cursing|cusses|cussing|profanit(?:y|ies)|swear ?words?"
    r"|curse ?words?|bad words?|bad language|f[ -]?bombs?|f[ -]?words?|expletives?)"
)

VERBS: Mapping[str, str] = {
    "keep": r"keep|leave only|only use|use only|behalte",
    "remove": (
        r"remove|delete|erase|drop|get rid of|take out|cut out|cut away|cut off|trim out|trim away"
        r"|trim off|snip out|chop out|chop off|skip|lose|ditch|strip|lösche|entferne|elimina"
        r"|borra|supprime|apaga|remova"
    ),
    "mute": r"mute|silence|bleep|beep|censor|blank",
    "split": r"split|divide|blade",
    "begin": r"start|starts|begin|begins|starting|beginning|open|opens",
    "end": r"end|ends|stop|stops|finish|finishes|ending|close|closes",
    "stretch": r"blur|hide|zoom in|zoom out|zoom|speed up|slow down|slow|darken|brighten",
    "cut": r"cut|chop|snip|slice|trim|schneide|schneid|corta|coupe|recorta",
}
"""What is done where something is said; later rows are only read where no earlier one fits."""

WRITING = (
    r"add|put|write|insert|place|overlay|title|titles|text|texts|caption|captions|subtitle"
    r"|subtitles|subs|card|say|show|call|rename|name|label|spell|spelt|spelled|change|replace"
    r"|füge|pon|ajoute|adiciona"
)
"""Words by which a quotation is something to write, and nothing that is said."""

DOING = r"fade|play|freeze|reverse|crossfade|dip|wipe|go|move|swap|pan|shake|use|have|make"
"""What else is done at a moment."""

SPOKEN: Mapping[str, str] = {
    "captions": (
        "closed captions, closed captioning, auto captions, automatic captions, auto subtitles, "
        "automatic subtitles, autocaptions, live captions, subtitles from speech, "
        "captions from speech, speech captions, burned in captions, burnt in captions, "
        "burned in subtitles, burnt in subtitles, captioning, open captions, "
        "subtitles automatically, captions automatically"
    ),
    "transcript": "transcribe, transcript, transcription",
}
"""English words for what is made of speech."""

GERMAN: Mapping[str, str] = {
    "captions": "untertitel, untertiteln, die untertitel, automatische untertitel",
    "subtitles": "untertitelung",
    "add captions": "untertitel es, untertitele es, untertitle das, untertitle es",
}

SPANISH: Mapping[str, str] = {
    "captions": "subtítulos, subtitulos, los subtítulos, los subtitulos, subtítulos automáticos",
    "add captions": "subtitula esto, subtitúlalo, subtitulalo, subtitula el vídeo",
}

FRENCH: Mapping[str, str] = {
    "captions": "sous titres, sous-titres, les sous titres, soustitres, des sous titres",
    "add captions": "sous titre le, sous titre ça, sous titre la vidéo",
}

PORTUGUESE: Mapping[str, str] = {
    "captions": "legendas, as legendas, legenda automática, legendas automáticas",
    "add captions": "legenda isso, legenda isto, legenda o vídeo",
}
