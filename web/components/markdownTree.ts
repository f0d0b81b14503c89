import { Fragment, isValidElement, type ReactElement, type ReactNode } from 'react';
import ReactMarkdown from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { safeText } from '../lib/safeText.ts';

/** Text, or an element of a few plain kinds with what is in it: nothing that loads, runs, styles or names. */
export type MarkdownNode = string | MarkdownElement;
export interface MarkdownElement {
  readonly tag: string;
  /** Of a link: where it leads. Of a picture: what it shows. Hostile text. */
  readonly text?: string;
  readonly inner: readonly MarkdownNode[];
}

const TAGS: readonly string[] = [
  ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'strong', 'em', 'del', 'code', 'pre', 'blockquote'],
  ...['ul', 'ol', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'img'],
];
const SCHEMA = {
  ...defaultSchema,
  tagNames: [...TAGS],
  attributes: { a: ['href'], img: ['alt'] },
  protocols: { href: ['http', 'https', 'ipfs'] },
  clobberPrefix: 'card-',
};

const MAX_MARKDOWN = 100_000;
/** What a page can show without a pause. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 60;

/** Links keep ipfs: here; SafeLink decides what may be followed. */
const keep = (url: string): string => (/^(https?|ipfs):\/\//i.test(url) ? url : '');

/**
 * Reads a stranger's Markdown. Takes minutes for texts that were made for it: run it where it can be ended.
 * @throws {RangeError} for what is nested too deeply or has too many parts to be shown
 */
export function markdownTree(source: string): readonly MarkdownNode[] {
  const text = safeText(source.replaceAll('\r\n', '\n'), MAX_MARKDOWN).slice(0, 2 * MAX_MARKDOWN);
  const tree = ReactMarkdown({
    children: text,
    remarkPlugins: [remarkGfm],
    rehypePlugins: [[rehypeSanitize, SCHEMA]],
    urlTransform: keep,
    skipHtml: true,
  });
  let nodes = 0;
  const plain = (node: ReactNode, depth: number): readonly MarkdownNode[] => {
    nodes += 1;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) throw new RangeError('too much to show');
    if (typeof node === 'string') return [node];
    if (Array.isArray(node)) return node.flatMap((one: ReactNode) => plain(one, depth));
    if (!isValidElement(node)) return [];
    const { type, props } = node as ReactElement<{ children?: ReactNode; href?: string; alt?: string }>;
    const inner = plain(props.children, depth + 1);
    if (type === Fragment || typeof type !== 'string') return inner;
    const said = props.href ?? props.alt;
    return [{ tag: type, inner, ...(said === undefined ? {} : { text: said }) }];
  };
  return plain(tree, 0);
}
