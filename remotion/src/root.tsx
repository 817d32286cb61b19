import type {CalculateMetadataFunction} from 'remotion';
import {Composition} from 'remotion';
import type {Document} from './document';
import {Film} from './film';
import {evened} from './sound';

type Props = {readonly ir: Document};

const NOTHING: Document = {
  version: 1,
  canvas: [16, 16],
  fps: [30, 1],
  frames: 1,
  background: '#000000',
  media: [],
  shots: [],
  overlays: [],
  sounds: [],
};

const measured: CalculateMetadataFunction<Props> = async ({props: {ir}}) => {
  if (ir.version !== 1) {
    throw new Error(`This site plays documents of version 1, not ${ir.version}: deploy it anew.`);
  }
  const [width, height] = ir.canvas;
  return {width, height, fps: ir.fps[0] / ir.fps[1], durationInFrames: ir.frames, props: {ir: await evened(ir)}};
};

export const Root = () => (
  <Composition id="Composition" component={Film} defaultProps={{ir: NOTHING}} calculateMetadata={measured} />
);
