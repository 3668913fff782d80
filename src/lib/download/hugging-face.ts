/** Hugging Face, or the mirror that its own clients take: the variable HF_ENDPOINT (providers.md §2). */
import { ArpoEnvError } from '../../errors.js';

const HOST = 'huggingface.co';

/** `url` as it is, or for a file of Hugging Face's the same one at HF_ENDPOINT. Throws E_CONFIG where that is not a URL. */
export function atMirror(url: string, env: Readonly<Record<string, string | undefined>>): string {
  const endpoint = env.HF_ENDPOINT?.trim();
  const original = new URL(url);
  if (!endpoint || original.hostname !== HOST) return url;
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `HF_ENDPOINT is not an http:// or https:// URL: ${endpoint}`,
      fix: 'export HF_ENDPOINT=https://hf-mirror.com, or unset HF_ENDPOINT',
    });
  }
  return `${endpoint.replace(/\/+$/, '')}${original.pathname}${original.search}`;
}
