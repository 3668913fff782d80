/** The part of the npm package `x11` (4.x, which has no types) that the display uses. */
declare module 'x11' {
  import type { EventEmitter } from 'node:events';
  import type { Duplex } from 'node:stream';

  type Callback<T> = (error: Error | null | undefined, value: T) => void;
  type Done = (error?: Error | null) => void;

  export interface Property {
    /** Atom of the property's type; 0 when there is no such property. */
    type: number;
    data: Buffer;
  }

  export interface Geometry {
    depth: number;
    xPos: number;
    yPos: number;
    width: number;
    height: number;
  }

  export interface XTest {
    KeyPress: number;
    KeyRelease: number;
    ButtonPress: number;
    ButtonRelease: number;
    MotionNotify: number;
    FakeInput(type: number, detail: number, time: number, window: number, x: number, y: number): void;
  }

  export interface CursorImage {
    x: number;
    y: number;
    width: number;
    height: number;
    xhot: number;
    yhot: number;
    /** Packed ARGB, 32 bits, little endian, premultiplied alpha. */
    cursorImage: Buffer;
  }

  export interface XFixes {
    QueryVersion(major: number, minor: number, callback: Callback<[number, number]>): void;
    GetCursorImage(callback: Callback<CursorImage>): void;
  }

  export interface Damage {
    ReportLevel: { BoundingBox: number };
    Create(damage: number, drawable: number, level: number): void;
    /** `repair` and `parts` are regions; 0 is none: all of the damage is taken. */
    Subtract(damage: number, repair: number, parts: number): void;
  }

  export interface ModeInfo {
    id: number;
    width: number;
    height: number;
    name: string;
  }

  export interface RandR {
    QueryVersion(major: number, minor: number, callback: Callback<unknown>): void;
    GetScreenResources(
      window: number,
      callback: Callback<{
        config_timestamp: number;
        crtcs: number[];
        outputs: number[];
        modeinfos: ModeInfo[];
      }>,
    ): void;
    CreateMode(
      window: number,
      mode: Partial<ModeInfo> & Record<string, unknown>,
      callback: Callback<number>,
    ): void;
    AddOutputMode(output: number, mode: number): void;
    SetScreenSize(window: number, width: number, height: number, mmWidth: number, mmHeight: number): void;
    SetCrtcConfig(
      crtc: number,
      time: number,
      configTime: number,
      x: number,
      y: number,
      mode: number,
      rotation: number,
      outputs: number[],
      callback: Callback<{ status: number }>,
    ): void;
  }

  export interface XClient extends EventEmitter {
    /** Numbers of atoms by name, as far as they are known. */
    atoms: Record<string, number>;
    AllocID(): number;
    ReleaseID(id: number): void;
    require(extension: 'xtest', callback: Callback<XTest>): void;
    require(extension: 'fixes', callback: Callback<XFixes>): void;
    require(extension: 'randr', callback: Callback<RandR>): void;
    require(extension: 'damage', callback: Callback<Damage>): void;
    /** A round trip: everything asked for before is done. */
    sync(callback: Done): void;
    InternAtom(onlyIfExists: boolean, name: string, callback: Callback<number>): void;
    GetProperty(
      remove: number,
      window: number,
      name: number,
      type: number,
      longOffset: number,
      longLength: number,
      callback: Callback<Property>,
    ): void;
    ChangeProperty(
      mode: number,
      window: number,
      name: number,
      type: number,
      format: number,
      data: number[] | Buffer,
    ): void;
    SendClientMessage(
      destination: number,
      window: number,
      type: number,
      format: number,
      data: number[],
      callback: Done,
    ): void;
    /** `eventMask` 0: to whoever made the window. */
    SendClientMessage(
      destination: number,
      window: number,
      type: number,
      format: number,
      data: number[],
      eventMask: number,
      callback: Done,
    ): void;
    /** One bit for each keycode that is down. */
    QueryKeymap(callback: Callback<Buffer>): void;
    GetGeometry(drawable: number, callback: Callback<Geometry>): void;
    QueryPointer(window: number, callback: Callback<{ rootX: number; rootY: number; keyMask: number }>): void;
    GetKeyboardMapping(first: number, count: number, callback: Callback<number[][]>): void;
    GetModifierMapping(callback: Callback<number[][]>): void;
    ChangeKeyboardMapping(first: number, perKeycode: number, keysyms: number[], callback: Done): void;
    CreatePixmap(id: number, drawable: number, depth: number, width: number, height: number): void;
    FreePixmap(id: number): void;
    CreateGC(id: number, drawable: number, values: Record<string, number>): void;
    FreeGC(id: number): void;
    PutImage(
      format: number,
      drawable: number,
      gc: number,
      width: number,
      height: number,
      x: number,
      y: number,
      leftPad: number,
      depth: number,
      data: Buffer,
    ): void;
    ChangeWindowAttributes(window: number, values: Record<string, number>): void;
    ClearArea(window: number, x: number, y: number, width: number, height: number, exposures: number): void;
  }

  export interface XDisplay {
    client: XClient;
    screen: { root: number; root_depth: number }[];
    min_keycode: number;
    max_keycode: number;
  }

  export function createClient(
    options: { display: string; stream: Duplex; auth: { name: string; data: string } },
    callback: Callback<XDisplay>,
  ): XClient;
}
