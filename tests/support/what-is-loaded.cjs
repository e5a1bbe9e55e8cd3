// Loaded before a program (`--require`): at SIGUSR2 it prints a line of JSON about what the program has loaded, and how large its young generation is.
const { registerHooks } = require('node:module');
const { getHeapSpaceStatistics } = require('node:v8');

const urls = [];
registerHooks({
  load(url, context, next) {
    urls.push(url);
    return next(url, context);
  },
});

process.on('SIGUSR2', () => {
  const youngBytes = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
  process.stdout.write(`${JSON.stringify({ msg: 'loaded', urls, youngBytes })}\n`);
});
