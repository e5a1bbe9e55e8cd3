// Jest gives tests a realm of their own, while the errors of Node's core come from the outer one, where `instanceof Error`
// says no. connect-node asks exactly that, and would take a reset or a refused connection for a defect. With this module
// imported it behaves under jest as it does in production.
import { types } from 'node:util';

const isInstance = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  configurable: true,
  value(this: unknown, value: unknown): boolean {
    return (this === Error && types.isNativeError(value)) || isInstance.call(this, value);
  },
});
