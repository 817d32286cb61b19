from itertools import pairwise
from math import cos, radians, sin
from pathlib import Path

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pixels
from PIL import ImageChops, ImageDraw, ImageStat

from bot.adapters.renderers.drawing import Drawn, bidi, draw, fonts, measure, without_font
from bot.adapters.renderers.drawing.effects import matrix
from bot.adapters.renderers.drawing.typesetting import Lettering, ink, one_line, typeset
from bot.engine.composition import Effect, Image, Shape, Text, Video
from bot.engine.keyframes import Keyframe
from bot.engine.style import Crop, TextStyle, Transform
from bot.ports import RenderFailed

CANVAS = (640, 360)
MIDDLE = Transform()
FONTS = Path(fonts.__file__).parents[3] / "assets" / "fonts"

ODD_TEXT = st.text(
    st.sampled_from("aZ .-שא١مि日。😀👨👩🇩🇪\u200d\ufe0f\u0301\u200b\u202e\n\t\x00\x07﷽\ud800")
    | st.characters(),
    min_size=1,
    max_size=60,
)
TRANSFORMS = st.builds(
    Transform,
    x=st.floats(-2, 3),
    y=st.floats(-2, 3),
    pivot_x=st.floats(0, 1),
    pivot_y=st.floats(0, 1),
    scale=st.sampled_from((0.01, 0.5, 1, 1.7, 20)),
    rotation=st.sampled_from((0, 30, 90, -45, 360)) | st.floats(-400, 400),
    flip_h=st.booleans(),
    flip_v=st.booleans(),
    crop=st.just(Crop()) | st.builds(Crop, left=st.floats(0, 0.9), bottom=st.floats(0, 0.9)),
)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def text(words: str = "Hello", transform: Transform = MIDDLE, **style: object) -> Text:
    return Text(
        id="t",
        label="t",
        duration=10,
        text=words,
        style=TextStyle.model_validate({"shadow": False, **style}),
        transform=transform,
    )


def shape(**fields: object) -> Shape:
    return Shape.model_validate({"id": "s", "label": "s", "duration": 10, **fields})


def image(**fields: object) -> Image:
    return Image.model_validate({"id": "i", "label": "i", "duration": 10, "clip": "c", **fields})


def on_canvas(drawn: Drawn, canvas: tuple[int, int] = CANVAS) -> Pixels.Image:
    page = Pixels.new("RGBA", canvas)
    page.paste(drawn.image, (drawn.left, drawn.top))
    return page


def ink_box(drawn: Drawn) -> tuple[int, int, int, int]:
    box = on_canvas(drawn).getchannel("A").point(lambda alpha: 255 * (alpha > 127)).getbbox()
    assert box
    return box


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """A 200 × 100 picture: left half red, right half green, the lower half of each darker."""
    picture = Pixels.new("RGBA", (200, 100), "#ff0000")
    picture.paste("#00ff00", (100, 0, 200, 100))
    picture.paste("#800000", (0, 50, 100, 100))
    picture.paste("#008000", (100, 50, 200, 100))
    picture.save(tmp_path / "still.png")
    return tmp_path / "still.png"


# --- fonts -----------------------------------------------------------------------------------


def test_the_shipped_fonts_are_light_and_carry_their_licences() -> None:
    files = list(FONTS.iterdir())
    assert sum(file.stat().st_size for file in files) < 16_000_000
    for licence in ("Inter", "NotoSans", "NotoColorEmoji"):
        assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / f"OFL-{licence}.txt").read_text()


@pytest.mark.parametrize(
    "words",
    ["Zürich, Łódź, Αθήνα, Москва", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "♪ ✔ ☎ →", "👩🏽‍🚀🇵🇹1️⃣"],
)
def test_the_shipped_fonts_cover_common_scripts_and_emoji(words: str) -> None:
    assert without_font(words) == ()


def test_characters_without_a_font_are_named_once_in_order() -> None:
    assert without_font("a𒀀b𒀁\n𒀀\x07") == ("𒀀", "𒀁")


