/** The table of revocations, issued tokens and usage records, behind the ports of the domain. */
export { revocationReader, revocationWriter } from './revocations.ts';
export { issuanceWriter, usageReader, usageWriter } from './usage-records.ts';
