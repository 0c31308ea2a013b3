// appends.mjs <released v1.golden> <today's>
// Today's ABI may have more than the released one, at the end of structs and as new names; nothing of
// the released one may be gone or changed.
import fs from 'node:fs';

const faults = [];
function read(file) {
  const structs = new Map();
  const names = new Map(); // constants and ids, each a line of its own
  for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const struct = /^struct (\w+) size (\d+)$/.exec(line);
    const member = /^ {2}(\w+)\.(\w+) at (\d+) size (\d+)$/.exec(line);
    const name = /^(?:constant|name) (\w+) = (.*)$/.exec(line);
    if (struct) structs.set(struct[1], { size: Number(struct[2]), members: new Map() });
    else if (member) structs.get(member[1]).members.set(member[2], { at: Number(member[3]), size: Number(member[4]) });
    else if (name) names.set(name[1], name[2]);
    else throw new Error(`${file}: what is "${line}"?`);
  }
  if (!structs.size || !names.size) throw new Error(`${file} is empty`);
  return { structs, names };
}

const [before, now] = process.argv.slice(2).map(read);
for (const [name, value] of before.names) {
  if (name === 'COMMS_ABI_MINOR') continue; // goes up
  if (now.names.get(name) !== value) faults.push(`${name} was ${value} and is ${now.names.get(name) ?? 'gone'}`);
}
for (const [name, old] of before.structs) {
  const struct = now.structs.get(name);
  if (!struct) { faults.push(`struct ${name} is gone`); continue; }
  for (const [member, { at, size }] of old.members) {
    const seen = struct.members.get(member);
    if (!seen || seen.at !== at || seen.size !== size) faults.push(`${name}.${member} was at ${at}, ${size} bytes, and is ${seen ? `at ${seen.at}, ${seen.size} bytes` : 'gone'}`);
  }
  for (const [member, { at }] of struct.members) {
    if (!old.members.has(member) && at < old.size) faults.push(`${name}.${member} is new and stands inside the released struct, at ${at}`);
  }
  // Without a size of its own nobody could tell a longer one (rule 2): frozen.
  if (!old.members.has('size') && struct.size !== old.size) faults.push(`${name} is frozen and has ${struct.size} bytes instead of ${old.size}`);
}
if (faults.length) console.error(faults.join('\n'));
else console.log(`${before.structs.size} structs and ${before.names.size} names as released; ${now.structs.size - before.structs.size} structs and ${now.names.size - before.names.size} names more`);
process.exit(faults.length ? 1 : 0);
