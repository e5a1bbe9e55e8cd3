// Configurations that blackbox_exporter (github.com/prometheus/blackbox_exporter) has in its own repository, each with a Prometheus that has one target
// for each module. Nothing of them is kept here: they are read where BLACKBOX_SOURCE says.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lacking, type PeerSource } from './import-source.ts';
import { filesUnder, isMapping, type Json, mappings, secretsIn, yamlBlocks } from './pieces.ts';

const TARGETS: Readonly<Record<string, string>> = {
  http: 'https://example.org/',
  websocket: 'wss://example.org/',
  dns: '192.0.2.53',
  icmp: 'example.org',
};
const OTHER_TARGET = 'example.org:443';

/** @param work where files may be written */
export async function blackboxSources(checkout: string, work: string): Promise<readonly PeerSource[]> {
  await mkdir(work, { recursive: true });
  const sources: PeerSource[] = [];
  const add = async (name: string, modulesPath: string, config: Json, prometheus: Json) => {
    const path = join(work, `${sources.length}.yml`);
    await writeFile(path, JSON.stringify(prometheus));
    sources.push({
      name,
      format: 'blackbox',
      path: modulesPath,
      args: ['--prometheus', path],
      missing: ({ items }) =>
        lacking(
          targetsOf(prometheus),
          items.map((item) => item.name),
        ).map((target) => `the target "${target}"`),
      secrets: secretsIn(config),
    });
  };
  for (const path of await filesUnder(checkout)) {
    if (!/\.(ya?ml|md)$/.test(path)) continue;
    const text = await readFile(join(checkout, path), 'utf8');
    if (path.endsWith('.md')) {
      const modules = join(checkout, 'blackbox.yml');
      for (const { line, text: block } of yamlBlocks(text))
        for (const prometheus of mappings(block).filter((map) => Array.isArray(map.scrape_configs)))
          await add(`${path}:${line}`, modules, {}, prometheus);
      continue;
    }
    for (const config of mappings(text)) {
      if (!isMapping(config.modules)) continue;
      await add(path, join(checkout, path), config, prometheusOf(config.modules));
    }
  }
  return sources;
}

function prometheusOf(modules: Readonly<Record<string, Json>>): Json {
  return {
    scrape_configs: Object.entries(modules).map(([name, module]) => ({
      job_name: name,
      metrics_path: '/probe',
      params: { module: [name] },
      static_configs: [{ targets: [TARGETS[module?.prober] ?? OTHER_TARGET] }],
      relabel_configs: [
        { source_labels: ['__address__'], target_label: '__param_target' },
        { source_labels: ['__param_target'], target_label: 'instance' },
        { target_label: '__address__', replacement: '127.0.0.1:9115' },
      ],
    })),
  };
}

/** As the report calls them; a job whose targets are found at run time by its name. */
function targetsOf(prometheus: Json): readonly string[] {
  return prometheus.scrape_configs
    .filter((job: Json) => job.metrics_path === '/probe')
    .flatMap((job: Json) => [
      ...Object.keys(job)
        .filter((key) => key.endsWith('_sd_configs'))
        .map(() => job.job_name),
      ...(job.static_configs ?? []).flatMap(({ targets }: Json) =>
        targets.map((target: string) => `${job.job_name}: ${target}`),
      ),
    ]);
}
