// A file of SQLite whose pages are documents. Reads go to the documents once; writes are kept here until
// save(), so that a function that fails has changed nothing.
import { ConvexError } from 'convex/values';

export const pageSize = 4096; // docs/decisions/convex.md has the figures
const table = 'commsd_pages';
const longestRun = 64; // a long value stands in pages one behind the other
export const hugest = 1 << 20; // no page has a higher number: 4 GiB

/** What Convex refuses is told in an error of the application: other words do not leave a production deployment. */
async function asked(what) {
  try {
    return await what;
  } catch (error) {
    throw new ConvexError({ kind: 'limit', message: String(error?.message ?? error).slice(0, 500) });
  }
}

/** SQLite counts the commits in its header (file format, 1.3.7 and 1.3.17) for caches that outlive a transaction. There are none here, and without it two commits meet only where they touch the same data. */
function withoutCounters(page) {
  const copy = page.slice();
  copy.fill(0, 24, 28);
  copy.fill(0, 92, 96);
  return copy;
}

function isSame(number, one, other) {
  if (!one || one.length !== other.length) return false;
  const [left, right] = number === 0 ? [withoutCounters(one), withoutCounters(other)] : [one, other];
  return left.every((byte, at) => byte === right[at]);
}

export class PageFile {
  constructor(database) {
    this.database = database;
    this.found = new Map(); // number -> {id, bytes}, or null: there is none
    this.changed = new Map();
    this.count = 0; // of pages, with those that are not saved yet
    this.run = 1;
    this.next = 0;
  }

  async open() {
    const header = await this.page(0);
    this.saved = header ? new DataView(header.buffer, header.byteOffset).getUint32(28) : 0;
    this.count = this.saved;
  }

  /** The page, or undefined: there is none. */
  async page(number) {
    if (this.changed.has(number)) return this.changed.get(number);
    if (!this.found.has(number)) await this.load(number);
    return this.found.get(number)?.bytes;
  }

  /** With those behind it, more each time that reading goes straight on. */
  async load(number) {
    if (number >= hugest) throw new ConvexError({ kind: 'limit', message: 'the database has more pages than it may have' });
    if (number !== this.next) this.run = 1;
    const end = number + this.run;
    const documents = await asked(this.database.query(table)
      .withIndex('by_number', (range) => range.gte('number', number).lt('number', end)).collect());
    for (let at = number; at < end; at++) if (!this.found.has(at)) this.found.set(at, null);
    for (const document of documents) {
      this.found.set(document.number, { id: document._id, bytes: new Uint8Array(document.bytes) });
    }
    this.next = end;
    this.run = Math.min(this.run * 2, longestRun);
  }

  write(number, bytes) {
    this.changed.set(number, bytes);
    this.count = Math.max(this.count, number + 1);
  }

  truncate(count) {
    for (const number of [...this.changed.keys()]) if (number >= count) this.changed.delete(number);
    this.count = count;
  }

  /** Gives how many pages it wrote. */
  async save() {
    let written = 0;
    for (const [number, bytes] of this.changed) {
      // A page that was free may be written without having been read.
      if (number < this.saved && !this.found.has(number)) await this.load(number);
      const known = this.found.get(number);
      if (isSame(number, known?.bytes, bytes)) continue;
      const document = { number, bytes: bytes.buffer };
      await asked(known ? this.database.replace(known.id, document) : this.database.insert(table, document));
      written += 1;
    }
    return written;
  }

  get read() {
    let read = 0;
    for (const page of this.found.values()) if (page) read += 1;
    return read;
  }
}
