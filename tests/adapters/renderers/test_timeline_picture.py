import asyncio
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pixels
from PIL import ImageChops

from bot.adapters.renderers.drawing.lanes import Scale, stacked
from bot.adapters.renderers.drawing.thumbnails import filmstrip
from bot.adapters.renderers.timeline_picture import TimelinePicture
from bot.engine.composition import (
    Audio,
    Captions,
    Clip,
    Composition,
    Cue,
    Image,
    Item,
    ItemAnchor,
    Shape,
    Text,
    TimeAnchor,
    Transition,
    Video,
)
from bot.engine.layout import layout
from bot.ports import MediaFiles, StoreFailed

ACCENT = (255, 210, 63)
LABELS = st.text(min_size=1, max_size=80).filter(lambda text: any(map(str.isalnum, text)))
CLIPS = {
    "film": Clip(id="film", name="film.mp4", kind="video", sha256="f", seconds=10, fps=30),
    "logo": Clip(id="logo", name="logo.png", kind="image", sha256="l", width=60, height=60),
    "song": Clip(id="song", name="song.mp3", kind="audio", sha256="s", seconds=60),
}


@pytest.fixture
def media(tmp_path: Path) -> Mapping[str, MediaFiles]:
    """A film that is red in its first half and blue in its second, a green logo, a song."""
    colors = ["#ff0000"] * 4 + ["#0000ff"] * 4 + ["#00ff00"]
    thumbs = [tmp_path / f"thumb{index}.jpg" for index in range(9)]
    for thumb, color in zip(thumbs, colors, strict=True):
        Pixels.new("RGB", (160, 90), color).save(thumb, quality=95)
    return {
        "film": MediaFiles(tmp_path / "film", None, tuple(thumbs[:8])),
        "logo": MediaFiles(tmp_path / "logo", thumbs[8], (thumbs[8],)),
        "song": MediaFiles(tmp_path / "song", None, ()),
    }


def film(key: str, frames: int = 90, **fields: object) -> Video:
    return Video.model_validate(
        {"id": key, "label": f"clip {key}", "duration": frames, "clip": "film", **fields}
    )


def title(key: str, words: str, at: int, frames: int = 60) -> Text:
    return Text(id=key, label=key, text=words, duration=frames, anchor=TimeAnchor(at=at))


def composition(*items: Item) -> Composition:
    main = tuple(item.id for item in items if item.anchor is None)
    by_id = {item.id: item for item in items}
    return Composition(clips=CLIPS, items=by_id, main=main)


def picture(
    comp: Composition,
    media: Mapping[str, MediaFiles],
    folder: Path,
    changed: frozenset[str] = frozenset(),
) -> Pixels.Image:
    out = folder / "timeline.png"
    asyncio.run(TimelinePicture().timeline(layout(comp), media, changed, out))
    with Pixels.open(out) as image:
        assert image.format == "PNG"
        assert image.width == 1200
        return image.convert("RGB")


def accent(image: Pixels.Image) -> Pixels.Image:
    """A mask of the accent colour below the header."""
    bands = [
        band.point(lambda value, wanted=wanted: 255 * (abs(value - wanted) < 3))
        for band, wanted in zip(image.split(), ACCENT, strict=True)
    ]
    mask = ImageChops.multiply(ImageChops.multiply(bands[0], bands[1]), bands[2])
    mask.paste(0, (0, 0, image.width, 78))
    return mask


RICH = composition(
    film("a", 120, fade_in=15),
    film("b", 150, speed=1.5, muted=True, transition_in=Transition(frames=20)),
    film("c", 90, enabled=False, transition_in=Transition(kind="slide", frames=12, direction="up")),
    Image(id="d", label="logo", clip="logo", duration=60),
    Text(id="e", label="card", text="THE END", duration=60),
    title("t", "Summer in Porto ☀️", 20),
    title("u", "שלום world", 300, 20),
    Image(id="l", label="logo", clip="logo", duration=9, anchor=TimeAnchor(at=0), to_end=True),
    Shape(id="s", label="box", duration=40, anchor=ItemAnchor(item="b", offset=5)),
    Audio(id="m", label="song.mp3", clip="song", duration=900, anchor=TimeAnchor(), fade_out=60),
)


