"""Reads one untrusted file of subtitles, as the main program of a child process: `FILE FORMAT`.

FORMAT is what the file's name says (srt, vtt, ass, ssa); what the file itself says goes before it.
Prints one JSON object: {"lines": [[start, end, text], …], "broken": n}, in seconds, in order and
without styles, where n lines have no times that make sense; or {"refused": why}. Anything
unforeseen ends it with a traceback; the parent knows what to say.

It is a child because a small file can keep the library's patterns busy for hours.
"""

import html
import json
import re
import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysubs2

LETTERS = 500
MOST_LINES = 10_000
TAG = re.compile(r"<[^<>\n]{0,200}>")

Line = tuple[float, float, str]


class Refused(Exception):
    """The file cannot be used; the message says why, as the second half of a sentence."""


def read(source: Path, named: str) -> tuple[list[Line], int]:
    """The lines of a file, and how many have no times that make sense."""
    text = decoded(source.read_bytes())
    if not text.strip():
        raise Refused("it is empty")
    events = pysubs2.SSAFile.from_string(text, format_=format_of(text, named))
    found = list(lines(events))
    if not found:
        raise Refused("there are no lines with times in it")
    if len(found) > MOST_LINES:
        raise Refused(f"it has more than {MOST_LINES:,} lines")
    return sorted(found), broken(text, events)


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or what old Windows programs write."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.removeprefix(BOM_UTF8).decode()
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Refused("it is no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def format_of(text: str, named: str) -> str:
    """What a file is, whatever its name says."""
    if text.lstrip().startswith("WEBVTT"):
        return "vtt"
    if "[Script Info]" in text[:1000]:
        return "ssa" if "[V4 Styles]" in text else "ass"
    return "srt" if named == "vtt" else named


def lines(events: pysubs2.SSAFile) -> Iterator[Line]:
    """What is to be read, and when; drawings and comments are not."""
    for event in events:
        # A blank line ends a cue; behind it the library leaves notes and names of the next one.
        said = event.plaintext.strip().partition("\n\n")[0]
        plain = html.unescape(TAG.sub("", said))
        shown = "\n".join(" ".join(line.split()) for line in plain.split("\n") if line.strip())
        shown = "".join(c for c in shown if c.isprintable() or c == "\n")[:LETTERS].strip()
        if shown and event.is_text and has_sense(event):
            yield event.start / 1000, event.end / 1000, shown


def broken(text: str, events: pysubs2.SSAFile) -> int:
    """How many lines have times that cannot be read, or that end before they begin."""
    unread = max(0, text.count("-->") - len(events))
    return unread + sum(event.is_text and not has_sense(event) for event in events)


def has_sense(event: pysubs2.SSAEvent) -> bool:
    """Whether a line ends after it begins."""
    return 0 <= event.start < event.end


def main(source: str, named: str) -> dict[str, Any]:
    """Read a file."""
    try:
        found, left_out = read(Path(source), named)
    except Refused as refused:
        return {"refused": str(refused)}
    return {"lines": found, "broken": left_out}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201  this is how the parent hears of it
