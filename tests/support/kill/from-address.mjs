// Loaded before OpenK: its connections to one port come from an address of the loopback network that is this process's own.
import net from 'node:net';

const { FROM_ADDRESS, TO_PORT } = process.env;
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (Number(options?.port) === Number(TO_PORT)) options.localAddress = FROM_ADDRESS;
  return connect.apply(this, args);
};
