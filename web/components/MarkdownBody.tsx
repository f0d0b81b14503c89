import type { ReactNode } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { safeText } from '../lib/safeText.ts';
import { SafeLink } from './SafeLink.tsx';

const MAX_LENGTH = 100_000;

/** Text and its structure, nothing that loads, runs, styles or names an element of the page. */
const SCHEMA = {
  ...defaultSchema,
  tagNames: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'strong', 'em', 'del', 'code', 'pre', 'blockquote'],
    ...['ul', 'ol', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'img'],
  ],
  attributes: { a: ['href'], img: ['alt'] },
  protocols: { href: ['http', 'https', 'ipfs'] },
  clobberPrefix: 'card-',
};

const componentsFor = (gateway: string | undefined): Components => ({
  a: ({ href, children }) => (
    <SafeLink href={href ?? ''} {...(gateway === undefined ? {} : { gateway })}>
      {children}
    </SafeLink>
  ),
  // A picture would be a request to a server that the reader did not choose.
  img: ({ alt }) => <em>[picture: {safeText(alt ?? 'without description', 120)}]</em>,
  // The page has its own first heading.
  h1: ({ children }) => <h2>{children}</h2>,
});

/** Links keep ipfs: here; SafeLink decides what may be followed. */
const keep = (url: string): string => (/^(https?|ipfs):\/\//i.test(url) ? url : '');

/** The parser itself; import {@link Markdown} instead. */
export function MarkdownBody({ source, gateway }: { readonly source: string; readonly gateway?: string }): ReactNode {
  return (
    <div className="prose min-w-0 break-words">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[rehypeSanitize, SCHEMA]]}
        components={componentsFor(gateway)}
        urlTransform={keep}
        skipHtml
      >
        {safeText(source.replaceAll('\r\n', '\n'), MAX_LENGTH)}
      </ReactMarkdown>
    </div>
  );
}
