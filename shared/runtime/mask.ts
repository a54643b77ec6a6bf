const MASK = '***';

/**
 * A text in which every URL has lost its credentials and its query: `amqp://***@host:5672/orders`. What stands before
 * the last "@" counts as credentials, even a password that should have been escaped; masking too much is the safe side.
 * Lists of hosts (`mongodb://a:1,b:2/db`) are fine: nothing is parsed.
 */
export const maskUrls = (text: string): string =>
  text.includes('://') ? text.replace(/:\/\/([^\s"'<>]+)/g, (_, rest: string) => `://${maskRest(rest)}`) : text;

/** One URL, masked; a text that is none is hidden whole, as it may be a URL that lost its beginning. */
export const maskUrl = (url: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? maskUrls(url) : MASK);

function maskRest(rest: string): string {
  const credentialsEnd = rest.lastIndexOf('@');
  const address = rest.slice(credentialsEnd + 1);
  const queryStart = address.indexOf('?');
  const shown = queryStart === -1 ? address : `${address.slice(0, queryStart)}?${MASK}`;
  return credentialsEnd === -1 ? shown : `${MASK}@${shown}`;
}
