/** The forms of an export, page by page. */
import type { OperatorAnswer } from '../operator.ts';
import { notOurs } from '../refusal.ts';
import type { ReportPage } from './report.ts';

/** What is written of a page. */
export interface Written {
  text: string;
  rows: number;
}

export interface Format<Body> {
  /** What the server is asked for. */
  asked: 'json' | 'csv';
  /** @param isFirst whether it is the first page */
  page(answer: OperatorAnswer<Body>, isFirst: boolean): Written;
  /** What is written after the last page. */
  end(last: OperatorAnswer<Body>): string;
  /** Where an answer has the cursor of the next page. */
  nextIn(answer: OperatorAnswer<Body>): string | undefined;
}

const nextInBody = ({ body }: OperatorAnswer<ReportPage>): string | undefined => body.next;

/** One row a line. */
export const ndjson: Format<ReportPage> = {
  asked: 'json',
  page: ({ body: { rows } }) => ({
    text: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    rows: rows.length,
  }),
  end: () => '',
  nextIn: nextInBody,
};

/** One document, as the server's of one page would be. */
export const json: Format<ReportPage> = {
  asked: 'json',
  page: ({ body: { rows, total: _, next: __, ...head } }, isFirst) => {
    const opening = `${JSON.stringify(head).slice(0, -1)},"rows":[`;
    const lines = rows.map((row) => JSON.stringify(row)).join(',\n');
    const before = isFirst ? `${opening}\n` : rows.length > 0 ? ',\n' : '';
    return { text: before + lines, rows: rows.length };
  },
  end: ({ body: { total } }) => `\n],"total":${JSON.stringify(total)}}\n`,
  nextIn: nextInBody,
};

/** As the server writes it; each page begins with the same header line, which is told once. */
export const csv: Format<unknown> = {
  asked: 'csv',
  page({ text, status, headers }, isFirst) {
    const headEnd = text.indexOf(LINE);
    if (!headers.get('content-type')?.startsWith('text/csv') || headEnd === -1) throw notOurs(status);
    const rows = text.slice(headEnd + LINE.length);
    return { text: isFirst ? text : rows, rows: linesIn(rows) };
  },
  end: () => '',
  nextIn({ headers }) {
    const [, query = ''] = /^<\?([^>]*)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
    return new URLSearchParams(query).get('cursor') ?? undefined;
  },
};

const LINE = '\r\n';

/** A line break inside of quotes ends no row. */
const linesIn = (rows: string): number => rows.replace(/"[^"]*"/g, '').split(LINE).length - 1;
