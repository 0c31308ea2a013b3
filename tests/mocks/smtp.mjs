// A mail server of other people (smtp-server, with mailparser for what it took), and scripted ones
// for what it never does: saying nothing, ending in mid-sentence, being no mail server at all.
import net from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export const smtpAccount = { user: 'agent@example.com', password: 'mock-smtp-password', token: 'ya29.mock-access-token' };

const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });

/**
 * options go to SMTPServer; hooks: { mailFrom, rcptTo, data }, each may return [code, text] to refuse
 * with, and `data` also 'drop' or 'hang' having taken the message.
 */
export async function startSmtp({ certificate, account = smtpAccount, hooks = {}, options = {} }) {
  const mails = [];
  const logins = [];
  const server = new SMTPServer({
    key: certificate.key, cert: certificate.cert, authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'], ...options,
    onAuth(auth, session, done) {
      logins.push({ method: auth.method, user: auth.username, secure: session.secure });
      const good = auth.username === account.user && (auth.method === 'XOAUTH2' ? auth.accessToken === account.token : auth.password === account.password);
      if (good) return done(null, { user: auth.username });
      return auth.method === 'XOAUTH2' ? done(null, { data: { status: '401', schemes: 'bearer' } }) : done(refusal(535, '5.7.8 Authentication credentials invalid'));
    },
    onMailFrom(address, session, done) {
      const no = hooks.mailFrom?.(address, session);
      done(no ? refusal(...no) : null);
    },
    onRcptTo(address, session, done) {
      const no = hooks.rcptTo?.(address, session);
      done(no ? refusal(...no) : null);
    },
    async onData(stream, session, done) {
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      const raw = Buffer.concat(chunks);
      const answer = hooks.data?.(session);
      if (Array.isArray(answer)) return done(refusal(...answer));
      if (stream.sizeExceeded) return done(refusal(552, '5.3.4 Message size exceeds fixed limit'));
      mails.push({ raw, envelope: session.envelope, helo: session.hostNameAppearsAs, secure: session.secure, user: session.user, parsed: await simpleParser(raw) });
      if (answer === 'hang') return undefined;
      if (answer === 'drop') { for (const c of server.connections) c._socket.destroy(); return undefined; }
      return done(null, '2.0.0 Ok: queued as 4XYZ');
    },
  });
  server.on('error', () => {}); // a client that hangs up in the middle of TLS is what some tests do
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { port: server.server.address().port, mails, logins,
    stop: () => new Promise((resolve) => {
      for (const c of server.connections) c._socket.destroy();
      server.close(resolve);
    }) };
}

/** A server that says what `answer(line, inMessage)` returns: text, 'drop', or undefined for nothing. */
export async function startScripted(greeting, answer) {
  const lines = [];
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (greeting !== undefined) socket.write(greeting);
    let rest = '';
    let inMessage = false;
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (inMessage && line !== '.') continue;
        lines.push(line);
        const said = answer(line, inMessage);
        inMessage = !inMessage && line === 'DATA' && String(said).startsWith('354');
        if (said === 'drop') return socket.destroy();
        if (said !== undefined) socket.write(said);
      }
      return undefined;
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { port: server.address().port, lines,
    stop: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(resolve);
    }) };
}

/** The replies of a server without TLS that takes everything; `at` overrides one of them. */
export const plainScript = (at = {}) => (line) => {
  const verb = line === '.' ? '.' : line.split(/[ :]/)[0].toUpperCase();
  if (verb in at) return at[verb];
  return { EHLO: '250-scripted\r\n250 8BITMIME\r\n', MAIL: '250 Ok\r\n', RCPT: '250 Ok\r\n', NOOP: '250 Ok\r\n', DATA: '354 Go\r\n', '.': '250 Ok\r\n', QUIT: '221 Bye\r\n' }[verb] ?? '502 What?\r\n';
};
