/**
 * Where a desktop's programs live. With namespaces (util-linux's `unshare`) they have a /home, a /tmp and a process table
 * of their own: `/home/user` is fresh, `pkill chrome` ends no other desktop's browser, and the kernel ends everything when
 * the agent does, however that ends. Without (most unprivileged containers), they are processes of this machine.
 */
import type { Enclosure, EnclosureOptions } from './contract.js';
import { openNamespaces } from './namespaces.js';
import { openPlain } from './plain.js';

/** Rejects when neither way works, or with the signal's reason. */
export async function openEnclosure(options: EnclosureOptions): Promise<Enclosure> {
  const isolated = await openNamespaces(options);
  if (typeof isolated !== 'string') return isolated;
  options.log(`no namespaces here (${isolated}): programs share the machine's files and process table`);
  return openPlain(options);
}
