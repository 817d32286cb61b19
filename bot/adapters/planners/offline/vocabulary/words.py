"""English words of manner, talk and time; phrases are separated by commas."""

from collections.abc import Mapping

FILLERS = (
    "the, a, an, some, please, pls, plz, kindly, just, only, also, too, as well, really, "
    "actually, simply, quickly, maybe, perhaps, possibly, probably, i think, i guess, i believe, "
    "i feel like, if you can, if possible, if you could, when you can, if you do not mind, if you "
    "would, for me, for us, so, well, ok, okay, okey, alright, all right, hey, heyy, "
    "heya, yo, bot, chatkut, folks, everyone, team, again, instead, exactly, basically, kind of, "
    "sort of, kinda, sorta, a sec, one more thing, be, to be, being, been, should be, should, "
    "must, needs to, need to, needs to be, has to, have to, is to, ought to, go ahead and, go "
    "ahead, of course, there, in there, on there, up there, can you, could you, would you, will "
    "you, can we, could we, can i, could i, may i, can, could, would, will, can you please, could "
    "you please, would you please, want you to, i want you to, i want to, i want, i would like, i "
    "would like you to, i would like to, i need, i need you to, we need, we want, we need to, we "
    "want to, we would like, want to, would like, would love, i would love, i would love it if, i "
    "would rather, rather, so far, for now, couple of things, a couple of things, "
    "a few things, few things, two things, three things, couple things, first thing, "
    "first things first, second thing, "
    "last thing, one last thing, so yeah, yeah so, but yeah, and yeah, umm, ummm, uhh, uhm, lol, "
    "lmao, haha, hahaha, hehe, xd, we can, you can, you could, we should, you should, "
    "we might, "
    "can we just, we could, i need to, needs, need, is it possible to, would it be possible to, "
    "are you able to, would you mind, do you mind, how about, what about, let us, try to, try, "
    "feel free to, right now, now, immediately, next, first, first of all, firstly, secondly, "
    "lastly, finally, to start with, to begin with, it would be nice to have, it would be great "
    "if, it would be nice if, it would be cool if, would be nice, it would be great to, whatever, "
    "you know, i mean, uh, um, hmm, er, ah, oh, man, dude, bro, mate, buddy, quick one, quick "
    "question, one thing, real quick, sir, on screen, on the screen, onscreen, nice and, my, our, "
    "your, its, their, 's, of, as, still, each, apiece, nicely, while you are at it, while we are "
    "at it, going to, am, do you, we are done, i am done, that is all, that is it, this time, "
    "mark, time mark, oops, sorry, my bad, whoops, get me, got to, gotta, which, who, "
    "though, btw, by the way, in total please, long, worth, worth of, me, us, see, want, "
    "since, here you go, pretty, quite, one more, another, good to go and, at all, altogether, "
    "overall, right away, asap, somehow, actually can you, wait, no wait, wait no, no sorry, "
    "sorry no, or rather, no actually, oh and, oh also, onwards, onward, and after, and on, so "
    "that it, so it, can i see, can we see, current, currently, ooh, idk, ugh, aww, "
    "is enough, are enough, is plenty, should be enough, is more than enough, "
    "yikes, call it a day, call it a night, wrap it up, hm, mm, even, would be great if, would be "
    "nice if, would be cool if"
)

