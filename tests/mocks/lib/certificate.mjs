import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A certificate for 127.0.0.1 and localhost, made anew; `remove` takes its folder away. */
export function makeCertificate(names = 'IP:127.0.0.1,DNS:localhost') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-certificate-'));
  const file = path.join(folder, 'cert.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', `subjectAltName=${names}`, '-keyout', path.join(folder, 'key.pem'), '-out', file], { stdio: 'ignore' });
  return { file, cert: fs.readFileSync(file), key: fs.readFileSync(path.join(folder, 'key.pem')),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
