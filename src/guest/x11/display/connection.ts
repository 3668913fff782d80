/**
 * Our connection to the display, by the npm package `x11`: it carries XTEST, XFIXES, RANDR and BIG-REQUESTS and is
 * maintained. Its callbacks become promises here, and a display that is gone rejects what still waits for it.
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import {
  createClient,
  type Damage,
  type RandR,
  type XClient,
  type XDisplay,
  type XFixes,
  type XTest,
} from 'x11';
import { settle } from '../../../lib/wait.js';
import { GuestError } from '../../machine.js';
import { COOKIE_PROTOCOL } from './xauthority.js';

export interface ConnectOptions {
  /** Path of the display's socket, as this process sees it. */
  socket: string;
  number: number;
  cookie: Buffer;
  signal: AbortSignal;
  log(line: string): void;
}

/** The server refused one request, most often because its window has closed meanwhile. */
export class XError extends GuestError {}

const CONNECT_DEADLINE_MS = 10_000;
/** A round trip takes well below a millisecond; a server that needs this long hangs. */
const ANSWER_DEADLINE_MS = 10_000;
const ANY_TYPE = 0;
/** Of a property, in units of four bytes. */
const PROPERTY_LIMIT = 65_536;

export async function connectDisplay(options: ConnectOptions): Promise<Connection> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(CONNECT_DEADLINE_MS)]);
  const stream = createConnection(options.socket);
  try {
    await once(stream, 'connect', { signal });
    const display = await settle<XDisplay>({ signals: [signal] }, (resolve, reject) => {
      const auth = { name: COOKIE_PROTOCOL, data: options.cookie.toString('latin1') };
      const client = createClient({ display: `:${options.number}`, stream, auth }, (error, opened) =>
        error ? reject(new GuestError(`the display refused: ${error.message}`)) : resolve(opened),
      );
      // Of requests that have no answer, e.g. about a window that has closed meanwhile.
      client.on('error', (error: Error) => options.log(`X error: ${error.message}`));
    });
    const connection = new Connection(display, () => stream.destroy());
    stream.once('close', () => connection.close());
    await connection.open();
    return connection;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

interface Extensions {
  test: XTest;
  fixes: XFixes;
  randr: RandR;
  damage: Damage;
}

export class Connection implements Disposable {
  readonly root: number;
  readonly x: XClient;
  readonly keycodes: { first: number; last: number };
  #extensions: Extensions | null = null;
  readonly #atoms = new Map<string, number>();
  readonly #waiting = new Set<(error: Error) => void>();
  #closed = false;

  readonly #end: () => void;

  constructor(
    readonly display: XDisplay,
    end: () => void,
  ) {
    this.#end = end;

    this.x = display.client;
    // The library lets all its clients add to one table; on another display the numbers are others.
    this.x.atoms = { ...this.x.atoms };
    this.root = display.screen[0]?.root ?? 0;
    this.keycodes = { first: display.min_keycode, last: display.max_keycode };
  }

  async open(): Promise<void> {
    const [test, fixes, randr, damage] = await Promise.all([
      this.ask<XTest>((done) => this.x.require('xtest', done)),
      this.ask<XFixes>((done) => this.x.require('fixes', done)),
      this.ask<RandR>((done) => this.x.require('randr', done)),
      this.ask<Damage>((done) => this.x.require('damage', done)),
    ]);
    await this.ask((done) => fixes.QueryVersion(5, 0, done));
    await this.ask((done) => randr.QueryVersion(1, 3, done));
    this.#extensions = { test, fixes, randr, damage };
  }

  get extensions(): Extensions {
    if (this.#extensions === null) throw new GuestError('the display has not been opened');
    return this.#extensions;
  }

  /** One request and its answer. Rejects with what the server answers, and when the display is gone. */
  ask<T>(request: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(fail);
        act();
      };
      const fail = (error: Error) => settle(() => reject(error));
      const timer = setTimeout(
        () => fail(new GuestError(`the display did not answer within ${ANSWER_DEADLINE_MS / 1000} s`)),
        ANSWER_DEADLINE_MS,
      );
      if (this.#closed) return fail(new GuestError('the display is gone'));
      this.#waiting.add(fail);
      request((error, value) => {
        if (error) fail(new XError(`X: ${error.message}`));
        else settle(() => resolve(value));
        // To the library: the error is dealt with.
        return true;
      });
    });
  }

  /** Everything that was requested before has been carried out. */
  async sync(): Promise<void> {
    await this.ask<void>((done) => this.x.sync((error) => done(error)));
  }

  async atom(name: string): Promise<number> {
    const known = this.#atoms.get(name);
    if (known !== undefined) return known;
    const atom = await this.ask<number>((done) => this.x.InternAtom(false, name, done));
    this.#atoms.set(name, atom);
    return atom;
  }

  /** The bytes of a window's property; null when it has none, or when the window is gone. */
  async property(window: number, name: string): Promise<Buffer | null> {
    const atom = await this.atom(name);
    try {
      const { type, data } = await this.ask<{ type: number; data: Buffer }>((done) =>
        this.x.GetProperty(0, window, atom, ANY_TYPE, 0, PROPERTY_LIMIT, done),
      );
      return type === 0 ? null : data;
    } catch (error) {
      if (error instanceof XError) return null;
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const fail of this.#waiting) fail(new GuestError('the display is gone'));
  }

  [Symbol.dispose](): void {
    this.close();
    this.#end();
  }
}
