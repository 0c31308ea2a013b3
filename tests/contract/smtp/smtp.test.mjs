// The smtp provider, loaded as the server loads it, against smtp-server; what that took is read by
// mailparser, and the raw lines are held to the RFCs.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';
import test from 'node:test';
import { makeCertificate } from '../../mocks/lib/certificate.mjs';
import { plainScript, smtpAccount, startScripted, startSmtp } from '../../mocks/smtp.mjs';
import { Driver } from '../lib/driver.mjs';

const mail = { slot: 'email', op: 'send', from: 'Agent <agent@example.com>', to: 'someone@example.org', subject: 'Hello', text: 'Hi there' };
const certificate = makeCertificate();
test.after(() => certificate.remove());

async function drive(t, config, { allow = [], mayFail = false } = {}) {
  const driver = await Driver.start({ allow, mayFail, providers: { email: { use: 'smtp', config: { host: '127.0.0.1', ...config } } } });
  t.after(() => driver.stop());
  return driver;
}

async function stage(t, { server = {}, config = {}, ...rest } = {}) {
  const mock = await startSmtp({ certificate, ...server });
  t.after(() => mock.stop());
  const driver = await drive(t, { port: mock.port, username: smtpAccount.user, password: smtpAccount.password, ca_file: certificate.file, ...config }, rest);
  return { mock, driver };
}

/** Without TLS, as to a server on this machine. */
async function scripted(t, greeting, answer, config = {}) {
  const mock = await startScripted(greeting, answer);
  t.after(() => mock.stop());
  return { mock, driver: await drive(t, { port: mock.port, security: 'none', timeout_seconds: 2, ...config }, { mayFail: true }) };
}

/** RFC 5322 2.1.1 and what needs no 8BITMIME: CRLF only, 78 characters, 7 bits. */
function checkLines(raw) {
  const text = raw.toString('latin1');
  assert.ok(!/[^\r]\n|\r[^\n]/.test(text), 'line breaks are CRLF');
  assert.ok(!/[^\x00-\x7f]/.test(text), 'is 7-bit');
  for (const line of text.split('\r\n')) assert.ok(line.length <= 78, `a line of ${line.length}`);
}

test('sends over STARTTLS and over implicit TLS, logged in', async (t) => {
  for (const [security, secure] of [['starttls', false], ['implicit', true]]) {
    const { mock, driver } = await stage(t, { server: { options: { secure } }, config: { security } });
    const receipt = await driver.do({ ...mail, headers: { 'Message-ID': '<abc-1@example.com>', 'In-Reply-To': '<first@example.org>' } });
    assert.equal(receipt.vendorId, 'abc-1@example.com');
    assert.equal(receipt.status, 'sent');
    const [taken] = mock.mails;
    assert.equal(taken.secure, true);
    assert.equal(taken.user, smtpAccount.user);
    assert.equal(taken.helo, 'example.com');
    assert.equal(taken.envelope.mailFrom.address, 'agent@example.com');
    assert.deepEqual(taken.envelope.rcptTo.map((r) => r.address), [mail.to]);
    assert.equal(taken.parsed.messageId, '<abc-1@example.com>');
    assert.equal(taken.parsed.inReplyTo, '<first@example.org>');
    assert.equal(taken.parsed.from.value[0].name, 'Agent');
    assert.equal(taken.parsed.text.trimEnd(), mail.text);
    assert.ok(mock.logins.every((login) => login.secure), 'no password in the clear');
    assert.equal(mock.mails.length, 1);
  }
});

test('what was written is what is read', async (t) => {
  const { mock, driver } = await stage(t);
  const long = 'x'.repeat(2000);
  const texts = ['.', '..\n.\n...dots\n.', 'Grüße 😀\nzweite Zeile ', `${long}\n${long}`, 'a=b =20 =\ttab\t\n', '日本語のメール。'.repeat(60), 'From here on\nFrom\n', 'line\rline\r\nline\n\n\n'];
  for (const text of texts) {
    await driver.do({ ...mail, text });
    const { raw, parsed } = mock.mails.at(-1);
    checkLines(raw);
    assert.equal(parsed.text.replace(/\n+$/, ''), text.replace(/\r\n?/g, '\n').replace(/\n+$/, ''));
  }
  const subjects = ['Grüße an alle 😀', '日本語の件名'.repeat(20), 'plain '.repeat(40).trim(), '=?UTF-8?B?no?=', 'two  blanks', 'w'.repeat(200)];
  for (const subject of subjects) {
    await driver.do({ ...mail, subject, from: '"Müller, Jürgen (AG)" <agent@example.com>', to: '"Doe, \\"J\\" (x)" <someone@example.org>', replyTo: 'Büro <office@example.com>' });
    const { raw, parsed } = mock.mails.at(-1);
    if (!subject.startsWith('www')) checkLines(raw);
    assert.equal(parsed.subject, subject);
    assert.deepEqual(parsed.from.value, [{ address: 'agent@example.com', name: 'Müller, Jürgen (AG)' }]);
    assert.deepEqual(parsed.to.value, [{ address: 'someone@example.org', name: 'Doe, "J" (x)' }]);
    assert.deepEqual(parsed.replyTo.value, [{ address: 'office@example.com', name: 'Büro' }]);
  }
});

