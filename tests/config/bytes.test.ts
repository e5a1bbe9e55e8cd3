// Bytes in the configuration: what `send` of a tcp probe is, however it is written.
import { describe, expect, it } from '@jest/globals';
import type { TcpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { LoadedConfig } from '../../src/config/read-config.ts';
import { faultsOf, parseValid } from './support.ts';

const file = (send: string) => `components:\n  - id: a\n    tcp:\n      target: a:1\n      send: ${send}\n`;
const hex = (send: string, env = {}) => {
  return Buffer.from(optionsOf(parseValid(file(send), env)).send).toString('hex');
};
const optionsOf = ({ system }: LoadedConfig): TcpProbe => {
  const subject = system.components.find(({ id }) => id === 'a')?.subject;
  return (subject as { options: TcpProbe }).options;
};

describe('bytes', () => {
  it.each([
    ['PING', '50494e47'],
    ['"PING\\r\\n"', '50494e470d0a'],
    ["'PING\\r\\n'", '50494e475c725c6e'],
    ['"\\xd2"', 'd2'],
    ['"\\xD2\\x04\\x00a"', 'd20400' + '61'],
    ['"\\xc3\\xa9"', 'c3a9'],
    ['"\\\\xd2"', '5c786432'],
    ['"\\\\\\xd2"', '5cd2'],
    ['"\\u00d2"', 'c392'],
    ['"Ò\\xd2"', 'c392d2'],
    ["'\\xd2'", '5c786432'],
    ['\\xd2', '5c786432'],
    ['Ò', 'c392'],
    ['"😀\\xff\\"\\t"', 'f09f9880ff2209'],
    ['"a\\xff\n        b"', '61ff2062'],
    ['!!binary 0gQA', 'd20400'],
    ['!!binary "0g QA"', 'd20400'],
    ['!!binary |\n        0gQ\n        A', 'd20400'],
    ['""', ''],
  ])('%s', (written, expected) => {
    expect(hex(written)).toBe(expected);
  });

  it('take variables as text, beside escapes too', () => {
    const env = { TOKEN: '\\xd2é', B64: '0gQA' };
    expect(hex('"$' + '{TOKEN}\\xd2"', env)).toBe('5c786432c3a9d2');
    expect(hex('!!binary "$' + '{B64}"', env)).toBe('d20400');
    expect(hex('"\\xd2$$' + '{TOKEN}"', env)).toBe(
      Buffer.from([0xd2, ...Buffer.from('$' + '{TOKEN}')]).toString('hex'),
    );
  });

  it('that cannot be read are faults, which show nothing of them', () => {
    expect(faultsOf(file('!!binary "s3cret!"'))).toEqual(['openk.yaml:5:22: components[0].tcp.send: must be base64']);
    expect(faultsOf(file('"\\xd2$' + '{NONE}"'))).toHaveLength(1);
    expect(faultsOf(file('[a]'))).toEqual([
      'openk.yaml:5:13: components[0].tcp.send: must be a single value, not a list',
    ]);
    expect(faultsOf('components:\n  - id: !!binary YQ==\n    tcp: { target: "a:1" }\n')).toEqual([
      'openk.yaml:2:18: components[0].id: has a YAML tag: take it out, the key says what type a value has',
    ]);
  });

  it('are text where a field of text has them', () => {
    const config = parseValid('components:\n  - id: a\n    tcp: { target: "a:1", expect: "\\xd2" }\n');
    expect(optionsOf(config).expect).toBe('\u00d2');
  });
});
