import { CONSEQUENCE_TEXT, ERROR_ADVICE } from '../../shared/core/error-advice.ts';
import { CATALOGUE, CONSEQUENCES, type Consequence, type ErrorCode } from '../../shared/core/errors.ts';
import { code, GENERATED, table } from './markdown.ts';

/** docs/errors.md: every code of the catalogue under its consequence. */
export function errorsDocument(): string {
  const sections = Object.values(CONSEQUENCES).map(
    (consequence) => `## ${consequence}\n\n${CONSEQUENCE_TEXT[consequence]}\n\n${tableOf(consequence)}`,
  );
  return `# Errors

${GENERATED}

Everything that can go wrong has a code. Codes are stable: they stand in \`parked.code\`, in the headers of dead messages and
in the labels of metrics, and are never used again for something else. Texts may change. An action's declared
failures are no errors: the definition says where they lead.

${sections.join('\n\n')}
`;
}

function tableOf(consequence: Consequence): string {
  // The keys of CATALOGUE are its codes; Object.keys forgets that.
  const codes = (Object.keys(CATALOGUE) as ErrorCode[]).filter((one) => CATALOGUE[one].consequence === consequence);
  return table(
    ['code', 'text', 'what to do'],
    codes.map((one) => [code(one), CATALOGUE[one].template, ERROR_ADVICE[one]]),
  );
}