TALK: Mapping[str, str] = {
    "praise": (
        "love, like it, great, nice, awesome, perfect, cool, good, amazing, beautiful, excellent, "
        "lovely, sweet, neat, brilliant, fantastic, wonderful, wow, yay, looks, look, "
        "sounds good, well done, good job, nice job, great job, nice work, great work, good work, "
        "nice one, beautifully, dope, sick, looking good, works, loving, better, best, fab, "
        "super, gorgeous, stunning, impressive, happy, much better, even better, way better, "
        "good one, hilarious, funny, favourite, favorite, my favourite, incredible, fire, haha, "
        "hahaha, lol, lmao, rofl, xd"
    ),
    "thanks": (
        "thanks, thank you, thx, ty, cheers, tysm, thank you so much, thanks a lot, "
        "thank you very much, many thanks, much appreciated, appreciate it, thanks so much, "
        "thank u, thanks again, tks, ta"
    ),
    "greeting": (
        "hello, hi, hi there, hello there, good morning, good evening, good afternoon, morning, "
        "howdy, greetings, how are you, how is it going, bye, goodbye, good night, see you, "
        "welcome back, hey there, sup, what is up, hiya, cya, later guys"
    ),
    "yes": (
        "yes, yep, yeah, yup, sure, sure thing, got it, fine, roger, of course yes, agreed, "
        "correct yes, sounds fine, no problem, k, kk, exactly right, yes please"
    ),
    "cancel": (
        "just kidding, jk, kidding, only joking, just joking, i am kidding, i am joking, "
        "never mind, nevermind, nvm, forget it, forget that, forget about it, cancel, "
        "cancel that, no, nope, nah, scratch that, no thanks, abort, hold off, not now, "
        "no never mind, do nothing, leave it, leave it as is, keep it as is, leave it like that, "
        "leave it like this, keep it like this, keep it that way, ignore that, disregard that, "
        "no thank you, skip it"
    ),
    "stop render": (
        "cancel the render, cancel render, cancel rendering, cancel the rendering, "
        "cancel the export, cancel export, stop the render, stop rendering, stop the rendering, "
        "stop the export, stop exporting, abort the render, abort render, abort rendering, "
        "abort the export, kill the render, cancel the film, cancel my render, stop my render, "
        "cancel that render, stop that render, cancel this render"
    ),
    "not": "not, never, do not, nothing, none, neither, nor, nobody, without, no, no more, not to",
    "partly": "some of, most of, any of, much of, as of, as from",
    "condition": (
        "if, unless, whenever, because, as long as, in case, every time, each time, wherever, "
        "when, once, depending, only when, only if, whether, where, so that, provided, assuming, "
        "any time"
    ),
    "proposal": (
        "do i need to, do we need to, do i need, do we need, do we want, do i have to, "
        "do we have to, is it ok to, is it okay to, "
        "would it be ok to, would it help to, would it be good to, does it make sense to, "
        "should we, should i, shall we, shall i, what if, what if we, do you think we should, "
        "would it be better to, why do not we, do you think, would it make sense to, "
        "what happens if"
    ),
    "too": "too much, way too, far too, a bit too, a little too, kind of too, too",
    "is": (
        "is, are, was, were, seems, feels, sounds, looks, looks kind of, look, appears to be, "
        "looks like, feels like, drags, drag, drags on, is not, are not, does not, did not, "
        "was not, "
        "is the, are the, is it, is there, is this, is that, are there"
    ),
    "ask": (
        "at what time, what time, what, what is, what are, how, how long, how many, how loud, how "
        "big, how much, how fast, when does, where is, where are, when is, what kind of, who, "
        "why, which, is there, are there, do we have, is it, is the, are the, what does, does "
        "the, does, what was, how do i, how do you, how can i, how to, how do we, how can we, "
        "tell me, list, show me, where does, when do, what happens, what about, is this, is that, "
        "what color, what colour, what size, what do, what format, whose, who did, how is, how "
        "are, what version, what else"
    ),
    "unknown person": (
        "i, we, you, he, she, they, someone, somebody, anybody, him, her, the client, my client, "
        "our client, my boss, our boss, the boss, the director, the producer, the customer, "
        "our customer, the team, my team, my mom, my mum, my dad, my wife, my husband, my friend, "
        "my friends, everybody, people, marketing, the editor, my colleague, my manager"
    ),
    "meant": (
        "i meant, i meant to say, i actually meant, i wanted, wrong one, wrong clip, wrong item, "
        "the wrong one, the wrong clip, not that one, not this one, i was talking about, "
        "it should have been, should have been, that was the wrong one, that was the wrong clip"
    ),
    "feels": (
        "hate, hates, hated, dislike, dislikes, do not like, does not like, did not like, "
        "complained about, complains about, is not happy with, are not happy with, says, thinks, "
        "think, thought, complain about, can not stand, am not a fan of, is not a fan of, finds"
    ),
}

