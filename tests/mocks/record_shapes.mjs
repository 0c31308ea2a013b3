// Rewrites tests/mocks/shapes from the vendors' documents: node record_shapes.mjs. Run it when a
// document changes or a mock starts to use another operation; needs ../shared/vendor-lab.
import fs from 'node:fs';
import path from 'node:path';
import { shapeFile, shapeOf, shapeRoot } from './lib/openapi.mjs';
import { twilioDocuments } from './twilio.mjs';
import { plivoShape, recordPlivo } from './lib/plivo_go.mjs';
import { resendDocuments } from './resend.mjs';
import { telnyxDocuments } from './telnyx.mjs';
import { sesDocuments } from './ses.mjs';
import { vonageDocuments } from './vonage.mjs';
import { greenapiCollection } from './greenapi.mjs';
import { metaDocuments } from './whatsapp_cloud.mjs';
import { elevenlabsDocuments } from './elevenlabs.mjs';
import { deepgramDocuments } from './deepgram.mjs';
import { amendPostmark, postmarkDocuments } from './postmark.mjs';
import { amendSendgrid, sendgridDocuments } from './sendgrid.mjs';
import { shapeOfCollection } from './lib/postman.mjs';

const documents = [
  ...twilioDocuments, ...resendDocuments, ...telnyxDocuments, ...vonageDocuments, ...metaDocuments, ...elevenlabsDocuments,
  ...deepgramDocuments, ...sesDocuments,
];
const record = (document, keep, patch) => fs.writeFileSync(shapeFile(document), JSON.stringify(shapeOf(document, keep, patch)) + '\n');
for (const [document, keep] of documents) record(document, keep);
for (const [document, keep] of postmarkDocuments) record(document, keep, amendPostmark);
for (const [document, keep] of sendgridDocuments) record(document, keep, amendSendgrid);
const [collection, keepMethod] = greenapiCollection;
fs.writeFileSync(path.join(shapeRoot, collection.replace(/\//g, '_')), JSON.stringify(shapeOfCollection(collection, keepMethod)) + '\n');
fs.writeFileSync(plivoShape, JSON.stringify(recordPlivo()) + '\n');