def test_it_is_a_png_of_1200_pixels_and_leaves_nothing_else_behind(
    media: Mapping[str, MediaFiles], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    image = picture(RICH, media, folder)
    assert [file.name for file in folder.iterdir()] == ["timeline.png"]
    assert image.height < 600


@pytest.mark.parametrize("key", ["a", "b", "e", "t", "l", "m"])
def test_only_what_changed_is_highlighted(
    media: Mapping[str, MediaFiles], tmp_path: Path, key: str
) -> None:
    plain = picture(RICH, media, tmp_path)
    marked = picture(RICH, media, tmp_path, frozenset({key, "gone"}))
    assert accent(plain).getbbox() is None
    box = accent(marked).getbbox()
    assert box
    placed, timeline = layout(RICH).by_id[key], layout(RICH)
    left, right = (28 + 1144 * frame / timeline.duration for frame in (placed.start, placed.end))
    assert left - 6 <= box[0] <= left + 40
    assert right - 40 <= box[2] <= right + 6
    difference = ImageChops.difference(plain, marked)
    difference.paste(0, (0, 0, 1200, 78))
    outside = difference.getbbox()
    assert outside
    assert box[0] - 1 <= outside[0] <= outside[2] <= box[2] + 1


def test_the_legend_appears_with_a_highlight_only(
    media: Mapping[str, MediaFiles], tmp_path: Path
) -> None:
    plain, gone, marked = (
        picture(RICH, media, tmp_path, changed).crop((1000, 0, 1200, 76))
        for changed in (frozenset[str](), frozenset({"deleted"}), frozenset({"a"}))
    )
    assert plain.getcolors() == gone.getcolors()
    assert len(marked.getcolors(10_000) or []) > 5


def test_a_clip_shows_the_thumbnails_of_the_stretch_that_it_plays(
    media: Mapping[str, MediaFiles], tmp_path: Path
) -> None:
    comp = composition(film("a", 150), film("b", 150, source_in=150))
    image = picture(comp, media, tmp_path)
    middle = image.height - 60
    for x, color in ((100, "red"), (500, "red"), (700, "blue"), (1000, "blue")):
        red, _, blue = (int(band.getpixel((x, middle)) > 200) for band in image.split())  # type: ignore[operator]
        assert (red, blue) == ((1, 0) if color == "red" else (0, 1))


def test_a_strip_takes_the_nearest_thumbnail_for_each_tile(
    media: Mapping[str, MediaFiles],
) -> None:
    strip = filmstrip(media["film"].thumbs, (0, 1), (640, 90))
    left, right = strip.getpixel((300, 40)), strip.getpixel((340, 40))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 240 > right[0]
    assert right[2] > 240 > left[2]


def test_missing_thumbnails_leave_the_clip_dark(tmp_path: Path) -> None:
    lost = {"film": MediaFiles(tmp_path / "film", None, (tmp_path / "gone.jpg",))}
    for files in (lost, {}):
        image = picture(composition(film("a")), files, tmp_path)
        assert image.getpixel((600, image.height - 80)) == (11, 12, 15)


def test_an_empty_timeline_invites(tmp_path: Path) -> None:
    image = picture(Composition(), {}, tmp_path)
    assert image.height > 200
    band = image.crop((200, 100, 1000, image.height - 40))
    assert len(band.getcolors(10_000) or []) > 20


@pytest.mark.parametrize("count", [1, 8, 60, 300])
def test_any_number_of_clips_fits(
    media: Mapping[str, MediaFiles], tmp_path: Path, count: int
) -> None:
    clips = [film(f"v{index}", 20 + index % 30) for index in range(count)]
    titles = [title(f"t{index}", f"Caption {index}", 40 * index) for index in range(count // 4)]
    image = picture(composition(*clips, *titles), media, tmp_path, frozenset({"v0"}))
    assert image.height < 800


def test_a_timeline_without_a_main_track_and_items_behind_its_end_are_drawn(
    media: Mapping[str, MediaFiles], tmp_path: Path
) -> None:
    picture(composition(title("t", "alone", 0)), media, tmp_path)
    late = composition(film("a", 30), title("t", "too late", 500))
    assert layout(late).by_id["t"].frames == 0
    picture(late, media, tmp_path, frozenset({"t"}))


@settings(max_examples=20, deadline=None)
@given(st.lists(LABELS, min_size=1, max_size=3))
def test_any_label_can_be_drawn(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str]
) -> None:
    clips = [film(f"v{index}", label=label) for index, label in enumerate(labels)]
    titles = [title(f"t{index}", label, 30 * index, 20) for index, label in enumerate(labels)]
    picture(composition(*clips, *titles), {}, tmp_path_factory.getbasetemp())


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(1, 300), st.text("ab", min_size=1)), max_size=30
    )
)
def test_bars_and_labels_of_a_lane_never_overlap(spans: list[tuple[int, int, str]]) -> None:
    items = [title(f"t{i}", words, at, frames) for i, (at, frames, words) in enumerate(spans)]
    track = layout(composition(film("a", 1000), *items)).track("overlay")
    lanes = stacked(track, Scale(28, 1172, 1000))
    assert sum(map(len, lanes)) == len(spans)
    for lane in lanes:
        extents = sorted(bar.extent for bar in lane)
        assert all(a[1] < b[0] for a, b in pairwise(extents))


