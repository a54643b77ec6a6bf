/** One sample of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads the samples of some metrics out of Prometheus' text format.
 * @param names the metrics that are wanted, each as it stands at the beginning of its lines
 */
export function parseSamples(text: string, names: ReadonlySet<string>): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line);
    const name = match?.[1];
    if (!match || name === undefined || !names.has(name)) return [];
    const labels = Object.fromEntries(
      Array.from((match[2] ?? '').matchAll(LABEL), ([, label = '', value = '']) => [label, value]),
    );
    return [{ name, labels, value: Number(match[3]) }];
  });
}
