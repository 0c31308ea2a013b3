// The smallest server that the TypeScript SDK v2 makes: one tool, both eras, no sessions, no web
// framework. PORT says where, on loopback.
import http from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'echo-v2', version: '1.0.0' });
  server.registerTool('echo', { description: 'Gives the message back.', inputSchema: z.object({ message: z.string().max(1000) }) },
    async ({ message }) => ({ content: [{ type: 'text', text: message }] }));
  return server;
}, { maxSubscriptions: 20_000 });

http.createServer(toNodeHandler(handler)).listen(Number(process.env.PORT), '127.0.0.1');
