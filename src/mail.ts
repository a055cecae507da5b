import { createTransport } from 'nodemailer';
import type { Config } from './config.ts';
import type { Mail } from './deps.ts';

const smtpTimeoutMs = 30_000;

/** Hands letters to the SMTP server of the settings. */
export function smtpMail(config: Config, smtp: string): Mail & { close(): void } {
  const transport = createTransport({
    url: smtp,
    connectionTimeout: smtpTimeoutMs,
    greetingTimeout: smtpTimeoutMs,
    socketTimeout: smtpTimeoutMs,
    // Letters are plain text made here; nothing in them may make the mailer read a file or fetch a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const mail = async ({ to, subject, text }: { to: string; subject: string; text: string }) => {
    await transport.sendMail({ from: config.mail_from, to: { name: '', address: to }, subject, text });
  };
  return Object.assign(mail, { close: () => transport.close() });
}

/** In development nothing leaves the machine: a letter is printed, and the page /outbox shows it. */
export function terminalMail(print: (text: string) => void): Mail {
  return async ({ to, subject, text }) => {
    print(`\n  letter to ${to}: ${subject}\n${text.replace(/^/gm, '  | ')}\n`);
  };
}
