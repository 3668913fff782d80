/** The socket tables of a machine, in the kernel's form whatever the system. */
import type { HostFacts, HostFiles, HostRunner } from './host.js';

type Asked = Pick<HostFacts, 'platform'> & HostFiles & HostRunner;

/** The text of both tables, null where there is none. Linux shows them to everybody; elsewhere lsof's are put into the same form by asking for listeners alone. */
export async function readSocketTables(
  machine: Asked,
  port: number,
  signal: AbortSignal,
): Promise<string[] | null> {
  if (machine.platform !== 'linux') return lsofTables(machine, port, signal);
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => machine.readText(path)));
  const found = tables.filter((text) => text !== null);
  return found.length === 0 ? null : found;
}

async function lsofTables(machine: Asked, port: number, signal: AbortSignal): Promise<string[] | null> {
  const { exitCode, stdout } = await machine.run(['lsof', '-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-FTn'], {
    signal,
  });
  if (exitCode === 127 || exitCode === null) return null;
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = [...stdout.matchAll(/^n(\*|\[::1\]|127\.0\.0\.1|\S+):\d+$/gm)].map(([, address = '']) => {
    const hex =
      address === '127.0.0.1' ? '0100007F' : address === '[::1]' ? `${'0'.repeat(24)}01000000` : '00000000';
    return `0: ${hex}:${hexPort} 00000000:0000 0A 0 0 0 0`;
  });
  return [['header', ...rows].join('\n')];
}
