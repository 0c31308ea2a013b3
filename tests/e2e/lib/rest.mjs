// REST as its own OpenAPI document tells it: the operations, their arguments, and a caller. Whatever is
// added to the document is in every suite that walks it.
import { bearer } from './client.mjs';

export const base = '/api/v1';

export async function openapi(server) {
  const response = await fetch(`${server.url}${base}/openapi.json`);
  if (response.status !== 200) throw new Error(`openapi.json: HTTP ${response.status}`);
  return response.json();
}

/** Every operation: {id, method, path, roles, acts, destructive, tool, isPublic, schema, example, inPath, responses}. */
export function operations(document) {
  const found = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const body = operation.requestBody?.content['application/json'];
      if (operation.requestBody && !body) continue; // a file is uploaded: fault/upload.mjs
      const schema = { type: 'object', properties: { ...body?.schema.properties }, required: [...(body?.schema.required ?? [])] };
      const example = { ...body?.example };
      const inPath = [];
      for (const parameter of operation.parameters ?? []) {
        if (!parameter.in || parameter.in === 'header') continue;
        schema.properties[parameter.name] = parameter.schema;
        if (parameter.required) schema.required.push(parameter.name);
        if (parameter.example !== undefined) example[parameter.name] = parameter.example;
        if (parameter.in === 'path') inPath.push(parameter.name);
      }
      found.push({ id: operation.operationId, method: method.toUpperCase(), path, roles: operation['x-roles'] ?? [], acts: operation['x-acts'] === true, destructive: operation['x-destructive'] === true,
        tool: operation['x-mcp-tool'] === true, isPublic: operation.security?.length === 0, schema, example, inPath, responses: operation.responses });
    }
  }
  return found;
}

/** Calls an operation with arguments where they belong; `raw` replaces the JSON body. */
export async function callRest(server, token, operation, args = {}, { headers = {}, raw, signal } = {}) {
  const rest = { ...args };
  let path = operation.path;
  for (const name of operation.inPath) {
    path = path.replace(`{${name}}`, encodeURIComponent(String(rest[name] ?? '')));
    delete rest[name];
  }
  const init = { method: operation.method, signal, headers: { ...(token ? bearer(token) : {}), ...headers } };
  let query = '';
  if (operation.method === 'GET') {
    const pairs = new URLSearchParams();
    for (const [name, value] of Object.entries(rest)) for (const one of [value].flat()) pairs.append(name, String(one));
    query = pairs.size > 0 ? `?${pairs}` : '';
  } else {
    init.body = raw ?? JSON.stringify(rest);
    init.headers['content-type'] ??= 'application/json';
  }
  const response = await fetch(`${server.url}${base}${path}${query}`, init);
  const text = await response.text();
  let body;
  try { body = JSON.parse(text); } catch { body = undefined; }
  return { status: response.status, headers: response.headers, text, body };
}
