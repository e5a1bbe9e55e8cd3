// What the runner tells k6: where the server is, what it watches, and the options of the profile.
// One JSON file instead of many variables, so that both sides see the same values.
const path = __ENV.OPENK_RUN;
if (!path)
  throw new Error('OPENK_RUN is not set. Start the suite by `npm run loadtest -- PROFILE`, which makes that file.');

/** { target, token, protoset, summary, components, unhealthyEvery, extras, watchMs, callTimeoutMs, options } */
export const run = JSON.parse(open(path));

export const baseUrl = `http://${run.target}`;

/** What every call sends along: the token, where the server wants one. */
export const credentials = run.token ? { authorization: `Bearer ${run.token}` } : {};
