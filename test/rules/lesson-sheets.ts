/** How the points of a section are told apart. */
type PointStyle = 'numbered-lines' | 'numbered-inline' | 'dots' | 'letters' | 'bullets' | 'l-numbers';

/** A section of a reference sheet whose points are lessons, defects or checks. */
interface LessonSection {
  readonly sheet: string;
  readonly file: string;
  /** The part of the id before the number; empty when the points carry their own (`L7`). */
  readonly prefix: string;
  /** The start of the section's heading line. */
  readonly heading: string;
  readonly style: PointStyle;
}

const EVENTS = { sheet: 'events', file: 'events-and-queue.md' };
const SYNC = { sheet: 'sync', file: 'sync-distribution-replication.md' };
const HEALTH = { sheet: 'health-and-idle', file: 'health-and-idle.md' };
const PROVIDERS = { sheet: 'providers', file: 'providers.md' };

/**
 * Every numbered list of lessons, defects, requirements or checks in the reference sheets. Numbered steps that only
 * describe the replaced system (its publish algorithm, its cycles) are no lessons and are not listed.
 */
const lessonSections: readonly LessonSection[] = [
  { ...EVENTS, prefix: '1.17', heading: '## 1.17', style: 'numbered-lines' },
  { ...EVENTS, prefix: '2.15', heading: '## 2.15', style: 'numbered-lines' },
  { ...EVENTS, prefix: '5', heading: '# PART 5', style: 'numbered-lines' },
  { ...EVENTS, prefix: '6', heading: '# PART 6', style: 'numbered-lines' },
  { ...SYNC, prefix: '2.2', heading: '### 2.2', style: 'letters' },
  { ...SYNC, prefix: '7.5', heading: '### 7.5', style: 'numbered-lines' },
  { ...SYNC, prefix: '', heading: '## 11.', style: 'l-numbers' },
  { ...SYNC, prefix: '13', heading: '## 13.', style: 'numbered-inline' },
  { ...HEALTH, prefix: '1.8', heading: '### 1.8', style: 'numbered-lines' },
  { ...HEALTH, prefix: '4.6', heading: '### 4.6', style: 'bullets' },
  { ...HEALTH, prefix: '7', heading: '## 7.', style: 'letters' },
  { ...HEALTH, prefix: '12', heading: '## 12.', style: 'numbered-lines' },
  { ...HEALTH, prefix: '13', heading: '## 13.', style: 'numbered-lines' },
  { ...HEALTH, prefix: '14', heading: '## 14.', style: 'dots' },
  { ...PROVIDERS, prefix: '0', heading: '## 0.', style: 'numbered-lines' },
  { ...PROVIDERS, prefix: '7', heading: '## 7.', style: 'numbered-inline' },
];

/** The lines between the section's heading and the next heading of its level or above. */
const sectionText = (sheet: string, heading: string): string | undefined => {
  const lines = sheet.split('\n');
  const start = lines.findIndex((line) => line.startsWith(heading));
  if (start < 0) {
    return undefined;
  }
  const level = heading.indexOf(' ');
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => {
    const marks = /^(#+) /.exec(line)?.[1]?.length;
    return marks !== undefined && marks <= level;
  });
  return (end < 0 ? rest : rest.slice(0, end)).join('\n');
};

const firsts = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

const pointsOf = (text: string, style: PointStyle): string[] => {
  switch (style) {
    case 'numbered-lines':
      return firsts(text, /^(\d+)\. /gm);
    case 'numbered-inline':
      return firsts(text, /(?:^|[;.] |\? )(\d+)\.? (?=\S)/gm);
    case 'dots':
      return text
        .split('\n')
        .filter((line) => line.includes('·'))
        .join(' ')
        .split('·')
        .flatMap((point, index) => (point.trim() === '' ? [] : [String(index + 1)]));
    case 'letters':
      return firsts(text, /\(([a-z])\) /g);
    case 'bullets':
      return text
        .split('\n')
        .filter((line) => line.startsWith('- '))
        .map((_line, index) => String(index + 1));
    case 'l-numbers':
      return firsts(text, /^(L\d+) /gm);
  }
};

/**
 * The ids of one section's points, such as `sync#7.5-2`, in order.
 *
 * @param sheet the text of the section's file
 * @throws Error when the section is not in the sheet or has no point: the sheet changed, mend `lessonSections`.
 */
const deriveIds = (section: LessonSection, sheet: string): string[] => {
  const points = pointsOf(sectionText(sheet, section.heading) ?? '', section.style);
  if (points.length === 0) {
    throw new Error(
      `${section.file} has no points under "${section.heading}": mend lessonSections in test/rules/lesson-sheets.ts`,
    );
  }
  return points.map((point) =>
    section.prefix === '' ? `${section.sheet}#${point}` : `${section.sheet}#${section.prefix}-${point}`,
  );
};

export type { LessonSection };
export { deriveIds, lessonSections };
