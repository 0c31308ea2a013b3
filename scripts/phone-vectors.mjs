#!/usr/bin/env node
// Writes tests/vectors/phone/numbers.txt: 10,000 numbers with what libphonenumber-js says of each, so
// that the server's own matcher is held to another implementation. None is anybody's on purpose: they
// are drawn from the numbering plans and then damaged, by a generator with a fixed seed.
//   cd tests && npm ci && cd .. && node scripts/phone-vectors.mjs
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(join(root, 'tests', 'package.json'))
const { parsePhoneNumberFromString } = require('libphonenumber-js/max')
const { Metadata } = require('libphonenumber-js/core')
const metadata = require('libphonenumber-js/metadata.max.json')
const wanted = 10_000

let seed = 20261122
function random(below) { // mulberry32
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % below
}
const digits = (count) => Array.from({ length: count }, () => random(10)).join('')

const patterns = []
for (const country of [...Object.keys(metadata.countries), ...Object.keys(metadata.nonGeographic)]) {
  const m = new Metadata(metadata)
  m.selectNumberingPlan(country)
  const code = m.numberingPlan.callingCode()
  for (const type of ['FIXED_LINE', 'MOBILE', 'TOLL_FREE', 'PREMIUM_RATE', 'VOIP', 'UAN']) {
    const lengths = m.type(type)?.possibleLengths()
    const pattern = m.type(type)?.pattern()
    if (pattern) patterns.push({ code, pattern: new RegExp(`^(?:${pattern})$`), lengths })
  }
}

/// A number of a plan's pattern by hill climbing would be slow; most patterns begin with few digits,
/// so trying some is enough, and what does not match is a good wrong number.
function draw() {
  const { code, pattern, lengths } = patterns[random(patterns.length)]
  let national = ''
  for (let attempt = 0; attempt < 40; ++attempt) {
    national = digits(lengths[random(lengths.length)])
    if (pattern.test(national)) break
  }
  switch (random(10)) {
    case 0: return code + national + random(10)
    case 1: return code + national.slice(0, -1)
    case 2: return String(1 + random(9)) + digits(6 + random(8))
    default: return code + national
  }
}

const numbers = new Map()
while (numbers.size < wanted) {
  const number = '+' + draw()
  if (!/^\+[1-9]\d{6,14}$/.test(number)) continue
  const parsed = parsePhoneNumberFromString(number)
  // It takes away national prefixes ("+44 0..."); what it then judges is another number.
  if (parsed && parsed.number !== number) continue
  const country = parsed?.country ?? (parsed?.isNonGeographic() ? '001' : '')
  numbers.set(number, [number, country || '-', parsed?.isValid() ? 'valid' : 'invalid',
    parsed?.getType()?.toLowerCase() ?? '-'].join(' '))
}
const header = '# Written by scripts/phone-vectors.mjs: number, country, validity, type.\n'
writeFileSync(join(root, 'tests/vectors/phone/numbers.txt'), header + [...numbers.values()].join('\n') + '\n')
