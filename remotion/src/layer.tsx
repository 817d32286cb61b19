import {Video} from '@remotion/media';
import type {CSSProperties} from 'react';
import {useId} from 'react';
import {Freeze, Img, useCurrentFrame} from 'remotion';
import type {Box, Effect, Footage, Layer, Motion} from './document';
import {at} from './document';

const FULL: CSSProperties = {position: 'absolute', width: '100%', height: '100%'};

/** A picture in its place, as opaque as it is now. */
export const LayerView = ({layer, media}: {readonly layer: Layer; readonly media: readonly string[]}) => {
  const frame = useCurrentFrame();
  const src = media[layer.src] ?? '';
  const place = 'snap' in layer.place ? moved(layer.place, frame) : standing(layer.place);
  return (
    <div style={{position: 'absolute', ...place, opacity: at(layer.alpha, frame) / 255}}>
      {layer.footage ? <FootageView footage={layer.footage} src={src} /> : <Img src={src} style={FULL} />}
    </div>
  );
};

const standing = ([left, top, width, height]: Box): CSSProperties => ({left, top, width, height});

const moved = ({size: [width, height], snap, ...curves}: Motion, frame: number): CSSProperties => {
  const [left, top] = [at(curves.x, frame) - width / 2, at(curves.y, frame) - height / 2];
  if (snap) {
    return {left: even(left), top: even(top), width, height};
  }
  const [scale, turn] = [at(curves.scale, frame), at(curves.turn, frame)];
  return {width, height, transform: `translate(${left}px, ${top}px) rotate(${turn}deg) scale(${scale})`};
};

/** Where ffmpeg's overlay puts a picture in 4:2:0. */
const even = (place: number): number => Math.round(place) & ~1;

/** A clip's pictures; backwards, and where one stands, each is sought for itself. */
const FootageView = ({footage, src}: {readonly footage: Footage; readonly src: string}) => {
  const filter = useId();
  const frame = useCurrentFrame();
  const [left, top, width, height] = footage.picture;
  const video = {
    muted: true,
    src,
    objectFit: 'fill',
    style: {position: 'absolute', left, top, width, height},
    fallbackOffthreadVideoProps: {transparent: false},
  } as const;
  const style: CSSProperties = {...FULL, overflow: 'hidden'};
  if (footage.effects) {
    style.filter = `url(#${CSS.escape(filter)})`;
  }
  if (footage.flip) {
    style.transform = `scale(${footage.flip.join()})`;
  }
  return (
    <div style={style}>
      {footage.speed > 0 ? (
        <Video {...video} trimBefore={footage.first} playbackRate={footage.speed} />
      ) : (
        <Freeze frame={0}>
          <Video {...video} trimBefore={Math.max(0, footage.first + frame * footage.speed)} />
        </Freeze>
      )}
      {footage.effects ? <Filter id={filter} effects={footage.effects} /> : null}
    </div>
  );
};

/** Effects one after the other; a blur sees nothing beyond the picture's edges. */
const Filter = ({id, effects}: {readonly id: string; readonly effects: readonly Effect[]}) => (
  <svg width="0" height="0">
    <filter id={id} x="0" y="0" width="1" height="1" colorInterpolationFilters="sRGB">
      {effects.map((effect, index) =>
        'blur' in effect ? (
          <feGaussianBlur key={index} stdDeviation={effect.blur} />
        ) : (
          <feColorMatrix key={index} values={effect.matrix.join(' ')} />
        ),
      )}
      <feComponentTransfer>
        <feFuncA type="linear" slope="0" intercept="1" />
      </feComponentTransfer>
    </filter>
  </svg>
);
