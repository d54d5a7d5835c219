import { mutations, titleOfMutation } from '../faults/mutations';
import { titleOf } from '../faults/row';
import { faultTable } from '../faults/table';
import { modules } from '../tidy/repository';
import { systemRequirements } from '../tidy/system-requirements';
import { suitesForRoot } from '../tidy/system-use';

/** The tests that tools/test-requirements.mjs names to a person without root are those that are skipped without root. */

/** Titles by privilege and file, as the table lists them. */
function testsForRoot(): Record<string, Record<string, string[]>> {
  const tests: Record<string, Record<string, string[]>> = {};
  const add = (privilege: string, path: string, title: string): void => {
    const ofPrivilege = (tests[privilege] ??= {});
    (ofPrivilege[path] ??= []).push(title);
  };
  for (const row of faultTable)
    if (row.privilege !== undefined) add(row.privilege, 'test/proof/fault-table.proof.ts', titleOf(row));
  for (const mutation of mutations)
    if (mutation.row.privilege !== undefined)
      add(mutation.row.privilege, 'test/proof/mutations.proof.ts', titleOfMutation(mutation));
  for (const { privilege, path, name } of modules.flatMap(suitesForRoot)) add(privilege, path, name);
  return tests;
}

describe('what takes root', () => {
  const { privileges, needs } = systemRequirements;

  it('is named by the table of requirements, test by test', () => {
    expect(Object.fromEntries(privileges.map(({ name, tests }) => [name, tests]))).toEqual(testsForRoot());
  });

  it('has a program that only root can use', () => {
    const ofPrograms = needs.flatMap(({ privilege }) => privilege ?? []);
    expect(ofPrograms.sort()).toEqual(privileges.map(({ name }) => name).sort());
  });
});