test('text, HTML and attachments of every name', async (t) => {
  const { mock, driver } = await stage(t);
  const files = [
    { filename: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('attached\n.\n') },
    { filename: 'Übersicht "Q4" 2026.pdf', contentType: 'application/pdf', bytes: randomBytes(100_000) },
    { filename: `${'とても長い名前'.repeat(12)}.png`, contentType: 'image/png', bytes: randomBytes(3) },
    { filename: `${'long-'.repeat(30)}.bin`, contentType: 'not a type', bytes: randomBytes(77) },
    { filename: 'forwarded', contentType: 'message/rfc822', bytes: Buffer.from('Subject: x\r\n\r\ny') },
    { filename: 'empty', contentType: '', bytes: Buffer.alloc(0) },
  ];
  const references = Array.from({ length: 30 }, (_, i) => `<${i}-${randomUUID()}@example.org>`).join(' ');
  await driver.do({ ...mail, html: '<p>Grüße <b>alle</b></p>', headers: { References: references, 'List-Unsubscribe': `<https://example.com/u/${'t'.repeat(60)}>`, 'X-Wort': 'größer', Bcc: 'hidden@example.org', 'Content-Type': 'text/evil' },
    attachments: files.map((f) => ({ filename: f.filename, contentType: f.contentType, bytesBase64: f.bytes.toString('base64') })) });
  const { raw, parsed, envelope } = mock.mails[0];
  assert.ok(raw.toString('latin1').split('\r\n').every((line) => line.length <= 998));
  assert.equal(parsed.text.trimEnd(), mail.text);
  assert.equal(parsed.html, '<p>Grüße <b>alle</b></p>');
  assert.deepEqual(parsed.attachments.map((a) => a.filename), files.map((f) => f.filename));
  for (const [i, file] of files.entries()) {
    assert.equal(createHash('sha256').update(parsed.attachments[i].content).digest('hex'), createHash('sha256').update(file.bytes).digest('hex'), file.filename);
  }
  assert.deepEqual(parsed.attachments.map((a) => a.contentType), ['text/plain', 'application/pdf', 'image/png', ...Array(3).fill('application/octet-stream')]);
  assert.equal([parsed.references].flat().join(' '), references);
  assert.equal(parsed.headers.get('x-wort'), `=?UTF-8?B?${Buffer.from('größer').toString('base64')}?=`); // mailparser leaves such fields as they are
  assert.equal(parsed.headers.get('bcc'), undefined);
  assert.deepEqual(envelope.rcptTo.map((r) => r.address), [mail.to]);
});

test('logs in as told, and says what is wrong when it cannot', async (t) => {
  for (const auth of ['plain', 'login']) {
    const { mock, driver } = await stage(t, { config: { auth } });
    await driver.do(mail);
    assert.equal(mock.logins.at(-1).method, auth.toUpperCase());
  }
  const wrong = await stage(t, { config: { password: 'another-password-entirely' }, mayFail: true });
  const { error } = await wrong.driver.ask(mail);
  assert.equal(error.code, 'unauthenticated');
  assert.equal(error.vendorCode, '535 5.7.8');
  assert.match(error.remedy, /password/);
  assert.ok(!JSON.stringify(error).includes('another-password'));
  assert.equal(wrong.mock.mails.length, 0);
  const none = await stage(t, { server: { options: { authMethods: ['CRAM-MD5'] } }, mayFail: true });
  assert.equal((await none.driver.ask(mail)).error.code, 'unauthenticated');
});

