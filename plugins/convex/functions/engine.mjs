// Puts SQLite into convex/, for `convex deploy` to bundle: the WebAssembly of the package and what loads it. The
// package's loader asks where it was loaded from, which Convex's runtime refuses (there is no import.meta);
// session.js hands it the module instead.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** Writes engine.js and engine.wasm into `folder`. */
export function writeEngine(folder, from = require) {
  const source = from.resolve('@journeyapps/wa-sqlite/dist/wa-sqlite-async.mjs');
  const loader = fs.readFileSync(source, 'utf8').replaceAll('import.meta.url', '""');
  if (loader.includes('import.meta')) throw new Error(`${source} asks for import.meta in a way that is new`);
  fs.writeFileSync(path.join(folder, 'engine.js'), loader);
  fs.copyFileSync(source.replace(/\.mjs$/, '.wasm'), path.join(folder, 'engine.wasm'));
}

if (process.argv[1] === import.meta.filename) writeEngine(path.join(import.meta.dirname, 'convex'));
