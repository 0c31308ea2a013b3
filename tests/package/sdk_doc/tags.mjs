// tags.mjs <include/comms>: every function of the ABI's tables says which threads may call it, and
// every header and every struct says what it is (rule 9 of comms.h).
import fs from 'node:fs';
import path from 'node:path';

const root = process.argv[2];
const headers = ['comms.h', 'webhook.h', ...['slot', 'svc'].flatMap((folder) => fs.readdirSync(path.join(root, folder)).sort().map((name) => `${folder}/${name}`))];
const tag = /\[(any|op|session|block)\]/;
const faults = [];
let functions = 0;

for (const header of headers) {
  const text = fs.readFileSync(path.join(root, header), 'utf8');
  const about = /^\/\*.*?\*\//s.exec(text)?.[0];
  if (!about) faults.push(`${header}: no comment says what it is`);
  const forAll = /\bAll\b[^.]*\[(any|op|session|block)\]/.test(about ?? '');
  for (const [, name, body] of text.matchAll(/typedef struct (\w+) \{(.*?)\n\} \1;/gs)) {
    let comment = '';
    // a comment and the members up to the next one; a struct of callbacks may say it before the struct
    const before = /\/\*((?:(?!\*\/).)*)\*\/\s*$/s.exec(text.slice(0, text.indexOf(`typedef struct ${name} {`)))?.[1] ?? '';
    for (const [, said, member] of body.matchAll(/\/\*(.*?)\*\/|\(\*(\w+)\)\(/gs)) {
      if (said !== undefined) { comment = said; continue; }
      if (member === 'release') continue; // a parameter
      functions += 1;
      if (!forAll && !tag.test(comment) && !tag.test(before)) faults.push(`${header}: ${name}.${member} has no thread tag: [any], [op], [session] or [block]`);
      if (!forAll && !tag.test(before)) comment = ''; // it does not stand for the next one
    }
  }
}
if (!functions) faults.push('no function was found');
if (faults.length) console.error(faults.join('\n'));
else console.log(`${functions} functions in ${headers.length} headers have their thread tag`);
process.exit(faults.length ? 1 : 0);