def test_an_installed_cjk_font_is_found_with_its_weight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fonts" / "opentype"
    folder.mkdir(parents=True)
    for weight in ("Bold", "Regular"):
        (folder / f"NotoSansCJK-{weight}.ttc").touch()
    monkeypatch.setattr(fonts, "_font_folders", lambda: [tmp_path / "fonts", tmp_path / "none"])
    for bold, first in ((True, "NotoSansCJK-Bold.ttc"), (False, "NotoSansCJK-Regular.ttc")):
        faces = fonts.installed_cjk.__wrapped__(bold)
        assert faces[0].path.name == first
        assert len(faces) == 2


def test_a_grapheme_cluster_is_never_torn_between_fonts() -> None:
    families = "👨‍👩‍👧‍👦👍🏽"
    (line,) = typeset(f"a{families}b", Lettering(40))
    assert [run.text for run in line.runs] == ["a", families, "b"]


def test_a_text_style_emoji_takes_the_colour_of_the_text_and_a_plain_one_does_not() -> None:
    coloured = draw(text("😀"), CANVAS, None).image
    plain = draw(text("☎"), CANVAS, None).image
    assert _saturation(coloured) > 100
    assert _saturation(plain) == 0


def _saturation(picture: Pixels.Image) -> int:
    opaque = Pixels.new("RGB", picture.size)
    opaque.paste(picture, mask=picture.getchannel("A"))
    return ImageStat.Stat(opaque.convert("HSV")).extrema[1][1]


# --- right to left -----------------------------------------------------------------------------


def test_a_right_to_left_line_starts_at_the_right() -> None:
    (line,) = typeset("שלום world 123", Lettering(40))
    latin, hebrew = line.runs
    assert (latin.text, latin.direction) == ("world 123", "ltr")
    assert (hebrew.text, hebrew.direction) == ("שלום ", "rtl")
    assert hebrew.x == pytest.approx(latin.face.advance(latin.text, 40, "ltr"))


@pytest.mark.parametrize(
    ("logical", "visual"),
    [
        ("abc אבג def", "abc גבא def"),
        ("אבג abc דהו", "והד abc גבא"),
        ("אבג 12.5% דהו", "והד 12.5% גבא"),
        ("car is אבג 123.", "car is 123 גבא."),
        ("abc (אבג) def", "abc (גבא) def"),
        ("ابج -5", "-5 جبا"),
    ],
)
def test_mixed_text_is_ordered_as_unicode_says(logical: str, visual: str) -> None:
    levels = bidi.levels(logical)
    runs = [(char, level) for char, level in zip(logical, levels, strict=True)]
    order = bidi.visual_order([level for _, level in runs])
    shown = "".join(runs[index][0] for index in order)
    if bidi.levels(logical[:1]) == [1]:  # brackets and signs of a right-to-left paragraph
        shown = shown.replace("5-", "-5")
    assert shown == visual


@pytest.mark.parametrize("words", ["مرحبا بالعالم", "مرحبا ١٢٣ عالم!", "١٢٣", "سلام ٥.٧ ٪"])
def test_our_runs_look_like_one_call_of_raqm_where_one_font_is_enough(words: str) -> None:
    line = one_line(words, Lettering(60), 2000)
    mine, whole = Pixels.new("L", (800, 160)), Pixels.new("L", (800, 160))
    ink(line, mine, (20, 100))
    font = fonts.faces([words[0]], bold=False, italic=False)[0].font(60)
    ImageDraw.Draw(whole).text((20, 100), words, 255, font, "ls", direction="rtl")
    assert ImageStat.Stat(ImageChops.difference(mine, whole)).mean[0] < 0.7


# --- lines -------------------------------------------------------------------------------------


@quick
@given(ODD_TEXT, st.sampled_from((60, 150, 400)))
def test_no_line_is_wider_than_the_limit_unless_it_is_one_cluster(words: str, limit: int) -> None:
    for line in typeset(words, Lettering(30), limit):
        written = "".join(run.text for run in line.runs)
        assert line.width <= limit * 1.02 or len(regex.findall(r"\X", written.strip())) == 1


