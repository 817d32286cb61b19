"""Words for what an analysis finds in clips, here and in other languages."""

from collections.abc import Mapping
from itertools import product

_PIECES = (
    "part", "bit", "section", "stretch", "moment", "gap", "passage", "segment", "portion", "spot",
    "piece", "parts", "bits", "sections", "stretches", "moments", "gaps", "passages", "segments",
    "portions", "spots", "pieces",
)  # fmt: skip


def _pieces(*kinds: str) -> str:
    return ", ".join(f"{kind} {piece}" for kind, piece in product(kinds, _PIECES))


CONTENT: Mapping[str, str] = {
    "silence": (
        "silences, pause, pauses, dead air, dead space, awkward silence, awkward silences, "
        "gaps in the audio, gaps in the sound, gaps in the speech, gaps between words, "
        "moments of silence, silent pauses, dead spots, " + _pieces("silent", "quiet", "soundless")
    ),
    "scenes": (
        "scene change, scene changes, scene cut, scene cuts, shot change, shot changes, "
        "scene boundary, scene boundaries, scene transition, scene transitions, camera change, "
        "camera changes, change of scene, changes of scene, scene detection"
    ),
    "black": (
        "black frames, black frame, black screen, black screens, black pictures, "
        "black flashes, " + _pieces("black", "all black", "completely black")
    ),
}

GERMAN: Mapping[str, str] = {
    "silences": (
        "pausen, pause, sprechpausen, redepausen, gesprächspausen, stille, stillen, "
        "stille stellen, stillen stellen, stumme stellen, stummen stellen, leise stellen, "
        "leisen stellen, ruhige stellen, ruhigen stellen, stille passagen, "
        "stillen passagen, funkstille"
    ),
    "longer than": (
        "länger als, die länger als, die länger sind als, von mehr als, mehr als, über, "
        "von mindestens, mindestens"
    ),
    "please": "dauern, dauert",
    "whenever it is": "immer wenn es, wenn es, sobald es, wo es, überall wo es",
    "silent": "still ist, ruhig ist, leise ist, stumm ist",
    "whenever nobody talks": "immer wenn niemand spricht, wenn niemand spricht, wo niemand spricht",
    "a second": "eine sekunde, einer sekunde",
    "scene changes": (
        "szenenwechsel, szenenwechseln, jedem szenenwechsel, jeden szenenwechsel, bildwechsel, "
        "allen szenenwechseln, die szenenwechsel"
    ),
    "black parts": (
        "schwarze stellen, schwarzen stellen, schwarze bilder, schwarzen bilder, schwarzbilder, "
        "schwarze teile, schwarzen teile, schwarze frames, schwarzen frames"
    ),
    "how many": "wie viele, wieviele",
    "where are": "wo sind",
    "are there": "gibt es",
}

SPANISH: Mapping[str, str] = {
    "silences": (
        "silencios, silencio, pausas, partes en silencio, partes silenciosas, "
        "momentos de silencio, tiempos muertos"
    ),
    "longer than": (
        "de más de, de mas de, que duren más de, que duran más de, por más de, durante más de, "
        "superiores a, más largos que, más largas que, mayores de, de al menos"
    ),
    "whenever it is silent": (
        "cada vez que hay silencio, cada vez que haya silencio, cuando hay silencio, "
        "cuando haya silencio, siempre que haya silencio, donde hay silencio, donde haya silencio"
    ),
    "cut it": "córtalo, cortalo, córtalos",
    "delete it": "quítalo, quitalo, elimínalo, eliminalo, bórralo",
    "a second": "un segundo",
    "at scene changes": (
        "en cada cambio de escena, en cada cambio de plano, en todos los cambios de escena, "
        "en los cambios de escena"
    ),
    "scene changes": "cambios de escena, cambio de escena, cambios de plano, cambio de plano",
    "black parts": (
        "partes negras, partes en negro, trozos negros, trozos en negro, fotogramas negros, "
        "cuadros negros"
    ),
    "how many": "cuántos, cuántas, cuantos, cuantas",
    "where are": "dónde están, donde están, donde estan",
    "are there": "hay",
}

FRENCH: Mapping[str, str] = {
    "silences": (
        "silences, silence, pauses, moments de silence, passages silencieux, parties silencieuses, "
        "temps morts"
    ),
    "longer than": (
        "de plus de, plus longs que, plus longues que, qui durent plus de, pendant plus de, "
        "supérieurs à, d'au moins, de plus d, plus de"
    ),
    "whenever it is silent": (
        "quand il y a un silence, dès qu'il y a un silence, chaque fois qu'il y a un silence, "
        "à chaque fois qu'il y a un silence, dès qu'il y a du silence, quand c'est silencieux"
    ),
    "whenever nobody talks": "quand personne ne parle, dès que personne ne parle",
    "a second": "une seconde",
    "at scene changes": (
        "à chaque changement de plan, à chaque changement de scène, aux changements de plan, "
        "aux changements de scène, à tous les changements de plan, a chaque changement de plan"
    ),
    "scene changes": "changements de plan, changements de scène, changement de plan",
    "black parts": (
        "parties noires, passages noirs, images noires, parties en noir, moments noirs, plans noirs"
    ),
    "how many": "combien de",
    "where are": "où sont, ou sont",
    "are there": "y a t il, il y a",
}

PORTUGUESE: Mapping[str, str] = {
    "silences": (
        "silêncios, silencios, silêncio, pausas, partes silenciosas, partes em silêncio, "
        "momentos de silêncio, tempos mortos"
    ),
    "longer than": (
        "de mais de, com mais de, que duram mais de, que durem mais de, por mais de, "
        "maiores que, mais longos que, mais longas que, de pelo menos"
    ),
    "whenever it is silent": (
        "sempre que há silêncio, sempre que houver silêncio, quando há silêncio, "
        "quando houver silêncio, cada vez que há silêncio, toda vez que houver silêncio"
    ),
    "a second": "um segundo",
    "at scene changes": (
        "em cada mudança de cena, a cada mudança de cena, em cada troca de cena, "
        "em todas as mudanças de cena, nas mudanças de cena"
    ),
    "scene changes": "mudanças de cena, mudança de cena, trocas de cena",
    "black parts": (
        "partes pretas, partes em preto, trechos pretos, trechos em preto, quadros pretos"
    ),
    "how many": "quantos, quantas",
    "where are": "onde estão, onde ficam",
    "are there": "há, existem",
}
