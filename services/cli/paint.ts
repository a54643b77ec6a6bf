import { styleText } from 'node:util';
import type { Status } from '../../shared/journal/records.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours for people; nothing where the text goes into a file or a pipe. */
export interface Paint {
  status(text: Status): string;
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const STATUS_STYLE: Readonly<Record<Status, Style>> = {
  running: 'cyan',
  waiting: 'blue',
  parked: 'yellow',
  cancelling: 'magenta',
  compensating: 'magenta',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'red',
};

export function paintFor(hasColours: boolean): Paint {
  const paint = (style: Style, text: string): string => (hasColours ? styleText(style, text) : text);
  return {
    status: (status) => paint(STATUS_STYLE[status], status),
    good: (text) => paint('green', text),
    bad: (text) => paint('red', text),
    dim: (text) => paint('dim', text),
    bold: (text) => paint('bold', text),
  };
}
