/** How a tunnel is, in one line for a person; what matters most comes first, since a narrow terminal cuts the end off. */
import { counted, formatBytes, formatDuration } from '../../ui/format.js';
import type { TunnelStatus } from '../state.js';

/** `now` in milliseconds of the wall clock. */
export function statusLine(status: TunnelStatus, now: number): string {
  const { host, state, since, upSince, forwards, stats, lastInterruption, message } = status;
  const ways = forwards.map(({ url, local }) => `${url.replace(/^http:\/\//, '')} → ${local}`).join(', ');
  const stands = state === 'up' || state === 'degraded';
  const parts = [
    `${state} ${host} ${stands ? ways : `for ${age(since, now)}: ${message}`}`,
    ...(stands && upSince !== null ? [`up ${age(upSince, now)}`] : []),
    ...(stands && stats.rttMs !== null ? [`rtt ${formatDuration(stats.rttMs)}`] : []),
    counted(stats.requests, 'request'),
    `${formatBytes(stats.bytesIn)} in, ${formatBytes(stats.bytesOut)} out`,
    counted(stats.reconnects, 'reconnect'),
    ...(lastInterruption ? [`last: ${lastInterruption.reason} ${clock(lastInterruption.at)}`] : []),
  ];
  return `● ${parts.join(' · ')}`;
}

/** Whole seconds: tenths in a line that stays would only be restless. */
function age(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000);
}

function clock(at: string): string {
  return new Date(at).toTimeString().slice(0, 8);
}
