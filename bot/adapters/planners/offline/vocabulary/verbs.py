"""English verbs and what they mean to the rules; phrases are separated by commas."""

from collections.abc import Mapping

VERBS: Mapping[str, str] = {
    "trim": (
        "trim, trimmed, trimming, trimmed down, get down, bring down, shorten, shortened, "
        "shortening, cut down, cut it down, trim down, clip it, clipped, crop the length of, "
        "tighten, tighten up"
    ),
    "cut": (
        "cut, chop, slice, snip, cutting, chopping, chop up, slice up, cut up, make a cut, "
        "add a cut, put a cut, make a split, add a split, put a split, put a split in, add split"
    ),
    "cut off": (
        "chop off, cut off, trim off, take off, shave off, shave, knock off, clip off, lop off, "
        "snip off, lose, skip"
    ),
    "remove": (
        "remove, delete, erase, drop, kill, ditch, get rid of, throw away, throw out, scrap, "
        "trash, bin, toss, toss out, eliminate, cut out, snip out, slice out, clip out, trim out, "
        "take out, take away, cut away, clear, wipe out, deleted, removed, deleting, removing, "
        "nuke, axe, leave out, strip, strip out, rip out, chop out, discard, get out, take off, "
        "lose, edit out, do away with, dump, pull out, yank, "
        "ripple delete, chuck, chuck out"
    ),
    "keep": (
        "keep, retain, keep only, only keep, just keep, keep just, leave only, keep nothing but, "
        "only use, use only, just use, use just, only want, just want, i only want, we only want, "
        "i only need, we only need, i just need, we just need"
    ),
    "split": "split, divide, splitting, split up, break up, break, blade, razor",
    "add": (
        "add, insert, include, adding, create, drop in, throw in, stick in, put in, put on, "
        "superimpose, adds, added, overlay, inserted, attach, introduce, append, import"
    ),
    "put": (
        "put, lay, place, stick, slap, throw, throw on, pop on, plop, position, set up, putting, "
        "park, sit, sits, stand, live, dock, "
        "pin"
    ),
    "write": "write, type, caption, print, spell",
    "draw": "draw, paint",
    "move": (
        "move, shift, drag, moving, moved, relocate, reposition, send, bring, nudge, bump, scoot, "
        "push, pull, slide"
    ),
    "swap": (
        "swap, switch, exchange, swap places, trade places, switch around, swap around, "
        "swap over, swapped, switched, exchanged, switch places"
    ),
    "reverse order": (
        "reverse the order, reverse order, reversed order, in reverse order, flip the order, "
        "flip the order around, turn the order around, "
        "invert the order, reverse the sequence, reverse the clip order, backwards order, "
        "other way round, other way around"
    ),
    "reverse": (
        "reverse, reversed, reversing, in reverse, backwards, backward, rewind, play backwards, "
        "reverse playback, in rewind, back to front"
    ),
    "reorder": (
        "reorder, rearrange, re order, change the order, arrange, put in this order, new order, "
        "the new order, in this order, in that order, in the order, order, the order should be, "
        "sort"
    ),
    "duplicate": (
        "duplicate, dup, dupe, clone, duplicated, copy, copies, make a copy of, make copies of"
    ),
    "repeat": "repeat, replay, repeated, play again",
    "replace": "replace, substitute, swap out, replaced, switch out, exchange for, use instead of",
    "faster": "speed up, sped up, accelerate, quicken, hurry up, faster, quicker, speedier",
    "slower": "slow down, slow, slowed down, decelerate, slower",
    "slow motion": (
        "slow motion, slowmotion, slowmo, slow mo, slo mo, in slow motion, in slow mo, in slo mo"
    ),
    "mute": (
        "mute, muted, muting, silence, silenced, silent, mute out, shut up, without sound, "
        "kill the sound, soundless, no sound, no audio, no volume"
    ),
    "unmute": "unmute, unmuted, un mute, unsilence, turn the sound back on, sound back on",
    "shorter": "cut short, cut shorter",
    "raise": (
        "raise, increase, turn up, boost, bump up, crank up, bring up, pump up, turn it up, "
        "raised, increased, amplify, push up, crank, dial up, step up, bump"
    ),
    "lower": (
        "get down, lower, decrease, reduce, turn down, bring down, dial down, lowered, reduced, "
        "drop down, decreased, take down, tone down, knock down, pull down, dial back, "
        "quieten, drop"
    ),
    "turn off": "turn off, switch off, disable, turned off, switched off",
    "turn on": "turn on, switch on, enable, turn back on, switch back on",
    "fade in": (
        "fade in, fading in, fades in, fade up, fade from black, fade in from black, fade ins, "
        "fade from black in"
    ),
    "fade out": (
        "fade out, fading out, fades out, fade to black, fade away, fade out to black, "
        "fade into black, fade down, fade outs"
    ),
    "fade both": (
        "fade in and out, fades in and out, fade in and fade out, fade out and in, "
        "fading in and out, fade in out, fades in and fades out"
    ),
    "fade": "fade, faded, fades, fading",
    "loop": (
        "loop, looped, looping, on loop, on a loop, in a loop, on repeat, loops, keep looping, "
        "repeat until the end"
    ),
    "duck": "duck, ducking, ducked, auto duck, autoduck, sidechain",
    "zoom in": (
        "zoom in, zoom into, zoomed in, punch in, push in, zoom in on, punch in on, zoom, "
        "zoom on, closer"
    ),
    "zoom out": "zoom out, zoom out of, zoomed out, pull out of, zoom out on, zoom out from",
    "scale": "scale, resize, scaled, scaling, resized, rescale",
    "enlarge": "enlarge, scale up, size up, blow up, grow, expand",
    "shrink": "shrink, scale down, size down, minimize, shrunk",
    "rotate": "rotate, rotated, rotating, tilt, rotation, tilted",
    "turn": "turn, turned, turning",
    "upside down": "upside down, on its head",
    "spin": "spin, spinning, whirl, rotate continuously, keep rotating, spins",
    "flip": "flip, mirror, flipped, mirrored, mirroring, flipping",
    "crop": "crop, cropped, cropping",
    "hide": "hide, hidden, conceal, make invisible, invisible",
    "show": (
        "show, display, reveal, unhide, visible, make visible, appear, appears, shows, showing, "
        "displayed, come in, comes in, pop up, shown"
    ),
    "rename": "rename, call, name, renamed, relabel, label, retitle, nickname, be called, be named",
    "extend": "extend, lengthen, prolong, stretch out, extended, draw out",
    "start": "start, starts, begin, begins, starting, kick off, kick in",
    "end": "end, ends, stop, stops, finish, ending, stopping",
    "vanish": (
        "disappear, disappears, vanish, vanishes, gone, go away, goes away, be gone, fade off, "
        "go off screen, goes off screen, leave the screen, leaves the screen"
    ),
    "last for": "last, lasts, stay, stays, stay on, stay up, lasting, hold, remain, stay on screen",
    "delay": "delay, delayed, postpone",
    "blur": "blur, blurred, blurry, blurring, out of focus, blur out, gaussian blur, soften",
    "brighten": "brighten, lighten, brighten up, lighten up",
    "darken": "darken, dim, dimmed",
    "saturate": "saturate",
    "desaturate": "desaturate, desaturated",
    "animate": "animate, animated, keyframe, animating",
    "center": "center, centre, centered, centred",
    "align": "align, aligned, alignment, justify",
    "fill": (
        "fill, fill the frame, fill the screen, fill the whole screen, cover the frame, fills, "
        "fill the canvas, no black bars, without black bars, remove the black bars, "
        "get rid of the black bars"
    ),
    "fit": (
        "fit, fit the frame, fit inside, letterbox, letterboxed, fit in the frame, contain, "
        "without cropping, not cropped, fit the screen"
    ),
    "stretch": "stretch, stretched",
    "to front": (
        "to the front, bring to front, to front, on top of everything, to the foreground, "
        "in front of everything"
    ),
    "to back": "to the back, send to back, behind everything, to back",
    "play": "play, plays, playing, played, run, runs, running",
    "freeze": (
        "freeze, freezes, frozen, freeze on, freeze frame, freeze frames, hold the frame, "
        "hold a frame, still frame, hold on, hold on to, freeze the frame, pause, pause on"
    ),
    "boomerang": "boomerang, boomerangs, into a boomerang",
    "transition": "crossfade, cross fade, dissolve, crossfading, crossfaded",
}

