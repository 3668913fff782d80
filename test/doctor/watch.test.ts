import { expect, it } from 'vitest';
import type { DoctorReport } from '../../src/doctor/doctor.js';
import { watch } from '../../src/doctor/watch.js';
import { World } from './world.js';

it('says each new verdict once, until it is ended', async () => {
  const world = new World();
  const end = new AbortController();
  const said: (string | undefined)[] = [];
  let looks = 0;
  const look = () => {
    looks += 1;
    world.cores = looks >= 3 && looks < 6 ? 1 : 8;
    return world.examine();
  };
  const onChange = async ({ verdict }: DoctorReport) => {
    said.push(verdict.kind === 'healthy' ? verdict.kind : verdict.check.id);
    if (said.length === 2) end.abort(new Error('enough'));
  };
  const first = await world.examine();
  await expect(watch({ look, first, pauseMs: 0, onChange, signal: end.signal })).rejects.toThrow('enough');
  expect(said).toEqual(['machine.cores', 'healthy']);
  expect(looks).toBe(6);
});

it('ends with the failure of a look', async () => {
  const first = await new World().examine();
  const look = () => Promise.reject(new Error('gone'));
  const { signal } = new AbortController();
  const onChange = async () => {};
  await expect(watch({ look, first, pauseMs: 0, onChange, signal })).rejects.toThrow('gone');
});
