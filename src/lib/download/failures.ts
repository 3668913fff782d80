/** Why a file did not come, and whether another attempt may help. */
import { RequestError } from 'got';
import { ArpoEnvError } from '../../errors.js';
import { fileError } from '../file-error.js';
import { BrokenTransfer, HttpStatus } from './transfer.js';

/** A request that the server understood and refused stays refused; files of ours that cannot be written, too. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof HttpStatus) return error.status >= 500 || [408, 425, 429].includes(error.status);
  return error instanceof RequestError || error instanceof BrokenTransfer;
}

/** E_DOWNLOAD_FAILED, or what `fileError` makes of `destination`; an error of ours stays as it is. */
export function downloadError(url: string, destination: string, error: unknown, attempts: number): unknown {
  if (error instanceof ArpoEnvError) return error;
  const name = shown(url);
  if (error instanceof HttpStatus) {
    return failed(
      `${name} answered ${error.message}`,
      error.status < 500
        ? 'the file was moved or withdrawn, or needs a login: open the URL in a browser, and correct it where it is named'
        : `the server has trouble: try again later, and look with curl -sSIL '${name}'`,
      error,
    );
  }
  if (error instanceof RequestError || error instanceof BrokenTransfer) {
    return failed(
      `${name} could not be downloaded in ${attempts} attempts: ${error.message}`,
      `check this machine's network: curl -sSIL '${name}'`,
      error,
    );
  }
  return fileError(error, destination);
}

function failed(message: string, fix: string, cause: unknown): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_DOWNLOAD_FAILED', message, fix }, { cause });
}

/** Without user, password and query, which can be secrets; safe between single quotes. */
export function shown(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`.replaceAll("'", '%27');
}
