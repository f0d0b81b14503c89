import type { Entity } from '../schema/entity.ts';
import { newEntity, readEntity } from '../wasm/storeValue.ts';
import type { HostContext, HostNamespace } from './context.ts';

function entityPointer(context: HostContext, typeName: string, entity: Entity | undefined): number {
  const type = context.schema.entities.get(typeName);
  return entity === undefined || type === undefined ? 0 : newEntity(context.heap, type, entity);
}

/** `store.*`: entities by type and id (Bytes ids arrive as hex). */
export const storeHost: HostNamespace = (context) => {
  const text = (pointer: number): string => context.heap.string(pointer);
  return {
    'store.get': (type: number, id: number) =>
      entityPointer(context, text(type), context.entities.get(text(type), text(id))),
    'store.get_in_block': (type: number, id: number) =>
      entityPointer(context, text(type), context.entities.getInBlock(text(type), text(id))),
    'store.loadRelated': (type: number, id: number, field: number) => {
      const related = context.entities.related(text(type), text(id), text(field));
      const pointers = related.entities.map((entity) => entityPointer(context, related.type, entity));
      return context.heap.newArray('ArrayTypedMapEntryStringStoreValue', pointers);
    },
    'store.set': (type: number, id: number, data: number) => {
      context.entities.set(text(type), text(id), readEntity(context.heap, data));
      return undefined;
    },
    'store.remove': (type: number, id: number) => {
      context.entities.remove(text(type), text(id));
      return undefined;
    },
  };
};
