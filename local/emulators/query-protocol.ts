import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './http-body.ts';
import type { Service } from './service.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

const escapeXml = (text: string): string => text.replaceAll(/[&<>"\r]/g, (char) => ENTITIES[char] ?? char);

/** `<name>text</name>`, escaped. */
const element = (name: string, text: string | number): string =>
  `<${name}>${escapeXml(String(text))}</${name}>`;

const readQueryBody = async (request: IncomingMessage): Promise<URLSearchParams> =>
  new URLSearchParams((await readBody(request)).toString('utf8'));

/** `Prefix.member.1`, `.2`, …: the members' own parameter names. */
const membersOf = (query: URLSearchParams, prefix: string): string[] => {
  const members: string[] = [];
  for (let index = 1; ; index += 1) {
    const member = `${prefix}.member.${index}`;
    const exists = [...query.keys()].some((key) => key === member || key.startsWith(`${member}.`));
    if (!exists) return members;
    members.push(member);
  }
};

const sendXml = (response: ServerResponse, xml: string, status = 200): void => {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
  response.writeHead(status, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(text) });
  response.end(text);
};

/** The answer of a query service (STS, CloudFormation). */
const sendQueryResult = (
  response: ServerResponse,
  action: string,
  namespace: string,
  resultXml: string,
): void => {
  sendXml(
    response,
    `<${action}Response xmlns="${namespace}"><${action}Result>${resultXml}</${action}Result>` +
      `<ResponseMetadata>${element('RequestId', randomUUID())}</ResponseMetadata></${action}Response>`,
  );
};

const refuseAsQuery: Service['refuse'] = (response, { code, message, status }) => {
  const type = status >= 500 ? 'Receiver' : 'Sender';
  sendXml(
    response,
    `<ErrorResponse><Error>${element('Type', type)}${element('Code', code)}${element('Message', message)}</Error>` +
      `${element('RequestId', randomUUID())}</ErrorResponse>`,
    status,
  );
};

export { element, escapeXml, membersOf, readQueryBody, refuseAsQuery, sendQueryResult, sendXml };