COMMANDS: Mapping[str, str] = {
    "render": (
        "render, export, rendering, exported, rendered, download, save, output, produce, "
        "generate the video, send me the video, send me the file, give me the file, "
        "give me the video, export the video, finalize, publish, ship it, bake, send the video, "
        "get the video, send me the final video, send me the final cut, send me the result, "
        "send it to me, send me the finished video, send me the film, i want the file, "
        "give us the video, give me the final video, spit out, final render, final export, "
        "send me the finished film, send me the finished movie, send me the movie, "
        "give me the film, give me the movie, give me the finished film, give me file, "
        "give me my file, get my video, get the film, get my film, send the finished video, "
        "give me the finished video, give me video, "
        "give me the result, get the finished video"
    ),
    "undo": (
        "undo, revert, go back one, roll back, rollback, take back, go back, undid, ctrl z, "
        "step back, unundo, "
        "put it back, undo it, undoing, change it back, put back, go back one step, "
        "leave it as it was, leave it how it was, leave it the way it was, keep it as it was, "
        "keep it how it was, put it back as it was"
    ),
    "redo": (
        "redo, go forward again, go forward, step forward, re do, do it again, undo the undo, "
        "redo it, i meant go forward, i meant go forward again, i meant redo"
    ),
    "history": (
        "history, change log, changelog, log, list of changes, edit history, revisions, "
        "what has changed, what changed, what have we changed, what have we done, what did we do, "
        "what was changed, last changes, recent changes, who changed what, past edits, "
        "version history, what has been done, what did we change, what have i changed, "
        "what did i change, list the changes, who did what, what did i just do, what did i do, "
        "what was the last change, what was changed last, what did you do, what did you just do, "
        "what did we just do, what did i just change, who has done what, "
        "who made the last change, who made the last edit, who made that change, "
        "who made this change, who changed that, who changed this, who edited last, "
        "what changed since yesterday, what has changed since yesterday, what changed today, "
        "what has changed today, what changed lately, what is new, what is new since yesterday"
    ),
    "timeline": (
        "timeline, show timeline, timeline picture, show me what we have, storyboard, "
        "show the edit, current state, status, overview, show me the edit, "
        "what does the timeline look like, what do we have so far, where are we, what have we got"
    ),
    "estimate": (
        "cost, costs, price, estimate, how much will it cost, how much does it cost, "
        "how expensive, quote, pricing, how much is, how much would, how much does, how much will"
    ),
    "help": (
        "help, what can you do, how does this work, what can i say, commands, how do you work, "
        "instructions, usage, manual, what do you do, what are the commands, how to use this, "
        "what can i do, what can i ask, how do i use this, how do i use you, help me, "
        "list commands, what are my options, show help, what can you do for me, "
        "what are you able to do"
    ),
}

LIGHT: Mapping[str, str] = {
    "make": "make, makes, making, made, turn into, let, have, get, got",
    "do": "do, does, did, done, doing",
    "give": "give, gives, apply, applied, perform",
    "set": "set, sets, setting, adjust, put at, keep at",
    "change": (
        "change, changes, changing, convert, modify, edit, alter, update, changed, correct, fix"
    ),
    "use": "use, uses, using, used, go with",
    "say": (
        "say, says, saying, read, reads, reading, that says, which says, that reads, "
        "with the text, with the words, with the word, with text, saying that, to say, that say, "
        "with the title, containing, that states"
    ),
    "take": "take, takes, taking",
    "touch": "touch, mess with, mess up, tamper with, disturb",
    "leave": "leave, leave alone",
    "go": "go, goes",
    "come": "come, comes, came",
}
