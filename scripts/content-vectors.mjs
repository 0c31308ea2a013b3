#!/usr/bin/env node
// Writes tests/vectors/content/evasive.txt (500 texts to be found, spelled to get past a filter) and
// clean.txt (2,000 harmless texts in ten languages), from the sentences below. The seed is fixed.
//
// The sentences were not taken from the phrase lists in config/content/filter, but they are by the same
// author and about the same things, and each stands in the sets many times, spelled in other ways. So
// the sets show that spelling does not help and that ordinary words pass; how much of what other people
// write the lists know, they do not show. For that docs/reference/contact-rules.md has figures on sets
// of others (scripts/content-figures.mjs).
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'tests', 'vectors', 'content')
let seed = 20261122
function random(below) { // mulberry32
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % below
}
const pick = (list) => list[random(list.length)]

const positives = {
  threat: ['I will kill you tonight', 'we know where you live', "I'm going to murder you and your family",
    'gonna shoot you when you come home', 'pay up or we will hurt your kids', 'I will burn your house down',
    "you're a dead man", 'I will slit your throat', 'he said he will stab you', 'te voy a matar', 'je vais te tuer',
    'ich bringe dich um', 'ti ammazzo stasera', 'vou te matar amanhã', 'ik ga je vermoorden', 'zabiję cię dzisiaj',
    'אני אהרוג אותך', '殺してやるからな'],
  self_harm: ['you should kill yourself', 'just go hang yourself', 'nobody would miss you if you died',
    'go jump off a bridge', 'deberías matarte', 'suicide toi', 'häng dich auf', 'zabij się'],
  hate: ['gas the jews', 'all muslims should be deported', 'immigrants are vermin', 'heil hitler',
    'mort aux juifs', 'Ausländer raus', 'muerte a los moros', 'filthy immigrants, get out of here'],
  sexual: ['hot singles in your area', 'send me nudes', 'watch free porn now', 'i want to fuck you tonight',
    'chupame la polla', 'envoie tes nudes', 'geile Frauen warten', '無修正動画はこちら'],
  drugs: ['buy cocaine cheap', 'weed for sale, text me', 'xanax no prescription needed', 'pure mdma delivered',
    'vendo cocaína a domicilio', 'Koks zu verkaufen', 'sprzedam marihuanę', '大麻売ります'],
}
const clean = {
  en: ['Your appointment with Dr {n} is at {t}.', 'We killed it at the match, see you at {t}!', 'That joke hurt my sides, {n}.',
    'The train to Scunthorpe leaves at {t}.', 'Can I shoot you an email at {t}, {n}?', 'Your code is {c}.',
    'The pen is on the desk, {n}.', 'Traffic is killing me, be there at {t}', 'Painkillers work {t} hours, says {n}.', 'My back hurts, can we move to {t}?'],
  es: ['Su cita con {n} es a las {t}.', 'Su código es {c}.', 'El pedido {c} llega a las {t}.', 'Me duele la cabeza, nos vemos a las {t}.', 'Matamos el tiempo hasta las {t}, {n}.'],
  fr: ['Votre rendez-vous avec {n} est à {t}.', 'Votre code est {c}.', 'Le colis {c} arrive à {t}.', 'On tue le temps avec {n} jusqu’à {t}.', 'J’ai mal au dos, à {t} plutôt ?'],
  de: ['Ihr Termin bei {n} ist um {t}.', 'Ihr Code lautet {c}.', 'Das Paket {c} kommt um {t}.', 'Mir tut der Rücken weh, lieber um {t}?', 'Der Film mit {n} beginnt um {t}.'],
  it: ['Il suo appuntamento con {n} è alle {t}.', 'Il codice è {c}.', 'Il pacco {c} arriva alle {t}.', 'Mi fa male la testa, alle {t}?', 'Ammazziamo il tempo con {n} fino alle {t}.'],
  pt: ['A sua consulta com {n} é às {t}.', 'O seu código é {c}.', 'A encomenda {c} chega às {t}.', 'Dói-me a cabeça, pode ser às {t}?', 'Matámos a fome com {n} às {t}.'],
  nl: ['Uw afspraak met {n} is om {t}.', 'Uw code is {c}.', 'Pakket {c} komt om {t}.', 'Mijn rug doet pijn, liever om {t}?', 'De tijd doden met {n} tot {t}.'],
  pl: ['Wizyta u {n} jest o {t}.', 'Twój kod to {c}.', 'Paczka {c} dotrze o {t}.', 'Boli mnie głowa, może o {t}?', 'Zabijamy czas z {n} do {t}.'],
  he: ['התור אצל {n} בשעה {t}.', 'הקוד שלך הוא {c}.', 'החבילה {c} תגיע בשעה {t}.', 'כואב לי הגב, אולי בשעה {t}?', 'הסרט עם {n} מתחיל בשעה {t}.'],
  ja: ['{n}先生のご予約は{t}です。', '認証コードは{c}です。', '荷物{c}は{t}に届きます。', '頭が痛いので{t}に変更できますか。', '{n}さんと{t}に会います。'],
}
const leet = { a: '4@', e: '3', i: '1!', o: '0', s: '5$', t: '7' }
const alike = { a: 'а', e: 'е', o: 'о', p: 'р', c: 'с', i: 'і', x: 'х', y: 'у' }
const wide = (c) => (/[!-~]/.test(c) ? String.fromCodePoint(c.charCodeAt(0) + 0xfee0) : c)
const words = (text, change) => text.replace(/[\p{L}\p{M}]+/gu, change)
const evasions = [
  (text) => text.toUpperCase(),
  (text) => [...text].map((c) => (leet[c] && random(2) ? leet[c][random(leet[c].length)] : c)).join('').replace(/!(?=\s|$)/g, 'i'),
  (text) => [...text].map((c) => alike[c] ?? c).join(''),
  (text) => [...text].join('\u200b'),
  (text) => [...text].map(wide).join(''),
  (text) => words(text, (word) => [...word].join('.')),
  (text) => words(text, (word) => [...word].join(' ')),
  (text) => words(text, (word) => [...word].join('-')),
  (text) => words(text, (word) => word.slice(0, -1) + word.slice(-1).repeat(4)),
  (text) => text.replace(/ /g, '_'),
  (text) => [...text].map((c) => (/[a-z]/i.test(c) ? c + '\u0336' : c)).join(''),
  (text) => text.replace(/([b-df-hj-np-tv-z])([aeiou])(?=[b-df-hj-np-tv-z])/i, '$1*'),
]

