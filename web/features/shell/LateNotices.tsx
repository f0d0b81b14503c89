'use client';

import { later } from '../../components/later.tsx';

/** Notices of transactions. Nothing can be sent in the first moments, so their code arrives after the first view. */
export const LateNotices = later(() => import('../transactions/Notices.tsx').then((file) => file.Notices));