def test_sizes_are_fractions_of_the_canvas() -> None:
    comp = composition(film("a", 300), title("t", "Hello", 0), title("u", "Hello\nthere", 0))
    sizes = TimelinePicture().sizes(layout(comp))
    assert sizes.keys() == {"t", "u"}
    assert 0.05 < sizes["t"][0] < 0.3
    assert sizes["u"][1] == pytest.approx(2 * sizes["t"][1], rel=0.05)


def lane(image: Pixels.Image) -> Pixels.Image:
    """The row of captions, which is the first one."""
    return image.crop((0, 122, 1200, 164))


def spoken_at(*starts: float, words: str = "words that are said here") -> Composition:
    row = tuple(Cue(start=start, end=start + 0.9, text=words) for start in starts)
    said = Captions(
        id="cc1", label="captions", duration=1, anchor=TimeAnchor(), to_end=True, layer=3,
        cues={"film": row},
    )  # fmt: skip
    return composition(film("a", 300), said, title("t", "Title", 20))


def test_captions_are_one_row_with_marks_and_words_where_they_are_said(
    media: Mapping[str, MediaFiles], tmp_path: Path
) -> None:
    none, early, late = (
        lane(picture(spoken_at(*starts), media, tmp_path)) for starts in ((), (1,), (8,))
    )
    for image, second in ((early, 1), (late, 8)):
        differs = ImageChops.difference(none, image).getbbox()
        assert differs
        assert differs[0] == pytest.approx(28 + 1144 * second / 10, abs=3)
    heights = {picture(spoken_at(*range(n)), media, tmp_path).height for n in (1, 5, 10)}
    assert len(heights) == 1


def test_many_captions_show_as_many_words_as_can_be_read(
    media: Mapping[str, MediaFiles], tmp_path: Path
) -> None:
    some, more = (
        lane(picture(spoken_at(*starts), media, tmp_path)).crop((0, 0, 1200, 28))
        for starts in ([0, 4, 8], [0, 1, 4, 5, 8, 9])
    )
    assert ImageChops.difference(some, more).getbbox() is None


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="could not be saved"):
        picture(Composition(), {}, tmp_path / "file" / "folder")