DEGREES: Mapping[str, str] = {
    "small": (
        "a bit, bit, a lil, lil, tad, a lil bit, slightly, a little, a touch, a tad, a little bit, "
        "somewhat, a smidge, a hair, "
        "subtly, a notch, a small amount, gently, by a bit, just a bit, by a little, a tiny bit, "
        "ever so slightly, just slightly, a tick, subtle, light"
    ),
    "large": (
        "a lot, much, way, far, significantly, considerably, heavily, strongly, massively, "
        "hugely, a ton, by a lot, a whole lot, drastically, dramatically, a great deal, "
        "very much, strong, heavy, extremely, so much"
    ),
    "slowly": "slowly, gradually, smoothly, over time, progressively, slow and steady",
    "more": "more, extra, additional, higher, greater, stronger, further, farther",
    "less": "less, lower, reduced, weaker, fewer",
    "very": "very, super, full, fully, completely, totally, entirely",
}

LIMITS: Mapping[str, str] = {
    "stabilise": "stabilize, stabilise, stabilization, stabilisation, shaky, steady, deshake",
    "ramp": "speed ramp, ramp, speed ramps, ramping, hero speed ramp, time remap, speed curve",
    "key": (
        "green screen, greenscreen, chroma key, chromakey, remove the background, "
        "background removal, cut out the background"
    ),
    "noise": (
        "denoise, noise reduction, background noise, remove the noise, clean up the audio, hiss, "
        "hum, remove background noise, clean up the sound, wind noise, noise"
    ),
    "fillers": "ums, uhs, filler words, umms",
    "font": (
        "font, fonts, typeface, comic sans, helvetica, arial, times new roman, roboto, impact font"
    ),
    "grade": (
        "color grade, colour grade, color grading, colour grading, lut, luts, teal and orange, "
        "grade, color correct, colour correct, color correction, white balance, hue, temperature, "
        "warmer, cooler"
    ),
    "voice": "text to speech, tts, ai voice, voice clone, read it out",
    "upload": "upload to youtube, post it, post to, publish to, upload it, tweet it",
    "beat": (
        "on the beat, to the beat, beat sync, beat detection, sync to the music, "
        "sync with the music"
    ),
    "blend": "blend mode, blending, multiply",
    "split edit": (
        "j cut, j cuts, l cut, l cuts, split edit, keep the audio going, keep the sound going, "
        "let the audio run on, audio overlap"
    ),
    "slip": "slip, slip edit, slipped, slipping, slide edit",
    "roll": "roll, rolling edit, roll edit, roll the edit, roll the cut, ripple roll",
    "whip": (
        "whip pan, whip, whip pans, swish pan, spin transition, zoom transition, "
        "glitch transition, page peel, iris, match cut, morph cut, light leak"
    ),
    "thumbnail": (
        "thumbnail, cover image, cover picture, cover photo, poster frame, still image of, "
        "cover frame, screenshot of"
    ),
    "audio only": (
        "audio only, only the audio, just the audio, only audio, sound only, mp 3, as mp 3, "
        "as wav, as an mp 3, audio file of"
    ),
    "bars": (
        "put black bars, add black bars, want black bars, with black bars, make black bars, "
        "black bars like, cinema bars, cinematic bars, letterbox bars, movie bars, film bars, "
        "black bars top and bottom, black bars on top and bottom, cinematic black bars"
    ),
    "typewriter": "typewriter, typewriter style, typewriter effect, bounce, bouncing",
    "mask": (
        "mask, round corners, rounded corners, vignette, drop shadow on the video, glow, glitch, "
        "shake, grain, film grain, vhs, lens flare, motion tracking, track the face, "
        "face tracking, confetti, emoji"
    ),
    "loudness": (
        "normalize, normalise, loudness, lufs, compressor, equalizer, eq, reverb, echo, bass, "
        "treble, pitch, autotune"
    ),
}
