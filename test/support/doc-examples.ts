/** The examples in the documents, as they stand there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** How TypeScript ones are compiled: as a project of our users' would have it. */
export const STRICT = {
  ...{ noEmit: true, strict: true, types: ['node'] },
  ...{ target: 'es2022', module: 'nodenext', lib: ['es2022', 'esnext.disposable', 'dom'] },
};

/** The first one of a page in a language. */
export function example(page: string, language: string): string {
  const [, code] =
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(
      readFileSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)), 'utf8'),
    ) ?? [];
  if (code === undefined) throw new Error(`${page} has no example in ${language}`);
  return code;
}
