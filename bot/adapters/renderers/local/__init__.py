"""The local renderer: ffmpeg in child processes.

    timeline ─ scene    what is on screen when, in numbers             (pure, in `lowering`)
             ─ graph    a scene as inputs and filters of one ffmpeg    (pure)
             ─ audio    all sound as inputs and filters of one ffmpeg  (pure)
             ─ stills   texts, shapes and images drawn to PNG           (in `lowering`)
             ─ chunks   where a film is cut, so that its parts can be used again  (pure)
             ─ recipe   the key of a chunk: all that decides what it looks like
             ─ cache    chunks and sounds that were made before, by key
             ─ windows  missing chunks that are encoded together       (pure)
             ─ encode   windows of the film, its sound, and putting them together
             ─ mp4      cutting and joining files by copying bytes
             ─ check    whether the result is what was asked for

`pieces` makes or finds the pictures, `renderer` runs everything one after the other.
"""
