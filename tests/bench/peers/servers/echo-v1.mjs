// The smallest stateful server that the TypeScript SDK v1 makes: one tool, no web framework,
// answers as event streams, which is the SDK's own choice. PORT says where, on loopback.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

const transports = new Map();

async function open() {
  const server = new McpServer({ name: 'echo-v1', version: '1.0.0' });
  server.registerTool('echo', { description: 'Gives the message back.', inputSchema: { message: z.string().max(1000) } },
    async ({ message }) => ({ content: [{ type: 'text', text: message }] }));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => transports.set(id, transport),
  });
  transport.onclose = () => transports.delete(transport.sessionId);
  await server.connect(transport);
  return transport;
}

http.createServer(async (request, response) => {
  const id = request.headers['mcp-session-id'];
  const transport = id ? transports.get(id) : await open();
  if (transport) await transport.handleRequest(request, response);
  else response.writeHead(404).end();
}).listen(Number(process.env.PORT), '127.0.0.1');
