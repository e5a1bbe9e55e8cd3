// Where the commands of the process write: a reader that goes away is nobody's fault, and what cannot be written is said.
import { fstatSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { Output } from './context.ts';

/**
 * Node's own stream writes to a file once, and is content with the part that a full disk took.
 * @param exitCode of a command that would end with 0 and could not say everything
 */
export function createProcessOutput(exitCode: number): Output {
  const { fd } = process.stdout;
  const output: Output = fstatSync(fd).isFile() ? createFileOutput(fd) : process.stdout;
  output.once('error', (error: NodeJS.ErrnoException) => {
    // `openk watch | head -1`, at whatever moment it is noticed.
    if (error.code === 'EPIPE') return;
    process.stderr.write(`openk: the output is not whole: ${error.message}\n`);
    process.once('exit', () => {
      process.exitCode ||= exitCode;
    });
  });
  output.on('error', () => {});
  return output;
}

function createFileOutput(fd: number): Output {
  const output = new Writable({
    write(chunk, _encoding, done) {
      try {
        // Until all of it is there.
        writeFileSync(fd, chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  return Object.assign(output, { fd });
}