@quick
@given(st.text("ab -日本😀é", max_size=80), st.sampled_from((60, 150, 400)))
def test_breaking_loses_nothing_but_spaces_at_line_ends(words: str, limit: int) -> None:
    lines = typeset(words, Lettering(30), limit)
    shown = "".join(run.text for line in lines for run in line.runs)
    assert shown.replace(" ", "") == words.replace(" ", "")


def test_newlines_are_kept_and_long_words_are_broken() -> None:
    lines = typeset("one\n\ntwo\r\n" + "x" * 200, Lettering(40), 300)
    texts = ["".join(run.text for run in line.runs) for line in lines]
    assert texts[:3] == ["one", "", "two"]
    assert "".join(texts[3:]) == "x" * 200
    assert len(texts) > 10


def test_lines_are_balanced() -> None:
    lines = typeset("The quick brown fox jumps over the lazy dog", Lettering(40), 800)
    assert len(lines) == 2
    assert min(line.width for line in lines) > 0.8 * max(line.width for line in lines)


def test_a_text_stays_within_nine_tenths_of_the_canvas_also_when_it_is_scaled_up() -> None:
    words = "a title of more than a few words that must be wrapped"
    for scale in (0.5, 1, 1.8):
        width, _ = measure(text(words, Transform(scale=scale)), CANVAS)
        assert width <= 0.9 * CANVAS[0] + 2


def test_preview_and_film_break_alike() -> None:
    words = "All of the words of this line should break at the very same places everywhere"
    for size in (0.05, 0.08, 0.13):
        shown = [
            [[run.text for run in line.runs] for line in lines]
            for height in (240, 360, 1080)
            for lines in [typeset(words, Lettering(size * height), 0.9 * height * 16 / 9)]
        ]
        assert shown[0] == shown[1] == shown[2]


def test_a_label_that_is_too_long_ends_in_an_ellipsis() -> None:
    line = one_line("a long label that does not fit", Lettering(20), 120)
    assert line.width <= 120
    assert line.runs[-1].text.endswith("…")


# --- placing -----------------------------------------------------------------------------------


def test_a_text_stands_where_its_pivot_says() -> None:
    drawn = draw(text("Hg", Transform(x=0, y=0, pivot_x=0, pivot_y=0), size=0.3), CANVAS, None)
    left, top, right, bottom = ink_box(drawn)
    assert 0 <= left < 20
    assert 0 <= top < 60
    assert right <= drawn.width
    assert bottom <= drawn.height
    centred = draw(text("Hg", size=0.3), CANVAS, None)
    assert ink_box(centred)[0] == pytest.approx((640 - drawn.width) / 2 + left, abs=1)


def test_alignment_moves_the_shorter_line() -> None:
    starts = [
        _first_row_left(draw(text("i\nwide line here", align=align), CANVAS, None))
        for align in ("left", "center", "right")
    ]
    assert starts[0] < starts[1] - 50 < starts[2] - 100


