// Turns a vendor's OpenAPI document into compiled validators, once, so that checking a request costs
// microseconds and a mock keeps up with several hundred of them a second.
//
// Two sources, same interface:
//  * the vendor's own document, when the repository stands beside ../shared/vendor-lab;
//  * otherwise the shapes recorded in tests/mocks/shapes (operations, field names, which are
//    required): weaker, so every request checked that way is counted and the suites print the count.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { load as parseYaml } from 'js-yaml';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const specRoot = path.join(process.env.COMMSD_VENDOR_LAB ?? path.resolve(here, '../../../../shared/vendor-lab'), 'specs');
export const shapeRoot = path.resolve(here, '../shapes');
// Where the prose of the vendors contradicts the format their document names: Twilio's own replies
// carry relative references as `uri`, and its date filters take a plain date beside a date-time.
const LOOSE = { uri: 'uri-reference', 'date-time': 'date-or-time' };
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Requests that met only a recorded shape because the vendor's document is not here. */
export const unchecked = { documents: new Set(), requests: 0 };

const resolve = (doc, node) => {
  while (node && typeof node.$ref === 'string') {
    node = node.$ref.slice(2).split('/')
      .map((part) => decodeURIComponent(part).replace(/~1/g, '/').replace(/~0/g, '~'))
      .reduce((at, key) => at?.[key], doc);
  }
  return node;
};

// OpenAPI 3.0 says `nullable`, JSON Schema says a type list; and vendors' own formats are unknown to
// a validator. Objects that list their properties and say nothing else are closed: an unknown field
// is what a misspelling looks like.
function toJsonSchema(doc, node, { closed, formats = {}, inUnion = false }, seen = new Map()) {
  node = resolve(doc, node);
  if (!node || typeof node !== 'object') return node;
  if (seen.has(node)) return { $ref: `#/$defs/${seen.get(node).name}` };
  const slot = { name: `s${seen.size}`, schema: null };
  seen.set(node, slot);
  const again = (child, union = false) => toJsonSchema(doc, child, { closed, formats, inUnion: union }, seen);
  const out = {};
  for (const key of ['type', 'enum', 'const', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum',
    'minItems', 'maxItems', 'required']) if (key in node) out[key] = node[key];
  if (['date-time', 'uri', 'uuid', 'email'].includes(node.format)) out.format = formats[node.format] ?? node.format;
  if (node.properties) {
    out.properties = Object.fromEntries(Object.entries(node.properties).map(([k, v]) => [k, again(v)]));
  }
  if (node.items) out.items = again(node.items);
  for (const key of ['allOf', 'anyOf', 'oneOf']) {
    if (Array.isArray(node[key])) out[key === 'oneOf' ? 'anyOf' : key] = node[key].map((s) => again(s, true));
  }
  if (typeof node.additionalProperties === 'object') out.additionalProperties = again(node.additionalProperties);
  else if (node.additionalProperties !== undefined) out.additionalProperties = node.additionalProperties;
  else if (closed && node.properties && !inUnion && !node.allOf && !node.anyOf && !node.oneOf) {
    out.additionalProperties = false;
  }
  if (node.nullable && out.type && !Array.isArray(out.type)) {
    out.type = [out.type, 'null'];
    if (out.enum) out.enum = [...out.enum, null];
  }
  slot.schema = out;
  return { $ref: `#/$defs/${slot.name}` };
}

function newAjv() {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats(ajv);
  ajv.addFormat('date-or-time', /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/);
  return ajv;
}

export function compile(doc, schema, { closed, formats }) {
  const seen = new Map();
  const root = toJsonSchema(doc, schema, { closed, formats }, seen);
  const $defs = Object.fromEntries([...seen.values()].map((s) => [s.name, s.schema]));
  return newAjv().compile({ ...root, $defs });
}

const pathExpression = (template) =>
  new RegExp('^' + template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '([^/]+)') + '$');

