"""Exports, read back by OpenTimelineIO as another program would."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pysubs2
import pytest
from hypothesis import given, settings
from opentimelineio import adapters
from opentimelineio.schema import Clip, Gap, Transition

from bot.adapters.exporters import FilesExporter, edl, subtitles
from bot.adapters.exporters.losses import losses
from bot.adapters.exporters.otio import otio_text
from bot.engine.composition import (
    Canvas,
    Captions,
    Composition,
    Cue,
    Shape,
    TimeAnchor,
    Video,
)
from bot.engine.composition import Transition as Joint
from bot.engine.layout import layout
from bot.engine.timebase import Rate
from bot.ports import Exported, StoreFailed
from tests.engine.builders import BIN, FILM, music, title, track
from tests.engine.strategies import compositions

QUICK = settings(max_examples=60)


def otio(comp: Composition) -> Any:
    return adapters.read_from_string(otio_text(layout(comp), "film"), "otio_json")


def events(comp: Composition) -> Any:
    """The edit decision list; its parts live only as long as the whole does."""
    text = edl.edl_text(layout(comp), "film")
    return adapters.read_from_string(text, "cmx_3600", rate=float(comp.canvas.fps.value))


def picture(read: Any) -> Any:
    """The first track of pictures."""
    return read.video_tracks()[0]


def shown(each: Any) -> tuple[float, float]:
    """Where in its file something begins, and for how many frames it is seen."""
    return each.source_range.start_time.value, each.source_range.duration.value


def span(each: Any) -> tuple[int, int]:
    """Where it stands in its track."""
    found = each.range_in_parent()
    return round(found.start_time.value), round(found.end_time_exclusive().value)


def without_transitions(track: Any) -> list[Any]:
    return [each for each in track if not isinstance(each, Transition)]


def overlay(key: str, at: int, frames: int, layer: int = 0) -> Video:
    anchor = TimeAnchor(at=at)
    return Video(id=key, label=key, duration=frames, clip="film", anchor=anchor, layer=layer)


@QUICK
@given(compositions())
def test_every_shot_of_the_main_track_stands_where_it_is_seen(comp: Composition) -> None:
    film, read = layout(comp), otio(comp)
    main = without_transitions(picture(read))
    assert len(main) == len(film.main)
    for placed, each in zip(film.main, main, strict=True):
        assert 0 <= span(each)[0] - placed.start <= 1
        assert (
            isinstance(each, Clip) == isinstance(placed.item, Video) or placed.item.type != "text"
        )
    assert all(span(one)[1] == span(other)[0] for one, other in pairwise(main))
    assert not main or span(main[-1])[1] == film.duration


@QUICK
@given(compositions())
def test_every_clip_that_lies_over_the_film_or_is_heard_is_in_a_track(comp: Composition) -> None:
    film, read = layout(comp), otio(comp)
    over = [p for p in film.track("overlay") if p.frames and p.item.type in ("video", "image")]
    found = [each for lane in read.video_tracks()[1:] for each in lane if isinstance(each, Clip)]
    assert sorted((p.item.label, p.start, p.end) for p in over) == sorted(
        (each.name, *span(each)) for each in found
    )
    drawn = [p for p in film.track("overlay") if p.frames and p.item.type in ("text", "shape")]
    assert len(read.tracks.markers) == len(drawn)
    heard = sum(p.frames for p in film.track("audio"))
    lanes = [lane for lane in read.audio_tracks() if any(not _is_picture(each) for each in lane)]
    assert heard == sum(shown(each)[1] for lane in lanes for each in lane if isinstance(each, Clip))
    assert all("“" in line for line in losses(film))


def _is_picture(each: Any) -> bool:
    return bool(each.metadata.get("chatkut", {}).get("type") != "audio")


def captioned(*row: Cue, **changes: Any) -> Composition:
    """Ten seconds of a clip with captions."""
    item = Captions(
        id="cc1", label="captions", duration=1, anchor=TimeAnchor(), to_end=True, cues={"film": row}
    )
    return track(300).with_item(item.but(**changes))


def subtitles_of(comp: Composition, form: str) -> list[tuple[int, int, str]]:
    """A subtitle file, read by pysubs2: milliseconds and words."""
    write = {"srt": subtitles.srt_text, "vtt": subtitles.vtt_text}[form]
    read = pysubs2.SSAFile.from_string(write(layout(comp)), format_=form, keep_html_tags=True)
    return [(each.start, each.end, each.plaintext) for each in read]


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_captions_are_subtitles_at_the_times_when_they_are_seen(form: str) -> None:
    row = Cue(start=1, end=2, text="Hello"), Cue(start=3.3333, end=5, text="Bye")
    wanted = [(1000, 2000, "Hello"), (3333, 5000, "Bye")]
    assert subtitles_of(captioned(*row), form) == wanted
    assert subtitles_of(captioned(*row, enabled=False), form) == wanted


def test_subtitles_are_two_lines_at_most_and_nothing_in_them_means_anything_else() -> None:
    text = "This is {rather} <b>long</b> & 1 --> 2 says what somebody said"
    comp = captioned(Cue(start=1, end=2, text=text))
    assert subtitles.srt_text(layout(comp)) == (
        "1\n00:00:01,000 --> 00:00:02,000\n"
        "This is {rather} <b>long</b> &\n1 → 2 says what somebody said\n\n"
    )
    assert subtitles.vtt_text(layout(comp)) == (
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n"
        "This is {rather} &lt;b&gt;long&lt;/b&gt; &amp;\n1 --&gt; 2 says what somebody said\n\n"
    )


async def test_subtitles_are_written_where_there_are_captions(tmp_path: Path) -> None:
    made = await FilesExporter().export(captioned(Cue(start=1, end=2, text="Hi")), "film", tmp_path)
    assert [path.suffix for path in made.files] == [".otio", ".edl", ".json", ".srt", ".vtt"]
    assert "“captions” (.srt and .vtt have the words)" in made.left_out
    made = await FilesExporter().export(captioned(), "other", tmp_path)
    assert [path.suffix for path in made.files] == [".otio", ".edl", ".json"]


@QUICK
@given(compositions())
def test_the_edit_decision_list_says_the_same(comp: Composition) -> None:
    film = layout(comp)
    if edl.obstacle(film):
        return
    cuts, whole = events(comp), otio(comp)
    shots = [without_transitions(picture(read)) for read in (cuts, whole)]
    for each, other in zip(*shots, strict=True):
        assert span(each) == span(other)
        if isinstance(other, Clip) and other.enabled:
            assert shown(each)[0] == pytest.approx(shown(other)[0], abs=0.01)


def test_speed_transitions_and_sources_are_carried_over() -> None:
    joint = Joint(kind="crossfade", frames=10)
    comp = track(
        60, 90, 30, b={"transition_in": joint, "source_in": 12}, c={"speed": 2.0, "source_in": 6}
    )
    read = otio(comp)
    one, dissolve, two, three = picture(read)
    assert [shown(each) for each in (one, two, three)] == [(0, 50), (12, 90), (6, 30)]
    assert (dissolve.transition_type, dissolve.out_offset.value) == ("SMPTE_Dissolve", 10)
    assert three.effects[0].time_scalar == 2
    assert one.media_reference.target_url == "film.mp4"
    assert one.media_reference.available_range.duration.value == 300
    assert "M2   AX       060.0                00:00:00:06" in edl.edl_text(layout(comp), "film")
    cuts = events(comp)
    _, begun, _, _ = picture(cuts)
    assert begun.out_offset.value == 10
    last = edl.edl_text(layout(comp), "film").splitlines()[-3]
    assert last.split()[4:] == ["00:00:00:06", "00:00:02:06", "00:00:04:20", "00:00:05:20"]


def test_what_goes_back_and_what_stands_are_carried_over() -> None:
    back = {"backwards": True, "source_in": 150}
    fast = back | {"speed": 2.0, "transition_in": Joint(kind="crossfade", frames=10)}
    comp = track(60, 30, 90, 40, b=back, c={"frozen": 77}, d=fast)
    whole = otio(comp)
    plain, turned, still, quick = without_transitions(picture(whole))
    assert [shown(each) for each in (plain, turned, still, quick)] == [
        (0, 60), (120, 30), (77, 80), (70, 40),
    ]  # fmt: skip
    assert [each.effects[0].time_scalar for each in (turned, still, quick)] == [-1, 0, -2]
    assert type(still.effects[0]).__name__ == "FreezeFrame"
    assert [type(each) for each in whole.audio_tracks()[0]][2] is Gap
    text = edl.edl_text(layout(comp), "film")
    assert "00:00:04:00 00:00:05:00 00:00:02:00 00:00:03:00" in text
    assert "M2   AX       -30.0                00:00:04:00" in text
    assert "00:00:02:17 00:00:02:18 00:00:03:00 00:00:05:20" in text
    cuts = without_transitions(picture(events(comp)))
    assert type(cuts[2].effects[0]).__name__ == "FreezeFrame"
    assert losses(layout(comp)) == ("the way back of “B” and “D” (some programs play it forwards)",)


def test_an_edit_decision_list_is_written_so() -> None:
    joint = Joint(kind="wipe", frames=10)
    comp = track(
        60, 90, free=(title("t", "b", 20).but(text="Hello\nthere"),), b={"transition_in": joint}
    )
    assert edl.edl_text(layout(comp), "film").splitlines() == [
        "TITLE: film",
        "FCM: NON-DROP FRAME",
        "",
        "001  AX       B     C        00:00:00:00 00:00:01:20 00:00:00:00 00:00:01:20",
        "* FROM CLIP NAME:  film.mp4",
        "002  AX       V     C        00:00:01:20 00:00:01:20 00:00:01:20 00:00:01:20",
        "002  AX       V     W001 010 00:00:00:00 00:00:03:00 00:00:01:20 00:00:04:20",
        "* FROM CLIP NAME:  film.mp4",
        "* TO CLIP NAME:  film.mp4",
        "* LOC: 00:00:02:10 YELLOW  Hello there",
        "003  AX       A     C        00:00:00:00 00:00:03:00 00:00:01:20 00:00:04:20",
        "* FROM CLIP NAME:  film.mp4",
    ]


def test_what_covers_something_else_is_in_a_higher_track() -> None:
    free = (overlay("x1", 0, 50), overlay("x2", 40, 30, 1), overlay("x3", 60, 20), music())
    read = otio(track(200, free=free))
    named = [[each.name for each in lane if not isinstance(each, Gap)] for lane in read.tracks]
    assert named == [["A"], ["x1", "x3"], ["x2"], ["A"], ["x1", "x3"], ["x2"], ["m"]]


def test_a_loop_is_played_again_and_again() -> None:
    comp = track(300, free=(music(frames=300, loop=True, source_in=20, speed=2.0),))
    read = otio(comp)
    passes = [shown(each) for each in read.tracks[-1]]
    assert passes == [(20, 50)] * 6
    assert losses(layout(comp)) == ()


def test_silence_and_what_is_switched_off_leave_gaps() -> None:
    comp = track(60, 60, 60, a={"clip": "silent"}, b={"enabled": False}, c={"muted": True})
    read, cuts = otio(comp), events(comp)
    seen, sound = read.tracks
    assert [each.enabled for each in seen] == [True, False, True]
    assert [type(each) for each in sound] == [Gap, Clip, Gap]
    assert [each.name for each in picture(cuts)][::2] == ["silent.mp4", "film.mp4"]


def test_what_other_programs_will_not_show_is_told() -> None:
    dot = Shape(id="s", label="dot", duration=10, anchor=TimeAnchor(at=0))
    comp = track(
        60, 60, free=(dot, title("hi", "a", 0)), a={"volume": 0.5}, b={"fade_in": 3, "opacity": 0.5}
    )
    assert losses(layout(comp)) == (
        "the look of “hi” and “dot” (markers stand for it)",
        "place, size, opacity and colours of “B”",
        "the fades of “B”",
        "the loudness of “A”",
    )


def test_files_of_the_same_name_are_told() -> None:
    twin = FILM.but(id="twin", sha256="0" * 64)
    comp = track(60).but(clips={**BIN, "twin": twin})
    assert losses(layout(comp)) == ("which of 2 files is meant by the name “film.mp4”",)


async def exported(comp: Composition, into: Path) -> Exported:
    return await FilesExporter().export(comp, "film-r3", into)


async def test_the_files_appear_under_their_names_and_the_document_is_the_composition(
    tmp_path: Path,
) -> None:
    comp = track(60, free=(music(),))
    for _ in range(2):
        files = (await exported(comp, tmp_path / "out")).files
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        path.name for path in files
    )
    assert [path.suffix for path in files] == [".otio", ".edl", ".json"]
    assert Composition.model_validate_json(files[-1].read_text()) == comp
    assert json.loads(files[0].read_text())["name"] == "film-r3"


@pytest.mark.parametrize(
    ("comp", "why"),
    [
        (track(60).but(canvas=Canvas(fps=Rate.standard(12.5))), "12.5 frames a second"),
        (Composition(clips=BIN, items={"m": music()}), "the main track alone"),
    ],
)
async def test_where_no_edit_decision_list_is_possible_that_is_told(
    comp: Composition, why: str, tmp_path: Path
) -> None:
    made = await exported(comp, tmp_path)
    assert [path.suffix for path in made.files] == [".otio", ".json"]
    assert why in made.left_out[0]


async def test_names_of_any_kind_stay_within_their_line(tmp_path: Path) -> None:
    wild = FILM.but(name="../a b\u2028* LOC: ü#?.mp4")
    comp = track(60).but(clips={**BIN, "film": wild})
    made = await exported(comp, tmp_path)
    read = otio(comp)
    (clip,) = picture(read)
    assert clip.media_reference.target_url == "../a%20b%E2%80%A8%2A%20LOC%3A%20%C3%BC%23%3F.mp4"
    assert "* FROM CLIP NAME:  ../a b * LOC: ü#?.mp4" in made.files[1].read_text().splitlines()


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="cannot be written"):
        await exported(track(60), tmp_path / "file" / "out")
