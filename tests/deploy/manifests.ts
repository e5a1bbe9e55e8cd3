// What the ways to deploy OpenK have in common, for their tests.
import { expect } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { checkConfig } from '../../src/check-config.ts';
import { formatFault } from '../../src/config/fault.ts';
import { createCertificates } from '../support/certs.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';

export const DEPLOY = new URL('../../deploy/', import.meta.url);

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
}

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string };
    readonly template: { readonly spec: PodSpec };
  };
}

interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: object;
  readonly containers: readonly { readonly securityContext: object; readonly volumeMounts: readonly object[] }[];
  readonly volumes: readonly object[];
}

export function parseManifests(text: string): readonly Manifest[] {
  const manifests = parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
  return manifests.filter((manifest) => manifest !== null);
}

/** Settles when OpenK itself would start with it. Files of TLS are there. */
export async function expectUsableConfig(text: string): Promise<void> {
  const files = createTemporaryFiles();
  try {
    const { server, ca } = await createCertificates();
    for (const [name, pem] of Object.entries({ 'tls.crt': server.cert, 'tls.key': server.key, 'ca.crt': ca })) {
      files.write(name, String(pem));
    }
    const path = files.write('openk.yaml', text.replaceAll('/etc/openk-tls', files.path('.')));
    const { faults, warnings } = await checkConfig(path, {});
    expect([...faults, ...warnings].map(formatFault)).toEqual([]);
  } finally {
    files.remove();
  }
}

/**
 * One pod at a time, as the file of SQLite wants it, and the profile "restricted":
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function expectRestricted(manifests: readonly Manifest[]): void {
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment') as unknown as readonly Deployment[];
  expect(deployments).toHaveLength(1);
  for (const { spec } of deployments) {
    expect(spec).toMatchObject({ strategy: { type: 'Recreate' } });
    const pod = spec.template.spec;
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    const kinds = pod.volumes.flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name');
    expect(['configMap', 'emptyDir', 'persistentVolumeClaim', 'secret']).toEqual(expect.arrayContaining(kinds));
    for (const { securityContext, volumeMounts } of pod.containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      // A single file would never change in the pod.
      for (const mount of volumeMounts) expect(mount).not.toHaveProperty('subPath');
    }
  }
}

/** `openk.yaml` of the ConfigMaps. */
export function configsOf(manifests: readonly Manifest[]): readonly string[] {
  return manifests.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? (data?.['openk.yaml'] ?? []) : []));
}
