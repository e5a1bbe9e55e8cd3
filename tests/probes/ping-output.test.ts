// What is made of the words of ping. They are those of iputils 20221126 and of busybox 1.35, as Debian 12 has them, run on Linux 6 in networks with
// and without routes, with `icmp_echo_ignore_all`, and without the capability to ping.
import { describe, expect, it } from '@jest/globals';
import { type Echo, NOT_PERMITTED, type PingOutput, readPing } from '../../src/probes/ping-output.ts';
import { CannotLook } from '../../src/probes/reason.ts';

const iputils = (line: string, received = 0, more = '') => `PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.
${line}
--- 192.0.2.1 ping statistics ---
1 packets transmitted, ${received} received, ${more}${received ? 0 : 100}% packet loss, time 0ms
`;
const busybox = (line = '', received = 0) => `PING 192.0.2.1 (192.0.2.1): 56 data bytes
${line}
--- 192.0.2.1 ping statistics ---
1 packets transmitted, ${received} packets received, ${received ? 0 : 100}% packet loss
`;
const V6 = `PING ::1(::1) 56 data bytes
64 bytes from ::1: icmp_seq=1 ttl=64 time=0.180 ms

--- ::1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 0.180/0.180/0.180/0.000 ms
`;
const NO_SOCKET =
  'ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\nping: => missing cap_net_raw+p capability or setuid?\n';
const begun = 'PING 192.0.2.1 (192.0.2.1): 56 data bytes\n';

const ECHOES: readonly [string, number, string, string, Echo][] = [
  [
    'iputils',
    0,
    iputils('64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.385 ms\n', 1),
    '',
    { kind: 'answered', roundTripMs: 0.385 },
  ],
  ['iputils, IPv6', 0, V6, '', { kind: 'answered', roundTripMs: 0.18 }],
  [
    'iputils, slow',
    0,
    iputils('64 bytes from 192.0.2.1: icmp_seq=1 ttl=53 time=1034 ms\n', 1),
    '',
    { kind: 'answered', roundTripMs: 1034 },
  ],
  [
    'busybox',
    0,
    busybox('64 bytes from 192.0.2.1: seq=0 ttl=64 time=1.608 ms\n', 1),
    '',
    { kind: 'answered', roundTripMs: 1.608 },
  ],
  ['iputils', 1, iputils(''), '', { kind: 'silent' }],
  ['busybox', 1, busybox(), '', { kind: 'silent' }],
  [
    'iputils, of a router',
    1,
    iputils('From 192.0.2.9 icmp_seq=1 Destination Host Unreachable\n', 0, '+1 errors, '),
    '',
    { kind: 'unreachable', evidence: 'From 192.0.2.9 Destination Host Unreachable' },
  ],
  [
    'iputils, IPv6',
    1,
    'PING 2001:db8::1(2001:db8::1) 56 data bytes\nFrom fd00::2 icmp_seq=1 Destination unreachable: Address unreachable\n',
    '',
    { kind: 'unreachable', evidence: 'From fd00::2 Destination unreachable: Address unreachable' },
  ],
  [
    'iputils',
    2,
    '',
    'ping: connect: Network is unreachable\n',
    { kind: 'no-way', evidence: 'connect: Network is unreachable' },
  ],
  [
    'iputils, no IPv6',
    2,
    '',
    'ping: connect: Cannot assign requested address\n',
    { kind: 'no-way', evidence: 'connect: Cannot assign requested address' },
  ],
  [
    'busybox',
    1,
    begun,
    'ping: sendto: Network is unreachable\n',
    { kind: 'no-way', evidence: 'sendto: Network is unreachable' },
  ],
  [
    'busybox, no IPv6',
    1,
    begun,
    'ping: sendto: Cannot assign requested address\n',
    { kind: 'no-way', evidence: 'sendto: Cannot assign requested address' },
  ],
  [
    'iputils, no route',
    2,
    '',
    'ping: connect: No route to host\n',
    { kind: 'unreachable', evidence: 'connect: No route to host' },
  ],
  [
    'iputils, a black hole',
    2,
    '',
    'ping: connect: Invalid argument\n',
    { kind: 'unreachable', evidence: 'connect: Invalid argument' },
  ],
  [
    'iputils, forbidden',
    2,
    '',
    'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n',
    {
      kind: 'unreachable',
      evidence: 'Do you want to ping broadcast? Then -b. If not, check your local firewall rules',
    },
  ],
  [
    'busybox, forbidden',
    1,
    begun,
    'ping: sendto: Permission denied\n',
    { kind: 'unreachable', evidence: 'sendto: Permission denied' },
  ],
  [
    'busybox, no route',
    1,
    begun,
    'ping: sendto: No route to host\n',
    { kind: 'unreachable', evidence: 'sendto: No route to host' },
  ],
];

it.each(ECHOES)('%s, exit code %d', (_name, exitCode, stdout, stderr, echo) => {
  expect(readPing({ exitCode, stdout, stderr })).toEqual(echo);
});

describe('what says nothing of the target', () => {
  const faultOf = (output: PingOutput) => {
    try {
      return readPing(output);
    } catch (error) {
      return error;
    }
  };

  it.each([
    ['iputils', { exitCode: 2, stdout: '', stderr: NO_SOCKET }],
    ['busybox', { exitCode: 1, stdout: begun, stderr: 'ping: permission denied (are you root?)\n' }],
  ])('%s may not ping', (_name, output) => {
    const fault = faultOf(output);
    expect(fault).toBeInstanceOf(CannotLook);
    expect(fault).toMatchObject({ code: 'PING_UNAVAILABLE', message: NOT_PERMITTED });
  });

  it.each<[string, PingOutput]>([
    ['an option that it does not know', { exitCode: 2, stdout: '', stderr: 'ping: invalid option -- n\n' }],
    ['nothing, and another end', { exitCode: 3, stdout: '', stderr: '' }],
    ['a signal', { exitCode: null, stdout: '', stderr: '' }],
    ['success without an answer', { exitCode: 0, stdout: begun, stderr: '' }],
    ['an answer, and a failure', { exitCode: 2, stdout: V6, stderr: '' }],
  ])('%s', (_name, output) => {
    expect(faultOf(output)).toMatchObject({ code: 'PING_UNAVAILABLE', message: expect.stringMatching(/does not say/) });
  });
});
