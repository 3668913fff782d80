/** What makes a standing connection doubtful before its silence does: this machine woke from sleep, or its network changed. */
import { networkInterfaces } from 'node:os';

export class Disturbance extends Error {
  constructor(readonly kind: 'woke' | 'network-changed') {
    super(kind === 'woke' ? 'this machine woke from sleep' : "this machine's network changed");
  }
}

export interface Machine {
  /** Milliseconds of the wall clock. */
  now: () => number;
  /**
   * Addresses by which this machine is on a network; not loopback, nor the link-local ones that come with every container. May throw:
   * to ask takes a descriptor, and connections to the cluster's port can use them all up.
   */
  addresses: () => readonly string[];
}

export interface DisturbanceWatch extends Disposable {
  /** Calls `listener` at every disturbance; the result ends that. */
  onDisturbance(listener: (disturbance: Disturbance) => void): () => void;
}

const LOOK_MS = 500;
/** More than a busy process is late by, less than any sleep. */
const JUMP_MS = 5000;

/** A look costs one system call, about a tenth of a millisecond. */
export function watchMachine(machine: Machine = thisMachine): DisturbanceWatch {
  const listeners = new Set<(disturbance: Disturbance) => void>();
  let lastLook = machine.now();
  let known = lookAround(machine) ?? new Set();
  const look = () => {
    const now = machine.now();
    // A monotonic clock stands still while the machine sleeps, timers too; the wall clock jumps.
    const woke = now - lastLook > LOOK_MS + JUMP_MS;
    lastLook = now;
    const current = lookAround(machine) ?? known;
    // An address that went away leaves nothing to try; one that came is a way back, or a new way.
    const changed = [...current].some((address) => !known.has(address));
    known = current;
    if (!woke && !changed) return;
    const disturbance = new Disturbance(woke ? 'woke' : 'network-changed');
    for (const listener of [...listeners]) listener(disturbance);
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    onDisturbance(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Null when it cannot be seen at the moment. */
function lookAround(machine: Machine): ReadonlySet<string> | null {
  try {
    return new Set(machine.addresses());
  } catch {
    return null;
  }
}

const LINK_LOCAL = /^(fe[89ab]|169\.254\.)/;

const thisMachine: Machine = {
  now: Date.now,
  addresses: () =>
    Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses
        .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
        .map(({ address }) => `${name} ${address}`),
    ),
};