def _first_row_left(drawn: Drawn) -> int:
    upper = drawn.image.getchannel("A").crop((0, 0, drawn.image.width, drawn.height // 2))
    box = upper.getbbox()
    assert box
    return drawn.left + box[0]


def test_background_outline_shadow_and_weight_add_ink_where_they_should() -> None:
    plain = draw(text(), CANVAS, None)
    plate = draw(text(background="#ff0000"), CANVAS, None)
    assert ink_box(plate)[0] < ink_box(plain)[0] - 5
    assert plate.image.getchannel("A").getpixel((0, 0)) == 0  # the corner is rounded away
    assert plate.image.getpixel((plate.width // 2, 1)) == (255, 0, 0, 255)
    outlined = draw(text(outline="#000000"), CANVAS, None)
    assert outlined.image.width > plain.image.width
    shadowed = draw(text(shadow=True), CANVAS, None)
    assert shadowed.image.height > plain.image.height
    assert draw(text(bold=False), CANVAS, None).width < plain.width
    assert draw(text(italic=True), CANVAS, None).image.tobytes() != plain.image.tobytes()


def test_text_colour_has_no_dark_fringe() -> None:
    drawn = draw(text(color="#ffcc00"), CANVAS, None).image
    page = Pixels.new("RGBA", drawn.size, "#ffcc00")
    page.alpha_composite(drawn)
    assert page.getcolors() == [(drawn.width * drawn.height, (255, 204, 0, 255))]


def test_a_rotated_rectangle_turns_clockwise_about_its_centre() -> None:
    flat = shape(width=0.5, height=0.1)
    upright = flat.but(transform=Transform(rotation=90))
    left, top, right, bottom = ink_box(draw(flat, CANVAS, None))
    assert (right - left, bottom - top) == (320, 36)
    left, top, right, bottom = ink_box(draw(upright, CANVAS, None))
    assert (right - left, bottom - top) == (36, 320)
    assert (left + right, top + bottom) == (640, 360)
    tilted = on_canvas(draw(flat.but(transform=Transform(rotation=20)), CANVAS, None))
    dx, dy = 140 * cos(radians(20)), 140 * sin(radians(20))
    assert tilted.getpixel((round(320 + dx), round(180 + dy))) == (255, 255, 255, 255)
    assert tilted.getpixel((round(320 + dx), round(180 - dy))) == (0, 0, 0, 0)


def test_the_pivot_places_the_unrotated_box() -> None:
    corner = Transform(x=1, y=0, pivot_x=1, pivot_y=0)
    flat = shape(width=0.2, height=0.2, transform=corner)
    assert ink_box(draw(flat, CANVAS, None)) == (512, 0, 640, 72)
    turned = flat.but(transform=corner.but(rotation=180))
    assert ink_box(draw(turned, CANVAS, None)) == (512, 0, 640, 72)


def test_edges_of_ellipses_and_turned_shapes_are_smooth() -> None:
    for item in (shape(shape="ellipse"), shape(transform={"rotation": 10})):
        alphas = draw(item, CANVAS, None).image.getchannel("A").getcolors() or []
        assert len(alphas) > 30
    disc = draw(shape(shape="ellipse"), CANVAS, None).image.getchannel("A")
    assert disc.getpixel((0, 0)) == 0
    assert disc.getpixel((disc.width // 2, disc.height // 2)) == 255


@quick
@given(TRANSFORMS, st.sampled_from(("text", "plate", "rectangle", "ellipse")))
def test_a_drawn_item_is_even_and_inside_the_canvas(transform: Transform, kind: str) -> None:
    item: Text | Shape
    if kind in ("text", "plate"):
        background = "#00000080" if kind == "plate" else None
        item = text("Even 😀", transform, background=background, outline="#000000")
    else:
        item = shape(shape=kind, transform=transform, effects=[{"kind": "blur", "amount": 0.02}])
    drawn = draw(item, CANVAS, None)
    width, height = drawn.image.size
    assert not any(number % 2 for number in (drawn.left, drawn.top, width, height))
    assert 0 <= drawn.left < drawn.left + width <= CANVAS[0]
    assert 0 <= drawn.top < drawn.top + height <= CANVAS[1]
    assert (drawn.width, drawn.height) == measure(item, CANVAS)


def test_what_is_outside_the_canvas_is_two_clear_pixels() -> None:
    for item in (text("gone", Transform(x=-2)), shape(transform={"y": 3}), text("\u200b\u2060")):
        drawn = draw(item, CANVAS, None)
        assert drawn.image.size == (2, 2)
        assert drawn.image.getchannel("A").getextrema() == (0, 0)


@quick
@given(ODD_TEXT, TRANSFORMS, st.booleans())
def test_any_text_can_be_drawn(words: str, transform: Transform, moving: bool) -> None:
    # Built past validation: lone surrogates cannot come through JSON, but they must not hurt.
    item = text("x", transform, outline="#000000").model_copy(update={"text": words})
    drawn = draw(item, CANVAS, None, moving=moving)
    assert drawn.image.mode == "RGBA"


def test_enormous_texts_take_no_more_memory_than_the_canvas_asks_for() -> None:
    lines = text("W\n" * 250, Transform(scale=20, rotation=33), size=0.6, background="#000000")
    clipped = draw(lines, CANVAS, None).image
    assert clipped.width * clipped.height <= CANVAS[0] * CANVAS[1]
    moving = draw(lines, CANVAS, None, moving=True).image
    assert moving.width * moving.height <= 4 * CANVAS[0] * CANVAS[1]


def test_opacity_is_applied_unless_keyframes_move_it() -> None:
    half = shape(opacity=0.5)
    assert draw(half, CANVAS, None).image.getpixel((0, 0)) == (255, 255, 255, 128)
    animated = half.but(keyframes={"opacity": (Keyframe(frame=0, value=0),)})
    assert draw(animated, CANVAS, None).image.getpixel((0, 0)) == (255, 255, 255, 255)


def test_crop_and_flips_apply_to_texts_and_shapes_too() -> None:
    whole = on_canvas(draw(text("L", size=0.5), CANVAS, None))
    mirrored = on_canvas(draw(text("L", Transform(flip_h=True), size=0.5), CANVAS, None))
    flipped_back = mirrored.transpose(Pixels.Transpose.FLIP_LEFT_RIGHT)
    assert ImageStat.Stat(ImageChops.difference(whole, flipped_back)).mean[3] < 1
    cut = draw(shape(transform={"crop": {"left": 0.5}}), CANVAS, None)
    assert cut.width == measure(shape(), CANVAS)[0] // 2


# --- moving ------------------------------------------------------------------------------------


def _placed_by_the_renderer(item: Text | Shape | Image, still: Path | None = None) -> Pixels.Image:
    """Do what `Drawn` tells a renderer to do, for the item's own static values."""
    drawn, transform = draw(item, CANVAS, still, moving=True), item.transform
    ratio = transform.scale / drawn.scale
    picture = drawn.image.resize(
        (round(drawn.image.width * ratio), round(drawn.image.height * ratio))
    ).rotate(-transform.rotation, Pixels.Resampling.BICUBIC, expand=True)
    x = transform.x * CANVAS[0] + (0.5 - transform.pivot_x) * drawn.width * ratio
    y = transform.y * CANVAS[1] + (0.5 - transform.pivot_y) * drawn.height * ratio
    page = Pixels.new("RGBA", CANVAS)
    page.paste(picture, (round(x - picture.width / 2), round(y - picture.height / 2)))
    return page


@pytest.mark.parametrize("rotation", [0, 90, 25])
@pytest.mark.parametrize("largest", [1, 2])
def test_a_moving_picture_stands_where_the_static_one_does(rotation: int, largest: int) -> None:
    place = Transform(x=0.4, y=0.6, pivot_x=0.1, pivot_y=0.9, rotation=rotation, flip_h=True)
    zoom = {"scale": (Keyframe(frame=0, value=1), Keyframe(frame=9, value=largest))}
    item = text("Move 😀", place, background="#804000", size=0.15)
    static = on_canvas(draw(item, CANVAS, None))
    moved = _placed_by_the_renderer(item.but(keyframes=zoom))
    difference = ImageChops.difference(static.convert("RGB"), moved.convert("RGB"))
    assert ImageStat.Stat(difference).rms[0] < 0.25 * ImageStat.Stat(static.convert("RGB")).rms[0]


def test_a_moving_picture_is_drawn_at_its_largest_scale_and_not_clipped() -> None:
    zoom = {"scale": (Keyframe(frame=0, value=0.5), Keyframe(frame=9, value=1.5))}
    item = shape(width=0.5, height=0.5, keyframes=zoom, transform={"x": -1})
    drawn = draw(item, CANVAS, None, moving=True)
    assert drawn.scale == 1.5
    assert drawn.image.size == (drawn.width, drawn.height) == (480, 270)


# --- stills and effects ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fit", "size"), [("contain", (640, 320)), ("cover", (720, 360)), ("stretch", (640, 360))]
)
def test_a_still_is_fitted_into_the_canvas(still: Path, fit: str, size: tuple[int, int]) -> None:
    item = image(transform={"fit": fit})
    assert measure(item, CANVAS, (200, 100)) == size
    drawn = draw(item, CANVAS, still)
    assert (drawn.width, drawn.height) == size
    assert drawn.image.size == (min(640, size[0]), min(360, size[1]))


def test_a_video_is_measured_like_a_still() -> None:
    video = Video(id="v", label="v", duration=9, clip="c", transform=Transform(scale=0.5))
    assert measure(video, CANVAS, (720, 1280)) == (102, 180)


def test_crop_comes_before_fit_and_flips_after(still: Path) -> None:
    right_half = draw(image(transform={"crop": {"left": 0.5}}), CANVAS, still)
    assert (right_half.width, right_half.height) == (360, 360)
    assert right_half.image.getpixel((180, 10)) == (0, 255, 0, 255)
    upside_down = draw(image(transform={"flip_v": True, "flip_h": True}), CANVAS, still).image
    assert upside_down.getpixel((20, 20)) == (0, 128, 0, 255)
    assert upside_down.getpixel((620, 300)) == (255, 0, 0, 255)


def _first_pixel(still: Path, kind: str, amount: float) -> tuple[int, ...]:
    item = image(effects=[{"kind": kind, "amount": amount}])
    pixel = draw(item, CANVAS, still).image.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    return tuple(int(value) for value in pixel[:3])


def test_effects_do_what_their_amounts_say(still: Path) -> None:
    assert _first_pixel(still, "brightness", -1) == (0, 0, 0)
    assert _first_pixel(still, "brightness", 1) == (255, 255, 255)
    assert _first_pixel(still, "contrast", 0) == (128, 128, 128)
    assert _first_pixel(still, "grayscale", 1) == (54, 54, 54)
    assert _first_pixel(still, "saturation", 0) == (54, 54, 54)
    assert _first_pixel(still, "sepia", 1) == (100, 89, 69)
    for kind, neutral in (("brightness", 0), ("contrast", 1), ("saturation", 1), ("sepia", 0)):
        assert _first_pixel(still, kind, neutral) == (255, 0, 0)


def test_blur_mixes_inside_a_still_and_keeps_its_edges_firm(still: Path) -> None:
    drawn = draw(image(effects=[{"kind": "blur", "amount": 0.05}]), CANVAS, still)
    assert drawn.image.getchannel("A").getextrema() == (255, 255)
    middle = drawn.image.getpixel((320, 40))
    assert isinstance(middle, tuple)
    assert middle[0] == pytest.approx(middle[1], abs=12)


def test_blur_spreads_the_outline_of_a_shape() -> None:
    sharp = draw(shape(), CANVAS, None)
    soft = draw(shape(effects=[{"kind": "blur", "amount": 0.05}]), CANVAS, None)
    assert soft.image.width > sharp.image.width + 20
    assert (soft.width, soft.height) == (sharp.width, sharp.height)


@given(st.sampled_from(("contrast", "saturation", "grayscale", "sepia")), st.floats(0, 1))
def test_grey_stays_grey_under_colour_effects_but_sepia(kind: str, amount: float) -> None:
    rows = matrix(Effect.model_validate({"kind": kind, "amount": amount}))
    sums = [sum(rows[start : start + 3]) for start in (0, 4, 8)]
    if kind != "sepia":
        assert all(one == pytest.approx(other) for one, other in pairwise(sums))


def test_a_missing_or_damaged_still_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG but not really")
    for name in ("bad.png", "none.png"):
        with pytest.raises(RenderFailed, match="missing or damaged"):
            draw(image(), CANVAS, tmp_path / name)
