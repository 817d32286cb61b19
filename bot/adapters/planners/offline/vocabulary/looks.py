"""English words for places, colours, properties and formats; phrases are separated by commas."""

from collections.abc import Mapping

PLACES: Mapping[str, str] = {
    "top-left": "top left, corner top left, upper left, left top, top left hand, upper left hand",
    "top": (
        "top, up top, at the very top, upper, top center, top centre, top middle, upper middle, "
        "center top, upper third"
    ),
    "top-right": (
        "top right, corner top right, upper right, right top, top right hand, upper right hand"
    ),
    "left": (
        "left, left side, left hand side, center left, left center, middle left, left middle, "
        "left edge, lefthand side"
    ),
    "center": (
        "center, centre, middle of the screen, middle of the frame, center of the screen, "
        "dead center, centre of the screen, center of the frame, middle of the picture, "
        "middle of the image, centre of the frame, middle of the canvas, centered"
    ),
    "right": (
        "right, right side, right hand side, center right, right center, middle right, "
        "right middle, right edge, righthand side"
    ),
    "bottom-left": (
        "bottom left, corner bottom left, lower left, left bottom, bottom left hand, "
        "lower left hand"
    ),
    "bottom": (
        "bottom, bottom center, bottom centre, bottom middle, lower middle, center bottom, "
        "bottom third, bottom of the screen"
    ),
    "bottom-right": (
        "bottom right, corner bottom right, lower right, right bottom, bottom right hand, "
        "lower right hand"
    ),
}
PLACE_TAILS = (
    "corner, of the screen, of the frame, of the picture, of the video, side, edge, area, "
    "part of the screen"
)

DIRECTIONS: Mapping[str, str] = {
    "up": "up, upwards, upward, higher, higher up",
    "down": "down, downwards, downward, lower down, lower",
    "leftwards": "leftwards, leftward, more left, further left",
    "rightwards": "rightwards, rightward, more right, further right",
    "earlier": "earlier, sooner",
    "later": "later",
    "clockwise": "clockwise, cw",
    "counterclockwise": "counterclockwise, anticlockwise, counter clockwise, anti clockwise, ccw",
    "vertically": "vertically, vertical flip, top to bottom flip",
    "horizontally": "horizontally, horizontal flip, sideways",
    "out": "out",
    "off": "off",
    "away": "away",
    "over": "over",
    "back": "back",
    "forward": "forward, forwards",
    "first frame": (
        "the first frame, first frame, the opening frame, the very first frame, the 1st frame"
    ),
    "last frame": (
        "the last frame, last frame, the final frame, final frame, the very last frame, "
        "the end frame, the closing frame"
    ),
    "half": "in half, in two, into two, into halves, down the middle, in 2, into 2, in two pieces",
    "thirds": "in thirds, into thirds, in three",
    "quarters": "in quarters, into quarters, in four",
}

LEVELS: Mapping[str, str] = {
    "louder": "louder",
    "quieter": "quieter, softer, less loud, quiter, more quiet, calmer",
    "bigger": "bigger, larger, huger, big, large, huge, giant, massive, gigantic, as big",
    "smaller": "smaller, tinier, small, tiny, little, mini, as small",
    "longer": "longer, as long",
    "shorter": "shorter, short",
    "brighter": "brighter, lighter, as bright, bright",
    "darker": "darker, dimmer, as dark, dark",
    "loud": "loud, as loud",
    "quiet": "quiet, soft, quietly, softly, discreetly",
    "fast": "fast, as fast, quick",
    "contrasty": "contrasty",
    "saturated": "saturated, colorful, colourful, vivid, vibrant, more vivid, saturated colors",
    "transparent": "transparent, see through, translucent, transparency, see-through",
    "opaque": "opaque",
    "as high": "as high",
    "at most": (
        "max, maximum, at most, at the most, tops, or less, or shorter, no longer than, "
        "not longer than, no more than, not more than, at maximum"
    ),
}

