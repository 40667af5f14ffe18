import { type Places } from '../support/hostile-graph.js';

/** Links to a further page: where they lead, from `{graph}`, `{thief}`, the path of the list itself, `{list}`, and its `{team}`. */
export const FOREIGN_LINKS: readonly string[] = [
  'http://{thief}{list}?$skip=1',
  'https://{graph}{list}?$skip=1',
  '//{thief}{list}?$skip=1',
  'http:\\\\{thief}{list}?$skip=1',
  '\\\\{thief}{list}?$skip=1',
  '/\\{thief}{list}?$skip=1',
  'http:{thief}{list}?$skip=1',
  'http:/{thief}{list}?$skip=1',
  'http:///{thief}{list}?$skip=1',
  'http://{graph}@{thief}{list}?$skip=1',
  'http://{graph}:pass@{thief}{list}?$skip=1',
  'http://user@{graph}{list}?$skip=1',
  'http://{graph}.{thief}{list}?$skip=1',
  'http://{graph}\\@{thief}{list}?$skip=1',
  'http://{graph}#@{thief}{list}?$skip=1',
  'http://{graph}?@{thief}{list}?$skip=1',
  'http://{graph}%2f@{thief}{list}?$skip=1',
  'http://127.0.0.1:1{list}?$skip=1',
  'http://localhost:1{list}?$skip=1',
  'http://[::1]{list}?$skip=1',
  '{list}/../../other-team/operations?$skip=1',
  '{list}/..?$skip=1',
  '{list}/.?$skip=1',
  '{list}/%2e%2e/%2e%2e/other-team/operations?$skip=1',
  '{list}%2f..%2f..%2fme?$skip=1',
  '/v1.0/teams/..%2f..%2fme/operations?$skip=1',
  '/v1.0/teams/other-team/operations?$skip=1',
  '/v1.0/teams/{TEAM}/operations?$skip=1',
  '/v1.0//teams/{team}/operations?$skip=1',
  '/beta/chats/{team}/operations?$skip=1',
  '/v1.0/me/messages?$skip=1',
  '{list}/listed?$skip=1',
  '{list}?a=1#fragment',
  '{list}?a\r\nHost: {thief}',
  '{list}?a b',
  '{list}?a\u0000',
  '{list}?ключ',
  '{list}?\ud800',
  `{list}?${'a'.repeat(9_000)}`,
  'javascript:alert(1)',
  'file:///etc/passwd',
  'data:application/json,{"value":[]}',
  ' ',
  '',
];

/** @param list the path of the list itself */
export function linkTo(link: string, list: string, { graph, thief }: Places): string {
  const [team = ''] = /(?<=\/teams\/)[^/]+/.exec(list) ?? [];
  return link
    .replaceAll('{graph}', graph)
    .replaceAll('{thief}', thief)
    .replaceAll('{list}', list)
    .replaceAll('{team}', team)
    .replaceAll('{TEAM}', team.toUpperCase());
}
