import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintApiKey } from '../../lambdas/domain/secret-format.ts';
import { testRandom } from '../support/clock.ts';
import { type OperatorApi, operator, startOperatorApi } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

const CREATE = ['clients', 'create', '--name', 'CI', '--stack', 'Tollgate'];
const created = {
  client_id: 'ci',
  client_name: 'CI',
  kind: 'service',
  scope: '',
  roles: [],
  allowed_claims: [],
  api_key: mintApiKey('ci', 'e5f6g7h8', testRandom()),
};

let api: OperatorApi;
let place: Workplace;
beforeAll(async () => {
  [api, place] = await Promise.all([startOperatorApi(), workplace()]);
  api.answer(201, created);
});
beforeEach(() => {
  api.take();
  api.stacks.clear();
});
afterAll(() => Promise.all([api.close(), place.remove()]));

const environment = (more: Record<string, string> = {}) => ({
  AWS_ENDPOINT_URL: api.url,
  AWS_ACCESS_KEY_ID: operator.accessKeyId,
  AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
  AWS_REGION: 'us-east-1',
  ...more,
});

describe('tollgate --stack', () => {
  it("takes address and region from the stack's outputs, and signs with the caller's credentials", async () => {
    api.stacks.set('Tollgate', { ApiUrl: api.url, Region: operator.region });
    const { code, stdout, stderr } = await place.run(CREATE, environment());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('npx tollgate login --stack Tollgate --client ');
    expect(api.take()).toMatchObject([{ path: '/admin/clients', signed: true }]);
  });

  it('signs for a path below the address too, whatever it is made of', async () => {
    api.stacks.set('Tollgate', {
      ApiUrl: `${api.url}/_aws/execute-api/a1/$default/`,
      Region: operator.region,
    });
    const { code } = await place.runHere(CREATE, environment());
    expect(code).toBe(0);
    expect(api.take()).toMatchObject([{ path: '/_aws/execute-api/a1/$default/admin/clients', signed: true }]);
  });

  it('signs for the region in which the stack was found, where the outputs name none', async () => {
    api.stacks.set('Tollgate', { ApiUrl: api.url });
    const { code } = await place.runHere([...CREATE, '--region', operator.region], environment());
    expect(code).toBe(0);
    expect(api.take()).toMatchObject([{ signed: true }]);
  });

  it('sends the session token of temporary credentials', async () => {
    api.stacks.set('Tollgate', { ApiUrl: api.url, Region: operator.region });
    await place.runHere(CREATE, environment({ AWS_SESSION_TOKEN: 'session' }));
    expect(api.take()).toMatchObject([{ headers: { 'x-amz-security-token': 'session' } }]);
  });

  it('2 when there is no such stack', async () => {
    const { code, stderr } = await place.runHere(CREATE, environment());
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no stack Tollgate.*does not exist\nCheck the name, the region/);
  });

  it('2 when the stack is not one of Tollgate', async () => {
    api.stacks.set('Tollgate', { BucketName: 'x' });
    const { code, stderr } = await place.runHere(CREATE, environment());
    expect(code).toBe(2);
    expect(stderr).toMatch(/no output ApiUrl/);
  });

  it.each([
    ['none', {}],
    ['an empty one', { AWS_REGION: '' }],
    ['no region', { AWS_REGION: 'not/one' }],
  ])('2 when the region is %s', async (_, region) => {
    const { AWS_REGION: _known, ...others } = environment();
    const { code, stderr } = await place.runHere(CREATE, { ...others, ...region });
    expect(code).toBe(2);
    expect(stderr).toMatch(/in which region[\s\S]*--region/);
  });

  it('3 when there are no AWS credentials', async () => {
    const { code, stderr } = await place.run(CREATE, { AWS_REGION: 'us-east-1' });
    expect(code).toBe(3);
    expect(stderr).toMatch(/no AWS credentials[\s\S]*aws sso login/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('3 when CloudFormation does not answer', async () => {
    const { code, stderr } = await place.runHere(
      CREATE,
      environment({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }),
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/CloudFormation did not answer: .+\nCheck your connection/);
  });
});