PROPERTIES: Mapping[str, str] = {
    "volume": (
        "volume, loudness level, volume level, audio level, gain, sound level, audio volume, "
        "sound volume"
    ),
    "sound": "sound, audio, own sound, original sound, original audio, its sound, noise level",
    "rate": (
        "speed, playback speed, tempo, pace, speed rate, playback rate, clip speed, retime, "
        "fast forward, fast forward through, fast forward thru"
    ),
    "size": "size, scale factor",
    "opacity": "opacity",
    "brightness": "brightness, exposure, luminosity",
    "contrast": "contrast",
    "saturation": "saturation, color intensity, colors, colours",
    "font size": (
        "font size, text size, letter size, size of the text, size of the letters, letters, "
        "size of the font"
    ),
    "length": "length, duration",
    "color": "color, colour, text color, text colour, font color, font colour, colored, coloured",
    "background": (
        "background, background color, background colour, backdrop, bg, box behind it, backing"
    ),
    "outline": "outline, border, stroke, outlined, outlines",
    "shadow": "shadow, drop shadow, shadows",
    "bold": "bold, bolder, fat, bold font, in bold",
    "italic": "italic, italics, italicized, cursive, slanted, in italics",
    "uppercase": (
        "uppercase, all caps, in caps, caps, capital letters, upper case, capitals, in uppercase"
    ),
    "plain": "plain",
    "position": "position, spot, place number, slot, location",
    "full width": (
        "full width, as wide as the screen, whole width, full screen width, across the screen, "
        "across the whole screen, across the full width"
    ),
    "full screen": "full screen, fullscreen, fill screen, full frame, fullframe, full size",
    "background role": (
        "as background music, background music, as background, in the background, "
        "as the background music, as a background track, as music, as the music, "
        "as the soundtrack, as soundtrack, bg music, backing track, as a soundtrack, underneath, "
        "in the back"
    ),
    "under voice": (
        "under the voice, under my voice, under the voices, under speech, under the speech, "
        "under the dialogue, under the talking, when someone talks, when people talk, "
        "while someone talks, when somebody speaks, under voices, "
        "beneath the voice, under the narration, when i talk, when someone is talking, "
        "when someone speaks, below the voice, under the vocals, when they are speaking, "
        "when they speak, when they talk, when they are talking, while they speak, "
        "while they talk, while they are talking, while they are speaking, "
        "when someone is speaking, when people speak, when people are talking, "
        "whenever someone talks, whenever someone speaks, when there is talking, "
        "when there is speech, during speech, during the speech, while people talk, "
        "when somebody talks, when somebody is talking, whenever someone is talking, "
        "whenever someone is speaking, whenever somebody talks, whenever somebody is talking, "
        "whenever people talk, whenever people are talking, whenever people speak, "
        "whenever there is talking, whenever there is speech, when anyone talks, "
        "when anybody talks, whenever anyone talks, whenever they talk, whenever i talk, "
        " while someone speaks, under the talk"
    ),
    "whole time": (
        "for the whole video, the whole time, during the whole video, throughout, "
        "all the way through, for the entire video, the entire time, over the whole video, "
        "throughout the video, all along, from start to finish, from start to end, "
        "from beginning to end, for the full video, all the time, across the whole video, "
        "on the whole video, over the entire video, permanently, for the whole film, "
        "until the end of the video, through the whole video, in the whole video, always, "
        "under everything, under the whole video, under the video, throughout the whole video, "
        "for the whole thing, all over, the whole way through, during the entire video, "
        "during the video, on everything, over everything, for the whole clip, for the duration, "
        "under all clips, over all clips, under the clips, over the video, everywhere, "
        "under all of it, under it all, over all of it, in all video, in all the video, "
        "underneath everything, underneath it all, underneath all of it, beneath everything, "
        "underneath the whole thing, underneath the whole video, below everything, "
        "in all of the video, in the entire video, under the entire video, under all, "
        "behind everything, behind the whole video, in every clip, on all clips"
    ),
    "sound kept": "sound kept",
    "overlay role": (
        "as an overlay, as overlay, picture in picture, as picture in picture, pip, as pip, "
        "as a picture in picture, over the main video, inset, as an inset, on top of the video"
    ),
    "grayscale": (
        "black and white, grayscale, greyscale, monochrome, b w, b and w, b&w, b/w, gray scale, "
        "bw, black n white, black & white, without color, in black and white, without colour, "
        "no color"
    ),
    "sepia": "sepia, old timey, old photo look, vintage look",
    "effect": (
        "effect, effects, filter, filters, all effects, look, looks, color effects, all filters"
    ),
    "transition": (
        "transition, transitions, crossfade, crossfades, cross fade, dissolve, dissolves, "
        "cross dissolve, cross dissolves, cross fades, crossfading, smooth transition, "
        "smooth transitions, blend between, blend, fade between, mix, dissolve transition, "
        "crossfade transition"
    ),
    "wipe": "wipe, wipes, wipe transition, wipe transitions, wiping",
    "slide": "slide, slide transition, slide transitions, slides, slide over, slide in",
    "dip": (
        "dip to black, dip, dips to black, dip through black, fade through black, "
        "fade to black between, fade via black, dip to black transition"
    ),
    "crop sides": "sides, both sides, all sides, every side, each side",
    "fps": "fps, frames per second, frame rate, framerate",
    "canvas": (
        "canvas, format, aspect ratio, aspect, resolution, frame size, video size, project size, "
        "output size, dimensions, ratio, video format"
    ),
    "times": "times, copies, repetitions",
    "parts": (
        "parts, pieces, equal parts, equal pieces, segments, sections, equal segments, chunks, "
        "bits, equal bits, equal chunks"
    ),
    "in total": "in total, times in total, altogether",
    "edit": (
        "edits, step, steps, last edit, last change, last step, last action, last thing, change, "
        "action, previous edit, last one you did, the last edits, edit, last steps, last changes, "
        "previous change, previous step, mistake"
    ),
    "revision": "revision, revision number, version, rev",
}

