import { Code, ConnectError } from '@connectrpc/connect';

let gone: ConnectError | undefined;

/**
 * Why a call is over whose caller went, whatever that reset its stream with: the codes have a meaning from a server to a
 * client, and CANCEL alone has one the other way (PROTOCOL-HTTP2.md, Errors). Made when it is needed: the metadata of an
 * error is Headers, and with those Node loads all of fetch.
 */
export function clientGone(): ConnectError {
  gone ??= new ConnectError('the client went away', Code.Canceled);
  return gone;
}
