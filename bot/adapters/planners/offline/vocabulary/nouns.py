"""English nouns for things on the timeline; singular and plural separated by a bar."""

from collections.abc import Mapping

NOUNS: Mapping[str, tuple[str, str]] = {
    "clip": (
        "clip, shot, scene, footage, take, segment, section, video clip, room",
        "clips, shots, scenes, takes, segments, sections, video clips, main clips, rooms",
    ),
    "part": ("part, bit, piece, portion, chunk, stretch of time, stuff", "parts, bits, pieces"),
    "video": ("video, vid", "videos, vids"),
    "film": (
        "film, movie, project, composition, sequence, reel, vlog, whole video, entire video, "
        "full video, whole thing, entire thing, whole film, whole movie, entire film, "
        "final video, whole clip show, complete video, whole project, whole timeline, "
        "everything on the main track",
        "",
    ),
    "all": ("everything, every item, all of it, it all, all items, everything else", "all things"),
    "title": ("title, headline, heading, title text, header", "titles, headlines, headings"),
    "text": (
        "text, texts overlay, text overlay, words, word, wording, sentence, "
        "line of text, line, writing, lettering, text box, textbox, slogan, text layer, cta, "
        "call to action",
        "texts, text overlays, lines",
    ),
    "caption": ("caption, callout, annotation, label", "captions, callouts, labels"),
    "subtitle": ("subtitle, sub", "subtitles, subs"),
    "lower third": (
        "lower third, name tag, name plate, nameplate, chyron, strap",
        "lower thirds, name tags",
    ),
    "end card": (
        "end card, end screen, endcard, outro card, closing card, closing title, end slate, "
        "closing text, end title card",
        "end credits, credits, closing credits",
    ),
    "title card": (
        "title card, intro card, opening title, opening card, title screen, intro text, "
        "title slide, title page, opening titles, card",
        "title cards",
    ),
    "image": (
        "image, picture, photo, pic, still, photograph, png, jpg, screenshot",
        "images, pictures, photos, pics",
    ),
    "logo": ("logo, brand logo, company logo, brand", "logos"),
    "watermark": ("watermark, bug", "watermarks"),
    "sticker": ("sticker, icon, badge", "stickers, icons"),
    "music": (
        "music, song, track, soundtrack, tune, jingle, music track, audio track, bgm, beat, "
        "score, audio file, audio clip, sound track, backing music, sound file, mp 3",
        "songs, tracks, audio tracks, sounds, music tracks, audio clips",
    ),
    "voiceover": (
        "voiceover, voice over, vo, voice track, narration, commentary, narrator",
        "voiceovers",
    ),
    "sound effect": ("sound effect, sfx, sound fx, ding, whoosh", "sound effects"),
    "voice": (
        "voice, speech, dialogue, dialog, talking, original voice, speaking",
        "voices, vocals",
    ),
    "rectangle": (
        "rectangle, box, bar, rect, banner, strip, block, square shape",
        "rectangles, boxes, bars",
    ),
    "ellipse": ("circle, ellipse, oval, dot, disc, disk", "circles, ellipses, ovals, dots"),
    "shape": ("shape", "shapes"),
    "copy": ("copy, duplicate, clone", "copies, duplicates"),
    "overlay": ("overlay, layer, picture in picture overlay", "overlays, layers"),
    "intro": ("intro, opening, introduction, opening shot, opening clip, opener", ""),
    "outro": ("outro, closing, closing shot, closing clip", ""),
}
