import type {CSSProperties} from 'react';
import {AbsoluteFill, Sequence, useCurrentFrame} from 'remotion';
import type {Document, Shot} from './document';
import {at} from './document';
import {LayerView} from './layer';
import {SoundView} from './sound';

export const Film = ({ir}: {readonly ir: Document}) => (
  <AbsoluteFill style={{background: ir.background}}>
    {ir.shots.map((shot, index) => (
      <Sequence key={index} from={shot.at} durationInFrames={shot.frames} layout="none">
        <ShotView shot={shot} ir={ir} />
      </Sequence>
    ))}
    {ir.overlays.map((layer, index) => (
      <Sequence key={index} from={layer.at} durationInFrames={layer.frames} layout="none">
        <LayerView layer={layer} media={ir.media} />
      </Sequence>
    ))}
    {ir.sounds.map((sound, index) => (
      <Sequence key={index} from={sound.at} durationInFrames={sound.frames} layout="none">
        <SoundView sound={sound} src={ir.media[sound.src] ?? ''} />
      </Sequence>
    ))}
  </AbsoluteFill>
);

/** A piece of the main track over the background, covering what came before it. */
const ShotView = ({shot, ir}: {readonly shot: Shot; readonly ir: Document}) => {
  const frame = useCurrentFrame();
  const style: CSSProperties = {background: ir.background, overflow: 'hidden'};
  if (shot.show !== undefined) {
    style.opacity = at(shot.show, frame) / 255;
  }
  if (shot.shift) {
    style.transform = `translate(${shot.shift.map((curve) => `${at(curve, frame)}px`).join()})`;
  }
  if (shot.cut) {
    style.clipPath = `inset(${shot.cut.map((curve) => `${at(curve, frame)}px`).join(' ')})`;
  }
  return (
    <AbsoluteFill style={style}>
      {shot.layer ? <LayerView layer={shot.layer} media={ir.media} /> : null}
      {shot.veil === undefined ? null : (
        <AbsoluteFill style={{background: 'black', opacity: at(shot.veil, frame) / 255}} />
      )}
    </AbsoluteFill>
  );
};
