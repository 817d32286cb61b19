// Renders a film on this machine, and prints a JSON object per step; see docs/remotion.md.
import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {renderMedia, selectComposition} from '@remotion/renderer';

const {values} = parseArgs({
  options: {
    site: {type: 'string', default: 'build'},
    props: {type: 'string'},
    out: {type: 'string'},
    chromium: {type: 'string'},
    concurrency: {type: 'string', default: '1'},
  },
});
const how = {
  serveUrl: values.site,
  inputProps: JSON.parse(readFileSync(values.props, 'utf8')),
  browserExecutable: values.chromium ?? null,
  chromeMode: 'headless-shell',
  chromiumOptions: {disableWebSecurity: true}, // as at AWS: clips need no CORS headers
  logLevel: 'error',
};
const composition = await selectComposition({...how, id: 'Composition'});
await renderMedia({
  ...how,
  composition,
  codec: 'h264',
  outputLocation: values.out,
  concurrency: Number(values.concurrency),
  colorSpace: 'bt709',
  jpegQuality: 95,
  crf: 18,
  enforceAudioTrack: true,
  onProgress: ({progress, renderedFrames, encodedFrames, stitchStage}) =>
    console.log(JSON.stringify({progress, renderedFrames, encodedFrames, stitchStage})),
});
