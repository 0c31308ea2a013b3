// What the vendor saw: an append-only file of JSON lines, synced to disk before the reply leaves, so
// that after a kill the auditor can trust it more than it trusts the server under test. Lines that
// arrive while a sync runs share the next one: at 300 requests a second one sync each would be the
// bottleneck, and the mock must not be slower than what it stands for.
import fs from 'node:fs/promises';

export class Journal {
  #file = null;
  #waiting = [];
  #busy = false;
  entries = [];

  static async open(path) {
    const journal = new Journal();
    if (path) journal.#file = await fs.open(path, 'a', 0o600);
    return journal;
  }

  /** Resolves when the entry is on disk (at once when the journal has no file). */
  append(entry) {
    entry.n = this.entries.length + 1;
    this.entries.push(entry);
    if (!this.#file) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: JSON.stringify(entry) + '\n', resolve, reject });
      if (!this.#busy) this.#drain();
    });
  }

  async #drain() {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#file.appendFile(batch.map((w) => w.line).join(''));
        await this.#file.datasync();
        batch.forEach((w) => w.resolve());
      } catch (error) {
        batch.forEach((w) => w.reject(error));
      }
    }
    this.#busy = false;
  }

  async close() {
    while (this.#busy) await new Promise((resolve) => setTimeout(resolve, 5));
    await this.#file?.close();
  }
}
