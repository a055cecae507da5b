#!/usr/bin/env node
// Plain JavaScript for any Node from 18 on: finds the program and a Node that can run it.
// In a checkout the program is the TypeScript source, in the published package the build beside it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const nodeMajorMin = 24;
const source = new URL('../src/cli/withhold.ts', import.meta.url);
const build = new URL('../dist/withhold.js', import.meta.url);
// Node strips no types below node_modules, where a published package lies.
const isCheckout = existsSync(source) && !source.pathname.includes('/node_modules/');
const program = isCheckout ? source : build;

/** The Node that npm installed with this package, from one of its optional dependencies. */
function pinnedNode() {
  const system = { linux: 'linux', win32: 'win' }[process.platform];
  const file = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  try {
    const require = createRequire(import.meta.url);
    const path = require.resolve(`node-${system}-${process.arch}/${file}`);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(program), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      // A terminal sends its interrupt to both of us; sending it on would make it two.
      if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name);
    });
  }
  child.on('error', (error) => {
    console.error(`withhold: ${node} cannot be started (${error.code})`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

if (Number.parseInt(process.versions.node, 10) >= nodeMajorMin) {
  await import(program.href);
} else {
  const node = pinnedNode();
  if (node !== undefined) runWith(node);
  else {
    console.error(`withhold: this is Node ${process.version}, and Node ${nodeMajorMin} or newer is needed`);
    process.exitCode = 2;
  }
}
