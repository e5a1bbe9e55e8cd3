// The top of the page: how everything is, how many are what, and how fresh that is.
import { useComputed } from '@preact/signals';
import { STATUSES } from '../feed/messages.ts';
import { THEMES } from '../model/address.ts';
import { freshnessText } from '../model/freshness.ts';
import { moment } from '../model/times.ts';
import { useAddress, usePage } from './page-context.ts';
import { Shape, statusWord } from './status.tsx';
import { count, figure } from './text.tsx';
import { chooseTheme, chosenTheme } from './theme.ts';

export function Header() {
  return (
    <header class="top">
      <OverallStatus />
      <Counts />
      <Alerts />
      <Freshness />
      <ThemeChoice />
    </header>
  );
}

export function OverallStatus() {
  const page = usePage();
  const overall = page.overall.value;
  if (overall === undefined) return <h1 class="overall">OpenK</h1>;
  const { status } = overall;
  return (
    <h1 class={`overall is-${status}`}>
      <Shape status={status} />
      {statusWord(status)}
    </h1>
  );
}

/** Each is a filter too. */
function Counts() {
  const page = usePage();
  const statuses = useAddress('statuses');
  const toggle = (status: (typeof STATUSES)[number]) =>
    page.go({ statuses: STATUSES.filter((each) => (each === status) !== statuses.includes(each)) });
  return (
    <fieldset class="counts">
      <legend class="unseen">Filter by status</legend>
      {STATUSES.map((status) => {
        const number = page.counts.value[status];
        return (
          <button
            key={status}
            type="button"
            class={`chip is-${status}${number === 0 ? ' is-zero' : ''}`}
            aria-pressed={statuses.includes(status)}
            onClick={() => toggle(status)}
          >
            <Shape status={status} />
            <b>{figure(number)}</b> <span class="word">{statusWord(status)}</span>
          </button>
        );
      })}
    </fieldset>
  );
}

/** Alerts that channels were sent: opens the list of all. */
function Alerts() {
  const page = usePage();
  const { open, acknowledged } = page.alerts.counts.value;
  const isShown = useAddress('alerts');
  if (page.alerts.list.value === undefined) return null;
  return (
    <button
      type="button"
      class={`alerts-open${open > acknowledged ? ' is-open' : ''}`}
      aria-expanded={isShown}
      onClick={() => page.go({ alerts: !isShown, component: '', at: undefined })}
    >
      {open === 0 ? 'No alerts' : count(open, 'alert')}
      {acknowledged > 0 && `, ${figure(acknowledged)} acknowledged`}
    </button>
  );
}

function Freshness() {
  const page = usePage();
  const freshness = page.freshness.value;
  const at = 'at' in freshness && freshness.at > 0 ? moment(freshness.at) : undefined;
  return (
    <p class={`freshness is-${freshness.state}`} title={at}>
      <span class="dot" aria-hidden="true" />
      {freshnessText(freshness, page.now.value)}
    </p>
  );
}

function ThemeChoice() {
  const page = usePage();
  const theme = useComputed(() => chosenTheme(page));
  return (
    <label class="theme">
      <span class="unseen">Look</span>
      <select value={theme.value} onChange={({ currentTarget }) => chooseTheme(page, currentTarget.value)}>
        {THEMES.map((theme) => (
          <option key={theme} value={theme}>
            {theme}
          </option>
        ))}
      </select>
    </label>
  );
}
