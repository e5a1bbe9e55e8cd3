// Connections to the OTLP collector, with an end: a collector that hangs, or is not there, must not hold the process. What is
// under way then fails, and the exporters' next try fails for good.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

export interface CollectorConnections {
  /** As the exporters ask for it. */
  createAgent(protocol: string): HttpAgent;
  /** Ends all connections. From now on none can be made. */
  close(): void;
}

export function createCollectorConnections(): CollectorConnections {
  const agents: HttpAgent[] = [];
  let isClosed = false;
  return {
    createAgent(protocol) {
      const agent = protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
      const connect = agent.createConnection.bind(agent);
      agent.createConnection = (options, onCreated) => {
        // Without a code that the exporters would try again for.
        if (isClosed) throw new Error('telemetry is closed: nothing more is sent');
        return connect(options, onCreated);
      };
      agents.push(agent);
      return agent;
    },
    close() {
      isClosed = true;
      for (const agent of agents) agent.destroy();
    },
  };
}
