// The official JSON schemas of MCP, one per version, and what each message on a wire must satisfy in
// them. They stand outside this repository, in ../shared/mcp-schema (or COMMSD_MCP_SCHEMA); without
// them `unchecked` counts the messages that were not held to anything.
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { repository } from './server.mjs';

const folder = process.env.COMMSD_MCP_SCHEMA ?? path.resolve(repository, '../shared/mcp-schema');
export const unchecked = { messages: 0 };
const options = { strict: false, allErrors: true, validateFormats: true };

class Schema {
  constructor(document) {
    const modern = document.$schema.includes('2020-12');
    this.root = modern ? '$defs' : 'definitions';
    this.definitions = document[this.root];
    this.ajv = new (modern ? Ajv2020 : Ajv)(options);
    addFormats(this.ajv);
    this.ajv.addFormat('byte', true); // base64: content, which the schema annotates and does not check
    this.ajv.addSchema(document, 'mcp');
    this.byMethod = new Map();
    for (const [name, definition] of Object.entries(this.definitions)) {
      const method = definition.properties?.method?.const;
      if (method) this.byMethod.set(method, name);
    }
  }
  /** Why `value` is not what the definition says; '' when it is. */
  fault(definition, value) {
    const validate = this.ajv.getSchema(`mcp#/${this.root}/${definition}`);
    if (!validate) throw new Error(`the schema has no ${definition}`);
    return validate(value) ? '' : `${definition}: ${this.ajv.errorsText(validate.errors).slice(0, 600)}`;
  }
  /** The definition of the result of a method, e.g. CallToolResult of tools/call. */
  resultOf(method, result) {
    if (result?.resultType === 'input_required') return 'InputRequiredResult';
    const request = this.byMethod.get(method);
    const name = request?.replace(/Request$/, 'Result');
    return name && this.definitions[name] ? name : 'EmptyResult';
  }
}

const schemas = new Map();
function schema(version) {
  if (!schemas.has(version)) {
    const file = path.join(folder, `${version}.json`);
    schemas.set(version, fs.existsSync(file) ? new Schema(JSON.parse(fs.readFileSync(file, 'utf8'))) : null);
  }
  return schemas.get(version);
}

/** Methods of the extension io.modelcontextprotocol/tasks, which the core schemas do not describe. */
const ofTasks = (method) => method?.startsWith('tasks/') || method === 'notifications/tasks';

/**
 * Why a message that the server sent does not satisfy its version; '' when it does. `method` is that of
 * the request it answers, if it is an answer.
 */
export function messageFault(version, message, method) {
  const official = schema(version);
  if (!official) { unchecked.messages++; return ''; }
  const has = (name) => official.definitions[name] !== undefined;
  if ('result' in message) {
    const envelope = official.fault(has('JSONRPCResultResponse') ? 'JSONRPCResultResponse' : 'JSONRPCResponse', message);
    if (envelope || ofTasks(method) || message.result?.resultType === 'task') return envelope;
    return official.fault(official.resultOf(method, message.result), message.result);
  }
  if ('error' in message) return official.fault(has('JSONRPCErrorResponse') ? 'JSONRPCErrorResponse' : 'JSONRPCError', message);
  const envelope = official.fault('id' in message ? 'JSONRPCRequest' : 'JSONRPCNotification', message);
  if (envelope || ofTasks(message.method)) return envelope;
  const definition = official.byMethod.get(message.method);
  return definition ? official.fault(definition, message) : `this version has no ${message.method}`;
}

const forTools = new Ajv2020(options);
addFormats(forTools);
/** Why a tool's structuredContent is not what its outputSchema says; '' when it is. */
export function contentFault(tool, content) {
  const validate = forTools.compile(tool.outputSchema);
  return validate(content) ? '' : forTools.errorsText(validate.errors);
}
