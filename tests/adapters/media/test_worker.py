import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.adapters.media import local, worker
from tests import media

Pixel = tuple[int, ...]


def answer(source: Path, out: Path) -> dict[str, Any]:
    """Run the worker as its parent does, without the limits."""
    command = [*local._WORKER, str(source), str(out)]
    done = subprocess.run(command, check=True, capture_output=True)
    return dict(json.loads(done.stdout))


def facts(source: Path) -> dict[str, Any]:
    return dict(answer(source, source.parent)["facts"])


def refusal(source: Path) -> str:
    return str(answer(source, source.parent)["refused"])


def thumbs(directory: Path) -> list[Image.Image]:
    return [opened(path) for path in sorted(directory.glob("thumb_*.jpg"))]


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.copy()


def pixel(image: Image.Image, x: float, y: float) -> Pixel:
    """The colour at a point given as fractions of the size, roughly."""
    found = image.getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(found, tuple)
    return tuple(round(value / 85) for value in found)


# --- videos ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm"])
def test_a_video_in_each_container_has_the_same_facts(tmp_path: Path, name: str) -> None:
    assert facts(media.video(tmp_path / name)) == {
        "kind": "video",
        "seconds": 2,
        "width": 320,
        "height": 180,
        "fps": 30,
        "has_audio": True,
        "notes": [],
    }


