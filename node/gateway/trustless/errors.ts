import { ProtocolError } from '../../core/errors.ts';

/** HTTP 406: nothing that the client accepts is offered. */
export class FormatNotOffered extends ProtocolError {
  override readonly code = 'FORMAT_NOT_OFFERED';
  constructor(why: string) {
    super({
      what: 'The content cannot be given in that form',
      why,
      fix: 'Ask with ?format=raw (one block) or ?format=car (CARv1, depth first, without duplicates).',
    });
  }
}

/** HTTP 404, or 412 when the client asked for `only-if-cached`. */
export class ContentAbsent extends ProtocolError {
  override readonly code = 'CONTENT_ABSENT';
  constructor(cid: string) {
    super({
      what: `This node does not have ${cid}`,
      why: 'its root block is not in the local store, and this gateway does not fetch on request',
      fix: 'Ask another worker that serves the model.',
      meta: { cid },
    });
  }
}

/** HTTP 403. */
export class UploadRefused extends ProtocolError {
  override readonly code = 'UPLOAD_REFUSED';
  constructor(cid: string) {
    super({
      what: `This node does not take ${cid}`,
      why: 'it keeps only content that is registered on chain and that its operator allows',
      fix: 'Register the model version first, then upload its CAR.',
      meta: { cid },
    });
  }
}
