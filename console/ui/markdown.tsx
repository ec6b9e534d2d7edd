import type { ReactNode } from 'react';

/**
 * The Markdown that documentation of extensions is written in: headings, paragraphs, lists and code. It comes from whoever wrote
 * the extension, so it becomes elements, never HTML.
 */
export function Markdown({ text }: { readonly text: string }) {
  return <div className="markdown">{blocksOf(text).map((block, index) => renderBlock(block, index))}</div>;
}

interface Block {
  readonly kind: 'heading' | 'paragraph' | 'list' | 'code';
  readonly lines: readonly string[];
}

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (line.startsWith('```')) {
      const end = lines.findIndex((each, index) => index > at && each.startsWith('```'));
      const stop = end < 0 ? lines.length : end;
      blocks.push({ kind: 'code', lines: lines.slice(at + 1, stop) });
      at = stop + 1;
    } else if (line.trim() === '') {
      at += 1;
    } else {
      const block = takeBlock(lines, at);
      blocks.push(block);
      at += block.lines.length;
    }
  }
  return blocks;
}

const ITEM = /^\s*(?:[-*+]|\d+\.)\s+/;
const HEADING = /^#{1,6}\s+/;

function takeBlock(lines: readonly string[], from: number): Block {
  const [first = ''] = lines.slice(from);
  if (HEADING.test(first)) return { kind: 'heading', lines: [first] };
  const end = lines.findIndex(
    (line, index) => index > from && (line.trim() === '' || line.startsWith('```') || HEADING.test(line)),
  );
  const taken = lines.slice(from, end < 0 ? lines.length : end);
  return { kind: ITEM.test(first) ? 'list' : 'paragraph', lines: taken };
}

function renderBlock({ kind, lines }: Block, key: number): ReactNode {
  switch (kind) {
    case 'heading':
      return <h3 key={key}>{renderInline(lines.join(' ').replace(HEADING, ''))}</h3>;
    case 'code':
      return <pre key={key}>{lines.join('\n')}</pre>;
    case 'paragraph':
      return <p key={key}>{renderInline(lines.join(' '))}</p>;
    case 'list': {
      const items = lines.join('\n').split(/\n(?=\s*(?:[-*+]|\d+\.)\s+)/);
      return (
        <ul key={key}>
          {items.map((item, index) => (
            <li key={index}>{renderInline(item.replace(ITEM, ''))}</li>
          ))}
        </ul>
      );
    }
  }
}

const INLINE = /(`[^`]+`)|(\*\*[^*]+\*\*)|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)/g;

function renderInline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [whole, code, strong, label, url] = match;
    if (code !== undefined) parts.push(<code key={at}>{code.slice(1, -1)}</code>);
    else if (strong !== undefined) parts.push(<strong key={at}>{strong.slice(2, -2)}</strong>);
    else if (url !== undefined)
      parts.push(
        <a key={at} className="link" href={url} rel="noreferrer" target="_blank">
          {label}
        </a>,
      );
    else parts.push(whole);
  }
  parts.push(text.slice(at));
  return parts;
}
