// The table of every tool, in every edition: what it gives, and all that it refuses, over MCP and over
// REST, as every role. ../tools/NAME.mjs has what is a tool's own; tool_table.mjs makes what all have
// to refuse, and looks what a refusal leaves behind: nothing but one line in the audit log.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stage } from './stage.mjs';
import { Player } from './tool_table.mjs';

const folder = fileURLToPath(new URL('../tools/', import.meta.url));
const names = fs.readdirSync(folder).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4)).sort();
const tables = Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await import(`../tools/${name}.mjs`)).table])));
const only = process.env.COMMSD_TOOL?.split(',');

/** All tables on a server of that edition. */
export function playTables(edition) {
  describe(`tools of the ${edition} edition`, () => {
    let stage;
    before(async () => { stage = await Stage.set(edition); });
    after(() => stage?.clear());
    const here = names.filter((name) => !tables[name].editions || tables[name].editions.includes(edition));

    test('every tool has a table, and every table a tool', async () => {
      const listed = new Set(stage.operations.map((o) => o.id));
      for (const role of ['agent', 'organization', 'orchestrator']) {
        for (let cursor; ;) {
          const page = await stage.clients[role].listTools({ cursor });
          for (const { name } of page.tools) listed.add(name);
          if (!(cursor = page.nextCursor)) break;
        }
      }
      assert.deepEqual([...listed].sort(), here);
    });

    for (const name of names) {
      if (only && !only.includes(name)) continue;
      if (!here.includes(name)) {
        test(`${name}: is not in this edition`, async () => {
          for (const role of ['agent', 'organization', 'orchestrator']) {
            const unknown = await stage.clients[role].callTool({ name, arguments: {} }).then(() => 'called', (error) => error.code);
            assert.equal(unknown, -32602);
          }
        });
        continue;
      }
      test(name, async (t) => {
        const { rows, refusals, successes } = await new Player(stage, name, tables[name]).play();
        t.diagnostic(`${rows} rows: ${successes} succeed, ${refusals} are refused`);
      });
    }

    test('the server is well, and vendors saw nothing they would refuse', async () => {
      assert.equal(await stage.world.server.integrity(), 'ok');
      assert.equal(await stage.world.server.auditChain(), 'ok');
      stage.world.assertVendorsContent((r) => /Authorization/.test([r.why].flat().join())); // a row of comms_register_provider brings wrong ones
    });
  });
}
