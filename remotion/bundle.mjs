// Builds the site into `build/`.
import {fileURLToPath} from 'node:url';
import {bundle} from '@remotion/bundler';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
await bundle({entryPoint: path('src/index.ts'), outDir: path('build'), enableCaching: false});
