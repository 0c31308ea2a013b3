// Preloaded into servers that would listen on every interface: binds them to loopback instead.
import net from 'node:net';

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function listenOnLoopback(port, ...rest) {
  const callback = rest.findLast((argument) => typeof argument === 'function');
  return typeof port === 'object' ? listen.call(this, port, ...rest) : listen.call(this, Number(port), '127.0.0.1', callback);
};
