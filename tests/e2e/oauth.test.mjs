// OAuth against the real binary: the official clients' own flows with the server built in, tokens of
// another issuer, and what must be refused on the way. The tests play the person with fetch.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as sdk2 from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { World } from './lib/world.mjs';
import { bearer, modern, postRaw } from './lib/client.mjs';
import { freePort } from './lib/server.mjs';

const callback = 'http://127.0.0.1:45678/callback';

/** What a host application keeps for the SDK. */
class Provider {
  constructor({ scope = 'comms:read comms:send', clientMetadataUrl } = {}) {
    this.scope = scope;
    this.clientMetadataUrl = clientMetadataUrl;
  }
  get redirectUrl() { return callback; }
  get clientMetadata() {
    return { client_name: 'Suite <b>client</b>', redirect_uris: [callback], scope: this.scope, application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' };
  }
  state() { return 'state & more'; }
  clientInformation() { return this.information; }
  saveClientInformation(information) { this.information = information; }
  tokens() { return this.saved; }
  saveTokens(tokens) { this.saved = tokens; }
  redirectToAuthorization(url) { this.authorizationUrl = url; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
}

const unescape = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

/** Opens the consent page as a browser would, and sends its form. */
async function decide(url, credential, { decision = 'allow', headers = {} } = {}) {
  const shown = await fetch(url);
  const page = await shown.text();
  assert.equal(shown.status, 200, page);
  const form = new URLSearchParams({ credential, decision });
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) form.set(name, unescape(value));
  const action = new URL(unescape(page.match(/<form method="post" action="([^"]*)"/)[1]), url);
  const answer = await fetch(action, { method: 'POST', body: form, redirect: 'manual', headers: { origin: action.origin, ...headers } });
  const location = answer.headers.get('location');
  return { page, shown, answer, status: answer.status, text: await answer.text(), location: location ? new URL(location) : null };
}

const versions = {
  v1: { Client, Transport: StreamableHTTPClientTransport, Unauthorized: UnauthorizedError },
  v2: { Client: sdk2.Client, Transport: sdk2.StreamableHTTPClientTransport, Unauthorized: sdk2.UnauthorizedError },
};

/** The whole flow of an SDK: refused, sent to the page, consented, connected. */
async function connectByOauth(server, version, provider, credential) {
  const { Client: ClientOf, Transport, Unauthorized } = versions[version];
  const make = () => new Transport(new URL(`${server.url}/mcp`), { authProvider: provider });
  const first = make();
  await assert.rejects(new ClientOf({ name: 'suite', version: '1' }).connect(first), (error) => error instanceof Unauthorized || /unauthorized/i.test(String(error)));
  assert.ok(provider.authorizationUrl, 'the SDK wanted to send the person to the page');
  const decided = await decide(provider.authorizationUrl, credential);
  assert.equal(decided.status, 303, decided.text);
  assert.equal(decided.location.origin + decided.location.pathname, callback);
  assert.equal(decided.location.searchParams.get('state'), 'state & more');
  assert.equal(decided.location.searchParams.get('iss'), server.url);
  if (version === 'v2') await first.finishAuth(decided.location.searchParams);
  else await first.finishAuth(decided.location.searchParams.get('code'));
  const client = new ClientOf({ name: 'suite', version: '1' });
  await client.connect(make());
  return { client, decided };
}

const post = (server, where, form) => fetch(server.url + where, { method: 'POST', body: new URLSearchParams(form) });
const refresh = (server, provider, token) => post(server, '/oauth/token', { grant_type: 'refresh_token', refresh_token: token, client_id: provider.information.client_id, resource: `${server.url}/mcp` });

describe('OAuth with the server built in', () => {
  let world;
  let agent;
  let documents;
  let documentUrl;
  before(async () => {
    const port = await freePort();
    documentUrl = `https://127.0.0.1:${port}/client.json`;
    world = await World.start({
      change(config, directory) {
        config.server.oauth = { authorization_server: { enabled: true } };
        const file = (name) => path.join(directory, name);
        execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=documents', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', file('document.key'), '-out', file('document.pem')], { stdio: 'ignore' });
        config.egress.ca_file = file('document.pem');
        config.egress.allow.push(`https://127.0.0.1:${port}`);
        documents = https.createServer({ key: fs.readFileSync(file('document.key')), cert: fs.readFileSync(file('document.pem')) }, (request, response) => {
          documents.served = (documents.served ?? 0) + 1;
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ ...new Provider().clientMetadata, client_id: documentUrl, client_name: 'Documented' }));
        });
        documents.listen(port, '127.0.0.1');
      },
    });
    agent = await world.agent();
  });
  after(async () => {
    documents?.close();
    await world?.dispose();
  });

  for (const version of Object.keys(versions)) {
    test(`SDK ${version}: registration, tools, refresh, revocation`, async () => {
      const provider = new Provider();
      const { client, decided } = await connectByOauth(world.server, version, provider, agent.token);
      assert.ok((await client.listTools()).tools.some((tool) => tool.name === 'comms_send_message'));
      assert.match(decided.page, /Suite &lt;b&gt;client&lt;\/b&gt;/, 'the name is text, never markup');
      assert.match(decided.page, /http:\/\/127\.0\.0\.1:45678/);
      await client.close();

      const first = provider.saved;
      assert.equal(first.token_type.toLowerCase(), 'bearer');
      assert.equal(first.scope, 'comms:read comms:send');
      const renewed = await refresh(world.server, provider, first.refresh_token);
      assert.equal(renewed.status, 200);
      assert.equal(renewed.headers.get('cache-control'), 'no-store');
      const second = await renewed.json();
      assert.equal((await modern(world.server, second.access_token, 'tools/list')).status, 200);
      const gone = await post(world.server, '/oauth/revoke', { token: second.refresh_token, client_id: provider.information.client_id });
      assert.equal(gone.status, 200);
      const after = await modern(world.server, second.access_token, 'tools/list');
      assert.equal(after.status, 401);
      assert.match(after.headers['www-authenticate'], /error="invalid_token"/);
      assert.equal((await refresh(world.server, provider, second.refresh_token)).status, 400);
    });

    test(`SDK ${version}: client metadata document`, async () => {
      const provider = new Provider({ clientMetadataUrl: documentUrl });
      const { client, decided } = await connectByOauth(world.server, version, provider, agent.token);
      assert.equal(provider.authorizationUrl.searchParams.get('client_id'), documentUrl);
      assert.match(decided.page, /Documented/);
      assert.ok((await client.listTools()).tools.length > 0);
      await client.close();
    });
  }

  test('the document is fetched once and then kept', () => assert.equal(documents.served, 1));

  test('a scope that was not consented to is asked for by 403', async () => {
    const provider = new Provider();
    const { client } = await connectByOauth(world.server, 'v1', provider, agent.token);
    await client.close();
    const narrow = await modern(world.server, await world.server.token('organization', '--organization', world.organization, '--scopes', 'comms:read'), 'tools/call', { name: 'comms_provision_channels', arguments: {} });
    assert.equal(narrow.status, 403);
    assert.match(narrow.headers['www-authenticate'], /error="insufficient_scope", scope="comms:read comms:provision", resource_metadata="http:[^"]*\/\.well-known\/oauth-protected-resource\/mcp"/);
  });

  test('a refresh token used twice ends its family', async () => {
    const provider = new Provider();
    const { client } = await connectByOauth(world.server, 'v1', provider, agent.token);
    await client.close();
    const first = provider.saved.refresh_token;
    const second = await (await refresh(world.server, provider, first)).json();
    const replay = await refresh(world.server, provider, first);
    assert.equal(replay.status, 400);
    assert.equal((await replay.json()).error, 'invalid_grant');
    assert.equal((await modern(world.server, second.access_token, 'tools/list')).status, 401);
    assert.equal((await refresh(world.server, provider, second.refresh_token)).status, 400);
  });

  test('discovery is for everybody, the page for nobody but its form', async () => {
    const origin = 'https://page.example.org';
    for (const where of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-authorization-server']) {
      const answer = await fetch(world.server.url + where, { headers: { origin } });
      assert.equal(answer.status, 200, where);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*', where);
      assert.equal(answer.headers.get('access-control-allow-credentials'), null);
      const document = await answer.json();
      if (where.includes('protected-resource')) assert.equal(document.resource, world.server.url + where.slice('/.well-known/oauth-protected-resource'.length));
      else assert.deepEqual([document.issuer, document.code_challenge_methods_supported, document.authorization_response_iss_parameter_supported], [world.server.url, ['S256'], true]);
    }
    assert.equal((await fetch(`${world.server.url}/.well-known/openid-configuration`)).status, 404);
    const allowed = await fetch(`${world.server.url}/oauth/token`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    assert.equal(allowed.headers.get('access-control-allow-origin'), '*');

    const provider = new Provider();
    const transport = new StreamableHTTPClientTransport(new URL(`${world.server.url}/mcp`), { authProvider: provider });
    await assert.rejects(new Client({ name: 'suite', version: '1' }).connect(transport));
    const page = await fetch(provider.authorizationUrl, { headers: { origin } });
    assert.equal(page.headers.get('access-control-allow-origin'), null);
    assert.match(page.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(page.headers.get('content-security-policy'), /form-action/, 'it would stop the redirects of clients after ours');
    assert.equal(page.headers.get('x-frame-options'), 'DENY');
    assert.equal(page.headers.get('referrer-policy'), 'same-origin', 'with no-referrer browsers send "Origin: null" with the form');
    const html = await page.text();
    assert.doesNotMatch(html, /<script|\sstyle=|\son[a-z]+=/i);
    for (const headers of [{ origin }, { 'sec-fetch-site': 'cross-site' }]) {
      assert.equal((await decide(provider.authorizationUrl, agent.token, { headers })).status, 403, 'a form of another site');
    }
    const denied = await decide(provider.authorizationUrl, '', { decision: 'deny' });
    assert.equal(denied.location.searchParams.get('error'), 'access_denied');
    assert.equal(denied.location.searchParams.get('iss'), world.server.url);
    const wrong = await decide(provider.authorizationUrl, 'cmd_live_wrong');
    assert.deepEqual([wrong.status, wrong.location], [403, null]);

    const code = (await world.server.ctl('oauth', 'approve', '--agent', agent.id)).trim();
    const approved = await decide(provider.authorizationUrl, code);
    assert.ok(approved.location.searchParams.get('code'));
    assert.equal((await decide(provider.authorizationUrl, code)).status, 403, 'it is good once');

    for (const [name, value] of [['redirect_uri', 'https://evil.example.org/'], ['client_id', 'https://127.0.0.1:1/x'], ['client_id', 'clt_unknown']]) {
      const url = new URL(provider.authorizationUrl);
      url.searchParams.set(name, value);
      const refused = await fetch(url, { redirect: 'manual' });
      assert.deepEqual([refused.status, refused.headers.get('location')], [400, null], name);
    }
    const twice = await fetch(`${provider.authorizationUrl}&resource=x`, { redirect: 'manual' });
    assert.equal(twice.status, 400, 'a parameter twice');
  });

  test('no secret is in the log, the audit or the database', async () => {
    const provider = new Provider();
    const { client, decided } = await connectByOauth(world.server, 'v1', provider, agent.token);
    await client.close();
    assert.equal(await world.server.auditChain(), 'ok');
    const everything = world.server.log() + fs.readdirSync(world.server.directory).filter((name) => name.startsWith('commsd.db')).map((name) => fs.readFileSync(path.join(world.server.directory, name), 'latin1')).join('');
    for (const secret of [agent.token, provider.saved.access_token, provider.saved.refresh_token, decided.location.searchParams.get('code')]) {
      assert.ok(!everything.includes(secret));
    }
  });
});

