// The tables of the deployment: one, whose documents are the pages of an SQLite database.
import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';

export default defineSchema({
  commsd_pages: defineTable({ number: v.number(), bytes: v.bytes() }).index('by_number', ['number']),
});
