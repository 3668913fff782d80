#!/usr/bin/env node
try {
  await import('../dist/lib/require-node.js'); // first, so that an old Node is told so instead of failing on syntax
  await import('../dist/cli.js').then(({ main }) => main(process.argv));
} catch (error) {
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
  process.stderr.write(`✗ ${error.message}\n→ ulimit -n 65536\n`); // not even the program can be loaded
  process.exitCode = 1;
}
