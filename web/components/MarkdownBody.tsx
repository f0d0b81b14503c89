import { createElement, type ReactNode, useEffect, useState } from 'react';
import { WorkerLine } from '../lib/inference/workerLine.ts';
import { safeText } from '../lib/safeText.ts';
import type { MarkdownNode } from './markdownTree.ts';
import { SafeLink } from './SafeLink.tsx';
import { Skeleton } from './Skeleton.tsx';

/** Longer than any honest text takes; the page goes on meanwhile. */
const TIMEOUT_MS = 10_000;
const MAX_PLAIN = 100_000;

const openReader = (): WorkerLine<string> =>
  new WorkerLine({
    start: () => new Worker(new URL('./markdownWorker.ts', import.meta.url), { type: 'module' }),
    what: 'The text is shown as it is',
    timeoutMs: TIMEOUT_MS,
  });

const TAGS = new Set(
  'p br hr h1 h2 h3 h4 h5 h6 strong em del code pre blockquote ul ol li table thead tbody tr th td a img'.split(' '),
);

function shown(node: MarkdownNode, key: number, gateway: string | undefined): ReactNode {
  if (typeof node === 'string') return node;
  const { tag, text = '', inner } = node;
  const children = inner.map((one, at) => shown(one, at, gateway));
  if (!TAGS.has(tag)) return children;
  if (tag === 'a')
    return (
      <SafeLink key={key} href={text} {...(gateway === undefined ? {} : { gateway })}>
        {children}
      </SafeLink>
    );
  // A picture would be a request to a server that the reader did not choose.
  if (tag === 'img') return <em key={key}>[picture: {safeText(text || 'without description', 120)}]</em>;
  if (tag === 'br' || tag === 'hr') return createElement(tag, { key });
  // The page has its own first heading.
  return createElement(tag === 'h1' ? 'h2' : tag, { key }, ...children);
}

type Read = { readonly of: string; readonly nodes: readonly MarkdownNode[] | undefined };

/** The parser runs beside the page; import {@link Markdown} instead. */
export function MarkdownBody({ source, gateway }: { readonly source: string; readonly gateway?: string }): ReactNode {
  const [reader, setReader] = useState<WorkerLine<string>>();
  const [read, setRead] = useState<Read>();
  useEffect(() => {
    const own = openReader();
    setReader(own);
    return () => own.close();
  }, []);
  useEffect(() => {
    if (reader === undefined) return;
    let isOver = false;
    const tell = (nodes: Read['nodes']): void => {
      if (!isOver) setRead({ of: source, nodes });
    };
    reader.ask<readonly MarkdownNode[]>(source).then(tell, () => tell(undefined));
    return () => {
      isOver = true;
    };
  }, [reader, source]);
  if (read === undefined) return <Skeleton className="h-40 w-full" />;
  return (
    <div className="prose min-w-0 break-words">
      {read.nodes === undefined ? (
        <p className="whitespace-pre-wrap">{safeText(read.of, MAX_PLAIN)}</p>
      ) : (
        read.nodes.map((node, at) => shown(node, at, gateway))
      )}
    </div>
  );
}
