// Which headers of a request an answer depends on, beside those that are named already: CORS names `Origin` before a page adds its own, and
// a cache that does not know of it hands the answer for one origin to the scripts of another.
import type { FastifyReply } from 'fastify';

export function addVary(reply: FastifyReply, name: string): FastifyReply {
  const vary = reply.getHeader('vary');
  return reply.header('vary', vary === undefined ? name : `${name}, ${vary}`);
}
