// Loaded before a program (`--require`): at SIGUSR2 it prints a line of JSON about what the program has loaded, how large its young generation
// is, whether V8 has compiled what was hot in the middle of its start and does so now, and whether it has read the authorities of the system.
const { registerHooks } = require('node:module');
const tls = require('node:tls');
const { getHeapSpaceStatistics, setFlagsFromString } = require('node:v8');

const urls = [];
let compiledInStart;
registerHooks({
  load(url, context, next) {
    urls.push(url);
    if (url.endsWith('/src/openk.ts')) compiledInStart = isCompiled(1_000);
    return next(url, context);
  },
});

const { getCACertificates } = tls;
let authorities = false;
tls.getCACertificates = (type) => {
  authorities ||= type === 'system';
  return getCACertificates(type);
};

setFlagsFromString('--allow-natives-syntax');
// Its bit 3: the code is that of a compiler that optimises.
const statusOf = new Function('hot', 'return %GetOptimizationStatus(hot)');

/** Whether a function that is called so often is. */
function isCompiled(calls) {
  const hot = new Function('n', 'let sum = 0; for (let i = 0; i < n; i++) sum += i; return sum;');
  for (let call = 0; call < calls; call++) {
    hot(1_000);
    if (statusOf(hot) & 8) return true;
  }
  return false;
}

process.on('SIGUSR2', () => {
  const youngBytes = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
  const compiledNow = isCompiled(Number.POSITIVE_INFINITY);
  process.stdout.write(
    `${JSON.stringify({ msg: 'loaded', urls, youngBytes, compiledInStart, compiledNow, authorities })}\n`,
  );
});
