/** A table, or nothing without rows. Whatever would end a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')];
}

function cell(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

/** A text as a sentence: with a capital letter and a full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?:]$/.test(capital) ? capital : `${capital}.`;
}

export const code = (text: string): string => `\`${text}\``;

/** The place of a heading within a page, as GitHub names it. */
export function anchor(heading: string): string {
  return `#${heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')}`;
}

/** Blocks with an empty line between them, and one line break at the end. */
export function page(...blocks: readonly (string | readonly string[])[]): string {
  return `${blocks
    .flat()
    .filter((block) => block !== '')
    .join('\n\n')}\n`;
}
