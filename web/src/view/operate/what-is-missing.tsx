// In place of buttons that the server would refuse: what it takes.

import { useOperate } from './operate-context.ts';
import { mayOperate } from './reader.ts';

export function WhatIsMissing() {
  const { reader } = useOperate();
  if (reader === undefined || mayOperate(reader)) return null;
  const { name, isAnonymous, login } = reader;
  const to = encodeURIComponent(location.pathname + location.search);
  return (
    <p class="muted">
      To acknowledge, to silence and to take out of service takes the scope OPERATE, which{' '}
      {isAnonymous ? 'takes a login here.' : `${name} does not have.`}{' '}
      {isAnonymous && login !== undefined && <a href={`${login}?to=${to}`}>Log in</a>}
    </p>
  );
}