test('gets access tokens for XOAUTH2, and new ones when they are refused', async (t) => {
  const asked = [];
  let token = smtpAccount.token;
  const oauth = http.createServer((request, response) => {
    let body = '';
    request.on('data', (c) => { body += c; }).on('end', () => {
      asked.push(Object.fromEntries(new URLSearchParams(body)));
      const good = asked.at(-1).refresh_token === 'mock-refresh-token';
      response.writeHead(good ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(good ? { access_token: token, expires_in: 3600, token_type: 'Bearer' } : { error: 'invalid_grant' }));
    });
  });
  await new Promise((resolve) => { oauth.listen(0, '127.0.0.1', resolve); });
  t.after(() => oauth.close());
  const origin = `http://127.0.0.1:${oauth.address().port}`;
  const config = { auth: 'xoauth2', password: undefined, oauth_token_url: `${origin}/token`, oauth_client_id: 'client', oauth_client_secret: 'mock-client-secret', oauth_refresh_token: 'mock-refresh-token' };
  const { mock, driver } = await stage(t, { config, allow: [origin] });
  await driver.do(mail);
  const before = asked.length;
  await driver.do(mail);
  assert.equal(mock.logins.at(-1).method, 'XOAUTH2');
  assert.equal(asked.length, before, 'the token is kept');
  assert.deepEqual(asked.at(-1), { grant_type: 'refresh_token', refresh_token: 'mock-refresh-token', client_id: 'client', client_secret: 'mock-client-secret' });

  token = 'ya29.revoked';
  const later = await stage(t, { config, allow: [origin], mayFail: true });
  const { error } = await later.driver.ask(mail);
  assert.equal(error.code, 'unauthenticated');
  assert.ok(!JSON.stringify(error).includes('ya29'));
  token = smtpAccount.token;
  await later.driver.do(mail);

  const bad = await stage(t, { config: { ...config, oauth_refresh_token: 'wrong-refresh-token' }, allow: [origin], mayFail: true });
  const refused = (await bad.driver.ask(mail)).error;
  assert.equal(refused.code, 'unauthenticated');
  assert.equal(refused.vendorCode, 'invalid_grant');
  assert.ok(!JSON.stringify(refused).includes('wrong-refresh-token'));
});

test('trusts no certificate that it need not', async (t) => {
  const other = makeCertificate('DNS:mail.example.com');
  t.after(() => other.remove());
  const cases = {
    'an unknown issuer': { config: { ca_file: undefined } },
    'another name': { server: { certificate: other }, config: { ca_file: other.file } },
    'no STARTTLS': { server: { options: { hideSTARTTLS: true, disabledCommands: ['STARTTLS'], allowInsecureAuth: true } } },
    'TLS where none is': { config: { security: 'implicit' } },
  };
  for (const [what, given] of Object.entries(cases)) {
    const { mock, driver } = await stage(t, { ...given, mayFail: true });
    const { error } = await driver.ask(mail);
    assert.equal(error.code, 'unavailable', what);
    assert.ok(error.remedy.length > 0, what);
    assert.deepEqual(mock.logins, [], `${what}: no password was shown`);
    assert.equal(mock.mails.length, 0);
  }
});

test('refuses settings that cannot be meant', async (t) => {
  const bad = [{ security: 'none', host: 'mail.example.com', username: 'a', password: 'b' }, { username: 'a' }, { password: 'b' }, { auth: 'xoauth2', username: 'a' }, { envelope_from: 'nobody' }];
  for (const config of bad) {
    const driver = await drive(t, config, { mayFail: true });
    assert.ok(driver.state.error ?? driver.state.slots.every((s) => s.status !== 'healthy'), JSON.stringify(config));
  }
});

test('what the server refuses, by what it says', async (t) => {
  const cases = [
    [{ rcptTo: () => [550, '5.1.1 <someone@example.org> unknown'] }, 'rejected', '550 5.1.1', /recipient/],
    [{ mailFrom: () => [553, '5.7.1 not owned by user'] }, 'rejected', '553 5.7.1', /send from/],
    [{ rcptTo: () => [450, '4.7.1 Greylisted'] }, 'rate_limited', '450 4.7.1', /again/],
    [{ rcptTo: () => [421, '4.7.0 Too many connections'] }, 'unavailable', '421 4.7.0', /./],
    [{ data: () => [554, '5.7.1 Spam'] }, 'rejected', '554 5.7.1', /rules/],
    [{ data: () => [451, '4.3.0 Disk full'] }, 'rate_limited', '451 4.3.0', /again/],
    [{ data: () => [552, '5.2.2 Mailbox full'] }, 'rejected', '552 5.2.2', /./],
  ];
  for (const [hooks, code, vendorCode, remedy] of cases) {
    const { mock, driver } = await stage(t, { server: { hooks } });
    const { error } = await driver.ask(mail);
    assert.equal(error.code, code, vendorCode);
    assert.equal(error.vendorCode, vendorCode);
    assert.match(error.remedy, remedy);
    assert.ok(!JSON.stringify(error).includes('someone@'), 'shows no address');
    assert.equal(mock.mails.length, 0);
  }
  const small = await stage(t, { server: { options: { size: 10_000 } } });
  const { error } = await small.driver.ask({ ...mail, text: 'long '.repeat(10_000) });
  assert.equal(error.code, 'rejected');
  assert.match(error.remedy, /smaller/);
  assert.equal(small.mock.mails.length, 0);
});

