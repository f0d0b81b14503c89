'use client';

import type { ReactNode } from 'react';
import { Dialog, type DialogProps } from './Dialog.tsx';

/** A dialog at the right edge of the window. */
export function Drawer(props: Omit<DialogProps, 'shape'>): ReactNode {
  return <Dialog {...props} shape="drawer" />;
}