/** Where the shape of a document is recorded: always JSON. */
export const shapeFile = (document) => path.join(shapeRoot, document.replace(/\//g, '_').replace(/\.ya?ml$/, '.json'));

/** JSON or YAML; `file` as path.join(specRoot, ...). */
export function readDocument(file) {
  const text = fs.readFileSync(file, 'utf8');
  return /\.ya?ml$/.test(file) ? parseYaml(text) : JSON.parse(text);
}

/**
 * The operations of `document` (path relative to the spec folder) which `keep` accepts, each with a
 * `check(request)` that returns a list of complaints in words, empty when the vendor would accept.
 * `patch(document)` may mend first what a document gets wrong.
 */
export function loadOperations(document, keep, patch = () => {}) {
  const file = path.join(specRoot, document);
  const fromVendor = fs.existsSync(file);
  const doc = readDocument(fromVendor ? file : shapeFile(document));
  if (!fromVendor) unchecked.documents.add(document);
  else patch(doc);
  return operationsOf(doc, keep, fromVendor);
}

/** The same of a document that has been read, or made from what a vendor has instead of one. */
export function operationsOf(doc, keep, fromVendor) {
  const operations = [];
  for (const [template, item] of Object.entries(doc.paths)) {
    for (const method of METHODS.filter((m) => item[m])) {
      const name = `${method.toUpperCase()} ${template}`;
      if (!keep(name)) continue;
      operations.push(operation(doc, name, template, method, item, fromVendor));
    }
  }
  return operations;
}

function operation(doc, name, template, method, item, fromVendor) {
  const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])]
    .map((p) => resolve(doc, p)).filter(Boolean);
  const query = new Map(parameters.filter((p) => p.in === 'query').flatMap((p) => [p, ...deepObject(doc, p)])
    .map((p) => [p.name, { required: p.required, check: compile(doc, p.schema ?? {}, { closed: false, formats: LOOSE }), schema: resolve(doc, p.schema), comma: p.style === 'deepObject' }]));
  const headers = parameters.filter((p) => p.in === 'header')
    .map((p) => ({ name: p.name.toLowerCase(), check: compile(doc, p.schema ?? {}, { closed: false }) }));
  const pathNames = [...template.matchAll(/\{([^}]+)\}/g)].map((m) => m[1]);
  const pathChecks = pathNames.map((n) => {
    const p = parameters.find((x) => x.in === 'path' && x.name === n);
    return p?.schema ? compile(doc, p.schema, { closed: false }) : null;
  });
  const expression = pathExpression(template);
  const content = resolve(doc, item[method].requestBody)?.content ?? {};
  const bodies = new Map(Object.entries(content).map(([type, media]) => [type, {
    schema: resolve(doc, media.schema), check: compile(doc, media.schema, { closed: true }) }]));
  const ok = Object.entries(item[method].responses ?? {}).find(([code]) => /^2/.test(code));
  const okSchema = ok && resolve(doc, ok[1])?.content?.['application/json']?.schema;
  const checkReply = okSchema ? compile(doc, okSchema, { closed: true, formats: LOOSE }) : null;

  return {
    name, template, method: method.toUpperCase(), expression,
    successCode: ok ? Number(ok[0]) : 200,
    parameterCount: pathNames.length,
    /** Complaints about a reply of ours: a mock that answers what the vendor never would is worthless. */
    complainAboutReply: (reply) => (checkReply && !checkReply(reply)
      ? checkReply.errors.map((e) => `${e.instancePath || '/'} ${e.message}`) : []),
    check({ pathname, searchParams, headers: sent, body }) {
      const complaints = [];
      if (!fromVendor) unchecked.requests++;
      const values = expression.exec(pathname).slice(1).map(decodeURIComponent);
      pathChecks.forEach((check, i) => {
        if (check && !check(values[i])) complaints.push(`path ${pathNames[i]}: ${first(check)}`);
      });
      for (const key of new Set(searchParams.keys())) {
        const known = query.get(key);
        if (!known) { complaints.push(`query ${key}: not in the vendor's document`); continue; }
        const given = searchParams.getAll(key);
        const value = coerce(doc, known.schema, known.comma && known.schema?.type === 'array' ? given.flatMap((v) => v.split(',')) : given);
        if (!known.check(value)) complaints.push(`query ${key}: ${first(known.check)}`);
      }
      for (const [key, known] of query) {
        if (known.required && !searchParams.has(key)) complaints.push(`query ${key}: missing`);
      }
      for (const { name: h, check } of headers) {
        if (sent[h] !== undefined && !check(sent[h])) complaints.push(`header ${h}: ${first(check)}`);
      }
      const type = (sent['content-type'] ?? '').split(';')[0].trim().toLowerCase();
      let parsed;
      if (bodies.size > 0 && body.length > 0) {
        const form = bodies.get(type);
        if (!form) {
          complaints.push(`content-type ${type || '(none)'}: the vendor takes ${[...bodies.keys()].join(', ')}`);
        } else {
          try {
            parsed = type === 'application/x-www-form-urlencoded' ? parseForm(doc, form.schema, body) : JSON.parse(body);
          } catch (error) { complaints.push(`body: ${error.message}`); }
          if (parsed !== undefined && !form.check(parsed)) {
            complaints.push(...form.check.errors.map((e) => `body${e.instancePath} ${e.message} ${e.params?.additionalProperty ?? ''}`.trim()));
          }
        }
      } else if (bodies.size === 0 && body.length > 0) {
        complaints.push('body: the vendor takes none here');
      } else if (bodies.size > 0 && [...bodies.values()].some((b) => b.schema?.required?.length)) {
        complaints.push('body: missing');
      }
      return { complaints, parsed, values: Object.fromEntries(pathNames.map((n, i) => [n, values[i]])) };
    },
  };
}

