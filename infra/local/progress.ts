/** Takes one line about work that lasts longer than a moment. */
export type Progress = (line: string) => void;

/** Progress goes to stderr, so that stdout stays machine readable (`servers env` is evaluated by shells). */
export const stderrProgress: Progress = (line) => {
  process.stderr.write(`servers: ${line}\n`);
};

export const silent: Progress = () => undefined;
