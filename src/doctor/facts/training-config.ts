/** Values of a training config, wherever its sections nest them (`rollout.limit_images`, `worker.rollout.limit_images`). */

/** The first value whose path ends in `path`; undefined when there is none. */
export function settingIn(values: Record<string, unknown>, path: string): unknown {
  const direct = path.split('.').reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), values);
  if (direct !== undefined) return direct;
  for (const value of Object.values(values)) {
    const nested = isRecord(value) ? settingIn(value, path) : undefined;
    if (nested !== undefined) return nested;
  }
  return undefined;
}

export function numberIn(values: Record<string, unknown>, path: string): number | undefined {
  const value = settingIn(values, path);
  return typeof value === 'number' ? value : undefined;
}

/** `YOUR_MAC_IP`, `<EC2_IP>`, `${ENV_URL}`, `TODO`: something that somebody was to fill in. */
export function isPlaceholder(text: string): boolean {
  return /YOUR_|<[^>]*>|\$\{|TODO|CHANGE_?ME|_(IP|HOST)\b|xxx/i.test(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
