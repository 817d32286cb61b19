import {Audio} from '@remotion/media';
import {ALL_FORMATS, Input, UrlSource} from 'mediabunny';
import {Html5Audio} from 'remotion';
import type {Curve, Document, Sound} from './document';
import {at} from './document';

/**
 * A stretch of a clip's sound.
 *
 * At its own speed it is read in ranges. At another one the whole file is fetched and goes through
 * ffmpeg's atempo, because @remotion/media would change the pitch.
 */
export const SoundView = ({sound, src}: {readonly sound: Sound; readonly src: string}) => {
  const Player = retimed(sound) ? Html5Audio : Audio;
  const repeated = sound.loop ? {loop: true, trimAfter: sound.first + sound.loop} : {};
  return (
    <Player
      src={src}
      trimBefore={sound.first}
      playbackRate={sound.speed}
      volume={(frame) => at(sound.gain, frame)}
      loopVolumeCurveBehavior="extend"
      {...repeated}
    />
  );
};

const retimed = (sound: Sound): boolean => sound.speed !== 1;

/** The document with all sounds equally loud: on the way through ffmpeg, mono loses 3 dB. */
export const evened = async (ir: Document): Promise<Document> => {
  const sources = [...new Set(ir.sounds.filter(retimed).map((sound) => sound.src))];
  const mono = await Promise.all(sources.map((src) => isMono(ir.media[src] ?? '')));
  const quiet = new Set(sources.filter((_, index) => mono[index]));
  const louder = (sound: Sound): Sound => ({...sound, gain: times(sound.gain, Math.SQRT2)});
  return {
    ...ir,
    sounds: ir.sounds.map((sound) => (retimed(sound) && quiet.has(sound.src) ? louder(sound) : sound)),
  };
};

const isMono = async (url: string): Promise<boolean> => {
  const input = new Input({formats: ALL_FORMATS, source: new UrlSource(url)});
  try {
    return (await input.getPrimaryAudioTrack())?.numberOfChannels === 1;
  } finally {
    input.dispose();
  }
};

const times = (curve: Curve, factor: number): Curve =>
  typeof curve === 'number' ? curve * factor : curve.map((number, index) => (index % 2 ? number * factor : number));
