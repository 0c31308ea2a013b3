// The official suite has no way to send a token, and commsd has no way to be reached without one: this
// passes every byte on and adds the header. What the suite's checks look at (Host, Origin, the exact
// header fields, streams that stay open, either side hanging up) goes through unchanged.
import http from 'node:http';

export async function startProxy(target, token) {
  const { hostname, port } = new URL(target);
  const server = http.createServer((request, response) => {
    const headers = [...request.rawHeaders, 'Authorization', `Bearer ${token}`];
    const onward = http.request({ hostname, port, method: request.method, path: request.url, headers, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
    response.on('close', () => onward.destroy());
  });
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // "localhost", because one scenario tests protection against DNS rebinding and takes no other name.
  return { url: `http://localhost:${server.address().port}/mcp`, stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}
