// `openk config check` and its kin as functions of a file: without a server.
import { setImmediate } from 'node:timers/promises';
import { createAlerter } from './alerts/decide/alerter.ts';
import { replay } from './alerts/replay.ts';
import type { ReadAlertPlan } from './cli/alerts-replay.ts';
import type { CheckConfig } from './cli/config.ts';
import type { CheckConfigText } from './cli/import.ts';
import { loadConfig } from './config/load.ts';
import { readConfig } from './config/read-config.ts';
import { nextDueTimes } from './core/due-times.ts';
import { compileGraph } from './core/graph.ts';
import { createNextMaintenance } from './core/imposed-maintenance.ts';
import { inSlices } from './core/steps.ts';
import { roomChecks } from './room-checks.ts';

/** Every fault of the file, the maintenance to come, and when reports are due. */
export const checkConfig: CheckConfig = async (path, env) => {
  const result = await loadConfig(path, { env, ...roomChecks() });
  if (!result.ok) return { faults: result.faults, warnings: [], maintenance: [], due: [] };
  const nowMs = Date.now();
  const { components } = result.config.system;
  const definitions = new Map(components.map((definition) => [definition.id, definition]));
  const next = createNextMaintenance({ definition: (id) => definitions.get(id), suspensions: () => [] })(nowMs);
  const maintenance = components.flatMap(({ id, maintenance: plan }) => {
    const periods = next(id, 5);
    return plan === undefined && periods.length === 0 ? [] : [{ component: id, periods }];
  });
  const due = components.flatMap(({ id, subject }) => {
    const times = nextDueTimes(subject, nowMs, 5);
    return times.length === 0 ? [] : [{ component: id, times }];
  });
  return { faults: [], warnings: result.config.warnings, maintenance, due };
};

/** Every fault of a text that is to be the file at `path`. */
export const checkConfigText: CheckConfigText = async (text, path, env) => {
  const steps = readConfig(text, path, { env, ...roomChecks() });
  const result = await inSlices(steps, {
    signal: undefined,
    nowMs: () => performance.now(),
    pause: () => setImmediate(),
  });
  return result.ok ? [] : result.faults;
};

/** The alerts of the file, for a past. */
export const readAlertPlan: ReadAlertPlan = async (path, env) => {
  const result = await loadConfig(path, { env, ...roomChecks() });
  if (!result.ok) return result;
  const { system, alerts } = result.config;
  const compiled = compileGraph(system);
  if (!compiled.ok) throw new Error('a configuration without faults has a graph with some');
  const saved = { alerts: [], lastDeliveryNumber: 0, suspensions: [] };
  return { ok: true, replay: (past) => replay(createAlerter({ saved, incarnation: 0 }), compiled.graph, alerts, past) };
};
