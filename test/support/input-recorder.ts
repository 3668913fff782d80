/** Records what a program gets of keyboard and mouse on a display without windows: it comes to the root window. */
import { connectDisplay } from '../../src/guest/x11/display/connection.js';
import { newCookie } from '../../src/guest/x11/display/xauthority.js';

export interface Recorded {
  /** Presses and releases: `key 38 down`, with the modifiers and buttons that were down before it, and where for a button. */
  events: string[];
  pointer: [x: number, y: number];
}

export interface InputRecorder extends Disposable {
  /** What has come since the last call, and where the pointer is now. */
  take(): Promise<Recorded>;
}

const KEY_PRESS = 2;
const BUTTON_PRESS = 4;
const BUTTON_RELEASE = 5;
/** Of exactly these four kinds. */
const EVENT_MASK = 0b1111;

export async function recordInput(number: number): Promise<InputRecorder> {
  const connection = await connectDisplay({
    socket: `/tmp/.X11-unix/X${number}`,
    number,
    cookie: newCookie(),
    signal: AbortSignal.timeout(10_000),
    log: (text) => console.error(text),
  });
  const { x, root } = connection;
  let events: string[] = [];
  x.on('event', (event) => {
    if (event.type < KEY_PRESS || event.type > BUTTON_RELEASE) return;
    const isButton = event.type >= BUTTON_PRESS;
    const what = `${isButton ? 'button' : 'key'} ${event.keycode} ${event.type % 2 === 0 ? 'down' : 'up'}`;
    events.push(`${what}, state ${event.buttons}${isButton ? ` at ${event.rootx},${event.rooty}` : ''}`);
  });
  x.ChangeWindowAttributes(root, { eventMask: EVENT_MASK });
  await connection.sync();
  return {
    async take() {
      const { rootX, rootY } = await connection.ask<{ rootX: number; rootY: number }>((done) =>
        x.QueryPointer(root, done),
      );
      const taken = events;
      events = [];
      return { events: taken, pointer: [rootX, rootY] };
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  };
}
