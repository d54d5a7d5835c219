import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';

/** Where and with what something was measured. */
export interface Environment {
  readonly cores: number;
  readonly cpuModel: string;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
  readonly package: string;
  /** Seven digits of the commit, with a plus sign when the sources differ from it. */
  readonly commit: string;
}

/** Everything that is compiled or run; documents are not. */
const sources = ['apps', 'libs', 'bench', 'test', 'tools', 'package.json', 'package-lock.json'];

export function readEnvironment(): Environment {
  const root = packageRoot();
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string; version: string };
  return {
    cores: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: totalmem() / 1024 ** 3,
    kernel: release(),
    system: systemName(),
    node: process.versions.node,
    redis: /v=(\S+)/.exec(outputOf('redis-server', ['--version']))?.[1] ?? 'unknown',
    package: `${manifest.name} ${manifest.version}`,
    commit: commitOf(root),
  };
}

function systemName(): string {
  try {
    return `Debian ${readFileSync('/etc/debian_version', 'utf8').trim()}`;
  } catch {
    return 'not Debian';
  }
}

function commitOf(root: string): string {
  const commit = outputOf('git', ['-C', root, 'rev-parse', '--short=7', 'HEAD']).trim();
  if (commit === '') return 'unknown';
  const isChanged =
    outputOf('git', ['-C', root, '--no-optional-locks', 'status', '--porcelain', '--', ...sources]) !== '';
  return isChanged ? `${commit}+` : commit;
}

/** '' when the program is not there or fails. */
function outputOf(program: string, args: readonly string[]): string {
  const { stdout, status } = spawnSync(program, [...args], { encoding: 'utf8' });
  return status === 0 ? stdout : '';
}
