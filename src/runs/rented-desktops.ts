/** Desktops that cost money as long as they are there, as `status` and `stop --all-desktops` see them: providers know how to find them. */
import type { ProcessIdentity } from '../host/process.js';
import { messageOf } from '../lib/errno.js';
import { counted, formatDuration } from '../ui/format.js';
import { renderTable } from '../ui/table.js';

export interface RentedDesktop {
  /** As its provider calls it, e.g. `i-0123456789abcdef0`. */
  name: string;
  provider: string;
  /** `us-east-1a`. */
  where: string;
  /** `t3.xlarge`. */
  type: string;
  /** Rented at a price that changes. */
  isSpot: boolean;
  /** In its provider's words. */
  state: string;
  /** Null where its provider does not say. */
  startedAt: Date | null;
  /** US dollars per hour; null where it is not known. */
  hourlyPrice: number | null;
  /** Null where that is not known. */
  server: ProcessIdentity | null;
  /** When it ends if nobody puts that off. */
  expiresAt: Date | null;
  /** Resolves when it is sure to end. Throws what keeps it. */
  end(): Promise<void>;
}

export interface RentedDesktops {
  found: readonly RentedDesktop[];
  /** Where nobody could look: one sentence each. */
  unseen: readonly string[];
  /** What the prices are, and what they leave out. */
  priceNote: string;
}

/** All of this user on this machine, of living servers and of dead ones. Changes nothing, and never throws. */
export type FindRentedDesktops = () => Promise<RentedDesktops>;

interface Bill {
  count: number;
  /** All of them together. */
  hours: number;
  /** US dollars so far, of those whose price is known; null where none is. */
  cost: number | null;
  /** US dollars per hour, likewise. */
  hourlyPrice: number | null;
  /** Names of those whose price is not known. */
  unpriced: string[];
}

const HEADER = ['desktop', 'type', 'where', 'state', 'for', 'so far', 'server', 'ends'];

/** Of those that are there now. */
function billOf(desktops: readonly RentedDesktop[], now: number): Bill {
  const sum = (of: (desktop: RentedDesktop) => number | null): number | null => {
    const known = desktops.flatMap((desktop) => of(desktop) ?? []);
    return known.length === 0 ? null : known.reduce((total, one) => total + one, 0);
  };
  return {
    count: desktops.length,
    hours: sum((desktop) => hoursOf(desktop, now)) ?? 0,
    cost: sum((desktop) => costOf(desktop, now)),
    hourlyPrice: sum(({ hourlyPrice }) => hourlyPrice),
    unpriced: desktops.filter(({ hourlyPrice }) => hourlyPrice === null).map(({ name }) => name),
  };
}

/** A table, and what it comes to. */
export function rentedText(
  { found, priceNote }: RentedDesktops,
  now: number,
  width?: number | undefined,
): string {
  const rows = found.map((desktop) => {
    const { name, type, isSpot, where, state, startedAt, server, expiresAt } = desktop;
    const cost = costOf(desktop, now);
    return [
      name,
      isSpot ? `${type} (spot)` : type,
      where,
      state,
      startedAt === null ? '–' : formatDuration(now - startedAt.getTime()),
      cost === null ? 'unknown' : dollars(cost),
      server === null ? '–' : `pid ${server.pid}`,
      expiresAt === null ? '–' : `${expiresAt.toISOString().slice(0, 16)}Z`,
    ];
  });
  return `${renderTable(HEADER, rows, { width })}\n${billText(billOf(found, now), priceNote)}`;
}

/** For a machine. */
export function rentedDocument({ found, priceNote }: RentedDesktops, now: number) {
  const { hours, cost, hourlyPrice, unpriced } = billOf(found, now);
  return {
    desktops: found.map((desktop) => ({
      ...{ name: desktop.name, provider: desktop.provider, where: desktop.where, type: desktop.type },
      ...{ isSpot: desktop.isSpot, state: desktop.state, startedAt: desktop.startedAt },
      ...{ hours: rounded(hoursOf(desktop, now)), hourlyPrice: desktop.hourlyPrice },
      ...{ cost: rounded(costOf(desktop, now)), server: desktop.server?.pid ?? null },
      expiresAt: desktop.expiresAt,
    })),
    hours: rounded(hours),
    ...{ cost: rounded(cost), hourlyPrice: rounded(hourlyPrice), unpriced, priceNote },
  };
}

/** Ends them all at once. Returns those that are sure to end, and a sentence about each other one. */
export async function endRentedDesktops(
  desktops: readonly RentedDesktop[],
): Promise<{ ended: string[]; problems: string[] }> {
  const outcome = { ended: [] as string[], problems: [] as string[] };
  await Promise.all(
    desktops.map(({ name, end }) =>
      end().then(
        () => outcome.ended.push(name),
        (error: unknown) => outcome.problems.push(`${name} could not be ended: ${messageOf(error)}`),
      ),
    ),
  );
  return outcome;
}

function billText({ count, hours, cost, hourlyPrice, unpriced }: Bill, priceNote: string): string {
  const total = `${counted(count, 'rented desktop')}, ${hours.toFixed(1)} h together`;
  if (cost === null || hourlyPrice === null)
    return `${total}; what ${count === 1 ? 'it costs' : 'they cost'} is not known here`;
  const rest = unpriced.length === 0 ? '' : `, and ${unpriced.length} whose price is not known here`;
  return `${total}: ${dollars(cost)} so far, ${dollars(hourlyPrice)} per hour${rest} (${priceNote})`;
}

function hoursOf({ startedAt }: RentedDesktop, now: number): number {
  return startedAt === null ? 0 : Math.max(0, now - startedAt.getTime()) / 3_600_000;
}

function costOf(desktop: RentedDesktop, now: number): number | null {
  return desktop.hourlyPrice === null ? null : hoursOf(desktop, now) * desktop.hourlyPrice;
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

/** To a hundredth of a cent, as JSON; null stays null. */
function rounded<Value extends number | null>(value: Value): Value {
  return (value === null ? null : Math.round(value * 1e4) / 1e4) as Value;
}
