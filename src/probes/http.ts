// The probe kind `http`: asks an HTTP server and judges its answer. Sockets are the concern of http-client.ts, CEL that of
// expectation.ts; here is what to ask, where redirects lead, and what the answer means.
import { validateHeaderValue } from 'node:http';
import type { HttpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation, Reason } from '../core/observation.ts';
import type { Probe, ProbeRun } from '../core/probe.ts';
import { checkClientTls, createClientTls } from './client-tls.ts';
import { durationMs, durationText } from './duration.ts';
import { compileExpectations, type Expectations, expressionFault } from './expectation.ts';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpRequest } from './http-client.ts';
import { followRedirect } from './http-redirect.ts';
import { assertNoFaults, type ProbeContext, type ProbeFault, type ProbeKind } from './probe.ts';
import { failure, reason } from './reason.ts';
