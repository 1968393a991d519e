export { fastPaxosCoverage } from '../log/invariants/coverage.js';
export { type FastPaxosInvariantsOptions, fastPaxosInvariants } from '../log/invariants/index.js';
