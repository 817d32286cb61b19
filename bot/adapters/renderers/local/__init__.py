"""The local renderer: ffmpeg in child processes.

    timeline ─ scene    what is on screen when, in numbers             (pure)
             ─ graph    a scene as inputs and filters of one ffmpeg    (pure)
             ─ audio    all sound as inputs and filters of one ffmpeg  (pure)
             ─ stills   texts, shapes and images drawn to PNG
             ─ encode   windows of the film, its sound, and putting them together
             ─ check    whether the result is what was asked for

`renderer` runs these one after the other.
"""
