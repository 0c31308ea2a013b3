// --name value pairs of the fault programs: numbers, or texts where the default is one.
export function options(defaults) {
  const out = { ...defaults };
  for (let i = 2; i + 1 < process.argv.length; i += 2) {
    const name = process.argv[i].replace(/^--/, '');
    if (!(name in out)) throw new Error(`unknown option ${process.argv[i]}; there are ${Object.keys(out).map((k) => '--' + k).join(' ')}`);
    const value = process.argv[i + 1];
    out[name] = typeof defaults[name] === 'string' ? value : Number(value);
  }
  return out;
}
