/** What `bot/adapters/renderers/remotion/document.py` writes; its docstring explains every field. */
export type Curve = number | readonly number[];
export type Box = readonly [left: number, top: number, width: number, height: number];

export type Effect = {readonly matrix: readonly number[]} | {readonly blur: number};

export type Footage = {
  readonly first: number;
  readonly speed: number;
  readonly picture: Box;
  readonly flip?: readonly [number, number];
  readonly effects?: readonly Effect[];
};

export type Motion = {
  readonly size: readonly [number, number];
  readonly x: Curve;
  readonly y: Curve;
  readonly scale: Curve;
  readonly turn: Curve;
  readonly snap: boolean;
};

export type Layer = {
  readonly at: number;
  readonly frames: number;
  readonly src: number;
  readonly alpha: Curve;
  readonly place: Box | Motion;
  readonly footage?: Footage;
};

export type Shot = {
  readonly at: number;
  readonly frames: number;
  readonly layer?: Layer;
  readonly show?: Curve;
  readonly veil?: Curve;
  readonly shift?: readonly [x: Curve, y: Curve];
  readonly cut?: readonly [top: Curve, right: Curve, bottom: Curve, left: Curve];
};

export type Sound = {
  readonly at: number;
  readonly frames: number;
  readonly src: number;
  readonly first: number;
  readonly speed: number;
  readonly loop: number;
  readonly gain: Curve;
};

export type Document = {
  readonly version: 1;
  readonly canvas: readonly [width: number, height: number];
  readonly fps: readonly [num: number, den: number];
  readonly frames: number;
  readonly background: string;
  readonly media: readonly string[];
  readonly shots: readonly Shot[];
  readonly overlays: readonly Layer[];
  readonly sounds: readonly Sound[];
};

/** The value of a curve at a frame: straight between its points, level outside of them. */
export const at = (curve: Curve, frame: number): number => {
  if (typeof curve === 'number') {
    return curve;
  }
  const next = curve.findIndex((number, index) => index % 2 === 0 && frame < number);
  if (next <= 0) {
    return (next === 0 ? curve[1] : curve.at(-1)) ?? 0;
  }
  const [before = 0, value = 0, after = 0, target = 0] = curve.slice(next - 2, next + 2);
  return value + ((target - value) * (frame - before)) / (after - before);
};
