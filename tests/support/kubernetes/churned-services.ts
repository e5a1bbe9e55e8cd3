// Targets of a real cluster that come and go: a Service for each, with an annotation, and beside them an Ingress and the EndpointSlice of a Service.
import type { ChurnedList } from '../churn.ts';
import type { ApiServer } from './api-server.ts';

const NAMESPACE = 'shop';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const SERVICES = `${CORE}/services`;
const CREATED = new Set([200, 201]);
/** As many of the first ones are made at once. */
const AT_ONCE = 16;

export interface ChurnedServices extends ChurnedList {
  /** Settles when what was asked for is done. @throws where the server refused something */
  settled(): Promise<void>;
}

export function createChurnedServices(server: ApiServer, url: string): ChurnedServices {
  const pending = new Set<Promise<void>>();
  /** By name: what goes may just be coming. */
  const making = new Map<string, Promise<void>>();
  let refused: unknown;
  const make = async (path: string, object: object) => {
    const status = await server.ask('POST', path, object);
    // A server that was started anew may have done it before its answer was lost.
    if (!CREATED.has(status) && status !== 409) throw new Error(`POST ${path} is answered by ${status}`);
  };
  const service = (name: string) => ({
    metadata: { name, namespace: NAMESPACE, annotations: { 'openk.dev/probe': 'http' } },
    spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] },
  });
  const put = (name: string) => make(SERVICES, service(name));
  const drop = async (name: string) => {
    await making.get(name);
    making.delete(name);
    const status = await server.ask('DELETE', `${SERVICES}/${name}`);
    if (status !== 200 && status !== 404) throw new Error(`DELETE of ${name} is answered by ${status}`);
  };
  const later = (work: Promise<void>) => {
    const done: Promise<void> = work
      .catch((error: unknown) => {
        refused ??= error;
      })
      .finally(() => pending.delete(done));
    pending.add(done);
  };
  return {
    source: `kubernetes: { api_server: "${url}", token: "${server.token}", namespaces: [ ${NAMESPACE} ], from: [ INGRESS, SERVICE, ENDPOINT_SLICE ] }`,
    targetOf: (name) => `service.${NAMESPACE}.${name}`,
    others: [`ingress.${NAMESPACE}.front.front.example`, `endpoints.${NAMESPACE}.front`],
    async begin(names) {
      await make('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
      await make(`/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`, {
        metadata: { name: 'front' },
        spec: {
          rules: [
            {
              host: 'front.example',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'front', port: { number: 80 } } } },
                ],
              },
            },
          ],
        },
      });
      await make(`/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
        metadata: { name: 'front-1', labels: { 'kubernetes.io/service-name': 'front' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }],
        ports: [{ name: 'http', port: 80 }],
      });
      const left = [...names];
      const workers = Array.from({ length: AT_ONCE }, async () => {
        for (let name = left.pop(); name !== undefined; name = left.pop()) await put(name);
      });
      await Promise.all(workers);
    },
    change(gone, come) {
      const made = put(come);
      making.set(come, made);
      later(made);
      later(drop(gone));
    },
    async settled() {
      await Promise.all(pending);
      if (refused !== undefined) throw refused;
    },
  };
}
