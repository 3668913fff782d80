/** Forms as Flask reads them: the fields of either encoding, and files as streams. */
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { bodyBytes, contentType, HttpPage } from './flask.js';

const MULTIPART = 'multipart/form-data';
/** werkzeug's limit for a field that is held in memory, and ours for how many there are. */
const FIELD_LIMITS = { fieldSize: 500_000, fields: 1000, parts: 1000 };

export type FormFields = ReadonlyMap<string, string>;

export interface FormReader {
  /** The largest file, in bytes. */
  fileLimit: number;
  /** Called in mid-form, with the fields that came before it. The file has to be read or resumed. */
  onFile(name: string, file: BusboyFileStream, before: FormFields): void;
}

/** Flask's `request.form`; empty for any other content type. */
export async function formFields(request: FastifyRequest): Promise<FormFields> {
  const type = contentType(request);
  if (type === MULTIPART) {
    const skipped = { fileLimit: 0, onFile: (_name: string, file: BusboyFileStream) => file.resume() };
    return (await readMultipart(request, skipped)) ?? new Map();
  }
  if (type !== 'application/x-www-form-urlencoded') return new Map();
  return firstOfEach(new URLSearchParams(bodyBytes(request).toString()));
}

/** The fields of a multipart form; null for another content type and for what is no form to its end. */
export async function readMultipart(request: FastifyRequest, reader: FormReader): Promise<FormFields | null> {
  const parser = contentType(request) === MULTIPART ? parserOf(request, reader.fileLimit) : null;
  if (parser === null) return null;
  const fields = new Map<string, string>();
  let open: BusboyFileStream | null = null;
  let tooLarge = false;
  parser.on('field', (name, value, _nameIsCut, valueIsCut) => {
    tooLarge ||= valueIsCut;
    if (!fields.has(name)) fields.set(name, value);
  });
  parser.on('file', (name, file) => {
    open = file;
    // It has one where the body breaks off, also when nobody reads the file.
    file.on('error', () => {});
    reader.onFile(name, file, fields);
  });
  const problem = await feed(request.raw, parser);
  if (problem !== null) (open as BusboyFileStream | null)?.destroy(problem);
  if (tooLarge) throw new HttpPage(413);
  return problem === null ? fields : null;
}

/** Null when the header names no boundary. */
function parserOf(request: FastifyRequest, fileSize: number): BusboyInstance | null {
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      limits: { ...FIELD_LIMITS, fileSize },
      isPartAFile: (_field, _type, filename) => filename !== undefined,
    });
  } catch {
    return null;
  }
}

/** How the form ended before its end, if so. The rest of the body is read all the same, so that the client hears the answer. */
function feed(body: IncomingMessage, parser: Writable): Promise<Error | null> {
  return new Promise((resolve) => {
    parser.once('finish', () => resolve(null));
    parser.once('error', (error: Error) => {
      body.unpipe(parser);
      body.resume();
      resolve(error);
    });
    body.once('close', () => {
      if (!body.complete) resolve(new Error('the client went away'));
    });
    body.pipe(parser);
  });
}

function firstOfEach(entries: Iterable<[string, string]>): FormFields {
  const fields = new Map<string, string>();
  for (const [name, value] of entries) if (!fields.has(name)) fields.set(name, value);
  return fields;
}