// filter[a]=1&filter[b][c]=2 (style deepObject), as parameters of their own.
function deepObject(doc, parameter) {
  if (parameter.style !== 'deepObject') return [];
  const properties = resolve(doc, parameter.schema)?.properties ?? {};
  return Object.entries(properties).flatMap(([key, schema]) => {
    const inner = { name: `${parameter.name}[${key}]`, in: 'query', schema: resolve(doc, schema), style: 'deepObject' };
    return [inner, ...deepObject(doc, inner)];
  });
}

const first = (check) => check.errors?.[0]?.message ?? 'invalid';

// Form fields and query values arrive as text; the document says what they mean.
function coerce(doc, schema, values) {
  schema = resolve(doc, schema) ?? {};
  if (schema.type === 'array') return values.map((v) => coerce(doc, schema.items, [v]));
  const union = (schema.oneOf ?? schema.anyOf ?? []).map((one) => resolve(doc, one));
  const list = values.length > 1 && union.find((one) => one.type === 'array');
  if (list) return coerce(doc, list, values);
  for (const one of union.filter(({ type }) => ['boolean', 'integer', 'number'].includes(type))) {
    const value = coerce(doc, one, values);
    if (typeof value !== 'string') return value;
  }
  const text = values[values.length - 1];
  if (schema.type === 'integer' || schema.type === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

function parseForm(doc, schema, body) {
  const fields = new URLSearchParams(body.toString('utf8'));
  const out = {};
  for (const key of new Set(fields.keys())) {
    out[key] = coerce(doc, schema?.properties?.[key], fields.getAll(key));
  }
  return out;
}

/** A vendor document, mended by `patch`, cut down to what the mocks use, for tests/mocks/shapes. Names and types only. */
export function shapeOf(document, keep, patch = () => {}) {
  const doc = readDocument(path.join(specRoot, document));
  patch(doc);
  const light = (node, depth = 0) => {
    node = resolve(doc, node);
    if (!node || depth > 4) return {};
    const out = {};
    if (typeof node.type === 'string') out.type = node.type;
    if (node.required) out.required = node.required;
    if (node.properties && depth < 2) {
      out.properties = Object.fromEntries(Object.entries(node.properties).map(([k, v]) => [k, light(v, depth + 1)]));
    }
    if (node.items && depth < 2) out.items = light(node.items, depth + 1);
    if (!out.type || node.oneOf || node.anyOf) delete out.type;
    return out;
  };
  const paths = {};
  for (const [template, item] of Object.entries(doc.paths)) {
    for (const method of METHODS.filter((m) => item[m] && keep(`${m.toUpperCase()} ${template}`))) {
      const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map((p) => resolve(doc, p))
        .flatMap((p) => (p.in === 'query' ? [p, ...deepObject(doc, p)] : [p]))
        .map((p) => ({ name: p.name, in: p.in, ...(p.required ? { required: true } : {}), schema: light(p.schema, 3) }));
      const content = resolve(doc, item[method].requestBody)?.content;
      const ok = Object.keys(item[method].responses ?? {}).find((code) => /^2/.test(code));
      (paths[template] ??= {})[method] = {
        ...(parameters.length ? { parameters } : {}),
        ...(content ? { requestBody: { content: Object.fromEntries(Object.entries(content).map(([t, m]) => [t, { schema: light(m.schema) }])) } } : {}),
        responses: ok ? { [ok]: {} } : {},
      };
    }
  }
  return { paths };
}
