export { fastQuorumValid } from '../invariants/fast-quorum-valid.js';
export { fastPaxosCoverage } from '../log/invariants/coverage.js';
export { type FastPaxosInvariantsOptions, fastPaxosInvariants } from '../log/invariants/index.js';
export { type FastSynodInvariantsOptions, fastSynodCoverage, fastSynodInvariants } from '../synod/invariants/index.js';
