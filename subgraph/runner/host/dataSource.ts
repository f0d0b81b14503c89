import { newRawEntity, readEntity } from '../wasm/storeValue.ts';
import type { HostNamespace } from './context.ts';

/** `dataSource.*`: templates become data sources from the block at hand on. */
export const dataSourceHost: HostNamespace = (context) => {
  const create = (name: number, params: number, data: number): undefined => {
    const { heap } = context;
    const values = heap.pointers(params).map((pointer) => heap.string(pointer));
    context.create(heap.string(name), values, data === 0 ? new Map() : readEntity(heap, data));
    return undefined;
  };
  return {
    'dataSource.create': (name: number, params: number) => create(name, params, 0),
    'dataSource.createWithContext': create,
    'dataSource.address': () => context.heap.newHex(context.source.address),
    'dataSource.network': () => context.heap.newString(context.source.network),
    'dataSource.context': () => newRawEntity(context.heap, context.source.context),
  };
};
