// What the program ping says, as an echo: of iputils and of busybox, in English. It stands alone since it is all that is known of those
// programs, and a table of what they really print can judge it.
import { CannotLook } from './reason.ts';

export type Echo =
  | { readonly kind: 'answered'; readonly roundTripMs: number }
  | { readonly kind: 'silent' }
  /** Somebody on the way, or this machine, says that it does not get there. */
  | { readonly kind: 'unreachable'; readonly evidence: string }
  /** This machine has no route to it. */
  | { readonly kind: 'no-way'; readonly evidence: string };

export interface PingOutput {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const NOT_PERMITTED =
  'OpenK may not send echo requests: the sysctl net.ipv4.ping_group_range must have its group, or ping the capability NET_RAW';

/** Of one echo request. @throws CannotLook where the program could not send it, or says what is not known here */
export function readPing({ exitCode, stdout, stderr }: PingOutput): Echo {
  const answer = /^\d+ bytes from .*\btime[=<](\d+(?:\.\d+)?) ?ms/m.exec(stdout);
  if (exitCode === 0 && answer !== null) return { kind: 'answered', roundTripMs: Number(answer[1]) };
  const words = stderr.trim().split('\n').map(withoutName).join(' ');
  if (/socket: (Operation not permitted|Permission denied)|cap_net_raw|are you root/i.test(words)) {
    throw new CannotLook('PING_UNAVAILABLE', NOT_PERMITTED, words);
  }
  // Of the socket, before anything was sent.
  if (/Network( is)? unreachable|Cannot assign requested address|Address family not supported/i.test(words)) {
    return { kind: 'no-way', evidence: words };
  }
  // From somebody on the way, by ICMP.
  const said = /^From \S+ .*$/m.exec(stdout)?.[0] ?? /got ICMP \d+ .*$/.exec(words)?.[0];
  if (said !== undefined) return { kind: 'unreachable', evidence: said.replace(/ icmp_seq=\d+/, '') };
  // From this machine: no route, a route that forbids, a firewall, for which iputils says that it may be a broadcast.
  if (/(connect|sendmsg|sendto): |check your local firewall/.test(words))
    return { kind: 'unreachable', evidence: words };
  if (exitCode === 1 && words === '') return { kind: 'silent' };
  throw new CannotLook('PING_UNAVAILABLE', 'the program ping does not say whether it was answered', words);
}

/** `ping: socket: Operation not permitted`, without the first word. */
function withoutName(line: string): string {
  return line.replace(/^ping6?: /, '').trim();
}
