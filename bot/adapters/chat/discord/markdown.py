"""Plain text as Discord's markdown: what people and files are called never formats anything."""

import re

# Links stay as they are: a backslash inside would become a part of the address.
_MARKS = re.compile(r"(https?://[\w./?=&%#:+~-]+)|([\\`*_~|\[\]<])")
_LINE_MARKS = re.compile(r"^([^\S\n]*)([>#-]|\d+(?=\.))", re.MULTILINE)


def escaped(text: str) -> str:
    """Escape everything that Discord would take for formatting, a mention or a masked link."""
    whole = text.encode(errors="replace").decode()  # half a surrogate pair is not sendable
    return _LINE_MARKS.sub(_line_start, _MARKS.sub(_mark, whole))


def _mark(match: re.Match[str]) -> str:
    return match[1] or f"\\{match[2]}"


def _line_start(match: re.Match[str]) -> str:
    """A quote, heading, list or numbered list becomes text again."""
    if match[2].isdigit():
        return f"{match[1]}{match[2]}\\"
    return f"{match[1]}\\{match[2]}"
