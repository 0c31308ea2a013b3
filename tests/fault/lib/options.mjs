// --name value pairs of the fault programs, numbers all.
export function options(defaults) {
  const out = { ...defaults };
  for (let i = 2; i + 1 < process.argv.length; i += 2) {
    const name = process.argv[i].replace(/^--/, '');
    if (!(name in out)) throw new Error(`unknown option ${process.argv[i]}; there are ${Object.keys(out).map((k) => '--' + k).join(' ')}`);
    out[name] = Number(process.argv[i + 1]);
  }
  return out;
}
