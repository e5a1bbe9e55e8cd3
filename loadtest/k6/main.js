// The script that k6 runs: the scenarios by name, the options that the runner chose, the summary as a file.
import { grpcUnary, grpcWatch, watchHealth } from './grpc-scenarios.js';
import { connectGet, connectJson, grpcWeb, reloadedComponent, rest, restRoot } from './http-scenarios.js';
import { run } from './run-input.js';

export { connectGet, connectJson, grpcUnary, grpcWatch, grpcWeb, reloadedComponent, rest, restRoot, watchHealth };

/** Calls of ten, by who asks: backends most, then browsers and scripts. */
const MIX = [grpcUnary, grpcUnary, grpcUnary, grpcUnary, grpcWeb, grpcWeb, connectJson, connectJson, connectGet, rest];

export function mix() {
  MIX[Math.floor(Math.random() * MIX.length)]();
}

export const options = run.options;

export function handleSummary(summary) {
  return { [run.summary]: JSON.stringify(summary) };
}