test('a message without a reply may have been taken, and is not sent again', async (t) => {
  for (const how of ['drop', 'hang']) {
    const { mock, driver } = await stage(t, { server: { hooks: { data: () => how } }, config: { timeout_seconds: 2 } });
    const { error } = await driver.ask(mail);
    assert.equal(error.code, 'ambiguous', how);
    assert.equal(mock.mails.length, 1);
  }
});

test('a bad day at the server', async (t) => {
  const days = {
    'drops at once': [undefined, () => 'drop'],
    'says nothing': [undefined, () => undefined],
    'is a web server': ['HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html></html>\r\n', () => undefined],
    'greets without end': [`220-${'x'.repeat(60)}\r\n`.repeat(150_000), () => undefined],
    'wants nobody': ['554 5.7.1 Go away\r\n', () => undefined],
    'ends after MAIL': ['220 hi\r\n', plainScript({ MAIL: 'drop' })],
    'ends after DATA': ['220 hi\r\n', plainScript({ DATA: 'drop' })],
  };
  for (const [what, [greeting, answer]] of Object.entries(days)) {
    await t.test(what, async (s) => {
      const { mock, driver } = await scripted(s, greeting, answer);
      const { error } = await driver.ask(mail);
      assert.ok(['unavailable', 'timeout'].includes(error.code), `${error.code}: ${error.message}`);
      assert.ok(error.message.length > 0 && JSON.stringify(error).length < 2048);
      assert.ok(!mock.lines.includes('.'), 'no message was ended');
    });
  }
  const after = { 'ends at the end': 'drop', 'says what is no reply': 'what?\r\n', 'says half of a reply': '250-half', 'says another kind of yes': '354 more\r\n' };
  for (const [what, reply] of Object.entries(after)) {
    await t.test(what, async (s) => {
      const { mock, driver } = await scripted(s, '220 hi\r\n', plainScript({ '.': reply }));
      assert.equal((await driver.ask(mail)).error.code, 'ambiguous');
      assert.equal(mock.lines.filter((line) => line === '.').length, 1);
    });
  }
});

test('addresses beyond ASCII go where SMTPUTF8 is, and nowhere else', async (t) => {
  const to = 'jürgen@example.org';
  const { mock, driver } = await stage(t);
  await driver.do({ ...mail, to });
  assert.equal(mock.mails[0].envelope.rcptTo[0].address, to);
  assert.equal(mock.mails[0].parsed.to.value[0].address, to);
  const old = await scripted(t, '220 hi\r\n', plainScript());
  const { error } = await old.driver.ask({ ...mail, to });
  assert.equal(error.code, 'rejected');
  assert.match(error.remedy, /SMTPUTF8/);
  assert.ok(!old.mock.lines.some((line) => /^MAIL/.test(line)));
});

test('input that is no message is refused before anyone is called', async (t) => {
  const { mock, driver } = await scripted(t, '220 hi\r\n', plainScript());
  for (const bad of [{ to: 'nobody' }, { to: '' }, { to: 'a@b.example\r\nDATA' }, { from: 'no address' }, { subject: 'a\nBcc: x@y.example' }, { to: '<a@b> <c@d>' }, { from: 'a b@example.com' }]) {
    const { error } = await driver.ask({ ...mail, ...bad });
    assert.equal(error?.code, 'invalid_argument', JSON.stringify(bad));
  }
  assert.ok(!mock.lines.some((line) => /^MAIL/.test(line)));
});

test('is healthy only when it can log in', async (t) => {
  const { driver, mock } = await stage(t);
  assert.deepEqual(await driver.ask({ slot: 'email', op: 'check' }), {});
  await mock.stop();
  assert.equal((await driver.ask({ slot: 'email', op: 'check' })).error.code, 'unavailable');
});