FORMATS: Mapping[str, str] = {
    "9:16": (
        "vertical, portrait, vertical format, portrait mode, portrait format, vertical video, "
        "tiktok format, reels format, shorts format, stories format, for tiktok, for reels, "
        "for shorts, for stories, insta story, instagram story, ig story, story format, "
        "for instagram stories, for instagram reels, for youtube shorts, vertically formatted, 9x16"
    ),
    "1:1": "square, square format, squared",
    "16:9": (
        "landscape, widescreen, horizontal, wide screen, landscape format, horizontal format, "
        "for youtube"
    ),
    "4:5": "for instagram feed, instagram feed, for the instagram feed, feed format, for instagram",
}

PRESETS: Mapping[str, str] = {
    "vertical": (
        "tiktok, ig reels, ig reel, insta reels, ig stories, insta story, insta stories, "
        "ig story, insta reel, instagram reel, reels, shorts, stories, youtube shorts, "
        "instagram reels, instagram stories, instagram story, vertical, portrait, snapchat, "
        "story, vertical video, tik tok, reel, 9 16"
    ),
    "landscape": "landscape, widescreen, wide screen, horizontal, horizontal video, wide version",
    "square": "square, instagram, insta, ig, instagram post, linkedin, facebook feed, square video",
    "1080p": (
        "1080p, 1080, in 1080, at 1080, in 1080p, at 1080p, full hd, "
        "fullhd, hd, youtube, high quality, hi res, high res, facebook, "
        "vimeo, twitter, fhd, high resolution, high definition"
    ),
    "720p": (
        "720p, 720, in 720, at 720, in 720p, at 720p, medium quality, "
        "whatsapp, email, low resolution, smaller file, small file, "
        "slack, discord"
    ),
    "preview": (
        "preview, draft, quick preview, rough version, low res, test render, low quality, rough, "
        "proof, quick look, previews, quick draft, preview version, quick version"
    ),
    "gif": "gif, animated gif, gifs, quick gif, short gif",
    "source": (
        "source, original quality, original resolution, full resolution, source quality, "
        "full quality, native resolution, original size, best quality, max quality, "
        "highest quality, mp4, final"
    ),
    "4k": "4k, uhd, ultra hd, 2160p, 2160, 8k",
}

COLOURS: Mapping[str, str] = {
    "#000000": "black",
    "#ffffff": "white",
    "#ff0000": "red, bright red",
    "#008000": "green",
    "#00ff00": "lime, bright green, neon green, light green, lime green",
    "#006400": "dark green",
    "#0000ff": "blue",
    "#add8e6": "light blue, pale blue, baby blue",
    "#00008b": "dark blue",
    "#000080": "navy, navy blue",
    "#87ceeb": "sky blue",
    "#ffff00": "yellow, bright yellow",
    "#ffffe0": "light yellow",
    "#ffd700": "gold, golden",
    "#ffa500": "orange",
    "#ff8c00": "dark orange",
    "#800080": "purple",
    "#ee82ee": "violet",
    "#4b0082": "indigo",
    "#ffc0cb": "pink, light pink",
    "#ff69b4": "hot pink",
    "#ff00ff": "magenta, fuchsia",
    "#00ffff": "cyan, aqua",
    "#008080": "teal",
    "#40e0d0": "turquoise",
    "#a52a2a": "brown",
    "#8b0000": "dark red",
    "#800000": "maroon",
    "#dc143c": "crimson",
    "#ff7f50": "coral",
    "#fa8072": "salmon",
    "#808080": "gray, grey",
    "#d3d3d3": "light gray, light grey",
    "#a9a9a9": "dark gray, dark grey",
    "#c0c0c0": "silver",
    "#f5f5dc": "beige",
    "#fffdd0": "cream",
    "#808000": "olive",
    "#e6e6fa": "lavender",
}