def test_ntsc_rates_are_exact(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        clip = facts(media.video(tmp_path / name, fps="30000/1001"))
        assert clip["fps"] == 30000 / 1001


def test_a_video_without_sound_is_noted(tmp_path: Path) -> None:
    clip = facts(media.video(tmp_path / "a.mp4", sound=False))
    assert not clip["has_audio"]
    assert clip["notes"] == ["has no sound"]


def test_a_varying_frame_rate_is_noted_and_averaged(tmp_path: Path) -> None:
    clip = facts(media.with_varying_rate(tmp_path / "a.mp4"))
    assert clip["fps"] == pytest.approx(36 / clip["seconds"])
    assert clip["notes"] == ["has a varying frame rate (19.3 fps on average)"]


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_a_turned_phone_video_is_measured_and_shown_upright(tmp_path: Path, degrees: int) -> None:
    phone = media.rotated(tmp_path / "a.mp4", degrees=degrees)
    clip = facts(phone)
    assert (clip["width"], clip["height"]) == ((320, 180) if degrees == 180 else (180, 320))
    seen = media.frame(phone, tmp_path / "seen.png")  # as ffmpeg turns it
    shown = thumbs(tmp_path)[0]
    difference = ImageChops.difference(shown, seen.resize(shown.size))
    assert max(ImageStat.Stat(difference).mean) < 20


def test_pixels_that_are_not_square_are_counted_as_seen(tmp_path: Path) -> None:
    wide = media.video(tmp_path / "a.mp4", options=("-vf", "setsar=4/3"))
    clip = facts(wide)
    assert (clip["width"], clip["height"]) == (427, 180)
    assert thumbs(tmp_path)[0].size == (228, 96)


def test_hdr_is_noted(tmp_path: Path) -> None:
    hdr = "setparams=color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc"
    clip = facts(media.video(tmp_path / "a.mp4", options=("-vf", hdr)))
    assert clip["notes"] == ["is HDR; its colours may look pale"]


def test_a_moving_gif_is_a_video(tmp_path: Path) -> None:
    moving = answer(media.animation(tmp_path / "a.gif"), tmp_path)
    assert moving["extension"] == "gif"
    assert moving["facts"]["kind"] == "video"
    assert (moving["facts"]["seconds"], moving["facts"]["fps"]) == (1, 10)
    assert moving["facts"]["notes"] == []


def test_a_video_with_one_picture_has_a_length(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        clip = facts(media.video(tmp_path / name, seconds=0.2, fps="5", sound=False))
        assert (clip["seconds"], clip["fps"]) == (0.2, 5)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_a_truncated_video_is_used_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    clip = facts(media.truncated(tmp_path / name))
    assert clip["seconds"] == pytest.approx(4, abs=0.1)
    assert clip["fps"] == 30
    assert clip["notes"] == ["ends at 4.0 s of 10.0 s: the file looks cut off; I use what is there"]
    assert len(thumbs(tmp_path)) == 16


def brightening(path: Path, *, seconds: int) -> Path:
    """A video that goes from black to white, with a keyframe twice a second."""
    grey = f"geq=lum='16+219*T/{seconds}':cb=128:cr=128"
    options = ("-vf", grey, "-g", "15", "-color_range", "tv")
    return media.video(path, seconds=seconds, picture="color=black", options=options)


def levels(directory: Path) -> list[float]:
    """How bright the thumbs are, 0…16."""
    return [ImageStat.Stat(thumb.convert("L")).mean[0] / 255 * 16 for thumb in thumbs(directory)]


def test_thumbs_show_the_middles_of_equal_parts(tmp_path: Path) -> None:
    facts(brightening(tmp_path / "a.mp4", seconds=2))
    assert levels(tmp_path) == pytest.approx([n + 0.5 for n in range(16)], abs=0.4)


def test_a_large_video_gets_keyframes_as_thumbs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "CHEAP_PIXELS", 0)
    worker.measure(brightening(tmp_path / "a.mp4", seconds=10), tmp_path)
    one_keyframe = 16 * 0.5 / 10
    for number, level in enumerate(levels(tmp_path)):
        assert number + 0.5 - one_keyframe - 0.4 < level < number + 0.9


# --- sounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["mp3", "wav", "m4a", "ogg", "flac", "mp4", "mkv"])
def test_a_sound_in_each_format_has_its_exact_length(tmp_path: Path, suffix: str) -> None:
    sound = facts(media.sound(tmp_path / f"a.{suffix}"))
    assert sound["seconds"] == pytest.approx(2, abs=0.03 if suffix == "mkv" else 0.001)
    assert (sound["kind"], sound["has_audio"]) == ("audio", True)
    assert not thumbs(tmp_path)


def test_a_cover_picture_does_not_make_a_video(tmp_path: Path) -> None:
    assert facts(media.with_cover(tmp_path / "a.mp3"))["kind"] == "audio"


# --- pictures --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif"])
def test_a_picture_in_each_format_becomes_a_still(tmp_path: Path, suffix: str) -> None:
    found = answer(media.picture(tmp_path / f"a.{suffix}", color="red"), tmp_path)
    assert found["extension"] == suffix
    assert found["facts"] == {"kind": "image", "width": 320, "height": 180, "notes": []}
    still = opened(tmp_path / "still.png")
    assert (still.mode, still.size, pixel(still, 0.5, 0.5)) == ("RGBA", (320, 180), (3, 0, 0, 3))


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    photo = Image.new("RGB", (200, 100), "red")
    photo.paste("blue", (0, 0, 100, 100))
    exif = photo.getexif()
    exif[0x0112] = 6  # the camera was held upright: turn clockwise by 90 degrees
    photo.save(tmp_path / "a.jpg", exif=exif)
    assert facts(tmp_path / "a.jpg")["height"] == 200
    still = opened(tmp_path / "still.png")
    assert still.size == (100, 200)
    assert pixel(still, 0.5, 0.1) == (0, 0, 3, 3)
    assert pixel(still, 0.5, 0.9) == (3, 0, 0, 3)


def test_a_large_picture_gets_a_smaller_still(tmp_path: Path) -> None:
    picture = facts(media.picture(tmp_path / "a.jpg", size=(5000, 2500)))
    assert (picture["width"], picture["height"]) == (5000, 2500)
    assert opened(tmp_path / "still.png").size == (4096, 2048)


def test_transparency_is_kept_and_shown_on_grey(tmp_path: Path) -> None:
    facts(media.picture(tmp_path / "a.png", color="#ffffff00"))
    assert pixel(opened(tmp_path / "still.png"), 0.5, 0.5)[3] == 0
    assert pixel(thumbs(tmp_path)[0], 0.5, 0.5) == (2, 2, 2)


def test_a_picture_with_16_bit_greys_keeps_them(tmp_path: Path) -> None:
    Image.new("I;16", (10, 10), 0x8000).save(tmp_path / "a.png")
    facts(tmp_path / "a.png")
    assert opened(tmp_path / "still.png").getpixel((5, 5)) == (128, 128, 128, 255)


def test_a_moving_webp_is_its_first_picture(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    assert facts(tmp_path / "a.webp")["notes"] == ["moves, but I use its first picture only"]


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"Dear diary", b"\0" * 5000, b"<svg/>", b"GIF9"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "a.mp4"
    source.write_bytes(content)
    assert "it is not a file of a kind that I know (MP4, MOV" in refusal(source)


def test_a_playlist_by_another_name_is_refused(tmp_path: Path) -> None:
    assert "not a file of a kind that I know" in refusal(media.playlist(tmp_path / "a.mp4"))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert refusal(tmp_path / "a.mp4") == "it is empty"


def test_a_video_that_lost_its_index_is_refused(tmp_path: Path) -> None:
    cut = media.truncated(tmp_path / "a.mp4", index_first=False)
    assert refusal(cut) == "it is damaged or cut off; please export or send it again"


def test_a_video_without_a_picture_is_refused(tmp_path: Path) -> None:
    empty = media.without_frames(tmp_path / "a.mp4")
    assert refusal(empty) == "there is neither a picture nor a sound in it"


def test_a_picture_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    picture = media.picture(tmp_path / "a.png")
    picture.write_bytes(picture.read_bytes()[:-100])
    assert "damaged or cut off" in refusal(picture)


def test_an_unknown_codec_is_refused(tmp_path: Path) -> None:
    clip = media.video(tmp_path / "a.mp4")
    clip.write_bytes(clip.read_bytes().replace(b"avc1", b"zzz1"))
    assert refusal(clip) == "its pictures are in a format that I cannot decode"


def test_noise_after_a_good_beginning_is_refused(tmp_path: Path) -> None:
    noise = bytes(n * n % 251 for n in range(100_000))
    for start in (b"\xff\xfb", b"\0\0\0\x20ftypisom", b"RIFF\0\0\0\0WAVE", b"OggS", b"ID3"):
        (tmp_path / "a.bin").write_bytes(start + noise)
        assert refusal(tmp_path / "a.bin")


def test_a_heic_photo_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    assert "send it as JPEG or PNG" in refusal(tmp_path / "a.heic")


def test_a_picture_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    bomb = media.bomb(tmp_path / "a.png", side=15_000)
    assert bomb.stat().st_size < 2_000_000
    assert "it has 15000 × 15000 pixels, and I take up to" in refusal(bomb)


def test_a_video_that_is_too_large_to_show_is_refused(tmp_path: Path) -> None:
    wide = media.video(tmp_path / "a.mp4", size="9000x16", seconds=0.1, sound=False)
    assert "it has 9000 × 16 pixels" in refusal(wide)


def test_a_video_that_is_too_long_is_refused(tmp_path: Path) -> None:
    long = media.video(tmp_path / "a.mp4", seconds=50_000, fps="1/500", size="16x16", sound=False)
    assert refusal(long) == "it is 13.9 hours long, and I take up to 12 hours"


def test_a_directory_that_cannot_be_written_is_told_apart(tmp_path: Path) -> None:
    found = answer(media.picture(tmp_path / "a.png"), tmp_path / "missing")
    assert found == {"unwritable": "No such file or directory"}


def test_the_worker_also_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot.adapters.media.worker"]
    picture = media.picture(tmp_path / "a.png")
    subprocess.run([*command, str(picture), str(tmp_path)], check=True, capture_output=True)
