// An agent's own host: takes callbacks, checks each with the official package, keeps them, and answers
// as the test says. Whatever does not verify is kept apart and answered 401.
import http from 'node:http';
import { Webhook } from 'standardwebhooks';

export async function startReceiver() {
  const receiver = { told: [], refused: [], secrets: [], answers: [], decide: () => 200 };
  const verify = (body, headers) => {
    const failures = receiver.secrets.map((secret) => {
      try { new Webhook(secret).verify(body, headers); return null; } catch (error) { return error.message; }
    });
    return failures.includes(null);
  };
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { headers, method, url } = request;
      const entry = { method, url, headers, body, id: headers['webhook-id'], at: Date.now() };
      if (!verify(body, headers)) {
        receiver.refused.push(entry);
        response.writeHead(401).end();
        return;
      }
      entry.event = JSON.parse(body);
      entry.status = receiver.answers.shift() ?? receiver.decide(entry);
      receiver.told.push(entry);
      if (entry.status === 'hang') return;
      if (entry.status === 'drop') { request.socket.destroy(); return; }
      const location = entry.status >= 300 && entry.status < 400 ? { location: `${receiver.url}/elsewhere` } : {};
      response.writeHead(entry.status, location).end('taken');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${server.address().port}`;
  receiver.about = (text) => receiver.told.filter((t) => t.body.includes(text));
  receiver.stop = () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); });
  return receiver;
}