const evasive = new Set()
const bases = Object.entries(positives).flatMap(([category, list]) => list.map((text) => [category, text]))
for (let round = 0; evasive.size < 500; ++round) {
  const [category, text] = bases[round % bases.length]
  evasive.add(`${category}\t${pick(['', 'hey, ', 'listen: ', 'ok. '])}${pick(evasions)(text)}${pick(['', '!', ' ...', ' ok?'])}`)
}
const names = ['Dickinson', 'Cohen', 'Rossi', 'Kowalski', 'Silva', 'Tanaka', 'Hancock', 'Müller', 'Lefebvre', 'Cockburn']
const harmless = new Set()
for (const [language, list] of Object.entries(clean)) {
  for (let count = 0; count < 200;) {
    const text = pick(list).replace('{n}', pick(names)).replace('{c}', 100000 + random(900000))
      .replace('{t}', `${8 + random(12)}:${String(random(60)).padStart(2, '0')}`)
    const line = `${language}\t${text}`
    if (harmless.has(line)) continue
    harmless.add(line)
    ++count
  }
}
const header = '# Written by scripts/content-vectors.mjs.\n'
writeFileSync(join(folder, 'evasive.txt'), header + [...evasive].join('\n') + '\n')
writeFileSync(join(folder, 'clean.txt'), header + [...harmless].join('\n') + '\n')
