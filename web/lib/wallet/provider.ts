/** A wallet's side of EIP-1193. Everything it says is a stranger's word. */
export interface Eip1193 {
  request(args: { readonly method: string; readonly params?: unknown }): Promise<unknown>;
}
