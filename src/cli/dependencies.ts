// What the commands need of the rest of OpenK.
import type { RunAgent } from './agent.ts';
import type { ReadAlertPlan } from './alerts-replay.ts';
import type { CheckConfig } from './config.ts';
import type { CliContext } from './context.ts';
import type { CheckConfigText } from './import.ts';
import type { Serve, ServerSignals } from './serve.ts';
import type { StorageTools } from './storage.ts';

export interface CliDependencies {
  readonly context: CliContext & ServerSignals;
  readonly version: string;
  readonly serve: Serve;
  readonly checkConfig: CheckConfig;
  readonly checkConfigText: CheckConfigText;
  readonly readAlertPlan: ReadAlertPlan;
  readonly storage: StorageTools;
  readonly runAgent: RunAgent;
}
