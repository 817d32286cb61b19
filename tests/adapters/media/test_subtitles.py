"""Files of subtitles, as people have them, and as they do not mean well."""

import os
import time
from pathlib import Path

import pytest

from bot.adapters.media.subtitles import read_subtitles
from bot.ports import MediaRefused

SRT = """1
00:00:01,000 --> 00:00:02,500
Hello, <i>everybody</i>.

2
00:00:03,000 --> 00:00:05,000
{\\an8}Tom &amp; Jerry < 3
come <font color="red">in</font>.
"""
LINES = ((1.0, 2.5, "Hello, everybody."), (3.0, 5.0, "Tom & Jerry < 3\ncome in."))

VTT = """WEBVTT - made by hand

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.500 align:start
<v Tom>Hello, <c.loud>everybody</c>.

NOTE nobody is to read this

second
00:00:03.000 --> 00:00:05.000
Tom &amp; Jerry &lt; 3
<00:00:04.000>come in.
"""

ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not for viewers
Dialogue: 0,0:00:03.00,0:00:05.00,Default,,0,0,0,,Tom & Jerry < 3\\Ncome in.
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\b1}Hello{\\b0}, everybody.
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100
"""


async def lines(folder: Path, content: str | bytes, name: str = "talk.srt") -> object:
    path = folder / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = await read_subtitles(path, name)
    return found and found.lines


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SRT, "talk.srt"),
        (SRT, "TALK.SRT"),
        (SRT, "talk.vtt"),
        (SRT.replace("\n", "\r\n"), "talk.srt"),
        (VTT, "talk.vtt"),
        (VTT, "talk.srt"),
        (ASS, "talk.ass"),
        (ASS, "talk.srt"),
    ],
)
async def test_lines_are_read_without_their_styles(tmp_path: Path, content: str, name: str) -> None:
    assert await lines(tmp_path, content, name) == LINES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
async def test_all_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    content = "1\n00:00:01,000 --> 00:00:02,000\nDas Mädchen – „schön“\n".encode(encoding)
    assert await lines(tmp_path, content) == ((1, 2, "Das Mädchen – „schön“"),)


async def test_what_is_called_otherwise_is_no_file_of_subtitles(tmp_path: Path) -> None:
    assert await lines(tmp_path, SRT, "talk.txt") is None
    assert await lines(tmp_path, SRT, "srt") is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b"Dear diary,\n", "no lines with times"),
        (b"1\n00:00:02,000 --> 00:00:01,000\nBackwards\n", "no lines with times"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\n", "no lines with times"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n<i></i>{\\b1}\n", "no lines with times"),
        (b"\x7fELF\0\0\0" + os.urandom(5000), "it is no text"),
        (SRT.encode() * 20_000, "larger than 1 MB"),
        (b"1\n00:00:01,0 --> 00:00:02,0\na\n\n" * 12_000, "more than 10,000 lines"),
        (ASS.replace("0:00:03.00", "soon").encode(), "cannot be read as subtitles"),
    ],
)
async def test_what_is_of_no_use_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(MediaRefused, match=f"^I cannot use “talk.srt”: .*{why}"):
        await lines(tmp_path, content)


async def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match="there is no such file"):
        await read_subtitles(tmp_path / "gone.srt", "gone.srt")


async def test_a_line_is_never_endless(tmp_path: Path) -> None:
    found = await lines(tmp_path, f"1\n00:00:01,000 --> 99:59:59,000\n{'word ' * 1000}\n")
    assert isinstance(found, tuple)
    assert len(found[0][2]) <= 500


@pytest.mark.slow
async def test_a_file_that_keeps_the_reader_busy_is_given_up(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(MediaRefused, match="cannot be read as subtitles"):
        await lines(tmp_path, "1\n00:00:01,000 --> 00:00:02,000\n" + "<a" * 500_000)
    assert time.monotonic() - began < 60
