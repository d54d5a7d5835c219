import { writeFile } from 'node:fs/promises';
import { readArguments } from './arguments';
import { crowd } from './crowd';
import { flap, flapReport } from './flap';
import { reportOf, soak } from './soak';

/** `npm run load` and `npm run soak`: exit code 0 when all is well, 1 when something is not, 2 for bad arguments. */
async function main(): Promise<number> {
  const asked = readArguments(process.argv.slice(2));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  switch (asked.kind) {
    case 'unreadable':
      process.stderr.write(`${asked.sentence}\n`);
      return 2;
    case 'soak': {
      const { agents, minutes, seed } = asked;
      say(`seed ${String(seed)}, ${String(agents)} agents, ${String(minutes)} minutes`);
      const result = await soak({ ...asked, say });
      if (asked.json !== undefined) await writeFile(asked.json, JSON.stringify(result));
      const { lines, isGood } = reportOf(result);
      for (const line of lines) say(line);
      return isGood ? 0 : 1;
    }
    case 'flap': {
      const { agents, minutes, seed } = asked;
      say(`seed ${String(seed)}, ${String(agents)} agents flap once a second for ${String(minutes)} minutes`);
      const result = await flap({ ...asked, say });
      if (asked.json !== undefined) await writeFile(asked.json, JSON.stringify(result));
      const { lines, isGood } = flapReport(result);
      for (const line of lines) say(line);
      return isGood ? 0 : 1;
    }
    case 'crowd': {
      const { agents, lost, back, massLoss, seed } = asked;
      say(
        `seed ${String(seed)}, ${String(agents)} agents, ${String(lost)} lost in a second, ${String(back * 100)} % come back`,
      );
      say(massLoss ? 'a mass loss protects its side' : 'no loss is a mass loss');
      const result = await crowd({ ...asked, say });
      if (asked.json !== undefined) await writeFile(asked.json, JSON.stringify(result));
      const { ghosts, worstLateMs, wrongLogouts, ghostsLate, violations } = result.run;
      const epsilon = worstLateMs === null ? 'nobody signed out' : `worst ε ${(worstLateMs / 1000).toFixed(2)} s`;
      say(`${String(ghosts)} ghosts, ${String(ghostsLate)} late; ${String(wrongLogouts)} wrong logouts; ${epsilon}`);
      for (const violation of violations) say(violation);
      say(violations.length === 0 ? 'nothing was broken' : 'RED');
      return violations.length === 0 ? 0 : 1;
    }
  }
}

void main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  })
  .then((exitCode) => {
    // Whatever a broken run left open ends here.
    process.exit(exitCode);
  });
