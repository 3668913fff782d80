/**
 * Tasks that OSWorld's own evaluators score, on real local desktops and through the env server: each as one of OSWorld's is,
 * with the same metrics, getters and options, on files of ours. In each episode the reward is asked for twice: before the
 * work is done, and after.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { AgentClient } from '../../src/desktop/agent-client.js';
import type { EngineJudge } from '../../src/evaluators/engine.js';
import { describeWith } from '../support/components.js';
import { canInstallEvaluators, INSTALL_LIMIT_MS, installedEvaluators } from '../support/evaluators.js';
import { LocalServer } from '../support/local-server.js';
import { BROWSER, type BrowserCase, browsing } from './fixtures/evaluators/browser.js';
import { type CaseFiles, makeCaseFiles } from './fixtures/evaluators/case-files.js';
import type { Case } from './fixtures/evaluators/config.js';
import { MEDIA } from './fixtures/evaluators/media.js';
import { OFFICE } from './fixtures/evaluators/office.js';

// The judge's threads are those of the built program.
const { createJudge } = (await import(
  new URL('../../dist/evaluators/engine.js', import.meta.url).href
)) as typeof import('../../src/evaluators/engine.js');

const FINISHED = 'Thought: it is done.\nAction: finished()';

describeWith('at-spi-bus-launcher', "OSWorld's own evaluators on real local desktops", () => {
  describe.skipIf(!canInstallEvaluators())('once before the work, once after it', () => {
    let judge: EngineJudge;
    let files: CaseFiles;
    let local: LocalServer;
    beforeAll(async () => {
      const { dir, python } = await installedEvaluators();
      const { evaluators } = configSchema.parse({ evaluators: { dir } });
      judge = await createJudge({ settings: evaluators, platform: 'Linux' });
      files = await makeCaseFiles(python ?? '');
      local = await LocalServer.start({ judge });
    }, INSTALL_LIMIT_MS);
    afterAll(async () => {
      await local?.[Symbol.asyncDispose]();
      await files?.[Symbol.asyncDispose]();
      await judge?.[Symbol.asyncDispose]();
    });

    const reward = async () => (await local.client.evaluate()).reward;
    const play = async (one: Case & Partial<BrowserCase>) => {
      const { url, solve, unsolved = 0 } = one;
      await local.client.reset(files.task(one, { config: url === undefined ? [] : browsing(url) }));
      expect(await reward(), 'before the work').toBeCloseTo(unsolved, 6);
      await local.act(async (desktop) => {
        await files.solve(one, new AgentClient(desktop.endpoints.agent));
        await solve?.(desktop);
      });
      await local.client.step(FINISHED);
      expect(await reward(), 'after the work').toBe(1);
    };

    it.each(OFFICE)('office: $name, as $like', play);
    it.each(MEDIA)('media: $name, as $like', play);
    it.each(BROWSER)('browser: $name, as $like', play);
  });
});
