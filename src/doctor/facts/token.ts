/** The env server's token, as the server itself reads it. */
import type { Config } from '../../config/schema.js';
import type { Host } from '../../host/host.js';

export interface TokenLook {
  /** Null when the server has none, or when it cannot be read. */
  token: string | null;
  file: string | null;
  /** What keeps the server from reading it. */
  problem: 'missing' | 'empty' | 'open' | null;
}

export async function readServerToken({ server }: Config, machine: Host): Promise<TokenLook> {
  const { token, tokenFile } = server;
  if (tokenFile === undefined) return { token: token ?? null, file: null, problem: null };
  const [text, facts] = await Promise.all([machine.readText(tokenFile), machine.stat(tokenFile)]);
  const look = { token: text?.trim() || null, file: tokenFile };
  if (text === null) return { ...look, problem: 'missing' };
  if (look.token === null) return { ...look, problem: 'empty' };
  return {
    ...look,
    problem: facts && (facts.mode & 0o077) !== 0 && machine.platform !== 'win32' ? 'open' : null,
  };
}
