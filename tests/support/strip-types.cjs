// jest transformer: Node's own type stripping, so that tests run exactly what production runs.
const { stripTypeScriptTypes } = require('node:module');

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