describe('OAuth with another issuer', () => {
  let world;
  let agent;
  let issuer;
  let keys;
  let jwks;
  let issuerUrl;
  const sign = (claims = {}, { key = keys.privateKey, header = {} } = {}) => new SignJWT({ scope: 'comms:read', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', ...header })
    .setIssuer(claims.iss ?? issuerUrl).setSubject(claims.sub ?? 'ada').setAudience(claims.aud ?? `${world.server.url}/mcp`).setIssuedAt().setExpirationTime(claims.exp ?? '5m').sign(key);
  before(async () => {
    keys = await generateKeyPair('ES256');
    jwks = { keys: [{ ...await exportJWK(keys.publicKey), kid: 'k1', use: 'sig', alg: 'ES256' }] };
    issuer = http.createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/.well-known/oauth-authorization-server') response.end(JSON.stringify({ issuer: issuerUrl, jwks_uri: `${issuerUrl}/jwks` }));
      else if (request.url === '/jwks') response.end(JSON.stringify(jwks));
      else response.writeHead(404).end();
    });
    await new Promise((resolve) => { issuer.listen(0, '127.0.0.1', resolve); });
    issuerUrl = `http://127.0.0.1:${issuer.address().port}`;
    world = await World.start({ change(config) {
      config.server.oauth = { issuer: issuerUrl };
      config.egress.allow.push(issuerUrl);
    } });
    agent = await world.agent();
    await world.server.ctl('oauth', 'bind', '--agent', agent.id, 'ada');
  });
  after(async () => {
    issuer?.close();
    await world?.dispose();
  });

  test('its metadata is pointed to, and ours has no authorization server', async () => {
    const anonymous = await modern(world.server, '', 'tools/list');
    assert.equal(anonymous.status, 401);
    const where = anonymous.headers['www-authenticate'].match(/resource_metadata="([^"]+)"/)[1];
    assert.deepEqual((await (await fetch(where)).json()).authorization_servers, [issuerUrl]);
    for (const gone of ['/.well-known/oauth-authorization-server', '/oauth/authorize', '/oauth/token']) assert.equal((await fetch(world.server.url + gone)).status, 404, gone);
  });

  test('its tokens are taken, with their scopes', async () => {
    const token = await sign();
    assert.equal((await modern(world.server, token, 'tools/list')).status, 200);
    const send = await modern(world.server, token, 'tools/call', { name: 'comms_send_message', arguments: {} });
    assert.equal(send.status, 403);
    assert.match(send.headers['www-authenticate'], /scope="comms:read comms:send"/);
    assert.equal((await modern(world.server, agent.token, 'tools/list')).status, 200, 'our own still work');
  });

  test('wrong tokens are refused', async () => {
    const other = await generateKeyPair('ES256');
    const hmac = (key) => new SignJWT({ scope: 'comms:read' }).setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'at+jwt' }).setIssuer(issuerUrl).setSubject('ada').setAudience(`${world.server.url}/mcp`).setExpirationTime('5m').sign(key);
    const table = {
      'another audience': await sign({ aud: 'https://there.example.org/mcp' }),
      'another issuer': await sign({ iss: 'https://evil.example.org' }),
      expired: await sign({ exp: Math.floor(Date.now() / 1000) - 120 }),
      'an ID token': await sign({}, { header: { typ: 'JWT' } }),
      "a stranger's key": await sign({}, { key: other.privateKey }),
      'an unknown subject': await sign({ sub: 'eve' }),
      HMAC: await hmac(crypto.createSecretKey(Buffer.from(JSON.stringify(jwks)))),
    };
    for (const [what, token] of Object.entries(table)) {
      const answer = await modern(world.server, token, 'tools/list');
      assert.equal(answer.status, 401, what);
      assert.match(answer.headers['www-authenticate'], /error="invalid_token"/, what);
    }
    assert.equal((await modern(world.server, await sign(), 'tools/list')).status, 200);
  });
});

