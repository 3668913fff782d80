#!/usr/bin/env node
import '../dist/platform/require-node.js'; // first, so that an old Node is told so instead of failing on syntax
import('../dist/cli.js').then(({ main }) => main(process.argv));
