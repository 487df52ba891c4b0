/** Creates the demo clients by the same signed route that operators use. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { REGION } from './physical.ts';
import type { AwsCredentials } from './signature.ts';

const service = z.object({ clientId: z.string(), clientSecret: z.string(), apiKey: z.string() });
const user = z.object({ clientId: z.string(), password: z.string() });

export const demoClientsSchema = z.object({
  reader: service,
  writer: service,
  gateway: service,
  alice: user,
});

/** What each demo client logs in with. */
export type DemoClients = z.output<typeof demoClientsSchema>;

const wanted = [
  {
    client_id: 'reader',
    client_name: 'Demo reader',
    kind: 'service',
    scope: 'read:products read:usage',
    allowed_claims: ['userID', 'role'],
  },
  {
    client_id: 'writer',
    client_name: 'Demo writer',
    kind: 'service',
    scope: 'read:products write:products read:usage',
    grant_types: ['client_credentials', 'refresh_token'],
    allowed_claims: ['userID', 'role'],
  },
  {
    client_id: 'gateway',
    client_name: 'Demo gateway, which acts for others',
    kind: 'service',
    scope: 'read:products introspect:tokens',
    grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  },
  { client_id: 'alice', client_name: 'Alice', kind: 'user', scope: 'read:products read:usage' },
];

const answerSchema = z.object({
  client_id: z.string(),
  client_secret: z.string().optional(),
  api_key: z.string().optional(),
  password: z.string().optional(),
});

/**
 * @param url of the gateway, without a trailing slash
 * @param kept what an earlier run was given for them, where its tables are kept
 * @throws Error where the route refuses, or a client is there whose secrets are not kept
 */
export async function createDemoClients(
  url: string,
  operator: AwsCredentials,
  kept: DemoClients | undefined,
): Promise<DemoClients> {
  const created: Record<string, unknown> = {};
  for (const client of wanted) {
    const response = await post(`${url}/admin/clients`, JSON.stringify(client), operator);
    if (response.status === 201) {
      created[client.client_id] = credentialsIn(answerSchema.parse(await response.json()));
    } else if (response.status !== 409) {
      throw new Error(`creating the client ${client.client_id} was answered ${response.status}`);
    } else if (kept === undefined) {
      throw new Error(
        `the client ${client.client_id} is there, but not its secrets; start once more with --fresh`,
      );
    }
  }
  return demoClientsSchema.parse({ ...kept, ...created });
}

const credentialsIn = ({ client_id, client_secret, api_key, password }: z.output<typeof answerSchema>) =>
  password === undefined
    ? { clientId: client_id, clientSecret: client_secret, apiKey: api_key }
    : { clientId: client_id, password };

async function post(url: string, body: string, credentials: AwsCredentials): Promise<Response> {
  const { host, hostname, port, pathname } = new URL(url);
  const signer = new SignatureV4({ credentials, region: REGION, service: 'execute-api', sha256: Sha256 });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: pathname,
    query: {},
    headers: { host, 'content-type': 'application/json' },
    body,
  });
  return fetch(url, { method: 'POST', headers, body });
}
