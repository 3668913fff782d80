/** What an hour of an instance costs on demand, where we know it: of Linux, without disks, traffic and taxes, in US dollars. */

/** Of the table below. Prices of types that are long on the market hardly ever change; a bill is AWS's alone to say. */
export const PRICES_DATE = '2026-06';

/** Regions that have the same prices for all of these types. */
const REGIONS: readonly string[] = ['us-east-1', 'us-east-2', 'us-west-2'];

const PRICES: Readonly<Record<string, number>> = {
  't3.medium': 0.0416,
  't3.large': 0.0832,
  't3.xlarge': 0.1664,
  't3.2xlarge': 0.3328,
  't3a.medium': 0.0376,
  't3a.large': 0.0752,
  't3a.xlarge': 0.1504,
  't3a.2xlarge': 0.3008,
  'm5.large': 0.096,
  'm5.xlarge': 0.192,
  'm5.2xlarge': 0.384,
  'm6i.large': 0.096,
  'm6i.xlarge': 0.192,
  'm6i.2xlarge': 0.384,
  'c5.large': 0.085,
  'c5.xlarge': 0.17,
  'c5.2xlarge': 0.34,
};

/** Null where it is not known here. */
export function hourlyPrice(type: string, region: string): number | null {
  if (!REGIONS.includes(region) || !Object.hasOwn(PRICES, type)) return null;
  return PRICES[type] ?? null;
}
