import { textFiles } from './repository';

/** The scripts of package.json run on the machine of a person who has only some Node and npm. */

const manifest = textFiles.find(({ path }) => path === 'package.json');
const { scripts } = JSON.parse(manifest?.text ?? '{}') as { scripts: Record<string, string> };

describe('the npm scripts', () => {
  it('start every program with the Node of this project, not with the one of the PATH', () => {
    const commands = Object.entries(scripts).flatMap(([name, script]) =>
      script.split('&&').map((command) => ({ name, command: command.trim() })),
    );
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter(({ command }) => !/^(tools\/node|npm run) /.test(command))).toEqual([]);
  });
});
