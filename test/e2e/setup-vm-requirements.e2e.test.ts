import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { REQUIREMENTS_FILTER } from '../../src/setup/steps/requirements-filter.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

/** Lines of the joined requirements, without those that name their file. */
function filtered(files: Record<string, string>, skip: string, output = '-'): string[] {
  using folder = new TemporaryFolder(files);
  const args = ['-c', REQUIREMENTS_FILTER, output, skip, 'requirements.txt', 'OSWorld/requirements.txt'];
  const printed = execFileSync('python3', args, { cwd: folder.path, encoding: 'utf8' });
  const text = output === '-' ? printed : readFileSync(join(folder.path, output), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# r') && !line.startsWith('# O'));
}

describeWith('python3', 'the filter of requirements', () => {
  it('joins files, passes over what is missing, and drops comments', () => {
    expect(filtered({ 'requirements.txt': '# note\n\nsix\n  idna==3 ; python_version > "3"\n' }, '')).toEqual(
      ['six', 'idna==3 ; python_version > "3"'],
    );
  });

  it('leaves out names however they are written', () => {
    const lines = [
      'flash_attn==2',
      'Flash.Attn[x]>=1',
      'flash-attention',
      'git+https://git.example/x#egg=flash-attn',
      'vllm',
      'vllm-tools',
    ];
    expect(filtered({ 'requirements.txt': lines.join('\n') }, 'flash-attn,VLLM')).toEqual([
      '# left out: flash_attn==2',
      '# left out: Flash.Attn[x]>=1',
      'flash-attention',
      '# left out: git+https://git.example/x#egg=flash-attn',
      '# left out: vllm',
      'vllm-tools',
    ]);
  });

  it('follows nested files once, from their own folder, also in circles', () => {
    const files = {
      'requirements.txt': '-r OSWorld/requirements.txt\nsix',
      'OSWorld/requirements.txt': '--requirement=more/base.txt\nidna',
      'OSWorld/more/base.txt': '-r../requirements.txt\nvllm \\\n  >=1',
    };
    expect(filtered(files, 'vllm')).toEqual(['# left out: vllm    >=1', 'idna', 'six']);
  });

  it('writes a file', () => {
    expect(filtered({ 'requirements.txt': 'six' }, '', 'out.txt')).toEqual(['six']);
  });
});
