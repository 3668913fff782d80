#!/usr/bin/env node
await import('../dist/lib/require-node.js'); // first, so that an old Node is told so instead of failing on syntax
await import('../dist/cli.js').then(({ main }) => main(process.argv));
