// A vendor that publishes no OpenAPI document but a Postman collection: its methods, the fields of
// the sample bodies, the sample answers and the sample webhooks, with the interface of openapi.mjs.
// Where the collection is not here, the shape recorded in tests/mocks/shapes stands for it.
import fs from 'node:fs';
import path from 'node:path';
import { shapeRoot, specRoot, unchecked } from './openapi.mjs';

const kind = (value) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

// Samples carry comments ("// Deprecated"), which are no JSON.
function sample(text) {
  for (const t of [text, (text ?? '').replace(/\s\/\/[^\n"]*$/gm, '')]) {
    try { return JSON.parse(t); } catch { /* the next form */ }
  }
  return null;
}

/** { methods: { 'POST sendMessage': { fields: { name: type }, form, reply: { name: type } } }, webhooks: [{ name, body }] } */
export function readCollection(document) {
  const collection = JSON.parse(fs.readFileSync(path.join(specRoot, document), 'utf8'));
  const methods = {};
  const webhooks = [];
  const walk = (item, name) => {
    if (item.item) { for (const one of item.item) walk(one, `${name}/${one.name}`); return; }
    const raw = typeof item.request.url === 'string' ? item.request.url : item.request.url?.raw ?? '';
    const found = /waInstance\{\{idInstance\}\}\/([A-Za-z]+)\/\{\{apiTokenInstance\}\}(\?(.*))?/.exec(raw);
    const body = sample(item.request.body?.raw);
    if (!found) {
      if (raw.includes('{{webhookUrl}}') && body) webhooks.push({ name, body });
      return;
    }
    const method = methods[`${item.request.method} ${found[1]}`] ??= { fields: {}, query: [], form: false, reply: {} };
    for (const [key, value] of Object.entries(body ?? {})) method.fields[key] = kind(value);
    for (const field of item.request.body?.formdata ?? []) { method.form = true; method.fields[field.key] = 'string'; }
    for (const pair of (found[3] ?? '').split('&').filter(Boolean)) method.query.push(pair.split('=')[0]);
    const reply = sample(item.response?.[0]?.body);
    for (const [key, value] of Object.entries((Array.isArray(reply) ? reply[0] : reply) ?? {})) method.reply[key] = kind(value);
  };
  for (const one of collection.item) walk(one, '');
  return { methods, webhooks };
}

/** Operations for lib/front.mjs, and the vendor's own webhook bodies (none where only shapes are here). */
export function loadCollection(document, keep, required = {}) {
  const fromVendor = fs.existsSync(path.join(specRoot, document));
  if (!fromVendor) unchecked.documents.add(document);
  const { methods, webhooks } = fromVendor ? readCollection(document)
    : { ...JSON.parse(fs.readFileSync(path.join(shapeRoot, document.replace(/\//g, '_')), 'utf8')), webhooks: [] };
  const operations = Object.entries(methods).filter(([name]) => keep(name)).map(([name, known]) => {
    const [method, word] = name.split(' ');
    return {
      name, method, parameterCount: 0, successCode: 200,
      expression: new RegExp(`^/waInstance\\d+/${word}/[A-Za-z0-9]+$`),
      complainAboutReply: (reply) => [reply].flat().flatMap((one) => Object.keys(one)
        .filter((key) => !(key in known.reply)).map((key) => `/${key} is not in the vendor's sample`)),
      check({ searchParams, headers, body }) {
        if (!fromVendor) unchecked.requests++;
        const complaints = [...searchParams.keys()].filter((key) => !known.query.includes(key)).map((key) => `query ${key}: not in the vendor's collection`);
        const type = (headers['content-type'] ?? '').split(';')[0];
        const wanted = known.form ? 'multipart/form-data' : 'application/json';
        if (body.length === 0) {
          if (method === 'POST') complaints.push('body: missing');
          return { complaints, parsed: undefined, values: {} };
        }
        if (method === 'GET' || type !== wanted) complaints.push(`content-type ${type}: the vendor takes ${method === 'GET' ? 'none' : wanted}`);
        let parsed;
        try { parsed = known.form ? readForm(headers['content-type'], body) : JSON.parse(body); } catch (error) { complaints.push(`body: ${error.message}`); }
        for (const [key, value] of Object.entries(parsed ?? {})) {
          if (!(key in known.fields)) complaints.push(`body/${key}: not in the vendor's collection`);
          else if (!known.form && kind(value) !== known.fields[key]) complaints.push(`body/${key}: is ${kind(value)}, not ${known.fields[key]}`);
        }
        for (const key of required[name] ?? []) if (!(key in (parsed ?? {}))) complaints.push(`body/${key}: missing`);
        return { complaints, parsed, values: {} };
      },
    };
  });
  return { operations, webhooks };
}

/** multipart/form-data by name: text, or { filename, type, bytes } for a file. */
export function readForm(contentType, body) {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType ?? '')?.[1];
  if (!boundary) throw new Error('no boundary');
  const text = body.toString('latin1');
  const parts = text.split(`--${boundary}`);
  if (parts.length < 3 || parts.at(-1) !== '--\r\n') throw new Error('the form does not end');
  const out = {};
  for (const part of parts.slice(1, -1)) {
    const [head, ...rest] = part.split('\r\n\r\n');
    const value = rest.join('\r\n\r\n').replace(/\r\n$/, '');
    const name = /name="([^"]*)"/.exec(head)?.[1];
    const filename = /filename="([^"]*)"/.exec(head)?.[1];
    if (!name) throw new Error('a part without a name');
    out[name] = filename === undefined ? Buffer.from(value, 'latin1').toString('utf8')
      : { filename, type: /content-type: *([^\r\n]+)/i.exec(head)?.[1], bytes: Buffer.from(value, 'latin1') };
  }
  return out;
}

/** What of a collection may lie in our repository: names and types only. */
export function shapeOfCollection(document, keep) {
  const { methods } = readCollection(document);
  return { methods: Object.fromEntries(Object.entries(methods).filter(([name]) => keep(name))) };
}
