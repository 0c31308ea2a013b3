// What SQLite takes for its file system: the page file, and nothing else. Journals and temporary files are kept
// in memory by SQLite itself (session.js), so it opens no other file.
import { FacadeVFS } from '@journeyapps/wa-sqlite/src/FacadeVFS.js';
import * as SQLite from '@journeyapps/wa-sqlite/src/sqlite-constants.js';
import { pageSize } from './page_file.js';

export class PageVfs extends FacadeVFS {
  constructor(module, file) {
    super('pages', module);
    this.file = file;
  }

  jOpen(name, handle, flags, outFlags) {
    if (!(flags & SQLite.SQLITE_OPEN_MAIN_DB)) return SQLite.SQLITE_CANTOPEN;
    outFlags.setInt32(0, flags, true);
    return SQLite.SQLITE_OK;
  }

  /** A function that throws in here leaves SQLite in the middle of a call: what is thrown is kept for its end. */
  async jRead(handle, into, offset) {
    try {
      const page = await this.file.page(Math.floor(offset / pageSize));
      const part = page?.subarray(offset % pageSize, (offset % pageSize) + into.length) ?? new Uint8Array();
      into.set(part);
      if (part.length === into.length) return SQLite.SQLITE_OK;
      into.fill(0, part.length);
      return SQLite.SQLITE_IOERR_SHORT_READ;
    } catch (error) {
      this.failure ??= error;
      return SQLite.SQLITE_IOERR_READ;
    }
  }

  jWrite(handle, from, offset) {
    if (from.length !== pageSize || offset % pageSize !== 0) return SQLite.SQLITE_IOERR_WRITE;
    this.file.write(offset / pageSize, from.slice());
    return SQLite.SQLITE_OK;
  }

  jTruncate(handle, size) {
    this.file.truncate(Math.ceil(size / pageSize));
    return SQLite.SQLITE_OK;
  }

  jFileSize(handle, size) {
    size.setBigInt64(0, BigInt(this.file.count) * BigInt(pageSize), true);
    return SQLite.SQLITE_OK;
  }

  jAccess(name, flags, result) {
    result.setInt32(0, 0, true);
    return SQLite.SQLITE_OK;
  }

  jClose() { return SQLite.SQLITE_OK; }
  jSync() { return SQLite.SQLITE_OK; }
  jLock() { return SQLite.SQLITE_OK; }
  jUnlock() { return SQLite.SQLITE_OK; }

  jCheckReservedLock(handle, result) {
    result.setInt32(0, 0, true);
    return SQLite.SQLITE_OK;
  }

  jFileControl() { return SQLite.SQLITE_NOTFOUND; }
  jSectorSize() { return pageSize; }
  jDeviceCharacteristics() { return 0; }

  /** Convex's Math.random is seeded for each call, as a function that may be run again must have it; its crypto is none. */
  xRandomness(vfs, count, out) {
    for (let at = 0; at < count; at++) this._module.HEAPU8[out + at] = Math.floor(Math.random() * 256);
    return count;
  }
}
