/** The same, played on a server of each pace at the same time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Desktop } from '../../src/providers/provider.js';
import { type Act, LocalServer } from './local-server.js';
import { difference } from './pictures.js';

/** For people: CI removes it when it begins. */
const PICTURES = '.test-results';

export class BothPaces implements AsyncDisposable {
  private constructor(
    readonly reference: LocalServer,
    private readonly quick: LocalServer,
  ) {}

  /** `onDesktop` is done to every desktop before it is used. */
  static async start(onDesktop?: (desktop: Desktop) => Promise<unknown>): Promise<BothPaces> {
    const [reference, quick] = await LocalServer.startEach(['reference', 'quick'], {}, onDesktop);
    if (!reference || !quick) throw new Error('a server for each pace is missing');
    return new BothPaces(reference, quick);
  }

  /** The reward, which is the same, as is what the screen shows at the end. */
  async play(task: object, acts: readonly Act[]): Promise<number> {
    const both = [this.reference, this.quick];
    const [reference, quick] = await Promise.all(
      both.map(async (local) => {
        const reward = await local.play(task, acts);
        return { reward, picture: local.picture ?? expect.fail('there is no picture') };
      }),
    );
    if (!reference || !quick) throw new Error('a server for each pace is missing');
    expect(quick.reward, 'reward at pace quick').toBe(reference.reward);
    const differs = await difference(reference.picture, quick.picture);
    if (differs) {
      mkdirSync(PICTURES, { recursive: true });
      writeFileSync(`${PICTURES}/pace-reference.png`, reference.picture);
      writeFileSync(`${PICTURES}/pace-quick.png`, quick.picture);
    }
    expect(differs, `where the last pictures differ, which are in ${PICTURES}`).toBe(null);
    return quick.reward;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.reference, this.quick].map((local) => local[Symbol.asyncDispose]()));
  }
}
