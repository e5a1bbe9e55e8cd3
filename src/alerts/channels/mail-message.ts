// An alert as mail. All mails about one alert have the same subject and refer to the same one, so that they are one conversation
// wherever mail is read; a status in the subject would break it.
import MailComposer from 'nodemailer/lib/mail-composer';
import type { AlertMessage } from '../../core/alert.ts';
import { printable } from '../../core/printable.ts';
import { plainText } from './plain-text.ts';
import { nameOf, wordingOf } from './wording.ts';

export interface MailAddresses {
  /** As in a From header. */
  readonly from: string;
  readonly to: readonly string[];
  /** Of the sender: what is behind the @ in ids of messages. */
  readonly domain: string;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** With headers, as it is sent. */
  readonly bytes: Buffer;
}

const MAX_TEXT = 20_000;

/** @param id Of the delivery: the same message each time that it is sent. */
export async function buildMail(id: string, message: AlertMessage, addresses: MailAddresses): Promise<Mail> {
  const { type, alert, atMs } = message;
  const { title, lines, links, tone } = wordingOf(message);
  const isAboutAlert = type !== 'openk.test' && type !== 'openk.notice';
  const conversation = `<alert-${alert.id}@${addresses.domain}>`;
  const footer = isAboutAlert ? [`Alert ${alert.id} of the route ${alert.route}`] : [];
  const composed = new MailComposer({
    from: addresses.from,
    to: [...addresses.to],
    subject: `[OpenK] ${type === 'openk.test' ? 'Test' : printable(nameOf(alert), 120) || 'Notice'}`,
    text: [title, plainText({ lines, links }, MAX_TEXT, (text) => text.length), ...footer].join('\n\n'),
    messageId: `<${id}@${addresses.domain}>`,
    inReplyTo: conversation,
    references: conversation,
    date: new Date(atMs),
    priority: tone === 'CRITICAL' ? 'high' : 'normal',
    headers: {
      // RFC 3834: nobody who is on holiday answers it.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Openk-Type': type,
      'X-Openk-Alert': alert.id,
      'X-Openk-Component': alert.component,
      'X-Openk-Status': alert.status,
      'X-Openk-Severity': alert.severity,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const envelope = composed.getEnvelope();
  return { from: envelope.from || '', to: envelope.to, bytes: await composed.build() };
}