describe('tokens in addresses', () => {
  const open = async (server, token, headers = {}) => {
    const aborter = new AbortController();
    const answer = await fetch(`${server.url}/sse?token=${encodeURIComponent(token)}`, { headers: { accept: 'text/event-stream', ...headers }, signal: aborter.signal });
    aborter.abort();
    return answer.status;
  };
  test('are not taken unless the legacy switch is on, and are never logged', async () => {
    const world = await World.start();
    try {
      const agent = await world.agent();
      assert.equal(await open(world.server, agent.token), 401);
      world.server.config.server.legacy_query_token = true;
      world.server.config.logging = { level: 'debug' };
      world.server.writeConfig();
      await world.server.stop();
      await world.server.start();
      assert.equal(await open(world.server, agent.token), 200);
      assert.equal(await open(world.server, 'cmd_live_wrong'), 401);
      assert.equal(await open(world.server, agent.token, bearer('cmd_live_wrong')), 401, 'a header counts first');
      const elsewhere = await postRaw(world.server, '', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }));
      assert.equal(elsewhere.status, 401);
      for (const where of ['/mcp', '/messages']) {
        const answer = await fetch(`${world.server.url}${where}?token=${agent.token}`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
        assert.equal(answer.status, 401, where);
      }
      assert.ok(!world.server.log().includes(agent.token.slice(9, 60)));
    } finally { await world.dispose(); }
  });

  test('behind a proxy with a path, both forms of the discovery paths are served', async () => {
    const world = await World.start({ change(config) {
      config.server.public_url += '/comms';
      config.server.oauth = { authorization_server: { enabled: true } };
    } });
    try {
      const issuer = `${world.server.url}/comms`;
      for (const [where, resource] of [['', ''], ['/mcp', '/mcp'], ['/comms', ''], ['/comms/mcp', '/mcp']]) {
        const document = await (await fetch(`${world.server.url}/.well-known/oauth-protected-resource${where}`)).json();
        assert.deepEqual([document.resource, document.authorization_servers], [issuer + resource, [issuer]], where);
      }
      for (const where of ['', '/comms']) {
        const document = await (await fetch(`${world.server.url}/.well-known/oauth-authorization-server${where}`)).json();
        assert.deepEqual([document.issuer, document.token_endpoint], [issuer, `${issuer}/oauth/token`], where);
      }
      const anonymous = await modern(world.server, '', 'tools/list');
      assert.match(anonymous.headers['www-authenticate'], /resource_metadata="[^"]*\/comms\/\.well-known\/oauth-protected-resource\/mcp"/);
    } finally { await world.dispose(); }
  });

  test('without OAuth there is nothing to discover', async () => {
    const world = await World.start();
    try {
      for (const where of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/oauth/authorize', '/oauth/style.css']) {
        assert.equal((await fetch(world.server.url + where)).status, 404, where);
      }
    } finally { await world.dispose(); }
  });
});
