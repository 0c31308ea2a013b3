// Plivo publishes no OpenAPI document. What stands in for one is made from Plivo's own Go package: the
// names and types of its request structs, and the sample answers its tests are run with.
import fs from 'node:fs';
import path from 'node:path';
import { operationsOf, shapeRoot, specRoot, unchecked } from './openapi.mjs';

const folder = path.join(specRoot, 'plivo');
export const plivoShape = path.join(shapeRoot, 'plivo_go.json');

// Path below /v1/Account/{auth_id}/, struct, what Plivo's reference calls required, code, sample.
const OPERATIONS = [
  ['GET', '', null, [], 200, 'accountGetResponse'],
  ['POST', 'Message/', 'MessageCreateParams', ['src', 'dst'], 202, 'messageSendResponse'],
  ['GET', 'Message/{message_uuid}/', null, [], 200, 'messageGetResponse'],
  ['POST', 'Call/', 'CallCreateParams', ['from', 'to', 'answer_url'], 201, 'callCreateResponse'],
  ['GET', 'Call/{call_uuid}/', 'status', [], 200, 'callGetResponse', 'liveCallGetResponse'],
  ['POST', 'Call/{call_uuid}/', 'CallUpdateParams', [], 202, 'callUpdateResponse'],
  ['DELETE', 'Call/{call_uuid}/', null, [], 204, null],
  ['DELETE', 'Request/{request_uuid}/', null, [], 204, null],
  ['GET', 'PhoneNumber/', 'PhoneNumberListParams', ['country_iso'], 200, 'phoneNumberListResponse'],
  ['POST', 'PhoneNumber/{number}/', 'PhoneNumberCreateParams', [], 201, 'phoneNumberCreateResponse'],
  ['POST', 'Number/{number}/', 'NumberUpdateParams', [], 202, 'numberUpdateResponse'],
  ['DELETE', 'Number/{number}/', null, [], 204, null],
  ['GET', 'Application/', 'ApplicationListParams', [], 200, 'applicationListResponse'],
  ['POST', 'Application/', 'ApplicationCreateParams', ['app_name', 'answer_url'], 201, 'applicationCreateResponse'],
  ['POST', 'Application/{app_id}/', 'ApplicationCreateParams', [], 202, 'applicationModifyResponse'],
  ['DELETE', 'Application/{app_id}/', null, [], 204, null],
];
// In Plivo's reference, but in no sample: https://www.plivo.com/docs/voice/api/calls, .../numbers/api/phone-numbers.
const DOCUMENTED = {
  callGetResponse: { hangup_cause_code: {}, hangup_cause_name: { type: 'string' }, hangup_source: { type: 'string' } },
  phoneNumberListResponse: { objects: { items: { properties: { mms_enabled: { type: 'boolean' } } } } },
};
const TYPES = { string: { type: 'string' }, bool: { type: 'boolean' }, '*bool': { type: 'boolean' }, int: { type: 'integer' }, int64: { type: 'integer' }, '[]string': { type: 'array', items: { type: 'string' } } };

function schemaOf(sample) {
  if (sample === null || sample === '') return {};
  if (Array.isArray(sample)) return { type: 'array', items: sample.length ? schemaOf(Object.assign({}, ...sample.map((s) => (typeof s === 'object' ? s : { s })))).properties?.s ?? schemaOf(Object.assign({}, ...sample)) : {} };
  if (typeof sample === 'object') return { type: 'object', properties: Object.fromEntries(Object.entries(sample).map(([k, v]) => [k, schemaOf(v)])) };
  return { type: typeof sample === 'number' ? 'number' : typeof sample };
}

function documented(schema, more) {
  for (const [name, part] of Object.entries(more ?? {})) {
    const known = schema.properties[name];
    if (!known) schema.properties[name] = part;
    else if (part.items) documented(known.items, part.items.properties);
  }
  return schema;
}

function documentOfPackage() {
  const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
  const structs = read('params-from-plivo-go.json');
  const reply = (name) => documented(schemaOf(read(`fixtures/${name}.json`)), DOCUMENTED[name]);
  const paths = {};
  for (const [method, below, struct, required, code, ...samples] of OPERATIONS) {
    const fields = struct === 'status' ? [{ name: 'status', type: 'string' }] : struct ? structs[struct].fields : [];
    const properties = Object.fromEntries(fields.map((f) => [f.name, TYPES[f.type] ?? {}]));
    const schemas = samples.filter(Boolean).map(reply);
    const schema = schemas[0] && { type: 'object', properties: Object.assign({}, ...schemas.map((s) => s.properties)) };
    (paths[`/v1/Account/{auth_id}/${below}`] ??= {})[method.toLowerCase()] = {
      ...(method === 'GET' ? { parameters: fields.map((f) => ({ name: f.name, in: 'query', required: required.includes(f.name), schema: properties[f.name] })) } : {}),
      ...(method === 'POST' ? { requestBody: { content: { 'application/json': { schema: { type: 'object', properties, required } } } } } : {}),
      responses: { [code]: schema ? { content: { 'application/json': { schema } } } : {} },
    };
  }
  return { paths };
}

/** What is kept in tests/mocks/shapes: names and types of requests. */
export function recordPlivo() {
  const document = documentOfPackage();
  for (const item of Object.values(document.paths)) {
    for (const one of Object.values(item)) one.responses = Object.fromEntries(Object.keys(one.responses).map((code) => [code, {}]));
  }
  return document;
}

export function loadPlivo() {
  const fromVendor = fs.existsSync(folder);
  if (!fromVendor) unchecked.documents.add('plivo');
  const document = fromVendor ? documentOfPackage() : JSON.parse(fs.readFileSync(plivoShape, 'utf8'));
  return operationsOf(document, () => true, fromVendor);
}
