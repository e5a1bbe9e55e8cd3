// The frames that the k6 scripts make and read by hand.
import { describe, expect, it } from '@jest/globals';
import { readFrames, writeFrame } from '../../loadtest/k6/grpc-web-frames.ts';

describe('the frames of gRPC-Web in the k6 scripts', () => {
  it('are read as they were written', () => {
    expect(readFrames(writeFrame('{"ä":1}'))).toEqual({ messages: ['{"ä":1}'], trailers: '' });
  });

  it('tell trailers from messages', () => {
    const trailers = 'grpc-status: 0\r\n';
    const body = [...new Uint8Array(writeFrame('{}')), 0x80, 0, 0, 0, trailers.length, ...Buffer.from(trailers)];
    expect(readFrames(new Uint8Array(body).buffer)).toEqual({ messages: ['{}'], trailers });
  });

  it('leave out what is cut off', () => {
    const whole = writeFrame('{"a":1}');
    for (let bytes = 0; bytes < whole.byteLength; bytes++) {
      expect(readFrames(whole.slice(0, bytes))).toEqual({ messages: [], trailers: '' });
    }
  });
});
