/** One action, in no model's dialect: what a desktop can be made to do, and how an agent says that it has finished. */
export type Action =
  /** Python source that runs in the guest. `typingMs`: so long it may take until what it types is seen. */
  | { readonly kind: 'code'; readonly source: string; readonly typingMs?: number }
  | { readonly kind: 'wait' }
  /** The task is done. Ends the episode, as `fail` does. */
  | { readonly kind: 'done' }
  /** The task cannot be done. */
  | { readonly kind: 'fail' };
